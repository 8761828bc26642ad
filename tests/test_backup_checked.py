"""A backup that was written can be restored; what nobody uses keeps it from neither, but is told of."""

import os
from pathlib import Path

import pytest

from tests.home import live_in
from tests.test_backup import content, furnished
from voiced import backup as module
from voiced.backup import backup, restore
from voiced.cli import main
from voiced.errors import InstallError
from voiced.paths import Paths, find_paths


@pytest.fixture
def mine(tmp_path: Path) -> Paths:
    return furnished(tmp_path / "mine")


def test_a_voice_that_is_half_written_goes_along_and_comes_back(mine: Paths, tmp_path: Path) -> None:
    file, told = tmp_path / "backup.tar.gz", list[str]()
    (mine.voices / "anna.toml").write_text("like = ")
    assert backup(mine, file, told.append) == 5
    other = find_paths({"HOME": str(tmp_path / "other")})
    assert restore(other, file, tell=told.append) == 5
    assert content(other) == content(mine)
    sentence = "The voice anna came along, but cannot be used as it is; `voiced voices --check anna` says why."
    assert told == [sentence, sentence]


def test_the_commands_warn_of_voices_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mine: Paths
) -> None:
    live_in(tmp_path / "mine", monkeypatch)
    for name in ("anna", "bert"):
        (mine.voices / f"{name}.toml").write_text("like = ")
    for command in ("backup", "restore"):
        assert main([command, str(tmp_path / "my.tar.gz")]) == 0
        assert capsys.readouterr().err == (
            "voiced: Each of the voices anna, bert came along, but cannot be used as it is; "
            "`voiced voices --check anna` says why.\n"
        )


@pytest.mark.parametrize(
    ("place", "content", "complaint"),
    [
        ("config.toml", "vioce = 3", "did you mean `voice`"),
        ("config.toml", 'voice = "nobody"', 'There is no voice "nobody"'),
        ("voices/pirate.toml", "like = ", "pirate.toml"),
    ],
)
def test_what_could_not_be_restored_takes_no_good_backups_place(
    mine: Paths, tmp_path: Path, place: str, content: str, complaint: str
) -> None:
    file = tmp_path / "backup.tar.gz"
    backup(mine, file)
    before = file.read_bytes()
    (mine.config / place).write_text(content)
    with pytest.raises(InstallError, match=r"^Nothing was saved, for it could not be restored: ") as caught:
        backup(mine, file)
    assert complaint in str(caught.value)
    assert file.read_bytes() == before


def test_a_file_with_two_names_comes_back_under_both(mine: Paths, tmp_path: Path) -> None:
    os.link(mine.voices / "words/arr.onnx", mine.voices / "words/zzz.onnx")
    backup(mine, tmp_path / "backup.tar.gz")
    other = find_paths({"HOME": str(tmp_path / "other")})
    restore(other, tmp_path / "backup.tar.gz")
    assert content(other) == content(mine)


@pytest.mark.parametrize(("bound", "value"), [("MOST", 4), ("LARGEST", 20_000)])
def test_what_is_more_than_a_backup_holds_is_told_of_when_it_is_written(
    mine: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str, value: int
) -> None:
    monkeypatch.setattr(module, bound, value)
    with pytest.raises(InstallError, match=rf"^There is more in {mine.voices} than a backup ever holds"):
        backup(mine, tmp_path / "backup.tar.gz")
    assert list(tmp_path.glob("*.gz*")) == []
