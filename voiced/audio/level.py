"""A frame of sound flows in, how loud it is flows out. Pure."""

import math
from typing import Final

import numpy as np

from voiced.stages import Pcm

FLOOR_DB: Final = -60.0
"""What counts as silence, in decibels below full scale: the noise of most microphones in a quiet room."""


def loudness(frame: Pcm) -> float:
    """0 for silence to 1 for the loudest that the format holds, as ears count: speech near a microphone is about 0.6.

    `frame` is 16-bit; an empty one is silent."""
    if not len(frame):
        return 0.0
    power = float(np.mean(np.square(frame, dtype=np.float64))) / 32768**2
    return max(0.0, 1 - 10 * math.log10(power) / FLOOR_DB) if power > 0 else 0.0
