"""Work under way flows in as beginnings and ends; the moment when nothing is left to do flows out.

A recording played faster than life must not run on while somebody is still thinking about it: its clock waits here,
so that computing takes no time at all, whatever the machine. With a real microphone nobody waits, and counting costs
next to nothing.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Activity:
    """Counts the messages on their way and the jobs being done."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    def begin(self) -> None:
        """One more thing to do; called where it is handed over, so that it is counted before it is taken up."""
        with self._condition:
            self._count += 1

    def end(self) -> None:
        """One thing done, and whatever followed from it already begun."""
        with self._condition:
            self._count -= 1
            if self._count <= 0:
                self._condition.notify_all()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Around a wait for time itself to go on, such as for room in the speaker's queue."""
        self.end()
        try:
            yield
        finally:
            self.begin()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Waits until nothing is under way; False when `timeout` seconds went by first."""
        with self._condition:
            return self._condition.wait_for(lambda: self._count <= 0, timeout)
