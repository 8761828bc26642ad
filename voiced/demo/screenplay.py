"""What happens in the demonstration: what the person does flows out, as the sound of a room.

The person waits, as people do, for what the assistant does; nothing is played at a fixed time.
"""

from collections.abc import Callable, Iterator

import numpy as np

from voiced.demo.person import Person
from voiced.stages import FRAME, RATE, Clock, Pcm
from voiced.turn import State

LONGEST_WAIT_S = 90.0
"""Seconds after which the person gives up waiting, so that the demonstration always ends."""


class Stage:
    """What the person can do, and what they can see of the assistant."""

    def __init__(self, person: Person, said: Callable[[str], None]) -> None:
        """`said` is told each line as it begins."""
        self._person = person
        self._said = said
        self._state: Callable[[], State] = lambda: "asleep"
        self._clock: Clock | None = None

    def meet(self, state: Callable[[], State]) -> None:
        """Whom the person talks to."""
        self._state = state

    def say(self, text: str) -> Iterator[Pcm]:
        """Says `text`."""
        speech = self._person.say(text)
        self._said(text)
        yield speech

    def pause(self, seconds: float) -> Iterator[Pcm]:
        """Is silent for a while."""
        yield np.zeros(int(seconds * RATE), np.int16)

    def wait_for(self, *states: State) -> Iterator[Pcm]:
        """Is silent until the assistant is in one of `states`."""
        for _ in range(int(LONGEST_WAIT_S * RATE / FRAME)):
            if self._state() in states:
                return
            yield np.zeros(0, np.int16)


def perform(stage: Stage) -> Iterator[Pcm]:
    """The scenes, one after the other."""
    yield from stage.pause(1.8)
    yield from _a_timer_in_one_breath(stage)
    yield from _a_follow_up(stage)
    yield from _a_question(stage)
    yield from _an_interruption(stage)
    yield from _silence_after_the_wake_word(stage)
    yield from _a_timer_rings(stage)


def _a_timer_in_one_breath(stage: Stage) -> Iterator[Pcm]:
    yield from stage.say("Hey Jarvis, set a pizza timer for one minute.")
    yield from stage.wait_for("thinking", "speaking")
    yield from stage.wait_for("follow_up", "asleep")


def _a_follow_up(stage: Stage) -> Iterator[Pcm]:
    """No wake word: the assistant has just spoken."""
    yield from stage.pause(0.8)
    yield from stage.say("How much time is left?")
    yield from stage.wait_for("thinking", "speaking")
    yield from stage.wait_for("asleep")


def _a_question(stage: Stage) -> Iterator[Pcm]:
    yield from stage.pause(0.5)
    yield from stage.say("Hey Jarvis, what is the capital of France?")
    yield from stage.wait_for("thinking", "speaking")
    yield from stage.wait_for("asleep")


def _an_interruption(stage: Stage) -> Iterator[Pcm]:
    yield from stage.pause(0.5)
    yield from stage.say("Hey Jarvis, what can you tell me about privacy?")
    yield from stage.wait_for("speaking")
    yield from stage.pause(0.7)
    yield from stage.say("Hey Jarvis.")
    yield from stage.wait_for("listening")
    yield from stage.pause(0.9)
    yield from stage.say("What time is it?")
    yield from stage.wait_for("thinking", "speaking")
    yield from stage.wait_for("asleep")


def _silence_after_the_wake_word(stage: Stage) -> Iterator[Pcm]:
    yield from stage.pause(0.5)
    yield from stage.say("Hey Jarvis.")
    yield from stage.wait_for("listening")
    yield from stage.wait_for("asleep", "speaking")


def _a_timer_rings(stage: Stage) -> Iterator[Pcm]:
    yield from stage.wait_for("speaking")
    yield from stage.wait_for("follow_up", "asleep")
    yield from stage.pause(0.6)
    yield from stage.say("Stop.")
    yield from stage.pause(1.0)
    yield from stage.wait_for("asleep")
    yield from stage.pause(0.5)
