"""A microphone flows in, its sound flows on block by block; a lost microphone is waited for and opened again."""

import logging
import threading
from collections.abc import Callable

from voiced.errors import AudioError
from voiced.stages import BLOCK, FRAME, Microphone, Pcm

_LOG = logging.getLogger(__name__)

IN_FLIGHT = 4
"""Bound of the blocks handed over but not handled yet: 80 ms, or 320 while nobody is listened to. Overflow rule: this
thread waits, and the microphone's own queue drops its oldest."""

RETRY_S = 2.0
"""Seconds between attempts to open a lost microphone again."""


class Capture:
    """A thread that reads a microphone. The callbacks are called in that thread."""

    def __init__(
        self,
        open_microphone: Callable[[], Microphone],
        block: Callable[[Pcm, Callable[[], None]], None],
        attentive: Callable[[], bool],
        ended: Callable[[], None],
        lost: Callable[[AudioError], None],
        regained: Callable[[], None],
        retry_s: float = RETRY_S,
    ) -> None:
        """`block` receives each piece of sound and what to call once it has been handled: `BLOCK` samples while
        `attentive` says so, else `FRAME`. `ended` means that the recording is over; `lost` that the device failed, with
        the reason; `regained` that it is open again, after a gap.

        Raises AudioError when the microphone cannot be opened in the first place."""
        self._open, self._block, self._attentive, self._ended = open_microphone, block, attentive, ended
        self._lost, self._regained = lost, regained
        self._retry_s = retry_s
        self._places = threading.Semaphore(IN_FLIGHT)
        self._closed = threading.Event()
        self._microphone = open_microphone()
        self._thread = threading.Thread(target=self._run, name="voiced-capture", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Closes the microphone and waits for the thread."""
        self._closed.set()
        self._places.release()
        self._microphone.close()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                block = self._microphone.read(BLOCK if self._attentive() else FRAME)
            except AudioError as error:
                if not self._reopen(error):
                    return
                continue
            except Exception:
                _LOG.exception("Reading the microphone failed.")
                self._ended()  # rather than a conversation that waits for ever
                return
            if block is None:
                if not self._closed.is_set():
                    self._ended()
                return
            self._places.acquire()
            self._block(block, self._places.release)

    def _reopen(self, error: AudioError) -> bool:
        """Tries until it works or nobody wants it any more; False for the latter."""
        self._lost(error)
        self._microphone.close()
        while not self._closed.wait(self._retry_s):
            try:
                self._microphone = self._open()
            except AudioError:
                continue
            if self._closed.is_set():  # closed while it was being opened: nobody else closes it
                self._microphone.close()
                break
            self._regained()
            return True
        return False
