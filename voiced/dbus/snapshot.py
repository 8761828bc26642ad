"""Events flow in; the properties, and what is to be signalled, flow out, in the order of the events.

Pure: knows no bus and no thread. A property changes here when its event has come, so that whoever reads it, at any
time, reads what was signalled last and never waits for the conversation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from voiced.conversation.floor import Event
from voiced.events import (
    Configured,
    HealthChanged,
    Level,
    Partial,
    Reply,
    StateChanged,
    TimerFired,
    Transcript,
    TurnEnded,
    VolumeChanged,
    WakeDetected,
)


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal of the interface."""

    name: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """Properties that have other values now."""

    properties: dict[str, Any]


class Snapshot:
    """The properties. Owned by one thread."""

    def __init__(self, version: str) -> None:
        self.properties: dict[str, Any] = {
            "State": "starting",
            "Muted": False,
            "Voice": "",
            "Volume": 0.0,
            "Profile": "",
            "WakeWords": [],
            "Version": version,
            "Health": {},
            "LastTurn": {},
        }

    def take(self, event: Event) -> list[Signal | Changed]:
        """What is to be signalled for `event`; nothing for a property that stays as it is."""
        told: list[Signal | Changed] = []
        if self.properties["State"] == "stopping" and isinstance(event, StateChanged):
            return told  # whatever the conversation does on its way out, the daemon is leaving
        new = _properties(event, self.properties)
        if changed := {name: value for name, value in new.items() if self.properties[name] != value}:
            self.properties.update(changed)
            told.append(Changed(changed))
        if signal := SIGNALS.get(type(event)):
            told.append(Signal(type(event).__name__, signal(event)))
        return told


SIGNALS: Final[dict[type, Callable[[Any], tuple[Any, ...]]]] = {
    WakeDetected: lambda e: (e.word, e.score),
    Partial: lambda e: (e.turn, plain(e.text)),
    Transcript: lambda e: (e.turn, plain(e.text)),
    Reply: lambda e: (e.turn, plain(e.text)),
    TurnEnded: lambda e: (e.turn, e.outcome, e.timings),
    TimerFired: lambda e: (e.id, plain(e.name)),
    Level: lambda e: (e.level,),
}
"""The events that are signals, called as they are called; the rest shows in the properties."""


def _properties(event: Event, now: dict[str, Any]) -> dict[str, Any]:
    """The properties that `event` says something about."""
    if isinstance(event, StateChanged):
        muted = {} if event.state == "stopping" else {"Muted": event.state == "muted"}
        return {"State": event.state, **muted}
    if isinstance(event, VolumeChanged):
        return {"Volume": event.volume}
    if isinstance(event, TurnEnded):
        return {"LastTurn": dict(event.timings)}
    if isinstance(event, HealthChanged):
        return {"Health": {**now["Health"], event.part: plain(event.health)}}
    if isinstance(event, Configured):
        return {
            "Voice": event.voice,
            "Profile": event.profile,
            "WakeWords": [plain(word) for word in event.wake_words],
            "Health": {**now["Health"], **{part: plain(health) for part, health in event.health.items()}},
        }
    return {}


def plain(text: str) -> str:
    """`text` as D-Bus can carry it: no zero, and nothing that is no character."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
