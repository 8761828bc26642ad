"""Tests of the chimes: as loud as they should be, and without a click."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.audio.chimes import PEAK, RINGS, melody, render
from voiced.stages import Sound


def click(sound: Sound) -> float:
    """The largest step between two samples, the ends' from and to silence included."""
    return float(np.abs(np.diff(sound.samples, prepend=0, append=0)).max())


@given(st.lists(st.floats(100, 2_000), min_size=1, max_size=6), st.integers(40, 500))
def test_no_melody_clips_or_clicks(tones: list[float], tone_ms: int) -> None:
    sound = melody(tones, tone_ms)
    assert sound.samples.dtype == np.float32
    assert np.isfinite(sound.samples).all()
    assert np.abs(sound.samples).max() == pytest.approx(PEAK, abs=1e-4)
    assert abs(sound.samples[0]) < 0.01
    assert abs(sound.samples[-1]) < 0.01
    # No step is steeper than that of its highest partial at full loudness.
    assert click(sound) <= PEAK * 2 * np.pi * 3 * max(tones) / sound.rate


def test_a_melody_is_as_long_as_its_tones_and_one_more() -> None:
    assert melody([440, 660], 100).seconds == pytest.approx(0.3)


def test_no_tones_are_silence() -> None:
    assert not melody([], 100).samples.any()


def test_a_tone_has_its_pitch() -> None:
    sound = melody([880], 400)
    spectrum = np.abs(np.fft.rfft(sound.samples))
    assert np.argmax(spectrum) / sound.seconds == pytest.approx(880, abs=3)


def test_the_three_chimes_can_be_told_apart() -> None:
    chimes = render([660, 880], [440, 330], [880, 1100], 90)
    lengths = [chimes.wake.seconds, chimes.failed.seconds, chimes.ring.seconds]
    assert lengths[2] > RINGS * lengths[0] / 2
    assert not np.array_equal(chimes.wake.samples, chimes.failed.samples)
