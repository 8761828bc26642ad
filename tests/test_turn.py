"""The turn's table and its laws."""

import typing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_events import build
from voiced.errors import TurnError
from voiced.events import (
    AnswerEnded,
    AnswerRequested,
    AnswerStarted,
    FollowUpOpened,
    ListenRequested,
    Muted,
    StopRequested,
    TurnFailed,
    Unmuted,
    WakeDetected,
)
from voiced.turn import TABLE, State, TurnEvent, diagram, next_state

STATES: tuple[State, ...] = typing.get_args(State)
EVENTS: tuple[type, ...] = typing.get_args(TurnEvent)

events = st.sampled_from(EVENTS).map(lambda cls: typing.cast(TurnEvent, build(cls)))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "event",
    [WakeDetected, ListenRequested, AnswerRequested, StopRequested, Muted, TurnFailed],
    ids=lambda e: e.__name__,
)
def test_what_can_come_at_any_time_has_a_place_in_every_state(state: State, event: type) -> None:
    """Law 1."""
    assert next_state(state, typing.cast(TurnEvent, build(event))) in STATES


@given(st.lists(events))
def test_every_sequence_of_events_keeps_the_laws(sequence: list[TurnEvent]) -> None:
    """Laws 2 to 6, on the path that any sequence takes; pairs without a place are refused and change nothing."""
    state: State = "asleep"
    for event in sequence:
        before = state
        if type(event) not in TABLE[before]:
            with pytest.raises(TurnError, match=f"{type(event).__name__}.*{before}"):
                next_state(state, event)
            continue
        state = next_state(state, event)
        if before == "muted":
            assert (state != "muted") == isinstance(event, Unmuted)
        if state == "speaking" and before != "speaking":
            assert isinstance(event, AnswerStarted)
        if before == "speaking" and state in ("asleep", "follow_up"):
            assert isinstance(event, AnswerEnded | FollowUpOpened | StopRequested)
        if state == "follow_up" and before != "follow_up":
            assert isinstance(event, FollowUpOpened)
        if isinstance(event, StopRequested):
            assert state in ("asleep", "muted")


def test_every_state_can_be_reached_and_left() -> None:
    reached = {to for row in TABLE.values() for to in row.values()}

    assert reached == set(STATES) == set(TABLE)
    assert all(any(to != state for to in row.values()) for state, row in TABLE.items())


def test_a_pair_without_a_place_names_both() -> None:
    with pytest.raises(TurnError, match="AnswerEnded has no place in the state 'listening'"):
        next_state("listening", AnswerEnded())


def test_the_diagram_in_the_documentation_is_the_table() -> None:
    page = Path(__file__).parent.parent / "docs" / "architecture.md"

    assert f"```mermaid\n{diagram()}```" in page.read_text(encoding="utf-8")
