"""The process's environment flows in, the address of the bus flows out; and where on it the daemon is. Pure.

GLib could find it, but would start a bus of its own where there is none, for a daemon that nobody else could find.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Which: TypeAlias = Literal["session", "system", "none"]

NAME: Final = "org.voiced.Voiced1"
"""Of the bus name and of the interface."""

METER: Final = "org.voiced.Meter1"
"""The interface beside it, for views of the sound."""

PATH: Final = "/org/voiced/Voiced1"

SYSTEM: Final = "unix:path=/run/dbus/system_bus_socket"


def default_bus(user: int) -> Which:
    """Where `voiced run` is found when nobody says: root's daemon is the machine's, everybody else's is their own."""
    return "system" if user == 0 else "session"


def find_address(which: Which, environment: Mapping[str, str]) -> str | None:
    """The bus's address as the D-Bus specification has it; None where there is no such bus. Whether somebody is there
    to answer shows when it is called."""
    if which == "system":
        return environment.get("DBUS_SYSTEM_BUS_ADDRESS") or SYSTEM
    if which == "session":
        if address := environment.get("DBUS_SESSION_BUS_ADDRESS"):
            return address
        if (runtime := environment.get("XDG_RUNTIME_DIR", "")).startswith("/"):
            return f"unix:path={_escaped(runtime)}/bus"
    return None


def _escaped(path: str) -> str:
    """As addresses want it: bytes that are no plain letters as %XX."""
    plain = "-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/.*"
    return "".join(chr(b) if chr(b) in plain else f"%{b:02x}" for b in path.encode("utf-8", "surrogateescape"))
