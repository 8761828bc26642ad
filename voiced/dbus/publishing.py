"""An object and its interface flow in, calls from the bus flow to it: pydbus's registration, without its leak.

Before GLib 2.84 a call that reaches Python holds one reference too many: by its C contract the handler owns the call,
and what takes it over when it is answered takes a reference of Python's own. So every call stayed in memory with all
its arguments, 2 kB for the smallest, a megabyte for a long text. GLib 2.84 offers bindings a function without that
contract.
"""

from typing import Any, Final

import gi  # type: ignore[import-untyped]
from gi.repository import Gio, GLib  # type: ignore[import-untyped]
from pydbus.registration import ObjectRegistration, ObjectWrapper  # type: ignore[import-untyped]

LEAKS: Final = (GLib.MAJOR_VERSION, GLib.MINOR_VERSION) < (2, 84)


class Wrapper(ObjectWrapper):  # type: ignore[misc]
    """Hands calls to the object."""

    def call_method(self, *call: Any) -> None:
        """Called by GLib, with the invocation as the last of its arguments; answers it."""
        super().call_method(*call)
        if LEAKS:
            # PyGObject hides `unref` from its objects, and rightly; this is the function itself.
            gi.module.get_introspection_module("GObject").Object.unref(call[-1])


def register(bus: Any, path: str, thing: Any, xml: str) -> Any:
    """Puts `thing` on the bus, where it stays until the result's `unregister()`. Raises GLib.Error."""
    interfaces = Gio.DBusNodeInfo.new_for_xml(xml).interfaces
    return ObjectRegistration(bus, path, interfaces, Wrapper(thing, interfaces), own_wrapper=True)
