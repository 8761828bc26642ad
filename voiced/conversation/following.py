"""An utterance flows in, frame by frame, to somebody who reads along; at a pause, what it is flows out.

The reader works in a thread of its own, and is only ever given what is newest: one that is slow loses nothing but time.
"""

import logging
from collections.abc import Callable

from voiced.activity import Activity
from voiced.errors import VoicedError
from voiced.stages import Pcm, Reader
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)


class Following:
    """The reader and its thread."""

    def __init__(self, reader: Reader, activity: Activity) -> None:
        self._reader = reader
        self._worker = Worker("reader", activity)
        self._newest: tuple[int, Pcm] | None = None  # assigned and read whole
        self._waits = False  # for the thread: a job that will take the newest

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._worker.alive

    def close(self) -> None:
        """Waits for the reader to stop."""
        self._worker.close()

    def follow(self, start: int, sound: Pcm) -> None:
        """Has it read what is new in `sound`, all of the utterance that began at `start`."""
        self._newest = start, sound
        if not self._waits:
            self._waits = True
            self._worker.submit(self._read)

    def then(self, job: Callable[[], None]) -> None:
        """Does `job` in the reader's thread, after what was to be read."""
        self._worker.submit(job)

    def _read(self) -> None:
        self._waits = False
        if (newest := self._newest) is None:
            return
        try:
            self._reader.follow(*newest)
        except VoicedError as error:
            _LOG.warning("%s", error)  # whoever finishes will be told again
