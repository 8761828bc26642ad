"""Tests of finding a device by its name, and of asking a library that may never answer."""

import sys
import threading
from pathlib import Path

import pytest

from tests.soundcard import Child, environment
from voiced.audio.portaudio import Device, _ask, find
from voiced.errors import AudioError


def device(index: int, name: str, inputs: int = 0, outputs: int = 2, *, preset: bool = False) -> Device:
    return Device(index, name, "ALSA", inputs, outputs, 48_000, preset and inputs > 0, preset and outputs > 0)


KNOWN = [
    device(0, "HDA Intel PCH: ALC257 Analog (hw:0,0)", inputs=2),
    device(1, "Jabra SPEAK 510 USB: Audio (hw:1,0)", inputs=1),
    device(2, "pulse", inputs=32, preset=True),
]


def test_a_part_of_a_name_is_enough_in_any_case() -> None:
    assert find(KNOWN, "input", "jabra").index == 1


def test_no_name_means_the_default() -> None:
    assert find(KNOWN, "output", "").index == 2


def test_an_exact_name_comes_before_a_part_of_another() -> None:
    assert find([device(0, "pulse (monitor)"), *KNOWN], "output", "Pulse").index == 2


@pytest.mark.parametrize("name", ["jabbra", "plse"])
def test_an_unknown_name_is_guessed_at(name: str) -> None:
    with pytest.raises(AudioError, match=r'no microphone named ".*"; did you mean "(jabra|pulse)"\? `voiced devices`'):
        find(KNOWN, "input", name)


def test_a_speaker_is_no_microphone() -> None:
    with pytest.raises(AudioError, match="There is no microphone on this machine"):
        find([device(0, "HDMI")], "input", "")


def test_a_sound_system_that_hangs_is_given_up_and_what_it_opens_later_is_closed(tmp_path: Path) -> None:
    """M3: in a process of its own, for the library stays occupied until it answers."""
    script = """
import sys
import threading
from voiced.audio import portaudio
from voiced.errors import AudioError

portaudio.ANSWER_S = 0.3
answer, closed = threading.Event(), threading.Event()

def attempt(work):
    try:
        print(portaudio._ask(work, lambda opened: (print("closed", opened), closed.set())))
    except AudioError as error:
        print(error)

attempt(lambda: answer.wait(20) and "stream")
attempt(lambda: "never begun")
answer.set()
closed.wait(20)
attempt(lambda: "works again")
"""
    child = Child([sys.executable, "-u", "-c", script], environment(tmp_path))
    assert child.end() == 0
    assert child.lines == ["The sound system does not answer; start voiced again."] * 2 + [
        "closed stream",
        "works again",
    ]


def test_errors_come_out_of_the_thread_that_asks() -> None:
    def fail() -> None:
        raise AudioError(threading.current_thread().name)

    with pytest.raises(AudioError, match="voiced-portaudio"):
        _ask(fail)
