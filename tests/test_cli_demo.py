"""The demonstration, held once at fast pace, judged by what it prints and by the two files that it leaves."""

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile  # type: ignore[import-untyped]

from tests import speech
from voiced.audio.resample import resample
from voiced.audio.room import OUT_RATE
from voiced.stages import RATE


@dataclass(frozen=True)
class Demo:
    printed: str
    folder: Path
    home: Path


def voiced(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "COLUMNS": "160"}
    command = [sys.executable, "-m", "voiced", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=110)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    home = tmp_path_factory.mktemp("home")
    done = voiced(home, "demo", "--pace", "fast", "-o", str(home / "my [demo]"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Demo(done.stdout, home / "my [demo]", home)


def test_every_scene_is_played(demo: Demo) -> None:
    """A timer in one breath, a follow-up, a question, an interruption, silence, a timer that rings and is stopped."""
    told = demo.printed

    assert re.search(r"heard +set a pizza timer for one minute +faster-whisper \(starter\) \d+ ms", told)
    assert re.search(r"voiced +Timer set for 1 minute named pizza\. +HassStartTimer, hassil \d+ ms", told)
    assert re.search(r"voiced +\d+ seconds left", told)
    assert "interrupted" in told
    assert re.search(r"heard +what time is it", told)
    assert "nothing was said, back to sleep" in told
    assert "timer: pizza is due" in told
    assert re.search(r"heard +stop[^\n]*\n[^\n]*stopped", told)
    assert told.count("openWakeWord: hey_jarvis") == 5


def test_it_says_what_it_wrote(demo: Demo) -> None:
    for name in ("conversation.wav", "conversation.svg"):
        assert f"Written: {demo.folder / name}\n" in demo.printed


def test_the_person_is_on_the_left_and_the_assistant_on_the_right(demo: Demo) -> None:
    sound, rate = soundfile.read(demo.folder / "conversation.wav", dtype="float32")
    assert (rate, sound.shape[1]) == (OUT_RATE, 2)
    person, assistant = sound[: 8 * rate].T

    # The person speaks before anybody answers, and is silent while the first answer is heard.
    assert np.abs(person[2 * rate : 4 * rate]).max() > 0.2
    assert np.abs(assistant[: 4 * rate]).max() == 0
    first = int(np.flatnonzero(np.abs(assistant) > 0.01)[0])
    assert np.abs(person[first : first + rate]).max() < 0.01


def test_a_recogniser_hears_the_answer_again(demo: Demo) -> None:
    sound, rate = soundfile.read(demo.folder / "conversation.wav", dtype="float32")
    first = (resample(sound[: 8 * rate, 1].copy(), rate, RATE) * 32767).astype(np.int16)

    assert {"set", "one", "pizza"} <= set(speech.answer_in(first).split())


def test_the_picture_names_every_stage_and_what_was_said(demo: Demo) -> None:
    picture = (demo.folder / "conversation.svg").read_text(encoding="utf-8")
    words = " ".join(ElementTree.fromstring(picture).itertext())

    for stage in ("wake word", "end of speech", "speech to text", "commands", "text to speech", "answer", "ringing"):
        assert stage in words
    assert "set a pizza timer for one minute" in words


def test_the_demonstration_leaves_no_timer_of_its_own_behind(demo: Demo) -> None:
    assert not list(demo.home.rglob("timers.sqlite"))


def test_a_place_that_cannot_be_written_is_one_sentence_before_the_show(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    done = voiced(tmp_path, "demo", "--pace", "fast", "-o", str(tmp_path / "file" / "demo"))

    assert done.returncode == 1
    assert done.stderr.startswith("voiced: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
