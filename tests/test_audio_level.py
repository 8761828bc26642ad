"""How loud a frame is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.audio.level import loudness


@pytest.mark.parametrize(("amplitude", "level"), [(32767, 1.0), (3277, 2 / 3), (328, 1 / 3), (32, 0.0), (0, 0.0)])
def test_loudness_is_in_proportion_to_decibels(amplitude: int, level: float) -> None:
    assert loudness(np.full(1280, amplitude, np.int16)) == pytest.approx(level, abs=0.001)


def test_no_sound_is_silence() -> None:
    assert loudness(np.zeros(0, np.int16)) == 0.0


@given(st.lists(st.integers(-32768, 32767), max_size=50))
def test_loudness_is_between_silence_and_the_loudest(samples: list[int]) -> None:
    assert 0.0 <= loudness(np.array(samples, np.int16)) <= 1.0
