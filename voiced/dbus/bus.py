"""Events flow in and go out as signals; calls of other programs flow in and go to the daemon: the bus's own thread.

The thread runs a GLib loop of its own. It alone touches the connection, the snapshot and the published object; it waits
for the bus while it connects, and for nothing else. Others hand over events, which never makes them wait.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from gi.repository import Gio, GLib  # type: ignore[import-untyped]
from pydbus.bus import Bus as Pydbus  # type: ignore[import-untyped]

from voiced import __version__
from voiced.conversation.floor import Event
from voiced.dbus.address import NAME, PATH
from voiced.dbus.interface import read_xml
from voiced.dbus.notifications import notify
from voiced.dbus.pauses import PAUSES_S, Pauses
from voiced.dbus.players import Players
from voiced.dbus.publishing import register
from voiced.dbus.service import Control, Service, hush_refusals
from voiced.dbus.snapshot import Snapshot, plain
from voiced.errors import BusError
from voiced.events import HealthChanged, StateChanged, TimerFired
from voiced.stages import Clock, MediaOrder

_LOG = logging.getLogger(__name__)

CLOSE_S = 1.0
"""Seconds in which the thread must end; a bus that hangs must not keep the daemon from leaving."""

ORDER_S = 2.5
"""Seconds in which media players answer an order: two calls, a second each, and some room."""

FLAGS = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
"""A connection of our own: GLib's shared one ends the process when the bus goes away."""


class Bus:
    """The daemon on a bus. A lost bus is waited for, and returned to."""

    def __init__(
        self,
        which: str,
        address: str,
        clock: Clock,
        journal: Path | None = None,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        """`which` names the bus in messages: "session" or "system". `journal` is the file in which is noted what was
        done to media players; without one they are left alone, and there are no notifications: there is no desktop on
        the system bus."""
        self._which, self._address = which, address
        self._pauses = Pauses(clock, pauses_s)
        self._snapshot = Snapshot(__version__)
        self._service = Service(self._snapshot)
        self._players = None if journal is None else Players(journal)
        self._context = GLib.MainContext.new()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._cancellable = Gio.Cancellable.new()
        self._connection: Any = None
        self._registration: Any = None
        self._leaving = False
        self._first: Future[None] = Future()
        self._unhush = hush_refusals()
        self._thread = threading.Thread(target=self._run, name="voiced-dbus", daemon=True)

    # --- from any thread -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Takes the bus name. Where there is no bus, says so and goes on without it until there is one.

        Raises BusError when another daemon has the name, or the bus does not let this one have it."""
        self._thread.start()
        self._first.result()

    def serve(self, control: Control) -> None:
        """From now on requests are handed to `control`, once the state is no longer "starting"."""
        self._post(lambda: setattr(self._service, "control", control))

    def tell(self, event: Event, _at: float) -> None:
        """A `Listener`."""
        self._post(lambda: self._take(event))

    def order(self, order: MediaOrder) -> bool:
        """Has a media player do something; whether there is one that does. Waits for the players for a while."""
        players, done = self._players, Future[bool]()
        if players is None:
            return False
        self._post(lambda: players.order(order, done.set_result))
        try:
            return done.result(ORDER_S)
        except TimeoutError:
            return False

    def close(self) -> None:
        """Sends what is still to be sent, and gives the name back."""
        self._leaving = True
        self._post(self._loop.quit)
        self._thread.join(CLOSE_S)
        self._cancellable.cancel()  # whatever it is still waiting for, if it is
        self._unhush()

    def _post(self, call: Callable[[], None]) -> None:
        """Has the loop call `call`, in the order of the posts. Unbounded: whoever posts must never wait, and the loop
        takes microseconds for each."""
        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)  # as calls have: a flood of those must not hold the signals up
        source.set_callback(lambda _: call())  # None ends the source
        source.attach(self._context)

    # --- in the bus's thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._context.push_thread_default()
        try:
            self._begin()
            if not self._leaving:
                self._loop.run()
            self._leave()
        finally:
            self._context.pop_thread_default()

    def _begin(self) -> None:
        try:
            self._connect()
        except BusError as error:
            self._leaving = True
            self._first.set_exception(error)
            return
        except GLib.Error as error:
            _LOG.warning(
                "There is no %s bus to be on (%s); voiced works without, and will be on it once it is there.",
                self._which, _reason(error),
            )  # fmt: skip
            self._go_without()
        self._first.set_result(None)

    def _connect(self) -> None:
        """Raises GLib.Error when the bus cannot be used, BusError when it can, but not as voiced."""
        connection = Gio.DBusConnection.new_for_address_sync(self._address, FLAGS, None, self._cancellable)
        try:
            # Not `connection.pydbus`: an attribute of its own would have GLib's thread wait for the interpreter's lock
            # in the middle of each message, with a lock held that whoever drops another connection waits for.
            bus = Pydbus(connection)
            registration = register(bus, PATH, self._service, read_xml())
            try:
                # pydbus would let any program that asks take the name over.
                bus.request_name(NAME, allow_replacement=False)
            except GLib.Error as error:
                registration.unregister()
                if error.matches(Gio.DBusError.quark(), Gio.DBusError.ACCESS_DENIED):
                    raise BusError(_forbidden(self._which, error)) from error
                raise
            except RuntimeError as error:  # pydbus's; GLib's errors are of this class, too
                registration.unregister()
                raise BusError(
                    f"Another voiced is on the {self._which} bus already; stop it, or run this one with --bus none."
                ) from error
        except BaseException:
            with suppress(GLib.Error):
                connection.close_sync(self._cancellable)
            raise
        connection.connect("closed", self._lost)
        self._connection, self._registration = connection, registration
        self._pauses.connected()
        if self._players is not None:
            self._players.use(connection)
        self._take(HealthChanged("bus", "ok"))

    def _lost(self, *_: Any) -> None:
        if self._leaving:
            return
        self._registration.unregister()
        self._connection = self._registration = None
        if self._players is not None:
            self._players.use(None)
        _LOG.warning("The %s bus was lost; voiced goes on listening, and returns when the bus does.", self._which)
        self._go_without()

    def _go_without(self) -> None:
        self._take(HealthChanged("bus", f"There is no {self._which} bus; voiced will be on it once it is there."))
        self._try_later()

    def _try_later(self) -> None:
        source = GLib.timeout_source_new(int(self._pauses.next() * 1000))
        source.set_callback(lambda _: self._try())
        source.attach(self._context)

    def _try(self) -> None:
        try:
            self._connect()
        except BusError as error:
            self._take(HealthChanged("bus", str(error)))
            self._try_later()
        except GLib.Error:
            self._go_without()
        else:
            _LOG.info("voiced is on the %s bus again.", self._which)

    def _take(self, event: Event) -> None:
        for told in self._snapshot.take(event):
            if self._connection is not None:
                # A connection that has just been closed is noticed by `_lost`.
                with suppress(GLib.Error):
                    self._service.emit(told)
        if self._players is not None and self._service.control is not None:
            self._take_at_desk(event, self._players, self._service.control)

    def _take_at_desk(self, event: Event, players: Players, control: Control) -> None:
        """What an event means for the rest of the desktop."""
        if isinstance(event, StateChanged):
            players.manner = control.manner
            players.follow(event.state)
        elif isinstance(event, TimerFired) and self._connection is not None:
            notify(self._connection, plain(control.announcement(event.name)))

    def _leave(self) -> None:
        if self._connection is not None:
            with suppress(GLib.Error):
                self._connection.flush_sync(self._cancellable)
                self._connection.close_sync(self._cancellable)
            self._registration.unregister()


def _reason(error: Any) -> str:
    """GLib's own words, without its full stop."""
    return str(error.message).rstrip(".")


def _forbidden(which: str, error: Any) -> str:
    """Why a bus that is there does not give the name."""
    if which == "session":
        return f"The session bus does not let voiced be on it ({_reason(error)}); use --bus none."
    return (
        "The system bus does not let this user be voiced: only root and the user voiced may be, once "
        "`sudo voiced install --system` has brought the policy that says so; do that, or use --bus session."
    )
