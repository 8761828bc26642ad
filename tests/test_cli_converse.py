"""`voiced converse`: recordings in, events and an answer out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]

from tests import speech
from tests.home import home, install_ears, install_model, install_voice, live_in
from voiced.audio.files import read_pcm
from voiced.audio.room import OUT_RATE
from voiced.cli import main
from voiced.stages import RATE

Events = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    install_ears(home(tmp_path), "hey jarvis why is the sky blue")
    install_model(home(tmp_path), "It is the air. Look up!")
    install_voice(home(tmp_path))


@pytest.fixture
def recording() -> Callable[[str], str]:
    def record(text: str) -> str:
        soundfile.write("in.wav", speech.say(text), RATE)
        return "in.wav"

    return record


def events(lines: str) -> Events:
    return [json.loads(line) for line in lines.splitlines()]


def only(told: Events, name: str) -> dict[str, Any]:
    [event] = [each for each in told if each["event"] == name]
    return event


def test_a_conversation_is_told_event_by_event(
    recording: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["converse", recording("Hey Jarvis, why is the sky blue?")]) == 0
    told = events(capsys.readouterr().out)

    assert all(isinstance(event["t"], float | int) for event in told)
    assert [event["t"] for event in told] == sorted(event["t"] for event in told)
    wake, transcript, ended = only(told, "wake"), only(told, "transcript"), only(told, "turn_ended")
    assert wake["model"] == "hey_jarvis"
    assert 0.5 <= wake["score"] <= 1
    assert transcript["text"] == "why is the sky blue"
    assert any(event["event"] == "partial" and "sky" in event["text"] for event in told)
    replies = [event for event in told if event["event"] == "reply"]
    assert [(event["text"], event["by"]) for event in replies] == [("It is the air.", "llm"), ("Look up!", "llm")]
    assert wake["t"] < transcript["t"] <= only(told, "audio")["t"] < ended["t"]
    assert ended["outcome"] == "answered"
    assert {"wait", "stt", "intents", "llm", "tts", "response"} <= set(ended["timings"])


def test_events_and_answer_go_into_files(recording: Callable[[str], str], capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--events", "out.jsonl", "--reply", "out.wav"]
    assert main(["converse", recording("Hey Jarvis, why is the sky blue?"), *files]) == 0

    assert capsys.readouterr().out == ""
    told = events(Path("out.jsonl").read_text("utf-8"))
    samples, rate = soundfile.read("out.wav")
    assert rate == OUT_RATE
    first = np.flatnonzero(np.abs(samples) > 0.01)[0] / rate
    assert only(told, "audio")["t"] == pytest.approx(first, abs=0.1)


def test_without_a_wake_word_each_recording_is_listened_to(
    recording: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = recording("Why is the sky blue?")
    assert main(["converse", "--no-wake", file, file]) == 0
    told = events(capsys.readouterr().out)

    assert [event["outcome"] for event in told if event["event"] == "turn_ended"] == ["answered"] * 2
    assert not [event for event in told if event["event"] == "wake"]


def test_silence_wakes_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    soundfile.write("in.wav", speech.silence(2.0), RATE)

    assert main(["converse", "in.wav"]) == 0
    assert capsys.readouterr().out == ""


def test_the_answer_of_a_conversation_without_one_is_silence() -> None:
    soundfile.write("in.wav", speech.silence(1.0), RATE)

    assert main(["converse", "in.wav", "--reply", "out.wav"]) == 0
    assert np.abs(read_pcm(Path("out.wav"))).max() == 0


@pytest.mark.parametrize(
    "options",
    [
        ["missing.wav"],
        ["in.wav", "missing.wav"],
        ["in.wav", "--events", "folder"],
        ["in.wav", "--events", "missing/out.jsonl"],
        ["in.wav", "--reply", "folder"],
        ["in.wav", "--reply", "missing/out.wav"],
    ],
)
def test_what_cannot_be_read_or_written_is_said_before_the_conversation(
    options: list[str], recording: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    recording("Hey Jarvis.")
    Path("folder").mkdir()

    assert main(["converse", *options]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"voiced: {options[-1]} cannot be ")
    assert error.count("\n") == 1


def test_events_of_before_are_kept_when_the_conversation_cannot_begin(
    tmp_path: Path, recording: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("out.jsonl").write_text("precious\n")
    (tmp_path / ".local/state").mkdir(parents=True)
    (tmp_path / ".local/state/voiced").write_text("in the way")

    assert main(["converse", recording("Hey Jarvis."), "--events", "out.jsonl"]) == 1
    assert Path("out.jsonl").read_text() == "precious\n"
    assert capsys.readouterr().err.count("\n") == 1


def test_a_disk_that_fills_up_is_one_sentence(
    recording: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["converse", recording("Hey Jarvis, why is the sky blue?"), "--events", "/dev/full"]) == 1
    assert capsys.readouterr().err == (
        "voiced: The output cannot be written (No space left on device); write elsewhere.\n"
    )
