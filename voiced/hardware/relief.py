"""Readings and the time flow in, how many rungs the daemon should be down flows out, and why in a sentence.

Pure: knows no sensor, no clock and no model. Laws, which the tests name:

1. A rung is left, in either direction, only a dwell time after the last one was: what a step brings shows by then.
2. Down after two readings in a row that say so, up only after a long time without any: what lies between the two limits
   keeps everything as it is, so that a reading that wobbles at a limit moves nothing.
3. Up only where there is memory for what comes back.
4. A step up that was one too many makes the next attempt wait twice as long, up to an hour.
5. After calm for long enough it is back at the top, whatever was before.
"""

from dataclasses import dataclass
from typing import Final

from voiced.hardware.vitals import Vitals

READINGS: Final = 2
"""In a row that have to say that it is too much: one alone may be a glitch of a sensor."""

LONGEST_S: Final = 3600.0
"""Seconds of calm that are waited for at most."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much, and what is enough again."""

    hot_c: float = 80.0
    """Degrees Celsius from which on it is too hot."""
    cool_c: float = 70.0
    """Degrees Celsius under which it is cool again."""
    short_mb: int = 60
    """Megabytes of free memory under which there are too few; twice as many are enough again."""
    stalled: float = 10.0
    """Per cent of the time that programs may wait for memory; a tenth of it is none."""
    dwell_s: float = 60.0
    """Seconds between two steps."""
    calm_s: float = 300.0
    """Seconds without strain before a step up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done."""

    rung: int
    """0 for all that the profile says; each further one is less."""
    why: str
    """What it was that was too much, as half a sentence; empty at the top when nothing is."""


class Relief:
    """Decides, reading by reading."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._rung = 0
        self._why = ""
        self._strained = 0  # readings in a row
        self._moved_at: float | None = None
        self._calm_since: float | None = None
        self._raised_at: float | None = None  # when the last step up was made, until it has proved itself
        self._patience_s = limits.calm_s

    def take(self, vitals: Vitals, at: float, rungs: int, regained_mb: int = 0) -> Verdict:
        """What to do after `vitals` were read, `at` seconds of a clock that never goes back. There are `rungs` below
        the top; a step up from here takes `regained_mb` of memory."""
        self._rung = min(self._rung, rungs)
        rested = self._moved_at is None or at - self._moved_at >= self._limits.dwell_s
        why = self._strain(vitals)
        self._strained = self._strained + 1 if why else 0
        if why:
            self._calm_since = None
            if self._strained >= READINGS:
                self._why = self._why or why
                if rested and self._rung < rungs:
                    self._step_down(why, at)
        elif not self._calm(vitals, regained_mb):
            self._calm_since = None
        elif self._calm_since is None:
            self._calm_since = at
        elif self._rung and rested and at - self._calm_since >= self._patience_s:
            self._rung -= 1
            self._moved_at = self._raised_at = self._calm_since = at
        if self._raised_at is not None and at - self._raised_at >= self._patience_s:
            self._raised_at = None  # it has proved itself
            self._patience_s = self._limits.calm_s if not self._rung else self._patience_s
        if not self._rung and self._calm_since is not None:
            self._why = ""
        return Verdict(self._rung, self._why)

    def _step_down(self, why: str, at: float) -> None:
        if self._raised_at is not None:
            self._patience_s = min(2 * self._patience_s, LONGEST_S)
            self._raised_at = None
        self._rung += 1
        self._moved_at, self._why = at, why

    def _strain(self, vitals: Vitals) -> str:
        """What is too much, as half a sentence; empty when nothing is."""
        limits = self._limits
        if vitals.temperature_c is not None and vitals.temperature_c >= limits.hot_c:
            return f"The processor was at {vitals.temperature_c:.0f} °C"
        if vitals.throttled:
            return f"The machine slowed itself down ({', '.join(vitals.throttled)})"
        if vitals.available_mb is not None and vitals.available_mb < limits.short_mb:
            return f"Only {vitals.available_mb} MB of memory were free"
        if vitals.stalled >= limits.stalled:
            return f"Programs waited for memory {vitals.stalled:.0f} % of the time"
        return ""

    def _calm(self, vitals: Vitals, regained_mb: int) -> bool:
        limits = self._limits
        cool = vitals.temperature_c is None or vitals.temperature_c < limits.cool_c
        wanted = 2 * limits.short_mb + (regained_mb if self._rung else 0)
        ample = vitals.available_mb is None or vitals.available_mb >= wanted
        return cool and ample and not vitals.throttled and vitals.stalled < limits.stalled / 10
