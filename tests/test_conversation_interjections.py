"""What is said into the assistant's own sound, without a wake word: "stop" is obeyed, and nothing else."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import speech
from tests.plain import Lengths, fitted, tone, wake_word
from tests.talk import Talk, pause, setting
from voiced.events import Transcript
from voiced.stages import BLOCK, RATE, Pcm

STOP_S = 0.45
"""Seconds that "stop" takes."""

LONG = "This goes on, and on, and on, and there is no end of it to be seen. " * 6


def stop_alone(loud_s: float) -> str:
    """The words of an utterance: "stop", when it was as long and nothing else."""
    return "stop" if abs(loud_s - STOP_S) < 0.1 else "mhm"


def test_stop_is_obeyed_however_much_was_heard_in_the_answer_before(tmp_path: Path) -> None:
    """Three coughs within ten seconds, each over before the next."""
    recogniser, states = Lengths(stop_alone), list[str]()

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.2)
        talk.assistant.say(LONG)
        yield from talk.until("speaking")
        for _ in range(3):
            yield tone(0.2)
            yield pause(2.0)
        yield tone(STOP_S)
        yield pause(0.6)
        states.append(talk.assistant.state)
        yield from talk.until("asleep")

    talk = Talk(setting(tmp_path), lines, change=fitted(recogniser)).run()

    assert states == ["asleep"]
    assert talk.outcomes == ["stopped"]
    assert max(recogniser.asked) < 1.2


@pytest.mark.parametrize("reads_s", [0.0, 0.3, 1.0, 4.0])
def test_stop_is_obeyed_whenever_it_is_said_around_the_end_of_a_ring(tmp_path: Path, reads_s: float) -> None:
    """However long the recogniser takes: until the next ring has begun, even."""
    offsets, stopped = np.arange(-1.2, 0.7, 0.1), list[float]()

    def lines(talk: Talk) -> Iterator[Pcm]:
        for offset in offsets:
            read.clear()
            gone_on.clear()
            talk.assistant.ask("set a timer for one second")
            for then in ("follow_up", "follow_up", ""):  # the answer, the announcement, and a ring without words
                while talk.assistant.state != "speaking":
                    yield pause(BLOCK / RATE)
                if then:
                    yield from talk.until("follow_up", "asleep")
            yield pause(talk.chain.chimes.ring.seconds + offset)
            yield tone(STOP_S)
            yield pause(0.4 + reads_s)
            read.set()
            assert not reads_s or gone_on.wait(20)
            yield pause(1.0)
            if not talk.chain.alarm.ringing and talk.assistant.state == "asleep":
                stopped.append(offset)
            talk.assistant.stop()
            yield from talk.until("asleep")

    def wait() -> None:
        with talk.room._activity.aside():
            assert read.wait(20)
        gone_on.set()

    read, gone_on = threading.Event(), threading.Event()
    recogniser = Lengths(lambda loud_s: "stop" if loud_s > 0.3 else "", wait if reads_s else lambda: None)
    talk = Talk(setting(tmp_path, "[conversation]\nfollow_up_s = 0"), lines, change=fitted(recogniser))
    talk.run()

    assert stopped == list(offsets)


def test_a_question_that_begins_before_the_answer_ends_is_heard_from_its_beginning(tmp_path: Path) -> None:
    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.5)
        yield wake_word()
        yield pause(0.5)
        yield tone(1.0)
        yield from talk.until("speaking")
        while talk.assistant.state == "speaking":
            queue = talk.room.speaker.queue
            yield tone(BLOCK / RATE) if 0 < queue._waiting < 0.3 * queue.rate else pause(BLOCK / RATE)
        yield tone(1.0)
        yield from talk.until("speaking")
        yield from talk.until("asleep")

    recogniser = Lengths(lambda loud_s: "what time is it" if loud_s > 1.2 else "set a timer for five minutes")
    talk = Talk(setting(tmp_path), lines, change=fitted(recogniser)).run()

    assert talk.heard == ["set a timer for five minutes", "what time is it"]
    assert talk.outcomes == ["answered", "answered"]


@pytest.mark.parametrize("echo", [0.3, 1.0])
def test_our_own_voice_in_the_room_is_no_question(tmp_path: Path, echo: float) -> None:
    """Neither at the end of an answer, nor at that of a timer's announcement."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        yield from talk.exchange("Hey Jarvis, set a timer for ten seconds.", "follow_up")
        yield from talk.until("speaking")
        yield from talk.until("follow_up")
        yield pause(4.0)
        yield from talk.until("follow_up")
        yield pause(0.5)
        yield speech.say("Stop.")
        yield from talk.until("asleep")

    talk = Talk(setting(tmp_path), lines, echo=echo).run()

    assert [event.text for event in talk.all(Transcript)] == ["set a timer for ten seconds", "stop"]
    assert talk.timers == []
