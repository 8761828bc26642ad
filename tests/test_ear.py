"""The ear on a synthesised person: in whatever pieces the sound comes, it hears the same."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import cycle, repeat

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.plain import plain_ear, tone, wake_word
from tests.speech import say, silence
from voiced.ear import PREROLL, Ear
from voiced.endpoint import EndpointRules
from voiced.events import SpeechEnded
from voiced.stages import BLOCK, FRAME, RATE, Pcm
from voiced.vad import SileroVad
from voiced.wake import OpenWakeWord


@cache
def detectors() -> tuple[OpenWakeWord, SileroVad]:
    return OpenWakeWord(["hey_jarvis"]), SileroVad()


@cache
def sentence() -> Pcm:
    pause = np.zeros(2 * RATE, np.int16)
    return np.concatenate((pause, say("Hey Jarvis, what time is it?", "flite:slt"), pause))


def heard(pieces: Iterable[int]) -> tuple[list[tuple[str, int]], Pcm]:
    """What happened, with the position in the sound at which it was known, and the utterance."""
    wake, vad = detectors()
    wake.reset()
    ear, found, sound, at = Ear(wake, vad, EndpointRules()), list[tuple[str, int]](), sentence(), 0
    said = np.zeros(0, np.int16)
    for size in pieces:
        if at >= len(sound):
            break
        block = sound[at : at + size]
        at += len(block)
        found += [(type(event).__name__, at) for event in ear.hear(block)]
        said = ear.utterance() if found and found[-1][0] == "SpeechPaused" else said
    return found, said


@cache
def framed() -> tuple[list[tuple[str, int]], Pcm]:
    return heard(repeat(FRAME))


def woken(sizes: Iterable[int]) -> Iterator[int]:
    """Whole frames until the wake word, then `sizes`."""
    yield from repeat(FRAME, framed()[0][0][1] // FRAME)
    yield from sizes


def test_in_blocks_the_same_is_heard_and_the_end_of_speech_no_later() -> None:
    frames, said = framed()
    assert [name for name, _ in frames][-2:] == ["SpeechPaused", "SpeechEnded"]
    blocks, said_again = heard(woken(repeat(BLOCK)))
    assert [name for name, _ in blocks] == [name for name, _ in frames]
    assert all(early <= late for (_, early), (_, late) in zip(blocks, frames, strict=True))
    assert np.array_equal(said, said_again)
    # A chunk of the voice detector's is judged as soon as the block is there that it ends in.
    first = blocks[0][1] - PREROLL
    assert all((at - first) % SileroVad.chunk < BLOCK for name, at in blocks if name == "SpeechPaused")


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(1, FRAME), min_size=1, max_size=20))
def test_sound_may_come_in_pieces_of_any_length(sizes: list[int]) -> None:
    frames, said = framed()
    pieces, said_again = heard(woken(cycle((*sizes, FRAME))))
    assert [name for name, _ in pieces] == [name for name, _ in frames]
    assert np.array_equal(said, said_again)


def test_sound_that_goes_on_ends_one_utterance_and_begins_no_other() -> None:
    """As a television does behind the wake word: until it has paused, it is nobody who speaks to us."""
    ear = plain_ear(max_utterance_s=3.0)
    found: list[tuple[str, float]] = []
    sound = np.concatenate((wake_word(), tone(10.0), silence(0.5), tone(1.0), silence(1.0)))
    for at in range(0, len(sound), BLOCK):
        for event in ear.hear(sound[at : at + BLOCK]):
            found.append((type(event).__name__, round(at / RATE, 1)))
            if isinstance(event, SpeechEnded):
                assert event.cut == (at < 10 * RATE)
                assert not event.cut or 2.9 <= len(ear.utterance()) / RATE <= 3.1
    assert [name for name, at in found if at < 10.0] == ["WakeDetected", "SpeechStarted", "SpeechEnded"]
    assert [name for name, at in found if at > 10.5] == ["SpeechStarted", "SpeechPaused", "SpeechEnded"]
