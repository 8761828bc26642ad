"""The kernel's files flow in, every few seconds, and what they say flows out to whoever can do less.

A thread of its own, which nothing waits for, and which no reading and no failure ends.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from voiced.hardware.vitals import Vitals, read_vitals
from voiced.stages import Clock

_LOG = logging.getLogger(__name__)

PERIOD_S: Final = 10.0
"""Heat takes half a minute to build up, memory a few seconds to run short; a reading takes a millisecond."""


class Warden:
    """Reads, and tells `observe`."""

    def __init__(
        self, observe: Callable[[Vitals, float], None], clock: Clock, root: Path = Path("/"), period_s: float = PERIOD_S
    ) -> None:
        """`observe` is called in the warden's thread, with the time of `clock`."""
        self._observe, self._clock, self._root, self._period_s = observe, clock, root, period_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="voiced-warden", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Reads no more."""
        self._over.set()
        self._thread.join(2.0)

    def _run(self) -> None:
        while not self._over.wait(self._period_s):
            try:
                self._observe(read_vitals(self._root), self._clock.monotonic())
            except Exception:
                _LOG.exception("The state of the machine could not be taken up.")
