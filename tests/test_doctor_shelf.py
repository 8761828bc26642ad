"""Configuration, folders and models: as they should be, and with each fault that they can have."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.shelf import on_a_hub
from tests.talk import setting
from voiced.compose import settle
from voiced.doctor import shelf
from voiced.doctor.finding import Finding
from voiced.doctor.order import Trial, examine
from voiced.doctor.situation import Situation
from voiced.errors import ConfigError
from voiced.models.digests import sha256_of
from voiced.models.records import Pin, Record
from voiced.models.store import Store


@contextmanager
def situation(home: Path) -> Iterator[Situation]:
    settled = setting(home)
    made = Situation(replace(settled, paths=replace(settled.paths, cache=home / ".cache/voiced")), {"HOME": str(home)})
    try:
        yield made
    finally:
        made.close()


def tried(home: Path, *trials: Trial, fix: bool = False) -> list[Finding]:
    def mend(finding: Finding) -> bool:
        assert finding.fix is not None
        finding.fix.do()
        return True

    with situation(home) as there:
        return list(examine(there, trials, mend=mend if fix else None))


# --- configuration -----------------------------------------------------------------------------------------------


def test_a_wrong_configuration_is_told_and_its_words_are_kept_to_oneself(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('voice = "anna"\nvioce = 3\n')
    with situation(tmp_path) as there:
        with pytest.raises(ConfigError) as caught:
            settle(tmp_path / "my.toml", None, there.environment)
        there.mistakes = caught.value
        (found,) = examine(there, [shelf.configuration])
    assert found.outcome == "fault"
    assert "did you mean `voice`" in found.result
    assert found.public == "The configuration has mistakes: 1."


# --- folders -----------------------------------------------------------------------------------------------------


def test_missing_folders_are_no_fault_and_can_be_made(tmp_path: Path) -> None:
    (found,) = tried(tmp_path, shelf.folders)
    assert (found.outcome, found.result.count(str(tmp_path))) == ("ok", 3)
    (mended,) = tried(tmp_path, shelf.folders, fix=True)
    assert mended.result == "Configuration, models, state and cache are in order."
    assert (tmp_path / ".local/state/voiced").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("mode", "outcome"), [(0o755, "warning"), (0o500, "fault"), (0o070, "fault")])
def test_wrong_permissions_are_found_and_mended(tmp_path: Path, mode: int, outcome: str) -> None:
    tried(tmp_path, shelf.folders, fix=True)
    state = tmp_path / ".local/state/voiced"
    state.chmod(mode)
    (found,) = tried(tmp_path, shelf.folders)
    assert found.outcome == outcome
    assert f"`chmod 700 {state}`" in found.advice
    assert str(tmp_path) not in (found.public or "")
    (mended,) = tried(tmp_path, shelf.folders, fix=True)
    assert mended.outcome == "ok"
    assert state.stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_way_is_found(tmp_path: Path) -> None:
    tried(tmp_path, shelf.folders, fix=True)
    (tmp_path / ".cache/voiced").rmdir()
    (tmp_path / ".cache/voiced").write_text("in the way")
    (found,) = tried(tmp_path, shelf.folders)
    assert (found.outcome, found.result) == ("fault", f"{tmp_path}/.cache/voiced is a file.")
    (tmp_path / ".cache/voiced").unlink()
    (tmp_path / ".cache").rmdir()
    (tmp_path / ".cache").write_text("in the way")
    (found,) = tried(tmp_path, shelf.folders)
    assert (found.outcome, found.advice) == ("fault", f"Move {tmp_path}/.cache elsewhere.")
    assert found.public == "The cache folder cannot be made."


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a folder away")
def test_a_folder_of_somebody_elses_is_found_and_left_alone(tmp_path: Path) -> None:
    tried(tmp_path, shelf.folders, fix=True)
    os.chown(tmp_path / ".local/share/voiced", 12_345, 12_345)
    (found,) = tried(tmp_path, shelf.folders, fix=True)
    assert found.outcome == "fault"
    assert found.advice == f"`sudo chown -R 0 {tmp_path}/.local/share/voiced`."
    assert (tmp_path / ".local/share/voiced").stat().st_uid == 12_345


# --- models ------------------------------------------------------------------------------------------------------


def install(home: Path) -> Path:
    """A voice with its record, as `voiced models` leaves it; the file."""
    with situation(home) as there:
        store = Store(there.setting.paths)
    with store.lock("tts", "en_US-test-low"):
        staged = store.partial("tts", "en_US-test-low")
        pins = []
        for name in ("en_US-test-low.onnx", "en_US-test-low.onnx.json"):
            body = on_a_hub()[f"people/voices/en/{name}"]
            (staged / name).write_bytes(body)
            pins.append(Pin(name, len(body), sha256_of(staged / name)))
        store.install((Record("tts", "en_US-test-low", tuple(pins)), staged))
    return store.folder("tts") / "en_US-test-low.onnx"


def test_models_as_they_were_installed_are_in_order(tmp_path: Path) -> None:
    (none,) = tried(tmp_path, shelf.models)
    assert "pull recommended" in none.advice
    install(tmp_path)
    (found,) = tried(tmp_path, shelf.models)
    assert (found.outcome, found.figures["checked"]) == ("ok", 1)
    assert found.result == "Of the installed models 1 is as it was installed."


def test_a_model_cut_short_is_found(tmp_path: Path) -> None:
    file = install(tmp_path)
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size // 2)
    found = tried(tmp_path, shelf.models)[0]
    assert (found.outcome, found.result) == (
        "fault", "tts/en_US-test-low: en_US-test-low.onnx is cut short, or has grown.",
    )  # fmt: skip
    assert "`voiced models remove tts/en_US-test-low`" in found.advice
    assert found.public == "A tts model of one's own: a file is cut short, or has grown."


def test_a_model_with_one_other_bit_is_found(tmp_path: Path) -> None:
    file = install(tmp_path)
    with file.open("r+b") as stream:
        stream.seek(1000)
        byte = stream.read(1)[0]
        stream.seek(1000)
        stream.write(bytes([byte ^ 1]))
    found = tried(tmp_path, shelf.models)[0]
    assert (found.outcome, "is not what was installed" in found.result) == ("fault", True)


def test_a_model_that_was_taken_away_is_found(tmp_path: Path) -> None:
    install(tmp_path).unlink()
    found = tried(tmp_path, shelf.models)[0]
    assert (found.outcome, "is missing" in found.result) == ("fault", True)


def test_large_models_are_not_read_when_time_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "READ_S", -1.0)
    install(tmp_path)
    (found,) = tried(tmp_path, shelf.models)
    assert (found.outcome, found.figures["unread"]) == ("ok", 1)
    assert found.advice == "`voiced models verify` reads all of them."


def test_half_a_model_is_found_and_deleted_unless_somebody_fetches_it(tmp_path: Path) -> None:
    with situation(tmp_path) as there:
        store = Store(there.setting.paths)
    with store.lock("llm", "talker"):
        (store.partial("llm", "talker") / "talker.gguf").write_bytes(bytes(5_000))
        (found,) = tried(tmp_path, shelf.parts)
        assert "`voiced models pull talker` goes on" in found.advice
        assert found.fix is not None
        with pytest.raises(Exception, match="just now"):
            found.fix.do()
    assert store.begun() == {"llm/talker": 5_000}
    assert tried(tmp_path, shelf.parts, fix=True) == []
    assert store.begun() == {}
