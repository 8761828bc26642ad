"""A media player for the tests: a small program on the bus that plays nothing, but says and does what MPRIS asks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gi.repository import GLib  # type: ignore[import-untyped]
from pydbus.bus import connect  # type: ignore[import-untyped]
from pydbus.generic import signal  # type: ignore[import-untyped]

from tests.bus import PATIENCE_S

INTERFACE = "org.mpris.MediaPlayer2.Player"


class Player:
    """
    <node><interface name="org.mpris.MediaPlayer2.Player">
      <method name="Play"/><method name="Pause"/><method name="Next"/><method name="Previous"/>
      <property name="PlaybackStatus" type="s" access="read"/>
      <property name="Volume" type="d" access="readwrite"/>
      <property name="CanPause" type="b" access="read"/>
      <property name="CanControl" type="b" access="read"/>
    </interface></node>
    """

    PropertiesChanged = signal()

    CanControl = True
    CanPause = True

    def __init__(self, volume: float, *, obeys: bool = True, late: bool = False) -> None:
        self.did: list[str] = []
        self.PlaybackStatus = "Playing"
        self._volume = self._coming = volume
        self._obeys = obeys
        self._late = late
        self._changed = threading.Condition()

    @property
    def Volume(self) -> float:  # noqa: N802 - as on the bus
        return self._volume

    @Volume.setter
    def Volume(self, volume: float) -> None:  # noqa: N802
        if self._obeys:
            self._coming = volume
        if not self._late:
            self.settle()
        self._note(f"volume {volume:.2f}")

    def settle(self) -> None:
        """What was last asked of it takes effect."""
        self._volume = self._coming

    def Play(self) -> None:  # noqa: N802
        self.PlaybackStatus = "Playing"
        self._note("play")

    def Pause(self) -> None:  # noqa: N802
        self.PlaybackStatus = "Paused"
        self._note("pause")

    def Next(self) -> None:  # noqa: N802
        self._note("next")

    def Previous(self) -> None:  # noqa: N802
        self._note("previous")

    def wait_for(self, wanted: Callable[["Player"], bool]) -> None:
        """Until it is as `wanted`."""
        with self._changed:
            assert self._changed.wait_for(lambda: wanted(self), PATIENCE_S), self.did

    def _note(self, what: str) -> None:
        with self._changed:
            self.did.append(what)
            self._changed.notify_all()


class Notifications:
    """
    <node><interface name="org.freedesktop.Notifications">
      <method name="Notify">
        <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
        <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
        <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
      </method>
    </interface></node>
    """

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.came = threading.Event()

    def Notify(self, *arguments: Any) -> int:  # noqa: N802
        self.shown.append(arguments[3])
        self.came.set()
        return 1


@contextmanager
def on_the_bus(address: str, name: str, path: str, thing: Any) -> Iterator[None]:
    """Publishes `thing` in a thread of its own."""
    context = GLib.MainContext.new()
    loop = GLib.MainLoop.new(context, False)
    ready = threading.Event()

    def run() -> None:
        context.push_thread_default()
        with connect(address) as bus:
            bus.register_object(path, thing, None)
            bus.request_name(name)
            ready.set()
            loop.run()
        context.pop_thread_default()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_S)
    try:
        yield
    finally:
        loop.quit()
        thread.join(10)


@contextmanager
def player(
    address: str, name: str = "tester", volume: float = 0.8, *, obeys: bool = True, late: bool = False
) -> Iterator[Player]:
    """A player that plays; one that does not obey takes a volume and does not care, one that is late goes on with the
    old one until `settle`."""
    made = Player(volume, obeys=obeys, late=late)
    with on_the_bus(address, f"org.mpris.MediaPlayer2.{name}", "/org/mpris/MediaPlayer2", made):
        yield made
