"""Signals and properties flow in, objects for JSON flow out. Pure.

The events are called, and their fields too, as those of `voiced converse --events`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Told:
    """A signal of the interface; or "Left" and "Came", without arguments, when the daemon does so."""

    name: str
    arguments: tuple[Any, ...] = ()


CONTROLS: Final = dict.fromkeys([*range(32), *range(127, 160)], " ")

EVENTS: Final[dict[str, tuple[str, ...]]] = {
    "WakeDetected": ("wake", "model", "score"),
    "Partial": ("partial", "turn", "text"),
    "Transcript": ("transcript", "turn", "text"),
    "Reply": ("reply", "turn", "text"),
    "TurnEnded": ("turn_ended", "turn", "outcome", "timings"),
    "TimerFired": ("timer_fired", "id", "name"),
    "Left": ("left",),
    "Came": ("came",),
}
"""Of each signal the event's name, and its fields."""

KEYS: Final[dict[str, str]] = {
    "State": "state",
    "Muted": "muted",
    "Voice": "voice",
    "Volume": "volume",
    "Profile": "profile",
    "WakeWords": "wake_words",
    "Version": "version",
    "Health": "health",
    "LastTurn": "last_turn",
}
"""Of each property its key."""

ROUNDED: Final[dict[str, Callable[[Any], Any]]] = {
    "score": lambda score: round(score, 3),
    "timings": lambda timings: {stage: round(ms, 1) for stage, ms in timings.items()},
}


def harmless(told: Told) -> Told:
    """The same, for a terminal: without characters that would steer it, for texts come from anywhere."""
    return Told(
        told.name, tuple(each.translate(CONTROLS) if isinstance(each, str) else each for each in told.arguments)
    )


def event(told: Told) -> dict[str, Any] | None:
    """The object for a signal; None for one that a newer daemon may send."""
    if told.name == "PropertiesChanged":
        return {"event": "changed", **settings(told.arguments[1])}
    if told.name not in EVENTS:
        return None
    name, *fields = EVENTS[told.name]
    values = zip(fields, told.arguments, strict=False)
    return {"event": name, **{field: ROUNDED.get(field, _same)(value) for field, value in values}}


def settings(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The object for some properties."""
    found = {KEYS[name]: value for name, value in properties.items() if name in KEYS}
    if "last_turn" in found:
        found["last_turn"] = ROUNDED["timings"](found["last_turn"])
    return found


def timer(found: tuple[int, str, str, int]) -> dict[str, Any]:
    """The object for a timer; `due` is None while it is paused."""
    number, name, left, due = found
    return {"id": number, "name": name, "left": left, "due": due or None}


def _same(value: Any) -> Any:
    return value
