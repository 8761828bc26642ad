"""The turn's states and orders flow in, calls to the media players on the session bus flow out (MPRIS).

Runs in the bus's thread and never waits: every call has a second to be answered, and a player that hangs only misses
its turn. What was changed stands in a small file before it is done, so that the next daemon puts it right when this one
dies in between.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeAlias

from gi.repository import Gio, GLib  # type: ignore[import-untyped]

from voiced.config.settings import WhileTalking
from voiced.dbus import courtesy
from voiced.dbus.courtesy import LOWERED, Change
from voiced.errors import StateError
from voiced.remembered import replace_file
from voiced.stages import MediaOrder

_LOG = logging.getLogger(__name__)

PREFIX: Final = "org.mpris.MediaPlayer2."
PATH: Final = "/org/mpris/MediaPlayer2"
PLAYER: Final = "org.mpris.MediaPlayer2.Player"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
BUS: Final = "org.freedesktop.DBus"

PATIENCE_MS: Final = 1000
"""Milliseconds in which a player answers, or is left alone."""

Answered: TypeAlias = Callable[[Any], None]
"""Called with a call's only result; None when it failed."""


class Players:
    """The media players. Owned by the bus's thread."""

    def __init__(self, journal: Path) -> None:
        """`journal` is the file with what was changed."""
        self.manner: WhileTalking = "lower"
        self._journal = journal
        self._connection: Any = None
        self._cancellable = Gio.Cancellable.new()
        self._changes: dict[str, Change] = {}  # player → what was done to it
        self._quiet = False
        with suppress(OSError, UnicodeDecodeError):
            self._changes = courtesy.read(journal.read_text(encoding="utf-8"))

    def use(self, connection: Any) -> None:
        """A connection is there, or lost (None). What another daemon left changed is undone now."""
        self._connection = connection
        if not self._quiet:
            self._restore()

    def follow(self, state: str) -> None:
        """Quiet while the assistant listens, thinks and speaks; through a follow-up; as it was once it sleeps."""
        if state in ("listening", "thinking", "speaking"):
            if not self._quiet:
                self._quiet = True
                self._each(self._quieten)
        elif state != "follow_up" and self._quiet:
            self._quiet = False
            self._restore()

    def order(self, order: MediaOrder, done: Callable[[bool], None]) -> None:
        """Has the player that is heard, or was until we paused it, do something; `done` is told whether one did."""

        def chosen(found: list[tuple[str, str, dict[str, Any]]]) -> None:
            usable = [each for each in found if self._fits(order, *each)]
            if not usable:
                done(False)
                return
            for player, _, _ in usable if order == "Pause" else usable[:1]:
                if order in ("Pause", "Play"):
                    self._forget_pause(player)
                self._call(player, PATH, PLAYER, order, None, lambda _: None)
            done(True)

        self._collect(chosen)

    def _fits(self, order: MediaOrder, player: str, _owner: str, properties: dict[str, Any]) -> bool:
        ours = self._changes.get(player)
        heard = properties.get("PlaybackStatus") == "Playing" or (ours is not None and ours.paused)
        if order == "Play":
            return properties.get("PlaybackStatus") == "Paused" and bool(properties.get("CanPlay", True))
        able = {"Pause": "CanPause", "Next": "CanGoNext", "Previous": "CanGoPrevious"}[order]
        return heard and bool(properties.get(able, True))

    def _forget_pause(self, player: str) -> None:
        """What the person decides about a player is not undone."""
        change = self._changes.get(player)
        if change is not None and change.paused:
            if change.volume is None:
                del self._changes[player]
            else:
                self._changes[player] = replace(change, ignored=False)
            self._write()

    # --- quiet ---------------------------------------------------------------------------------------------------

    def _quieten(self, player: str, owner: str, properties: dict[str, Any]) -> None:
        if not self._quiet:
            return
        for old in [each for each in self._changes.values() if each.owner == owner]:  # perhaps by another name
            if courtesy.still_ours(old, properties):
                return
            del self._changes[old.player]
            if courtesy.is_lowered(old, properties.get("Volume")):
                properties = properties | {"Volume": old.volume}
        change = courtesy.change_for(player, owner, properties, self.manner)
        if change is not None:
            self._do(change, bool(properties.get("CanPause", True)))

    def _do(self, change: Change, can_pause: bool) -> None:
        self._changes[change.player] = change
        self._write()
        if change.ignored or change.volume is None:
            self._call(change.player, PATH, PLAYER, "Pause", None, lambda _: None)
            return

        def checked(volume: Any) -> None:
            """Some players take a volume and do not care."""
            if self._quiet and can_pause and courtesy.is_ignored(change, volume):
                self._do(replace(change, ignored=True), can_pause)

        self._set_volume(change.player, change.volume * LOWERED)
        self._call(change.player, PATH, PROPERTIES, "Get", GLib.Variant("(ss)", (PLAYER, "Volume")), checked)

    def _restore(self) -> None:
        for change in list(self._changes.values()):
            self._look(change.player, self._undo(change))

    def _undo(self, change: Change) -> Callable[[str, str, dict[str, Any]], None]:
        def undo(player: str, owner: str, properties: dict[str, Any]) -> None:
            if self._quiet or self._changes.get(player) != change:
                return  # the next turn has begun: it is undone after that one
            if owner == change.owner:
                if (volume := courtesy.volume_after(change, properties.get("Volume"))) is not None:
                    self._set_volume(player, volume)
                if change.paused and courtesy.still_ours(change, properties):
                    self._call(player, PATH, PLAYER, "Play", None, lambda _: None)
            del self._changes[player]
            self._write()

        return undo

    def _set_volume(self, player: str, volume: float) -> None:
        arguments = GLib.Variant("(ssv)", (PLAYER, "Volume", GLib.Variant("d", volume)))
        self._call(player, PATH, PROPERTIES, "Set", arguments, lambda _: None)

    def _write(self) -> None:
        """Not to the disk: a power cut ends the players too."""
        try:
            if self._changes:
                replace_file(self._journal, courtesy.written(self._changes), durable=False)
            else:
                self._journal.unlink(missing_ok=True)
        except (OSError, StateError) as error:
            _LOG.debug("What was done to media players cannot be noted: %s", error)

    # --- asking --------------------------------------------------------------------------------------------------

    def _each(self, look: Callable[[str, str, dict[str, Any]], None]) -> None:
        """Calls `look` with the name, owner and properties of each player, as they answer."""

        def named(names: Any) -> None:
            for name in names or []:
                if name.startswith(PREFIX):
                    self._look(name, look)

        self._call(BUS, "/org/freedesktop/DBus", BUS, "ListNames", None, named)

    def _collect(self, done: Callable[[list[tuple[str, str, dict[str, Any]]]], None]) -> None:
        """Calls `done` with all players, once each has answered or missed its turn."""

        def named(names: Any) -> None:
            players = [name for name in names or [] if name.startswith(PREFIX)]
            found: list[tuple[str, str, dict[str, Any]]] = []
            waiting = len(players)

            def look(*player: Any) -> None:
                nonlocal waiting
                waiting -= 1
                if player[2]:
                    found.append(player)
                if not waiting:
                    done(sorted(found, key=lambda each: each[0]))

            for name in players:
                self._look(name, look)
            if not players:
                done([])

        self._call(BUS, "/org/freedesktop/DBus", BUS, "ListNames", None, named)

    def _look(self, player: str, look: Callable[[str, str, dict[str, Any]], None]) -> None:
        """Calls `look` with what the player says of itself; nothing when it does not answer."""

        def owned(owner: Any) -> None:
            arguments = GLib.Variant("(s)", (PLAYER,))
            self._call(
                player, PATH, PROPERTIES, "GetAll", arguments, lambda all_: look(player, owner or "", all_ or {})
            )

        self._call(BUS, "/org/freedesktop/DBus", BUS, "GetNameOwner", GLib.Variant("(s)", (player,)), owned)

    def _call(self, name: str, path: str, interface: str, method: str, arguments: Any, answered: Answered) -> None:
        if self._connection is None:
            return answered(None)

        def finished(connection: Any, result: Any) -> None:
            try:
                values = connection.call_finish(result).unpack()
            except GLib.Error:
                values = ()
            answered(values[0] if values else None)

        self._connection.call(
            name, path, interface, method, arguments, None, Gio.DBusCallFlags.NO_AUTO_START, PATIENCE_MS,
            self._cancellable, finished,
        )  # fmt: skip
        return None
