"""Functions flow in from any thread, and are called one after the other in one thread.

What one thread owns needs no locks: everybody else posts what is to be done with it.
"""

import queue
from collections.abc import Callable

from voiced.activity import Activity


class Inbox:
    """Unbounded, because posting must never block the speaker's thread; what is posted is bounded where it comes from
    (frames in `voiced.capture`, jobs in `voiced.worker`, clauses in `voiced.mouth`)."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._handlers: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def post(self, handler: Callable[[], None]) -> None:
        """Queues `handler`; may be called from any thread, returns at once."""
        self._activity.begin()
        self._handlers.put(handler)

    @property
    def backlog(self) -> int:
        """How many wait, roughly."""
        return self._handlers.qsize()

    def handle_next(self, timeout: float) -> bool:
        """Calls the next handler, waiting up to `timeout` seconds for one; False when none came."""
        try:
            handler = self._handlers.get(timeout=timeout)
        except queue.Empty:
            return False
        try:
            handler()
        finally:
            self._activity.end()
        return True
