"""Silence at the ends is bounded, and nothing else is touched."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.stages import Sound
from voiced.tts.silence import LEAD_S, QUIET, TAIL_S, pronounceable, trimmed

RATE = 1_000


def pieces(*sizes: float) -> list[Sound]:
    """Pieces of 100 ms at the given loudness."""
    return [Sound(np.full(100, size, np.float32), RATE) for size in sizes]


def joined(sounds: list[Sound]) -> list[float]:
    return [float(sample) for sound in sounds for sample in sound.samples]


def test_the_silence_before_and_after_is_cut_to_its_bounds() -> None:
    out = list(trimmed(iter(pieces(0, 0, 0, 0.5, 0, 0.5, 0, 0, 0, 0))))
    samples = joined(out)
    assert len(samples) == round((0.3 + TAIL_S) * RATE)
    assert samples[:100] == [0.5] * 100
    assert samples[100:200] == [0.0] * 100


def test_a_little_silence_is_kept_before_the_first_sound_of_a_piece() -> None:
    sound = np.zeros(200, np.float32)
    sound[150:] = 0.5
    samples = joined(list(trimmed(iter([Sound(sound, RATE)]))))
    assert samples == [0.0] * int(LEAD_S * RATE) + [0.5] * 50


def test_sound_is_passed_on_before_the_next_piece_is_asked_for() -> None:
    taken = []

    def source() -> "list[Sound]":
        return pieces(0.5, 0.5, 0.5)

    stream = trimmed(taken.append(number) or piece for number, piece in enumerate(source()))  # type: ignore[func-returns-value]
    next(stream)
    assert taken == [0]


def test_silence_throughout_becomes_nothing() -> None:
    assert list(trimmed(iter(pieces(0, QUIET / 2, 0)))) == []
    assert list(trimmed(iter([]))) == []


@given(st.lists(st.lists(st.sampled_from([0.0, 0.001, 0.01, 0.9]), max_size=30), max_size=12))
def test_what_comes_out_is_one_stretch_of_what_went_in(blocks: list[list[float]]) -> None:
    source = [Sound(np.array(block, np.float32), RATE) for block in blocks]
    whole, out = joined(source), joined(list(trimmed(iter(source))))
    loud = [at for at, sample in enumerate(whole) if abs(sample) >= QUIET]
    if not loud:
        assert out == []
        return
    begins = [at for at in range(loud[0] + 1) if whole[at : at + len(out)] == out]
    assert begins
    assert len(out) >= loud[-1] - loud[0] + 1


@pytest.mark.parametrize("text", ["hello", "7", "%", "¿Qué?", "ß", "三", "€"])
def test_letters_digits_and_named_symbols_are_pronounceable(text: str) -> None:
    assert pronounceable(text)


@pytest.mark.parametrize("text", ["", " ", ".", "...", "—", "«»", "\n\t", "\0", "()"])
def test_punctuation_and_space_are_not(text: str) -> None:
    """S4: a reply of "." or of nothing."""
    assert not pronounceable(text)
