"""Commands by people whom the recogniser has never heard, in noise, through the whole chain, without any download.

The sentences, voices and accents were written down before the first run and nothing was tuned on them. What counts is
the outcome: the timers that exist, the volume, the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from tests import speech
from tests.talk import Talk, one_exchange, pause, setting


@dataclass(frozen=True)
class Spoken:
    """One command by one speaker."""

    text: str
    voice: str
    engine: Literal["flite", "espeak-ng"]
    right: Callable[[Talk], bool]
    speed: int = 160


def timer(seconds: int, name: str = "") -> Callable[[Talk], bool]:
    return lambda talk: [(timer.seconds, timer.name) for timer in talk.timers] == [(seconds, name)]


def by(intent: str) -> Callable[[Talk], bool]:
    return lambda talk: talk.by == [intent]


COMMANDS = (
    Spoken("set a timer for twelve minutes", "en-gb-scotland", "espeak-ng", timer(720)),
    Spoken("start a bread timer for forty five minutes", "rms", "flite", timer(2700, "bread")),
    Spoken("what's the time", "en-gb-x-rp", "espeak-ng", by("HassGetCurrentTime")),
    Spoken("what day is it today", "kal16", "flite", by("VoicedWeekday")),
    Spoken("set a timer for ninety seconds", "en-029", "espeak-ng", timer(90)),
    Spoken("turn the volume down", "awb", "flite", by("HassSetVolumeRelative")),
    Spoken("set the volume to thirty percent", "en-us+f2", "espeak-ng", by("HassSetVolume")),
    Spoken("timer for one hour and ten minutes", "slt", "flite", timer(4200)),
    Spoken("how much time is left on my timer", "en-gb-x-gbclan", "espeak-ng", by("HassTimerStatus")),
    Spoken("never mind", "en-us+m4", "espeak-ng", lambda talk: talk.outcomes == ["stopped"] and not talk.timers),
    Spoken("what is today's date", "en-gb-x-gbcwmd", "espeak-ng", by("HassGetCurrentDate"), 150),
    Spoken("cancel all timers", "en-gb+f4", "espeak-ng", by("HassCancelAllTimers")),
)

ENOUGH = 9
"""Of twelve."""


@pytest.mark.long
@pytest.mark.timeout(300)  # twelve conversations
def test_commands_in_accents_and_noise_are_answered_rightly(tmp_path: Path) -> None:
    wrong = []
    for number, command in enumerate(COMMANDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        said = speech.with_noise(speech.say(command.text, command.voice, command.engine, command.speed), 30, number)
        talk = Talk(setting(folder), one_exchange(speech.say("Hey Jarvis."), pause(1.1), said)).run()
        if not command.right(talk):
            wrong.append(f"{command.text!r} by {command.voice} was heard as {talk.heard}")

    print("\n".join([f"{len(COMMANDS) - len(wrong)} of {len(COMMANDS)} answered rightly", *wrong]))  # noqa: T201
    assert len(COMMANDS) - len(wrong) >= ENOUGH, wrong


@pytest.mark.parametrize("sound", ["noise", "melody", "talk"])
def test_twenty_seconds_of_other_sound_wake_nobody(tmp_path: Path, sound: str) -> None:
    """W1: nor does the start itself."""
    if sound == "noise":
        heard = speech.noise(20.0, seed=5, level=0.05)
    elif sound == "melody":
        heard = speech.melody(20.0, seed=5)
    else:
        sentences = (
            ("Good evening, and welcome to the news.", "rms", "flite"),
            ("Heavy rain has flooded several villages in the north.", "en-gb", "espeak-ng"),
            ("My sister is travelling to Jersey on Tuesday, with Travis and his dog.", "awb", "flite"),
            ("Did you hear what the neighbours said about the garden?", "en-us+f3", "espeak-ng"),
            ("Hey, Janice, would you pass me the service manual?", "kal16", "flite"),
        )
        spoken = [speech.say(text, voice, engine) for text, voice, engine in sentences]
        heard = np.concatenate([part for said in spoken for part in (said, pause(0.4))])[: 20 * 16_000]
        heard = np.concatenate((heard, pause(20.0 - len(heard) / 16_000)))
    talk = Talk(setting(tmp_path), one_exchange(heard)).run()

    assert talk.wakes == 0
    assert talk.heard == []
