"""Models that have learnt nothing say what they are told, at the cost of what they do."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.toys import speech, toys
from voiced.bench.lines import Line
from voiced.bench.person import Air, Utterance
from voiced.bench.prompted import Prompted, Prompter, Told
from voiced.stages import RATE, Cancelled, Message, Pcm, never
from voiced.stt.whisper import WhisperRecogniser

LINE = Line("short", ("why does the sky", "look blue?"), "It is the air.", pause_s=0.5)


@pytest.fixture(scope="module")
def utterance() -> Utterance:
    return speech().utter(LINE)


def heard(air: Air, utterance: Utterance) -> Pcm:
    """Half a second of silence, the utterance and silence again, as it came through the air."""
    silence = list(air.silence(0.5))
    utterance.begin = air.seconds
    return np.concatenate([*silence, *air.speech(utterance.pcm), *air.silence(0.5)])


def test_any_piece_of_what_was_heard_tells_when_it_was(utterance: Utterance) -> None:
    air = Air()
    sound = heard(air, utterance)

    for end in (4000, 20_000, 30_001, len(sound)):
        assert air.heard_at(sound[:end]) == end / RATE
    assert air.heard_at(sound[:20]) is None
    assert air.heard_at(np.zeros(RATE, np.int16)) is None


def test_the_words_are_those_that_were_said_in_the_sound(utterance: Utterance) -> None:
    air = Air()
    sound = heard(air, utterance)
    prompter = Prompter(air, utterance=utterance)
    first = len(speech().say("Hey Jarvis, why does the sky"))
    paused = int(0.5 * RATE) + first

    assert prompter.words(sound) == "Hey Jarvis, why does the sky look blue?"
    assert prompter.words(sound[: paused + RATE // 4]) == "Hey Jarvis, why does the sky"
    assert prompter.words(sound[paused:]) == "look blue?"
    assert prompter.words(sound[: RATE // 4]) == ""
    # In a pause there is no word to be cut.
    for moment in range(paused + RATE // 10, paused + RATE // 2, RATE // 50):
        assert prompter.words(sound[:moment], cut=True) == "Hey Jarvis, why does the sky"
    assert prompter.words(sound[: paused - RATE // 10], cut=True) == "Hey Jarvis, why does the sk"
    assert prompter.words(sound[: paused + RATE // 2 + RATE // 10], cut=True) == "Hey Jarvis, why does the sky l"


def test_a_recogniser_does_all_its_work_before_it_is_told(utterance: Utterance) -> None:
    recogniser = WhisperRecogniser(toys().stt)
    air = Air()
    sound = heard(air, utterance)
    prompted = Prompted(recogniser, Prompter(air, utterance=utterance).words)

    assert prompted.transcribe(sound).text == "Hey Jarvis, why does the sky look blue?"
    assert recogniser.frames == [len(sound) // 160 + 256]
    assert prompted.readings == 1
    assert prompted.frames is recogniser.frames


def test_silence_and_what_nobody_waits_for_is_not_told(utterance: Utterance) -> None:
    air = Air()
    sound = heard(air, utterance)
    prompted = Prompted(WhisperRecogniser(toys().stt), Prompter(air, utterance=utterance).words)

    assert prompted.transcribe(np.zeros(RATE, np.int16)).text == ""
    assert prompted.transcribe(sound, lambda: True).text == ""
    assert prompted.readings == 0


def test_who_needs_not_be_told_is_only_looked_on(utterance: Utterance) -> None:
    prompter = Prompter(Air(), telling=False, utterance=utterance)

    assert prompter.answer([]) is None
    assert Prompter(Air(), utterance=utterance).answer([]) == "It is the air."


class Judge:
    """A model that has learnt nothing of where sentences end."""

    name = "judge"

    def __init__(self, found: float | None) -> None:
        self.found = found
        self.asked: list[str] = []

    def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
        self.asked.append(messages[-1].content)
        return None if cancelled() else self.found


def test_whether_a_sentence_is_over_is_worked_out_before_it_is_told() -> None:
    judge = Judge(0.001)
    told = Told(judge, {"look blue?": 0.9})

    assert told.finished([Message("user", "look blue?")]) == 0.9
    assert told.finished([Message("user", "look")]) == 0.0
    assert told.finished([Message("user", "look blue?")], lambda: True) is None
    assert judge.asked == ["look blue?", "look", "look blue?"]
    assert told.name == "judge"
