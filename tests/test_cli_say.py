"""`voiced say`: texts into files, and what cannot be said or written."""

import json
import os
import stat
from pathlib import Path

import pytest
import soundfile  # type: ignore[import-untyped]

from tests.home import home, install_voice, live_in
from tests.test_cli import complaint
from voiced.audio.files import read_pcm
from voiced.cli import main, say
from voiced.stages import RATE


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)


def test_a_text_becomes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "Hello there, how are you?", "-o", "out.wav"]) == 0

    assert 0.8 < len(read_pcm(tmp_path / "out.wav")) / RATE < 4
    assert soundfile.info("out.wav").subtype == "PCM_16"
    assert capsys.readouterr().out.endswith(" s, spoken by piper (starter)\n")


def test_the_object_says_which_file_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "--json", "Hello.", "-o", "out.wav"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert list(told) == ["file", "seconds", "ms"]
    assert told["file"] == "out.wav"
    assert told["seconds"] == pytest.approx(soundfile.info("out.wav").duration, abs=0.001)


def test_an_installed_piper_voice_speaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install_voice(home(tmp_path))

    assert main(["say", "Hello there.", "-o", "out.wav"]) == 0
    assert "spoken by piper" in capsys.readouterr().out


def test_a_damaged_piper_voice_is_told_of_and_the_starter_speaks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    install_voice(home(tmp_path)).write_bytes(b"noise")

    assert main(["say", "Hello there.", "-o", "out.wav"]) == 0
    assert "spoken by piper (starter)" in capsys.readouterr().out
    assert len(caplog.records) == 1


@pytest.mark.parametrize("text", ["", " ", ".", "\n", "🎈", "```"])
def test_a_text_without_words_is_one_sentence_and_no_file(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["say", text, "-o", "out.wav"]) == 1
    assert complaint(capsys) == say.NOTHING
    assert not (tmp_path / "out.wav").exists()


def test_a_file_that_is_there_is_replaced_whole_or_not_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    Path("out.wav").write_bytes(b"precious")

    assert main(["say", ".", "-o", "out.wav"]) == 1
    assert Path("out.wav").read_bytes() == b"precious"
    assert main(["say", "Hello.", "-o", "out.wav"]) == 0
    assert Path("out.wav").read_bytes().startswith(b"RIFF")
    assert [file.name for file in Path().iterdir() if file.name.startswith(".out")] == []
    capsys.readouterr()


@pytest.mark.parametrize("place", ["missing/out.wav", "folder", "/dev/full", "/proc/out.wav"])
def test_a_place_that_cannot_be_written_is_one_sentence(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("folder").mkdir()

    assert main(["say", "Hello.", "-o", place]) == 1
    sentence = complaint(capsys)
    assert sentence.startswith(f"{place} cannot be written (")
    assert sentence.endswith("); name a file in a folder of yours.")


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    assert main(["say", "Hi.", "-o", str(pipe)]) == 0
    assert os.read(reader, 4) == b"RIFF"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(tmp_path / "out.wav")

    assert main(["say", "Hello.", "-o", "link.wav"]) == 0
    assert (tmp_path / "link.wav").is_symlink()
    assert (tmp_path / "out.wav").is_file()


def test_more_than_an_hour_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(say, "LONGEST_S", 3.0)

    assert main(["say", "This goes on and on. " * 100, "-o", "out.wav"]) == 1
    assert complaint(capsys) == "That text takes longer than an hour to say; say it in parts."
    assert not Path("out.wav").exists()
