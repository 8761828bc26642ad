"""Jobs flow in, and are done one after the other in a thread of their own.

One worker per stage that takes long (recognising, thinking, speaking), so that the stages overlap while each engine is
only ever called by one thread.
"""

import logging
import queue
import threading
from collections.abc import Callable

from voiced.activity import Activity

_LOG = logging.getLogger(__name__)

JOBS = 16
"""Bound of the queue. Jobs of a conversation come one or two at a time, and stale ones end at once; a queue that is
full means that the stage hangs, and then waiting is all that is left."""


class Worker:
    """A thread with a queue."""

    def __init__(self, name: str, activity: Activity) -> None:
        self._activity = activity
        self._lock = threading.Lock()
        self._pending = 0  # jobs that wait or are being done
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(JOBS)
        self._thread = threading.Thread(target=self._run, name=f"voiced-{name}", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[], None]) -> None:
        """Queues `job`. A job reports its own failures; what it lets through is logged and goes no further."""
        with self._lock:
            self._pending += 1
            # However many jobs wait, the worker counts once: a job that steps aside until time goes on, as speech does
            # while the speaker's queue is full, must not be kept from it by those behind it.
            if self._pending == 1:
                self._activity.begin()
        self._jobs.put(job)

    @property
    def alive(self) -> bool:
        """Whether its thread runs, which a job can only end by leaving it for good."""
        return self._thread.is_alive()

    def close(self, timeout: float = 2.0) -> None:
        """Lets the present job end, forgets none, and waits for the thread for at most `timeout` seconds."""
        self._jobs.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                _LOG.exception("A job of %s failed.", threading.current_thread().name)
            finally:
                with self._lock:
                    self._pending -= 1
                    if not self._pending:
                        self._activity.end()
