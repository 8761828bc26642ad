"""What the screen shows of a conversation."""

import io

import pytest
from rich.console import Console

from voiced.conversation.floor import Event
from voiced.demo.show import Show
from voiced.events import Reply, StageFinished, TimerFired, Transcript, TurnEnded, TurnFailed, WakeDetected


def shown(*events: Event, width: int = 100) -> list[str]:
    """The lines that `events` make, one a second, without what only fills them up."""
    out = io.StringIO()
    show = Show(Console(file=out, width=width), lambda: 0.0)
    for second, event in enumerate(events):
        show(event, float(second))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_command_is_told_with_its_engines_and_milliseconds() -> None:
    lines = shown(
        WakeDetected("hey_jarvis", 0.987),
        StageFinished(1, "stt", "pocketsphinx", 131.4),
        StageFinished(1, "intents", "hassil", 6.6),
        Transcript(1, "what time is it", "pocketsphinx"),
        Reply(1, "Half past two.", "HassGetCurrentTime"),
        TurnEnded(1, "answered", {"response": 751.6, "wait": 700.0}),
    )

    assert lines == [
        "   0.0          openWakeWord: hey_jarvis, 0.99",
        "   3.0  heard   what time is it   pocketsphinx 131 ms",
        "   4.0  voiced  Half past two.   HassGetCurrentTime, hassil 7 ms",
        "   5.0          answered 752 ms after the last word, 700 ms of it silence",
    ]


def test_whose_answer_it_is_stands_behind_its_first_clause_alone() -> None:
    lines = shown(StageFinished(1, "llm", "llama.cpp", 93.0), Reply(1, "Yes,", "llm"), Reply(1, "it is.", "llm"))

    assert lines == ["   1.0  voiced  Yes,   llama.cpp 93 ms", "   2.0  voiced  it is."]


def test_our_own_phrases_are_nobodys_else() -> None:
    assert shown(StageFinished(1, "intents", "hassil", 2.0), Reply(1, "Sorry.", "voiced")) == ["   1.0  voiced  Sorry."]


def test_the_first_sound_of_an_answer_is_told_and_no_later_one() -> None:
    lines = shown(StageFinished(1, "tts", "piper", 34.0), StageFinished(1, "tts", "piper", 55.0))

    assert lines == ["   0.0          piper: first sound after 34 ms"]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (TurnEnded(1, "nothing_heard"), "nothing was said, back to sleep"),
        (TurnEnded(1, "interrupted", {"response": 700.0}), "interrupted"),
        (TurnFailed("llm", "The model failed."), "llm: The model failed."),
        (TimerFired(3, "pizza"), "timer: pizza is due"),
        (TimerFired(3, ""), "timer: 3 is due"),
    ],
)
def test_what_else_happens_is_told_in_a_few_words(event: Event, line: str) -> None:
    assert shown(event) == [f"   0.0          {line}"]


def test_on_a_narrow_screen_a_line_goes_on_under_its_beginning() -> None:
    assert shown(Reply(1, "one two three four five", "voiced"), width=30) == [
        "   0.0  voiced  one two three",
        "                four five",
    ]
