"""Tests of the conversion between sample rates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.audio.resample import Resampler, resample

RATES = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]


def tone(rate: int, hz: float = 440, seconds: float = 0.5) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


@pytest.mark.parametrize("to_rate", RATES)
@pytest.mark.parametrize("from_rate", RATES)
def test_a_tone_keeps_its_pitch_and_length(from_rate: int, to_rate: int) -> None:
    """M1, S7: at every pair of rates that devices and voices have."""
    converted = resample(tone(from_rate), from_rate, to_rate)
    assert len(converted) == pytest.approx(to_rate * 0.5, abs=2)
    middle = slice(to_rate // 20, -to_rate // 20)
    assert np.abs(converted - tone(to_rate)[: len(converted)])[middle].max() < 0.01


@given(
    st.lists(st.integers(0, 4_000), min_size=1, max_size=12),
    st.sampled_from([(44_100, 16_000), (48_000, 16_000), (22_050, 48_000), (16_000, 16_000)]),
)
def test_a_stream_in_pieces_is_the_whole_without_a_seam(sizes: list[int], rates: tuple[int, int]) -> None:
    random = np.random.default_rng(sum(sizes))
    pieces = [random.normal(0, 0.1, size).astype(np.float32) for size in sizes]
    stream = Resampler(*rates)
    streamed = np.concatenate([*(stream.push(piece) for piece in pieces), stream.flush()])
    whole = resample(np.concatenate(pieces), *rates)
    assert len(streamed) == pytest.approx(len(whole), abs=1)
    common = min(len(streamed), len(whole))
    np.testing.assert_allclose(streamed[:common], whole[:common], atol=1e-5)


def test_the_type_of_the_samples_stays() -> None:
    stream = Resampler(48_000, 16_000, "int16")
    heard = stream.push(np.full(4_800, 1000, np.int16))
    assert heard.dtype == np.int16
    assert stream.flush(np.int16).dtype == np.int16
    assert np.abs(heard[200:-200] - 1000).max() <= 2


def test_nothing_becomes_nothing() -> None:
    assert len(resample(np.zeros(0, np.float32), 22_050, 48_000)) == 0
    assert len(Resampler(22_050, 48_000).push(np.zeros(0, np.float32))) == 0


def test_several_channels_stay_apart() -> None:
    stereo = np.stack((tone(48_000), np.zeros(24_000, np.float32)), axis=1)
    converted = resample(stereo, 48_000, 16_000)
    assert converted.shape == (8_000, 2)
    assert np.abs(converted[:, 1]).max() == 0
