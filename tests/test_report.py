"""The vocabulary of `voiced converse`: what is told of each event, and under which names."""

import json
from typing import Any, get_args

import pytest

from voiced.conversation.floor import Event
from voiced.events import (
    AnswerStarted,
    Partial,
    Reply,
    SpeechStarted,
    StageFinished,
    StateChanged,
    TimerFired,
    Transcript,
    TurnEnded,
    TurnFailed,
    WakeDetected,
)
from voiced.report import NAMES, as_json


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (WakeDetected("hey_jarvis", 0.98765), {"event": "wake", "model": "hey_jarvis", "score": 0.988}),
        (StateChanged("asleep"), {"event": "state", "state": "asleep"}),
        (Partial(1, "set a"), {"event": "partial", "turn": 1, "text": "set a"}),
        (
            Transcript(1, "set a timer", "pocketsphinx"),
            {"event": "transcript", "turn": 1, "text": "set a timer", "engine": "pocketsphinx"},
        ),
        (Reply(1, "Hello.", "llm"), {"event": "reply", "turn": 1, "text": "Hello.", "by": "llm"}),
        (AnswerStarted(), {"event": "audio"}),
        (
            StageFinished(1, "tts", "piper", 12.3456),
            {"event": "stage", "turn": 1, "stage": "tts", "engine": "piper", "ms": 12.346, "ok": True},
        ),
        (TurnFailed("llm", "No."), {"event": "failed", "stage": "llm", "reason": "No."}),
        (TimerFired(3, "pizza"), {"event": "timer_fired", "id": 3, "name": "pizza"}),
        (
            TurnEnded(1, "answered", {"wait": 700.00049}),
            {"event": "turn_ended", "turn": 1, "outcome": "answered", "timings": {"wait": 700.0}},
        ),
    ],
)
def test_each_event_is_told_in_its_own_words(event: Event, told: dict[str, Any]) -> None:
    assert as_json(event, 1.23456) == told | {"t": 1.235}


def test_what_shows_in_the_state_is_not_told_twice() -> None:
    assert as_json(SpeechStarted(), 1.0) is None


def test_every_name_belongs_to_an_event_of_the_conversation_and_to_one_alone() -> None:
    kinds = {kind for member in get_args(Event) for kind in (get_args(member) or (member,))}
    assert set(NAMES) <= kinds
    assert len(set(NAMES.values())) == len(NAMES)


def test_what_is_told_is_one_line_of_json_whatever_was_said() -> None:
    line = json.dumps(as_json(Reply(1, 'a\nb "c" \u2028 🎈', "llm"), 0.0), ensure_ascii=False)
    assert len(line.split("\n")) == 1
    assert json.loads(line)["text"] == 'a\nb "c" \u2028 🎈'
