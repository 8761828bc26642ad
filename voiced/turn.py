"""The turn, as a table: (state, event) flows in, the next state flows out.

Laws, which the tests hold against every sequence of events:

1. The table is total for what can come at any time: in every state a wake word, a request to listen, a request to
   answer, a request to stop, muting and a failure have a place (when muted, all but un-muting leave it muted).
2. Nothing but `Unmuted` leaves `muted`.
3. `speaking` is entered only by sound that has left the speaker, and left, but for an interruption, only by the
   report that the last sample has left.
4. `follow_up` is entered only from silence: by `FollowUpOpened`, never while an answer is still to be heard.
5. From every state, stopping leads to `asleep` (or stays `muted`).
6. An event without a place is an error that names both, never a guess.
"""

from typing import Final, Literal, TypeAlias

from voiced.errors import TurnError
from voiced.events import (
    AnswerEnded,
    AnswerRequested,
    AnswerStarted,
    FollowUpExpired,
    FollowUpOpened,
    ListenRequested,
    Muted,
    NothingHeard,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    StopRequested,
    TurnFailed,
    Unmuted,
    WakeDetected,
)

State: TypeAlias = Literal["asleep", "listening", "thinking", "speaking", "follow_up", "muted"]

TurnEvent: TypeAlias = (
    WakeDetected
    | ListenRequested
    | AnswerRequested
    | SpeechStarted
    | SpeechPaused
    | SpeechEnded
    | NothingHeard
    | AnswerStarted
    | AnswerEnded
    | FollowUpOpened
    | FollowUpExpired
    | StopRequested
    | TurnFailed
    | Muted
    | Unmuted
)

TABLE: Final[dict[State, dict[type[TurnEvent], State]]] = {
    "asleep": {
        WakeDetected: "listening",
        ListenRequested: "listening",
        AnswerRequested: "thinking",
        FollowUpOpened: "follow_up",  # a timer rings: "stop" needs no wake word
        StopRequested: "asleep",
        TurnFailed: "asleep",
        Muted: "muted",
    },
    "listening": {
        WakeDetected: "listening",
        ListenRequested: "listening",
        AnswerRequested: "thinking",
        SpeechStarted: "listening",
        SpeechPaused: "listening",
        SpeechEnded: "thinking",
        NothingHeard: "asleep",
        StopRequested: "asleep",
        TurnFailed: "thinking",  # the apology is still to be said
        Muted: "muted",
    },
    "thinking": {
        WakeDetected: "listening",
        ListenRequested: "listening",
        AnswerRequested: "thinking",
        SpeechStarted: "listening",  # it was only a pause: the turn re-opens
        AnswerStarted: "speaking",
        AnswerEnded: "asleep",  # an answer without sound, such as "never mind"
        FollowUpOpened: "follow_up",
        NothingHeard: "asleep",
        StopRequested: "asleep",
        TurnFailed: "thinking",
        Muted: "muted",
    },
    "speaking": {
        WakeDetected: "listening",
        ListenRequested: "listening",
        AnswerRequested: "thinking",
        AnswerEnded: "asleep",
        FollowUpOpened: "follow_up",
        StopRequested: "asleep",
        TurnFailed: "speaking",
        Muted: "muted",
    },
    "follow_up": {
        WakeDetected: "listening",
        ListenRequested: "listening",
        AnswerRequested: "thinking",
        SpeechStarted: "listening",
        FollowUpOpened: "follow_up",
        FollowUpExpired: "asleep",
        StopRequested: "asleep",
        TurnFailed: "asleep",
        Muted: "muted",
    },
    "muted": {
        WakeDetected: "muted",
        ListenRequested: "muted",
        AnswerRequested: "muted",  # a typed question is answered aloud all the same
        AnswerStarted: "muted",
        AnswerEnded: "muted",
        FollowUpOpened: "muted",
        StopRequested: "muted",
        TurnFailed: "muted",
        Muted: "muted",
        Unmuted: "asleep",
    },
}


def next_state(state: State, event: TurnEvent) -> State:
    """The state after `event` in `state`. Raises TurnError when the pair has no place in the table."""
    try:
        return TABLE[state][type(event)]
    except KeyError:
        raise TurnError(f"{type(event).__name__} has no place in the state {state!r}.") from None


def diagram() -> str:
    """The table as a Mermaid state diagram, one arrow for all events between two states; stays are left out."""
    lines = ["stateDiagram-v2", "    [*] --> asleep"]
    for state, row in TABLE.items():
        arrows: dict[State, list[str]] = {}
        for event, to in row.items():
            if to != state:
                arrows.setdefault(to, []).append(event.__name__)
        lines += [f"    {state} --> {to}: {', '.join(events)}" for to, events in arrows.items()]
    return "\n".join(lines) + "\n"
