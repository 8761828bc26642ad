"""`voiced transcribe`: recordings of every kind, and what is none."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]
import soxr  # type: ignore[import-untyped]

from tests import speech
from tests.home import home, install_ears, live_in
from voiced.cli import main
from voiced.stages import RATE, Pcm

SENTENCE = "set a timer for five minutes"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def said() -> Pcm:
    return np.concatenate((speech.silence(0.2), speech.say("Set a timer for five minutes."), speech.silence(0.3)))


def write(name: str, pcm: Pcm, rate: int = RATE, subtype: str = "PCM_16", channels: int = 1) -> str:
    samples = soxr.resample(pcm.astype(np.float32) / 32768, RATE, rate)
    soundfile.write(name, np.column_stack([samples] * channels), rate, subtype=subtype)
    return name


def test_recordings_of_every_kind_are_read(said: Pcm, capsys: pytest.CaptureFixture[str]) -> None:
    files = [
        write("narrow.wav", said, 8_000),
        write("stereo.wav", said, 48_000, channels=2),
        write("float.wav", said, subtype="FLOAT"),
        write("wide.wav", said, 44_100, "PCM_24"),
        write("small.flac", said),
    ]

    assert main(["transcribe", "--json", *files]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(each) for each in told] == [["file", "text", "ms"]] * len(files)
    assert [each["file"] for each in told] == files
    # A telephone's bandwidth costs pocketsphinx words, but not all of them.
    assert "timer" in told[0]["text"]
    assert [each["text"] for each in told[1:]] == [SENTENCE] * (len(files) - 1)


def test_one_that_cannot_be_read_does_not_keep_the_others_from_it(
    tmp_path: Path, said: Pcm, capsys: pytest.CaptureFixture[str]
) -> None:
    install_ears(home(tmp_path), "good")
    write("a.wav", said)
    Path("empty.wav").touch()
    Path("text.wav").write_text("not a sound")
    Path("folder.wav").mkdir()
    Path("head.wav").write_bytes(Path("a.wav").read_bytes()[:44])
    bad = ["empty.wav", "text.wav", "folder.wav", "missing.wav", "head.wav"]

    assert main(["transcribe", *bad, "a.wav"]) == 1
    out, error = capsys.readouterr()
    assert out == "a.wav: good\n"
    assert [line.split()[:2] for line in error.splitlines()] == [["voiced:", name] for name in bad]
    assert all(line.endswith(".") for line in error.splitlines())


def test_a_recording_that_was_cut_off_is_read_as_far_as_it_goes(
    tmp_path: Path, said: Pcm, capsys: pytest.CaptureFixture[str]
) -> None:
    install_ears(home(tmp_path), "good")
    whole = Path(write("a.wav", said)).read_bytes()
    Path("cut.wav").write_bytes(whole[: len(whole) // 2 + 1])

    assert main(["transcribe", "cut.wav"]) == 0
    assert capsys.readouterr().out == "cut.wav: good\n"


def test_silence_holds_no_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install_ears(home(tmp_path), "thank you")
    write("silence.wav", speech.silence(1.0))

    assert main(["transcribe", "silence.wav"]) == 0
    assert capsys.readouterr().out == "silence.wav: (no words)\n"


def test_a_damaged_model_is_told_of_and_the_next_engine_hears(
    tmp_path: Path, said: Pcm, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (install_ears(home(tmp_path), "bad") / "model.bin").write_bytes(b"nothing")
    write("a.wav", said)

    assert main(["transcribe", "a.wav"]) == 0
    assert capsys.readouterr().out == f"a.wav: {SENTENCE}\n"
    [sentence] = [record.getMessage() for record in caplog.records]
    assert sentence.startswith("faster-whisper cannot be used, so faster-whisper (starter) takes its place: ")
