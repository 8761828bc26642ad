"""Functions flow in from any thread, and are called one after the other in one thread.

What one thread owns needs no locks: everybody else posts what is to be done with it.
"""

import queue
import threading
from collections.abc import Callable

from voiced.activity import Activity


class Inbox:
    """Unbounded, because posting must never block the speaker's thread; what is posted is bounded where it comes from
    (frames in `voiced.capture`, jobs in `voiced.worker`, clauses in `voiced.mouth`)."""

    def __init__(self, activity: Activity) -> None:
        self._activity = activity
        self._handlers: queue.SimpleQueue[tuple[Callable[[], None], Callable[[], None]]] = queue.SimpleQueue()
        self._lock = threading.Lock()  # nothing is queued once it is closed
        self._closed = False

    def post(self, handler: Callable[[], None], dropped: Callable[[], None] = lambda: None) -> None:
        """Queues `handler`; may be called from any thread, returns at once. `dropped` is called in its place, by
        whoever closes or comes too late, when nobody will handle it any more."""
        with self._lock:
            if not self._closed:
                self._activity.begin()
                self._handlers.put((handler, dropped))
                return
        dropped()

    def close(self) -> None:
        """Drops what waits and what still comes: a microphone whose time goes on only when nothing waits would wait
        for ever."""
        with self._lock:
            self._closed = True
        while not self._handlers.empty():
            _, dropped = self._handlers.get()
            try:
                dropped()
            finally:
                self._activity.end()

    @property
    def backlog(self) -> int:
        """How many wait, roughly."""
        return self._handlers.qsize()

    def handle_next(self, timeout: float) -> bool:
        """Calls the next handler, waiting up to `timeout` seconds for one; False when none came."""
        try:
            handler, _ = self._handlers.get(timeout=timeout)
        except queue.Empty:
            return False
        try:
            handler()
        finally:
            self._activity.end()
        return True
