"""Samples at one rate flow in, the same sound at another rate flows out: soxr, whole or as a stream."""

from typing import TypeVar

import numpy as np
import soxr  # type: ignore[import-untyped]
from numpy.typing import NDArray

Samples = TypeVar("Samples", NDArray[np.int16], NDArray[np.float32])

QUALITY = "HQ"
"""soxr's quality for 16-bit sound; its latency of some milliseconds is lost in a device's own."""


def resample(samples: Samples, from_rate: int, to_rate: int) -> Samples:
    """`samples`, shape (n,) or (n, channels), int16 or float32, at another rate."""
    if from_rate == to_rate or not len(samples):
        return samples
    converted: Samples = soxr.resample(samples, from_rate, to_rate, quality=QUALITY)
    return converted


class Resampler:
    """The same for a stream: what goes in in pieces comes out in pieces, without a seam."""

    def __init__(self, from_rate: int, to_rate: int, dtype: str = "float32") -> None:
        """`dtype` is "int16" or "float32"; one channel."""
        self._stream = None if from_rate == to_rate else soxr.ResampleStream(from_rate, to_rate, 1, dtype=dtype)

    def push(self, samples: Samples) -> Samples:
        """What has become ready with `samples`; the newest few milliseconds stay inside until more comes."""
        if (stream := self._stream) is None:
            return samples
        converted: Samples = stream.resample_chunk(samples)
        return converted

    def flush(self, dtype: type = np.float32) -> NDArray[np.float32] | NDArray[np.int16]:
        """What is left at the end of the stream."""
        if self._stream is None:
            return np.zeros(0, dtype)
        rest: NDArray[np.float32] | NDArray[np.int16] = self._stream.resample_chunk(np.zeros(0, dtype), last=True)
        return rest

    def close(self) -> None:
        """Lets the library's part go; what is pushed after that is not wanted any more."""
        self._stream = None
