"""A microphone flows in, what it brought flows out: its sound as it came, and when, before anything converts it.

Opened just as the daemon opens it, so that what works here works there.
"""

import math
import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiced.audio import portaudio
from voiced.audio.devices import FIRST_S, HEARD_LATENCY_S, HEARD_S, SILENT_S, to_mono
from voiced.audio.resample import resample
from voiced.errors import AudioError
from voiced.stages import RATE, Pcm

SETTLED_S = 0.4
"""Seconds at the beginning that say nothing about the rate: sound servers hand out what has gathered."""

PRECISE = 0.01
"""Share (standard error) to which the rate has to be known: a quarter of what is a wrong one. Blocks that come early or
late by 40 ms, as on a busy machine, tell it to half of that within four seconds, and not within one and a half."""

LEAST_BLOCKS = 10
"""Blocks that are needed for it."""


@dataclass(frozen=True, slots=True)
class Take:
    """What was recorded."""

    samples: Pcm
    """One channel, at the device's rate."""
    rate: int
    """Samples per second, as the device says."""
    measured: float | None
    """Samples per second, as they came; None where that cannot be told."""
    begin: float
    """When the first sample came, on the monotonic clock."""
    lost: bool
    """Whether the device says that sound was lost."""

    def pcm(self) -> Pcm:
        """The sound as the wake word hears it."""
        return resample(self.samples, self.rate, RATE)

    def until(self, moment: float) -> Pcm:
        """What came before `moment`, at the device's rate."""
        return self.samples[: max(0, int((moment - self.begin) * self.rate))]


class Recorder:
    """Records from the beginning until it is closed."""

    def __init__(self, device: str) -> None:
        """`device` is a part of its name, empty for the default. Raises AudioError when it cannot be opened."""
        self._changed = threading.Condition()
        # No bound: a dozen seconds are recorded, a megabyte.
        self._blocks: list[tuple[float, Pcm]] = []
        self._gone = self._lost = False
        self._stream = portaudio.open_stream(
            "input", device, self._take, self._finished, dtype="int16", block_s=HEARD_S, latency_s=HEARD_LATENCY_S
        )

    @property
    def device(self) -> portaudio.Device:
        return self._stream.device

    @property
    def channels(self) -> int:
        """As they were obtained."""
        return int(self._stream.native.channels)

    @property
    def rate(self) -> int:
        """Samples per second, as they were obtained."""
        return self._stream.rate

    def wait(self, seconds: float) -> None:
        """Returns when so much more has been recorded. Raises AudioError when nothing comes any more."""
        with self._changed:
            wanted = self._seconds() + seconds
            while self._seconds() < wanted:
                patience_s = SILENT_S if self._blocks else FIRST_S
                if not self._changed.wait(patience_s) or self._gone:
                    name = self.device.name
                    raise AudioError(
                        f'The microphone "{name}" opens, but brings no sound; unplug it and plug it in again.'
                    )

    def take(self) -> Take:
        """All until now."""
        with self._changed:
            blocks = list(self._blocks)
        if not blocks:
            return Take(np.zeros(0, np.int16), self.rate, None, time.monotonic(), self._lost)
        samples = np.concatenate([block for _, block in blocks])
        ends = np.cumsum([len(block) for _, block in blocks])
        measured, begin = _fit(ends, np.array([moment for moment, _ in blocks]), self.rate)
        return Take(samples, self.rate, measured, begin, self._lost)

    def close(self) -> None:
        """Stops."""
        self._stream.close()

    def _seconds(self) -> float:
        return sum(len(block) for _, block in self._blocks) / self.rate

    def _take(self, block: NDArray[np.int16], _frames: int, _time: Any, status: Any) -> None:
        with self._changed:
            self._lost = self._lost or bool(status.input_overflow)
            self._blocks.append((time.monotonic(), to_mono(block)))
            self._changed.notify_all()

    def _finished(self) -> None:
        with self._changed:
            self._gone = True
            self._changed.notify_all()


def _fit(ends: NDArray[np.int64], moments: NDArray[np.float64], rate: int) -> tuple[float | None, float]:
    """The rate at which samples came, if that can be told, and when the first did: the line through the moments at
    which so many had come."""
    steady = ends / rate > SETTLED_S
    if steady.sum() < LEAST_BLOCKS:
        return None, float(moments[-1] - ends[-1] / rate)
    ends, moments = ends[steady], moments[steady]
    slope, start = np.polyfit(ends.astype(np.float64), moments - moments[0], 1)
    apart = float(np.std(moments - moments[0] - (slope * ends + start)))
    if slope <= 0 or apart / (moments[-1] - moments[0]) * math.sqrt(12 / len(moments)) > PRECISE:
        return None, float(moments[-1] - ends[-1] / rate)
    return float(1 / slope), float(moments[0] + start)
