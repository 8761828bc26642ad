"""From when to when each stage worked, told from events alone."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.conversation.floor import Event
from voiced.events import (
    AnswerEnded,
    AnswerRequested,
    AnswerStarted,
    FollowUpExpired,
    FollowUpOpened,
    ListenRequested,
    Muted,
    NothingHeard,
    Partial,
    Reply,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    StageFinished,
    StateChanged,
    StopRequested,
    TimerFired,
    Transcript,
    TurnEnded,
    TurnFailed,
    Unmuted,
    WakeDetected,
)
from voiced.timeline.spans import TRACKS, Span, captions, spans, turns

Timed = tuple[Event, float]

WAKE = WakeDetected("hey_jarvis", 0.99)

COMMAND: list[Timed] = [
    (WAKE, 2.0),
    (StateChanged("listening"), 2.0),
    (SpeechStarted(), 2.0),
    (SpeechPaused(), 3.2),
    (StageFinished(1, "stt", "pocketsphinx", 300.0), 3.5),
    (StageFinished(1, "intents", "hassil", 4.0), 3.504),
    (Partial(1, "what time is it"), 3.504),
    (SpeechEnded(), 3.7),
    (StateChanged("thinking"), 3.7),
    (Transcript(1, "what time is it", "pocketsphinx"), 3.7),
    (Reply(1, "It is 8:00.", "HassGetCurrentTime"), 3.71),
    (StageFinished(1, "tts", "espeak-ng", 100.0), 3.81),
    (AnswerStarted(), 3.82),
    (StateChanged("speaking"), 3.82),
    (FollowUpOpened(), 5.0),
    (StateChanged("follow_up"), 5.0),
    (TurnEnded(1, "answered", {"wait": 700.0, "response": 820.0}), 5.0),
    (FollowUpExpired(), 9.0),
    (StateChanged("asleep"), 9.0),
]


def on(track: str, events: list[Timed]) -> list[Span]:
    """The spans of `events` on `track`."""
    return [span for span in spans(events) if span.track == track]


def when(track: str, events: list[Timed]) -> list[tuple[float, float]]:
    """From when to when something went on on `track`, to the millisecond."""
    return [(round(span.begin, 3), round(span.end, 3)) for span in on(track, events)]


def fast(events: list[Timed], moment: float, *these: type[Event]) -> list[Timed]:
    """`events`, with those of the classes `these` moved to `moment`, as where computing takes no time."""
    return [(event, moment if isinstance(event, these) else at) for event, at in events]


@pytest.mark.parametrize(
    ("track", "expected"),
    [
        ("wake word", [(2.0, 2.0)]),
        ("listening", [(2.0, 3.7)]),
        ("end of speech", [(3.0, 3.7)]),
        ("speech to text", [(3.2, 3.5)]),
        ("commands", [(3.5, 3.504)]),
        ("text to speech", [(3.71, 3.81)]),
        ("answer", [(3.82, 5.0)]),
        ("follow-up", [(5.0, 9.0)]),
        ("response", [(3.0, 3.82)]),
        ("language model", []),
        ("ringing", []),
    ],
)
def test_a_command_is_seen_on_every_track_that_it_passed(track: str, expected: list[tuple[float, float]]) -> None:
    assert when(track, COMMAND) == expected


def test_the_response_is_told_in_hundredths_and_the_stages_in_milliseconds() -> None:
    labels = {span.track: span.label for span in spans(COMMAND)}
    assert labels["response"] == "0.82 s"
    assert labels["commands"] == "4 ms"
    assert labels["speech to text"] == "0.30 s"
    assert labels["wake word"] == "hey jarvis"


def test_all_of_a_turn_carries_its_number() -> None:
    assert {span.turn for span in spans(COMMAND)} == {1}


def test_a_stage_that_took_no_time_on_the_clock_is_a_moment_where_it_was_asked_for() -> None:
    events = fast(COMMAND, 3.2, StageFinished, Partial)
    assert when("speech to text", events) == [(3.2, 3.2)]
    assert on("speech to text", events)[0].label == "0.30 s"


def test_the_draft_of_each_pause_is_seen() -> None:
    second = [(event, at + 1.0) for event, at in COMMAND[2:]]
    events = [*COMMAND[:6], *second]
    assert when("speech to text", events) == [(3.2, 3.5), (4.2, 4.5)]
    assert when("end of speech", events) == [(4.0, 4.7)]


def test_a_failed_stage_is_told_as_failed() -> None:
    events: list[Timed] = [(StageFinished(4, "llm", "llama.cpp", 200.0, ok=False), 1.0), (TurnFailed("llm", ""), 1.0)]
    assert [(span.label, span.ok, span.turn) for span in on("language model", events)] == [("failed", False, 4)]


def test_a_stage_without_a_track_gets_one_of_its_own_name() -> None:
    assert when("speaker verifier", [(StageFinished(1, "speaker verifier", "", 20.0), 1.0)]) == [(0.98, 1.0)]


def test_a_wake_word_during_the_answer_ends_it_as_interrupted() -> None:
    cut: list[Timed] = [
        (TurnEnded(1, "interrupted", {"wait": 700.0, "response": 820.0}), 4.4),
        (WakeDetected("hey_jarvis", 0.9), 4.4),
        (StateChanged("listening"), 4.4),
        (StateChanged("asleep"), 6.0),
        (TurnEnded(2, "stopped"), 6.0),
    ]
    events = [*COMMAND[:14], *cut]
    assert [(span.end, span.label, span.turn) for span in on("answer", events)] == [(4.4, "interrupted", 1)]
    assert [(span.begin, span.end, span.turn) for span in on("listening", events)][1:] == [(4.4, 6.0, 2)]


def test_a_second_wake_word_while_listening_listens_anew() -> None:
    events: list[Timed] = [*COMMAND[:2], (TurnEnded(1, "interrupted"), 3.0), (WAKE, 3.0), (StateChanged("asleep"), 4.0)]
    assert when("listening", events) == [(2.0, 3.0), (3.0, 4.0)]


def test_silence_after_the_wake_word_is_told() -> None:
    events: list[Timed] = [
        *COMMAND[:2],
        (NothingHeard(), 10.0),
        (StateChanged("asleep"), 10.0),
        (TurnEnded(1, "nothing_heard"), 10.0),
    ]
    assert [(span.end, span.label) for span in on("listening", events)] == [(10.0, "nothing heard")]


RING: list[Timed] = [
    (TimerFired(1, "pizza"), 20.0),
    (AnswerRequested(), 20.0),
    (StateChanged("thinking"), 20.0),
    (Reply(2, "Your pizza timer is done.", "voiced"), 20.01),
    (StageFinished(2, "tts", "espeak-ng", 90.0), 20.1),
    (AnswerStarted(), 20.1),
    (StateChanged("speaking"), 20.1),
    (FollowUpOpened(), 22.0),
    (StateChanged("follow_up"), 22.0),
    (TurnEnded(2, "answered", {"tts": 90.0}), 22.0),
]


def test_a_timer_rings_until_a_spoken_stop() -> None:
    stop: list[Timed] = [(SpeechStarted(), 23.0), (TurnEnded(3, "stopped"), 25.0), (Unmuted(), 30.0)]
    assert when("ringing", [*RING, *stop]) == [(20.0, 25.0)]
    assert on("ringing", [*RING, *stop])[0].label == "pizza"


def test_a_timer_rings_until_a_request_to_stop_which_cuts_the_announcement() -> None:
    events: list[Timed] = [*RING[:7], (StopRequested(), 21.0), (TurnEnded(2, "stopped"), 21.0), (Unmuted(), 30.0)]
    assert when("ringing", events) == [(20.0, 21.0)]
    assert [(span.end, span.label) for span in on("answer", events)] == [(21.0, "stopped")]


def test_what_nobody_ends_ends_with_the_recording() -> None:
    assert when("ringing", RING) == [(20.0, 22.0)]
    assert when("answer", COMMAND[:14]) == [(3.82, 3.82)]


def test_an_announcement_is_no_response_to_anybody() -> None:
    assert when("response", RING) == []


def test_what_was_said_begins_with_its_sound() -> None:
    assert [(each.who, each.at, each.text) for each in captions([*COMMAND, *RING])] == [
        ("person", 2.0, "what time is it"),
        ("assistant", 3.82, "It is 8:00."),
        ("assistant", 20.1, "Your pizza timer is done."),
    ]


def test_an_answer_that_was_never_heard_is_not_told() -> None:
    assert [each.who for each in captions([*COMMAND[:12], (TurnEnded(1, "interrupted"), 4.0)])] == ["person"]


def test_nothing_comes_of_nothing() -> None:
    assert spans([]) == []
    assert captions([]) == []


NUMBERS = st.integers(0, 4)
MS = st.floats(0, 1e5)
OUTCOMES = st.sampled_from(["answered", "nothing_heard", "interrupted", "stopped", "failed", "muted"])
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from([SpeechStarted(), SpeechPaused(), SpeechEnded(), NothingHeard(), AnswerStarted(), AnswerEnded()]),
    st.sampled_from([FollowUpOpened(), FollowUpExpired(), StopRequested(), AnswerRequested(), ListenRequested()]),
    st.sampled_from([Muted(), Unmuted(), TurnFailed("stt", "why"), WAKE, TimerFired(1, ""), TimerFired(2, "tea")]),
    st.builds(StateChanged, st.sampled_from(["asleep", "listening", "thinking", "speaking", "follow_up", "muted"])),
    st.builds(StageFinished, NUMBERS, st.sampled_from(["stt", "intents", "llm", "tts", "odd"]), st.just(""), MS),
    st.builds(Transcript, NUMBERS, st.text(max_size=9), st.just("")),
    st.builds(Reply, NUMBERS, st.text(max_size=9), st.just("llm")),
    st.builds(TurnEnded, NUMBERS, OUTCOMES, st.dictionaries(st.sampled_from(["wait", "response"]), MS)),
)
CONVERSATIONS = st.lists(st.tuples(EVENTS, st.floats(-1, 100)), max_size=40)


@given(CONVERSATIONS)
def test_no_span_is_negative_or_outside_the_recording(events: list[Timed]) -> None:
    horizon = max([0.0, *(at for _, at in events)])
    for span in spans(events):
        assert 0 <= span.begin <= span.end <= horizon


@given(CONVERSATIONS)
def test_spans_are_in_the_order_in_which_they_began(events: list[Timed]) -> None:
    begins = [span.begin for span in spans(events)]
    assert begins == sorted(begins)


@given(st.lists(EVENTS, max_size=40))
def test_nothing_is_listened_to_answered_or_rung_twice_at_a_time(events: list[Event]) -> None:
    found = spans([(event, float(n)) for n, event in enumerate(events)])
    for track in ("listening", "answer", "follow-up", "ringing"):
        ends = [(span.begin, span.end) for span in found if span.track == track]
        assert all(end <= begin for (_, end), (begin, _) in pairwise(ends))


@given(CONVERSATIONS)
def test_every_finished_stage_is_told_once(events: list[Timed]) -> None:
    finished = sum(isinstance(event, StageFinished) for event, _ in events)
    found = spans(events)
    stages = {*TRACKS[3:7], "odd"}
    assert sum(span.track in stages for span in found) == finished


@given(CONVERSATIONS)
def test_every_event_has_a_turn_and_those_that_name_one_have_theirs(events: list[Timed]) -> None:
    for (event, _), turn in zip(events, turns(events), strict=True):
        assert turn >= 0
        if isinstance(event, Transcript | Reply | StageFinished | TurnEnded):
            assert turn == event.turn
