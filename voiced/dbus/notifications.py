"""A sentence flows in, a notification on the desktop flows out, where there is one."""

from typing import Any, Final

from gi.repository import Gio, GLib  # type: ignore[import-untyped]

NAME: Final = "org.freedesktop.Notifications"

URGENT: Final = 2
"""Stays until somebody has seen it, also over a full screen."""


def notify(connection: Any, sentence: str) -> None:
    """Shows `sentence`; returns at once, and nobody learns of it where there is no desktop."""
    hints = {"urgency": GLib.Variant("y", URGENT), "category": GLib.Variant("s", "x-voiced.timer")}
    arguments = GLib.Variant("(susssasa{sv}i)", ("voiced", 0, "alarm-symbolic", sentence, "", [], hints, -1))
    connection.call(NAME, "/org/freedesktop/Notifications", NAME, "Notify", arguments, None, Gio.DBusCallFlags.NONE,
                    -1, None, None)  # fmt: skip
