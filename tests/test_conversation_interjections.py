"""What is said into the assistant's own sound, without a wake word: "stop" is obeyed, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

from tests.plain import Lengths, fitted, tone
from tests.talk import Talk, pause, setting
from voiced.stages import Pcm

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
