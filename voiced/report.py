"""An event flows in, the JSON object that tells of it flows out: the vocabulary of `voiced converse`."""

from dataclasses import asdict
from typing import Any, Final

from voiced.conversation.floor import Event
from voiced.events import (
    AnswerStarted,
    Partial,
    Reply,
    StageFinished,
    StateChanged,
    TimerFired,
    Transcript,
    TurnEnded,
    TurnFailed,
    WakeDetected,
)

NAMES: Final[dict[type[Event], str]] = {
    WakeDetected: "wake",
    StateChanged: "state",
    Partial: "partial",
    Transcript: "transcript",
    Reply: "reply",
    AnswerStarted: "audio",
    StageFinished: "stage",
    TurnFailed: "failed",
    TimerFired: "timer_fired",
    TurnEnded: "turn_ended",
}
"""What is told, and under which name; the rest of the turn's events show in "state"."""

DIGITS = 3
"""Decimals of seconds, milliseconds and scores: a sample is 0.06 ms."""


def as_json(event: Event, at: float) -> dict[str, Any] | None:
    """The object for `event`, which happened `at` seconds after the start; None for events that are not told."""
    name = NAMES.get(type(event))
    if name is None:
        return None
    told = asdict(event)
    if isinstance(event, WakeDetected):
        told["model"] = told.pop("word")
    return {"event": name, "t": round(at, DIGITS)} | {key: _rounded(value) for key, value in told.items()}


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return value
