"""Signals and keys flow in, a live view or JSON flows out, until q or Ctrl-C.

A daemon that leaves is waited for; a bus that goes away is the end.
"""

import json
import os
import re
import signal
import sys
import termios
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from gi.repository import GLib  # type: ignore[import-untyped]
from rich.console import Console
from rich.live import Live

from voiced.dbus.address import METER, NAME
from voiced.errors import BusError
from voiced.voicectl import telling
from voiced.voicectl.board import Board
from voiced.voicectl.remote import PROPERTIES, NoDaemonError, Remote
from voiced.voicectl.screen import draw, pulse
from voiced.voicectl.telling import Told

FRAME_MS: Final = 100
"""Between two pictures while something moves; a still picture is renewed twice a second, for timers and the window."""

STILL: Final = 5
"""Frames for which a still picture stands."""

ASK_S: Final = 3.0
"""Between two looks at the timers, for another program may cancel one, which no signal tells; and between two wishes
for the level of the sound, which hold for ten seconds."""

STEP: Final = 0.05
"""What + and − change the volume by."""

SEQUENCES: Final = re.compile(r"\x1b(\[[0-9;]*.|O?.)", re.DOTALL)
"""What the arrows and the like send: no key of ours, and not Escape."""


def monitor(remote: Remote, *, as_json: bool) -> int:
    """Watches until somebody has seen enough. Raises BusError when there is no terminal, or the bus has gone."""
    if as_json:
        Teller(remote).run()
        return 0
    console = Console()
    if not console.is_terminal or console.is_dumb_terminal:
        raise BusError("monitor draws on a terminal; use monitor --json to read on.")
    view = View(remote, console)
    with _keys(remote, view.press), _signals(remote), Live(console=console, screen=True, auto_refresh=False) as live:
        view.run(live)
    return 0


class Teller:
    """One JSON object per event."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def run(self) -> None:
        """Until Ctrl-C."""
        self._remote.follow(self._hear)
        if self._remote.here():
            self._ask()
        else:
            self._print({"event": "left"})
        self._remote.run()

    def _ask(self) -> None:
        arguments = GLib.Variant("(s)", (NAME,))
        self._remote.send("GetAll", self._attach, interface=PROPERTIES, arguments=arguments)

    def _attach(self, told: Told) -> None:
        if told.name == "Answered":
            self._print({"event": "status", "bus": self._remote.which, **telling.settings(told.arguments[0])})

    def _hear(self, told: Told) -> None:
        if (found := telling.event(told)) is not None:
            self._print(found)
        if told.name == "Came":
            self._ask()
        _check(self._remote)

    def _print(self, thing: dict[str, Any]) -> None:
        print(json.dumps(thing, ensure_ascii=False), flush=True)


class View:
    """The picture, kept up to date."""

    def __init__(self, remote: Remote, console: Console) -> None:
        self._remote, self._console = remote, console
        self._board = Board(remote.which, since=time.monotonic())
        self._asked = 0.0  # when the timers and the level were last asked for
        self._frames = 0
        self._pulse = ""  # as it was drawn last
        self._live: Live | None = None

    def run(self, live: Live) -> None:
        """Until `remote.leave`."""
        self._live = live
        self._remote.follow(self._hear)
        if self._remote.here():
            self._attach()
        self._show()
        GLib.timeout_add(FRAME_MS, self._tick)
        self._remote.run()

    def press(self, key: str) -> None:
        """A key."""
        board = self._board
        board.note = ""
        if key in ("q", "Q", "\x1b"):
            self._remote.leave()
        elif not board.here:
            pass
        elif key in (" ", "l"):
            self._send("Listen")
        elif key == "s":
            self._send("Stop")
        elif key == "m":
            self._set("Muted", GLib.Variant("b", not board.muted))
        elif key in ("+", "=", "-"):
            volume = board.properties.get("Volume", 0.0) + (-STEP if key == "-" else STEP)
            self._set("Volume", GLib.Variant("d", min(1.0, max(0.0, round(volume, 2)))))
        self._show()

    def _hear(self, told: Told) -> None:
        _check(self._remote)
        self._board.take(told, time.monotonic())
        if told.name == "Came":
            self._attach()
        elif told.name in ("TurnEnded", "TimerFired"):
            self._ask()
        if told.name != "Level":  # which the next frame shows
            self._show()

    def _attach(self) -> None:
        self._send("GetAll", self._take_properties, interface=PROPERTIES, arguments=GLib.Variant("(s)", (NAME,)))
        self._ask()

    def _take_properties(self, told: Told) -> None:
        if told.name == "Answered":
            self._board.change(told.arguments[0], time.monotonic())
            self._show()

    def _ask(self) -> None:
        self._asked = time.monotonic()
        self._send("ListTimers", self._take_timers)
        self._send("Watch", lambda _: None, interface=METER)  # refused: it is still starting, or offers no level

    def _take_timers(self, told: Told) -> None:
        if told.name == "Answered":  # else it is still starting, and will be asked again
            self._board.list_timers(told.arguments[0])

    def _set(self, name: str, value: Any) -> None:
        self._send("Set", interface=PROPERTIES, arguments=GLib.Variant("(ssv)", (NAME, name, value)))

    def _send(self, method: str, done: Any = None, **more: Any) -> None:
        self._remote.send(method, done or self._take_answer, **more)

    def _take_answer(self, told: Told) -> None:
        if told.name == "Refused":
            self._board.note = told.arguments[0]
            self._show()

    def _tick(self) -> bool:
        self._frames += 1
        if self._board.here and time.monotonic() - self._asked > ASK_S:
            self._ask()
        if self._frames % STILL == 0 or pulse(self._board, time.monotonic(), self._console.width) != self._pulse:
            self._remote.guard(self._show)
        return True

    def _show(self) -> None:
        if self._live is not None:
            now, (width, height) = time.monotonic(), self._console.size
            self._pulse = pulse(self._board, now, width)
            self._live.update(draw(self._board, now, time.time(), width, height), refresh=True)


def _check(remote: Remote) -> None:
    if remote.lost:
        raise NoDaemonError(
            f"The {remote.which} bus has gone, and voiced with it; start monitor again when it is back."
        )


@contextmanager
def _keys(remote: Remote, press: Any) -> Iterator[None]:
    """Keys as they are pressed, where there is a keyboard."""
    if not sys.stdin.isatty():
        yield
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)

    def read(_fd: int, _condition: Any) -> bool:
        text = os.read(keyboard, 64).decode("utf-8", "ignore")
        if not text:
            return False  # the terminal has gone
        for key in SEQUENCES.sub("", text):
            remote.guard(press, key)
        return True

    source = GLib.unix_fd_add_full(GLib.PRIORITY_DEFAULT, keyboard, GLib.IOCondition.IN, read)
    tty.setcbreak(keyboard)
    try:
        yield
    finally:
        GLib.source_remove(source)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


@contextmanager
def _signals(remote: Remote) -> Iterator[None]:
    """Whoever ends it gets the terminal back as it was."""

    def leave() -> bool:
        remote.leave()
        return True

    sources = [
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, leave)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    ]
    try:
        yield
    finally:
        for source in sources:
            GLib.source_remove(source)
