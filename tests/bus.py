"""A real bus for the tests, and a client on it that knows nothing of voiced: GLib's, and the program gdbus."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gi.repository import Gio, GLib  # type: ignore[import-untyped]

NAME = "org.voiced.Voiced1"
METER = "org.voiced.Meter1"
PATH = "/org/voiced/Voiced1"

PATIENCE_S = 30.0
"""Seconds after which waiting for a signal fails the test: a busy machine loads engines slowly."""

CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  <limit name="max_connections_per_user">1000</limit>
</busconfig>
"""

FLAGS = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION


class BusDaemon:
    """dbus-daemon, private to a test; it can be stopped and started again at the same address."""

    def __init__(self, folder: Path) -> None:
        """`folder` must have a short path: that of a socket has 107 bytes at most."""
        self._socket = folder / "bus"
        self._config = folder / "bus.conf"
        self._config.write_text(CONFIG.format(socket=self._socket), encoding="utf-8")
        self.address = f"unix:path={self._socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the bus answers."""
        self._socket.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["dbus-daemon", f"--config-file={self._config}", "--nofork", "--print-address"], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert b"unix:path=" in self._process.stdout.readline()

    def stop(self) -> None:
        """Ends it: every connection is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            assert self._process.stdout is not None
            self._process.stdout.close()
        self._process = None


@contextmanager
def bus_daemon() -> Iterator[BusDaemon]:
    """A running bus."""
    with tempfile.TemporaryDirectory(prefix="bus") as folder:
        bus = BusDaemon(Path(folder))
        try:
            bus.start()
            yield bus
        finally:
            bus.stop()


@dataclass(frozen=True)
class Told:
    """A signal as it arrived."""

    name: str
    arguments: tuple[Any, ...]


class Refusal(Exception):  # noqa: N818 - an answer, as the bus gives it
    """A D-Bus error."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(f"{name}: {sentence}")
        self.name, self.sentence = name, sentence


class Client:
    """A program on the bus, which notes all signals of voiced in the order in which they arrive."""

    def __init__(self, address: str) -> None:
        self.told: list[Told] = []
        self._changed = threading.Condition()
        self._context = GLib.MainContext.new()
        self._loop = GLib.MainLoop.new(self._context, False)
        self._context.push_thread_default()
        try:
            self.connection = Gio.DBusConnection.new_for_address_sync(address, FLAGS, None, None)
            self.connection.signal_subscribe(None, None, None, PATH, None, Gio.DBusSignalFlags.NONE, self._hear)
        finally:
            self._context.pop_thread_default()
        self.call_bus("GetId")  # by then the bus knows what is subscribed to
        self._thread = threading.Thread(target=self._loop.run, daemon=True)
        self._thread.start()

    def _hear(self, _con: Any, _sender: str, _path: str, _interface: str, name: str, arguments: Any) -> None:
        with self._changed:
            self.told.append(Told(name, tuple(arguments.unpack())))
            self._changed.notify_all()

    def close(self) -> None:
        self._loop.quit()
        self._thread.join(10)
        self.connection.close_sync(None)

    def catch_up(self) -> list[Told]:
        """All signals that were sent before the answer to the last call."""
        caught_up = threading.Event()
        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)  # as the signals on their way have, which are before it
        source.set_callback(lambda _: caught_up.set())
        source.attach(self._context)
        assert caught_up.wait(PATIENCE_S)
        return self.told

    def call(self, method: str, signature: str = "()", *arguments: Any, timeout_s: float = PATIENCE_S) -> Any:
        """The method's only result, or None. Raises Refusal."""
        return self._call(NAME, PATH, NAME, method, GLib.Variant(signature, arguments), timeout_s)

    def watch(self) -> None:
        """Asks for the level of the sound. Raises Refusal."""
        self._call(NAME, PATH, METER, "Watch", None, PATIENCE_S)

    def call_bus(self, method: str, signature: str = "()", *arguments: Any) -> Any:
        """A method of the bus itself."""
        bus = "org.freedesktop.DBus"
        return self._call(bus, "/org/freedesktop/DBus", bus, method, GLib.Variant(signature, arguments), PATIENCE_S)

    def get(self, name: str) -> Any:
        return self._properties("Get", GLib.Variant("(ss)", (NAME, name)))

    def get_all(self) -> dict[str, Any]:
        found: dict[str, Any] = self._properties("GetAll", GLib.Variant("(s)", (NAME,)))
        return found

    def set(self, name: str, signature: str, value: Any) -> None:
        self._properties("Set", GLib.Variant("(ssv)", (NAME, name, GLib.Variant(signature, value))))

    def wait_for(self, wanted: Callable[[Told], bool], since: int = 0, patience_s: float = PATIENCE_S) -> Told:
        """The first signal, of those that came after `since` others, that is `wanted`."""
        found: list[Told] = []

        def come() -> bool:
            found[:] = [told for told in self.told[since:] if wanted(told)]
            return bool(found)

        with self._changed:
            assert self._changed.wait_for(come, patience_s), f"waited in vain; there came {self.told[since:]}"
        return found[0]

    def wait_for_next(self, name: str, patience_s: float = 0.2) -> None:
        """Until one more signal of this name has come, or `patience_s` have gone by."""
        since = len(self.told)
        with self._changed:
            self._changed.wait_for(lambda: any(told.name == name for told in self.told[since:]), patience_s)

    def wait_until(self, come: Callable[[], bool], what: str) -> None:
        """Until it has come, for which no signal need be sent; `what` says what failed to."""
        for _ in range(int(PATIENCE_S * 10)):
            if come():
                return
            with self._changed:
                self._changed.wait(0.1)
        raise AssertionError(what)

    def wait_for_property(self, name: str, value: Any) -> None:
        """Until the property has this value."""

        def come() -> bool:
            with suppress(Refusal):
                return bool(self.get(name) == value)
            return False

        self.wait_until(come, f"{name} never was {value!r}")

    def wait_for_owner(self, name: str, *, there: bool = False) -> str:
        """Until nobody has the bus name, or somebody has it if that is asked for; its owner."""
        self.wait_until(
            lambda: self.call_bus("NameHasOwner", "(s)", name) is there,
            f"{name} still has an owner" if not there else f"nobody owns {name}",
        )
        return str(self.call_bus("GetNameOwner", "(s)", name)) if there else ""

    def changes(self, since: int = 0) -> list[dict[str, Any]]:
        """What PropertiesChanged told, signal by signal."""
        return [told.arguments[1] for told in self.told[since:] if told.name == "PropertiesChanged"]

    def _properties(self, method: str, arguments: Any) -> Any:
        return self._call(NAME, PATH, "org.freedesktop.DBus.Properties", method, arguments, PATIENCE_S)

    def _call(self, name: str, path: str, interface: str, method: str, arguments: Any, timeout_s: float) -> Any:
        try:
            answer = self.connection.call_sync(
                name, path, interface, method, arguments, None, Gio.DBusCallFlags.NO_AUTO_START,
                int(timeout_s * 1000), None,
            )  # fmt: skip
        except GLib.Error as error:
            called = Gio.DBusError.get_remote_error(error)
            if called is None:
                raise
            raise Refusal(called, error.message.removeprefix(f"GDBus.Error:{called}: ")) from None
        result = answer.unpack()
        return result[0] if result else None


def memory_kb() -> int:
    """Resident memory of this process, in which the daemon runs too."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


@contextmanager
def client(address: str) -> Iterator[Client]:
    """A client that leaves at the end."""
    found = Client(address)
    try:
        yield found
    finally:
        found.close()


def gdbus(address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program gdbus on this bus, such as with "introspect"; the destination and the object are given to it."""
    command = ["gdbus", arguments[0], "--address", address, "--dest", NAME, "--object-path", PATH, *arguments[1:]]
    return subprocess.run(
        command, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
