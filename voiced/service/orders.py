"""Signals of the system flow in, orders flow out: leave, leave at once, read the configuration again.

Python calls a signal's handler in the main thread, once that runs Python code again. The main thread may be deep in a
library that does not return (a sound server that hangs), so signals are taken by a thread of their own, through the
pipe that the interpreter's C code writes each of them to. And because leaving can hang for the same reasons, it has a
deadline: whatever must outlive the process is on disk already, so leaving the hard way loses nothing.
"""

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_LOG = logging.getLogger(__name__)

PATIENCE_S: Final = 1.5
"""Seconds to leave in good order. systemd and a person at a terminal both expect it within two."""

INTERRUPTED: Final = 130
"""The shells' exit status for Ctrl-C: 128 + SIGINT."""


@contextmanager
def orders(
    leave: Callable[[], None],
    reload: Callable[[], None] | None = None,
    *,
    patience_s: float = PATIENCE_S,
    end: Callable[[int], None] = os._exit,
) -> Iterator[None]:
    """While this lasts, SIGTERM and SIGINT call `leave`, and SIGHUP `reload`, in a thread of their own.

    When this still lasts `patience_s` seconds after that, `end(0)` is called; at a second SIGINT at once `end(130)`.
    Without `reload` SIGHUP keeps its meaning, which is that the terminal has gone. For the main thread only."""
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    numbers = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if reload else [])]
    over = threading.Event()
    thread = threading.Thread(
        target=_obey, args=(reader, leave, reload, over, patience_s, end), name="voiced-orders", daemon=True
    )
    thread.start()
    old_fd = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    old = {number: signal.signal(number, _noted) for number in numbers}
    try:
        yield
    finally:
        over.set()
        for number, handler in old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(old_fd)
        writer.close()
        thread.join()


def _noted(_number: int, _frame: object) -> None:
    """Python writes to the pipe only for signals that have a handler; the thread does the rest."""


def _obey(
    reader: socket.socket,
    leave: Callable[[], None],
    reload: Callable[[], None] | None,
    over: threading.Event,
    patience_s: float,
    end: Callable[[int], None],
) -> None:
    interrupted = leaving = False
    with reader:
        while numbers := reader.recv(64):
            for number in numbers:
                if number == signal.SIGINT and interrupted:
                    end(INTERRUPTED)
                interrupted = interrupted or number == signal.SIGINT
                if number == signal.SIGHUP and reload is not None and not leaving:
                    _guarded(reload)
                elif number in (signal.SIGTERM, signal.SIGINT) and not leaving:
                    leaving = True
                    threading.Thread(target=_leave_in_time, args=(over, patience_s, end), daemon=True).start()
                    _guarded(leave)


def _guarded(order: Callable[[], None]) -> None:
    try:
        order()
    except Exception:
        _LOG.exception("An order of the system failed.")  # the next one must still be obeyed


def _leave_in_time(over: threading.Event, patience_s: float, end: Callable[[int], None]) -> None:
    if not over.wait(patience_s):
        with suppress(Exception):
            _LOG.warning("Something hangs; left after %.1f s without waiting for it.", patience_s)
        end(0)
