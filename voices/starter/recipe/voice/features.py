"""Sound flows in, its pitch, voicing and colour flow out, frame by frame: what the network learns.

The colour is WORLD's envelope (pyworld, MIT licence) at `POINTS` places between 0 Hz and the highest frequency, closer
together where the ear is finer. `spread` gives the envelope back between them: the vocoder uses the same matrix.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
"""Samples per second, as in Piper's medium voices."""

HOP = 128
"""Samples per frame, 5.8 ms: at 256 the burst of a "t" is smeared."""

FFT = 1024
"""WORLD's size for voices above 71 Hz."""

POINTS = 80
FLOOR = -9.0
"""Natural logarithm of the least amplitude: 78 dB below full scale, which nobody hears."""

LOWEST, HIGHEST = 90.0, 420.0
"""Hertz between which slt's pitch lies."""


@dataclass(frozen=True, slots=True)
class Features:
    """`n` frames of sound."""

    pitch: NDArray[np.float32]
    """[n] natural logarithm of hertz, drawn through where there is no voice."""
    voiced: NDArray[np.float32]
    """[n] 1 with voice, 0 without."""
    colour: NDArray[np.float32]
    """[n, POINTS] natural logarithm of amplitude."""


@cache
def spread() -> NDArray[np.float64]:
    """[FFT / 2 + 1, POINTS]: from the points of an envelope to every frequency, in straight lines between them."""
    bins = np.linspace(0, RATE / 2, FFT // 2 + 1)
    mel = np.linspace(0, np.log1p(RATE / 2 / 700), POINTS)
    places = 700 * np.expm1(mel)
    return np.stack([np.interp(bins, places, row) for row in np.eye(POINTS)], axis=1)


@cache
def _gather() -> NDArray[np.float64]:
    """[POINTS, FFT / 2 + 1]: the points whose `spread` is closest to an envelope."""
    matrix = spread()
    return np.linalg.solve(matrix.T @ matrix + 1e-3 * np.eye(POINTS), matrix.T)


def features(samples: NDArray[np.float32], rate: int) -> Features:
    """What is to be learnt from `samples`."""
    import pyworld
    from scipy.signal import resample_poly

    divisor = int(np.gcd(RATE, rate))
    sound = np.asarray(resample_poly(samples, RATE // divisor, rate // divisor), np.float64)
    # Half a bit of noise: in digital silence the logarithm has no floor.
    sound += np.random.default_rng(0).normal(0, 1e-5, len(sound))
    period = 1000 * HOP / RATE
    rough, times = pyworld.dio(sound, RATE, f0_floor=LOWEST, f0_ceil=HIGHEST, frame_period=period)
    hertz = pyworld.stonemask(sound, rough, times, RATE)
    power = pyworld.cheaptrick(sound, hertz, times, RATE, fft_size=FFT)
    colour = np.maximum(0.5 * np.log(power), FLOOR) @ _gather().T
    voiced = hertz > 0
    if voiced.any():
        pitch = np.interp(np.arange(len(hertz)), np.flatnonzero(voiced), np.log(hertz[voiced]))
    else:
        pitch = np.full(len(hertz), np.log(180.0))
    return Features(pitch.astype(np.float32), voiced.astype(np.float32), colour.astype(np.float32))
