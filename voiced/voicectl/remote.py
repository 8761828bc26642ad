"""Calls flow to the daemon, answers and signals flow back: voiced as a program on the bus sees it.

GLib alone, without pydbus: docs/decisions/dbus.md. Everything runs in one thread, on GLib's default context; signals
are heard in `run` and nowhere else, so none is lost between a call and waiting for what comes of it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from gi.repository import Gio, GLib  # type: ignore[import-untyped]

from voiced.dbus.address import METER, NAME, PATH, Which, find_address
from voiced.errors import BusError
from voiced.voicectl.telling import Told

PATIENCE_MS: Final = 10_000
"""How long a call may take. The daemon answers within milliseconds; reading files from a slow disk takes longer."""

FLAGS: Final = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION

BUS: Final = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
PROPERTIES: Final = "org.freedesktop.DBus.Properties"

GONE: Final = ("NameHasNoOwner", "ServiceUnknown", "Disconnected")
"""Errors of the bus that mean that there is nobody to call."""


class NoDaemonError(BusError):
    """Raised when there is no voiced to talk to, or when it leaves in the middle."""


class RefusedError(BusError):
    """Raised when the daemon, or the bus, refuses a call; with the daemon's own sentence."""


Hear: TypeAlias = Callable[[Told], None]


class Remote:
    """The daemon, or the place where it would be, on one bus."""

    def __init__(self, which: Which, address: str) -> None:
        """Raises BusError when there is no such bus."""
        self.which = which
        try:
            self._connection = Gio.DBusConnection.new_for_address_sync(address, FLAGS, None, None)
        except GLib.Error as error:
            raise BusError(
                f"The {which} bus cannot be reached ({_plain(error.message).rstrip('.')}); log in, or start it."
            ) from error
        self._loop = GLib.MainLoop()
        self._failure: BaseException | None = None

    # --- calls -------------------------------------------------------------------------------------------------------

    def here(self) -> bool:
        """Whether there is a daemon."""
        return bool(self._call(BUS, "NameHasOwner", GLib.Variant("(s)", (NAME,))))

    def process(self) -> int:
        """The daemon's process. Raises RefusedError or NoDaemonError."""
        return int(self._call(BUS, "GetConnectionUnixProcessID", GLib.Variant("(s)", (NAME,))))

    def call(self, method: str, signature: str = "()", *arguments: Any) -> Any:
        """The method's only result, or None. Raises RefusedError or NoDaemonError."""
        return self._call((NAME, PATH, NAME), method, GLib.Variant(signature, arguments))

    def properties(self) -> dict[str, Any]:
        """All of them. Raises RefusedError or NoDaemonError."""
        found: dict[str, Any] = self._call((NAME, PATH, PROPERTIES), "GetAll", GLib.Variant("(s)", (NAME,)))
        return found

    def set(self, name: str, signature: str, value: Any) -> None:
        """Wishes for another value of a property; its change is signalled. Raises RefusedError or NoDaemonError."""
        self._call((NAME, PATH, PROPERTIES), "Set", GLib.Variant("(ssv)", (NAME, name, GLib.Variant(signature, value))))

    def _call(self, whom: tuple[str, str, str], method: str, arguments: Any) -> Any:
        try:
            # Who asks for the state of a daemon does not want to start it.
            answer = self._connection.call_sync(
                *whom, method, arguments, None, Gio.DBusCallFlags.NO_AUTO_START, PATIENCE_MS, None
            )
        except GLib.Error as error:
            raise self._mapped(error) from error
        result = answer.unpack()
        return result[0] if result else None

    def send(self, method: str, done: Hear, *, interface: str = NAME, arguments: Any = None) -> None:
        """As `call`, but answered in `run`: with "Answered" and the only result, or with "Refused" and the sentence."""

        def answered(connection: Any, result: Any) -> None:
            try:
                answer = connection.call_finish(result).unpack()
                self.guard(done, Told("Answered", tuple(answer) or (None,)))
            except GLib.Error as error:
                self.guard(done, Told("Refused", (str(self._mapped(error)),)))

        self._connection.call(
            NAME, PATH, interface, method, arguments, None,
            Gio.DBusCallFlags.NO_AUTO_START, PATIENCE_MS, None, answered,
        )  # fmt: skip

    def _mapped(self, error: Any) -> BusError:
        name = Gio.DBusError.get_remote_error(error) or ""
        sentence = _plain(error.message.removeprefix(f"GDBus.Error:{name}: "))
        if name.startswith("org.voiced.Error."):
            return RefusedError(sentence)
        if name.rpartition(".")[2] in GONE or self._connection.is_closed():
            return NoDaemonError(no_daemon([self.which]))
        if name.endswith((".NoReply", ".Timeout", ".TimedOut")) or error.matches(
            Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT
        ):
            return RefusedError("voiced does not answer; look at its log, and start it again.")
        if name.endswith(".AccessDenied"):
            return RefusedError(
                f"You may not control voiced on the {self.which} bus; join the group voiced, or use sudo."
            )
        return RefusedError(
            f"voiced did not understand ({sentence.rstrip('.')}); are voicectl and voiced of one version?"
        )

    # --- signals -----------------------------------------------------------------------------------------------------

    def follow(self, hear: Hear) -> None:
        """From now on `hear` is called in `run` for every signal; what it raises ends `run`."""

        def told(_con: Any, _sender: str, _path: str, _interface: str, name: str, arguments: Any) -> None:
            if name == "NameOwnerChanged":
                self.guard(hear, Told("Came" if arguments.unpack()[2] else "Left"))
            else:
                self.guard(hear, Told(name, tuple(arguments.unpack())))

        subscribe, flags = self._connection.signal_subscribe, Gio.DBusSignalFlags.NONE
        subscribe(NAME, NAME, None, PATH, None, flags, told)
        subscribe(NAME, METER, None, PATH, None, flags, told)
        subscribe(NAME, PROPERTIES, "PropertiesChanged", PATH, NAME, flags, told)
        subscribe(BUS[0], BUS[2], "NameOwnerChanged", BUS[1], NAME, flags, told)
        self._connection.connect("closed", lambda *_: self.guard(hear, Told("Left")))

    def guard(self, act: Callable[..., None], *arguments: Any) -> None:
        """Calls `act`; what it raises would end in GLib, and ends `run` instead."""
        try:
            act(*arguments)
        except BaseException as error:
            self._failure = error
            self.leave()

    def run(self, seconds: float | None = None) -> None:
        """Hears until `leave`, or for `seconds`. Raises what hearing raised."""
        timeout = None if seconds is None else GLib.timeout_add(int(seconds * 1000), self._loop.quit)
        self._loop.run()  # Ctrl-C ends it with KeyboardInterrupt
        if timeout is not None and (source := GLib.MainContext.default().find_source_by_id(timeout)):
            source.destroy()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def leave(self) -> None:
        """Ends `run`."""
        self._loop.quit()

    @property
    def lost(self) -> bool:
        """Whether the bus itself has gone."""
        return bool(self._connection.is_closed())


def find(which: Which | None, environment: Mapping[str, str], *, waits: bool = False) -> Remote:
    """The daemon on the bus `which`; without one, on the session bus, or on the system bus if it is only there.

    Raises BusError when there is no such bus, NoDaemonError when no daemon is on it; the caller who `waits` for one
    gets the first bus there is."""
    buses: tuple[Which, ...] = (which,) if which else ("session", "system")
    found: list[Remote] = []
    problem: BusError | None = None
    for each in buses:
        try:
            if (address := find_address(each, environment)) is None:
                raise BusError(f"There is no {each} bus here; set DBUS_SESSION_BUS_ADDRESS, or use --bus system.")
            remote = Remote(each, address)
        except BusError as error:
            problem = problem or error
            continue
        if remote.here():
            return remote
        found.append(remote)
    if found and waits:
        return found[0]
    if not found and which:
        assert problem is not None
        raise BusError(f'{str(problem).rstrip(".")}; then start voiced with "voiced run --bus {which}".') from problem
    raise NoDaemonError(no_daemon(buses))


def no_daemon(buses: tuple[Which, ...] | list[Which]) -> str:
    """The sentence for whoever finds nobody there."""
    bus = f"on the {buses[0]} bus" if len(buses) == 1 else "here"
    option = " --bus system" if list(buses) == ["system"] else ""
    return f'voiced is not running {bus}; start it with "voiced run{option}".'


def _plain(text: str) -> str:
    """One line of it."""
    return " ".join(text.split())
