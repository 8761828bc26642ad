"""Calls flow in and are answered at once; wishes flow on to the daemon: the object that pydbus publishes.

Methods and properties are called as the contract calls them, and run in the bus's thread. None waits for the
conversation: properties come from the snapshot, wishes are posted.
"""

import logging
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol

from pydbus.generic import signal  # type: ignore[import-untyped]

from voiced.config.settings import WhileTalking
from voiced.dbus import errors
from voiced.dbus.address import NAME
from voiced.dbus.snapshot import Changed, Signal, Snapshot
from voiced.errors import ConfigError, StateError, VoicedError

_LOG = logging.getLogger(__name__)

LONGEST: Final = 10_000
"""Characters of a text to say or answer: ten minutes of speech, and more than any model here reads as a question."""

BACKLOG: Final = 200
"""Requests that may wait to be taken up. They take microseconds each, so more means that a stage hangs, or that callers
are faster than the conversation; refusing them keeps the memory bounded."""

UINT32: Final = 2**32


class Control(Protocol):
    """The daemon. Every method returns without waiting for an engine or for the sound."""

    @property
    def backlog(self) -> int:
        """How many requests wait to be taken up."""

    @property
    def manner(self) -> WhileTalking:
        """What is done to media players while the assistant talks."""

    def announcement(self, name: str) -> str:
        """The sentence that tells that the timer of this name is over."""

    def listen(self) -> None: ...
    def stop(self) -> None: ...
    def say(self, text: str) -> int: ...
    def ask(self, text: str) -> int: ...
    def mute(self, muted: bool) -> None: ...
    def set_volume(self, volume: float) -> None: ...
    def watch_level(self) -> None: ...
    def voices(self) -> list[str]: ...
    def set_voice(self, name: str) -> None: ...
    def timers(self) -> list[tuple[int, str, str, int]]: ...
    def cancel_timer(self, id_: int) -> bool: ...
    def reload(self) -> None: ...


class Service:
    """The object. Its methods, properties and signals are documented in interface.xml."""

    PropertiesChanged = signal()
    WakeDetected = signal()
    Partial = signal()
    Transcript = signal()
    Reply = signal()
    TurnEnded = signal()
    TimerFired = signal()
    Level = signal()

    def __init__(self, snapshot: Snapshot) -> None:
        self.control: Control | None = None
        """None until the engines are loaded."""
        self._snapshot = snapshot

    def emit(self, told: Signal | Changed) -> None:
        """Sends a signal."""
        if isinstance(told, Changed):
            self.PropertiesChanged(NAME, told.properties, [])
        else:
            getattr(self, told.name)(*told.arguments)

    # --- methods -------------------------------------------------------------------------------------------------

    def Listen(self) -> None:
        with self._asked() as control:
            if self._snapshot.properties["Muted"]:
                raise errors.Muted("The microphone is closed; unmute it first.")
            control.listen()

    def Stop(self) -> None:
        with self._asked() as control:
            control.stop()

    def Say(self, text: str) -> int:
        with self._asked() as control:
            return control.say(_pronounceable(text)) % UINT32

    def Ask(self, text: str) -> int:
        with self._asked() as control:
            return control.ask(_pronounceable(text)) % UINT32

    def ListVoices(self) -> list[str]:
        with self._asked() as control:
            return control.voices()

    def ListTimers(self) -> list[tuple[int, str, str, int]]:
        with self._asked() as control:
            return control.timers()

    def CancelTimer(self, id_: int) -> None:
        with self._asked() as control:
            if not control.cancel_timer(id_):
                raise errors.UnknownTimer(f"There is no timer with the number {id_}; ListTimers tells those there are.")

    def Reload(self) -> None:
        with self._asked() as control:
            control.reload()

    def Watch(self) -> None:
        with self._asked() as control:
            control.watch_level()

    # --- properties ----------------------------------------------------------------------------------------------

    @property
    def Muted(self) -> bool:
        return bool(self._snapshot.properties["Muted"])

    @Muted.setter
    def Muted(self, muted: bool) -> None:
        with self._asked() as control:
            control.mute(muted)

    @property
    def Voice(self) -> str:
        return str(self._snapshot.properties["Voice"])

    @Voice.setter
    def Voice(self, name: str) -> None:
        with self._asked() as control:
            voices = control.voices()
            if name not in voices:
                raise errors.UnknownVoice(f"There is no such voice; there are {', '.join(voices)}.")
            control.set_voice(name)

    @property
    def Volume(self) -> float:
        return float(self._snapshot.properties["Volume"])

    @Volume.setter
    def Volume(self, volume: float) -> None:
        with self._asked() as control:
            if not (math.isfinite(volume) and 0 <= volume <= 1):
                raise errors.InvalidArgument(f"{volume} is no volume; give a number from 0 to 1.")
            control.set_volume(volume + 0.0)  # -0.0 is a number from 0 to 1, too, but nobody wants to read it

    def __getattr__(self, name: str) -> Any:
        """The properties that can only be read."""
        try:
            return self._snapshot.properties[name]
        except KeyError:
            raise AttributeError(name) from None

    # --- refusing ------------------------------------------------------------------------------------------------

    @contextmanager
    def _asked(self) -> Iterator[Control]:
        """The daemon, for one request. Whatever goes wrong becomes one of the interface's errors."""
        state = self._snapshot.properties["State"]
        if state == "stopping":
            raise errors.ShuttingDown("voiced is shutting down; start it again.")
        if self.control is None or state == "starting":
            raise errors.NotReady("voiced is still starting; wait until its State is no longer starting.")
        if self.control.backlog > BACKLOG:
            raise errors.Busy("Too many requests are waiting; try again in a moment.")
        try:
            yield self.control
        except errors.Refused:
            raise
        except VoicedError as error:
            kind = {ConfigError: errors.Configuration, StateError: errors.State}.get(type(error), errors.Failed)
            raise kind(str(error)) from error
        except Exception as error:
            _LOG.exception("A request over D-Bus failed.")
            raise errors.Failed("The request failed inside voiced; its log says where.") from error


def _pronounceable(text: str) -> str:
    """`text`, if it can be said. Raises what the caller is refused with."""
    if len(text) > LONGEST:
        raise errors.TooLong(f"The text has {len(text):,} characters; send {LONGEST:,} at most at a time.")
    if not any(map(str.isalnum, text)):
        raise errors.InvalidArgument("There is nothing to say in this text; give some words.")
    return text


class Quiet(logging.Filter):
    """Keeps refusals out of the log, where pydbus writes them with a traceback: they are the caller's to read."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or not issubclass(kind, errors.Refused)


def hush_refusals() -> Callable[[], None]:
    """Installs `Quiet`; returns what takes it away again."""
    quiet, log = Quiet(), logging.getLogger("pydbus.registration")
    log.addFilter(quiet)
    return lambda: log.removeFilter(quiet)
