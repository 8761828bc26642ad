"""The clock flows in; how long to wait before the bus is tried again flows out. Pure.

A bus that is there but ends every connection at once must not be tried in a circle: the pauses begin anew only after a
connection that has lasted.
"""

import math
from collections.abc import Sequence
from typing import Final

from voiced.stages import Clock

PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds. A bus that is restarted is back within one or two; a machine without one is asked once a minute, which costs
nothing that could be measured."""

STEADY_S: Final = 60.0
"""Seconds after which a connection has lasted."""


class Pauses:
    """How long to wait between two attempts."""

    def __init__(self, clock: Clock, pauses_s: Sequence[float] = PAUSES_S) -> None:
        self._clock, self._pauses_s = clock, pauses_s
        self._attempts = 0
        self._since = math.inf

    def connected(self) -> None:
        """An attempt has worked."""
        self._since = self._clock.monotonic()

    def next(self) -> float:
        """Seconds to wait now that the connection has been lost, or an attempt has failed."""
        if self._clock.monotonic() - self._since >= STEADY_S:
            self._attempts = 0
        self._since = math.inf
        pause = self._pauses_s[min(self._attempts, len(self._pauses_s) - 1)]
        self._attempts += 1
        return pause
