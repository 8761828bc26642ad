"""Conversations by sound, watched over the bus: every signal, in order; and whatever programs do meanwhile, the laws of
the turn hold.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import speech
from tests.bus import BusDaemon, Client, Refusal, Told, client
from tests.house import House
from tests.talk import pause
from voiced.turn import TABLE

NEIGHBOURS = {state: set(row.values()) | {state} for state, row in TABLE.items()}
"""Where each state may lead to."""

CONFIG = "[conversation]\nfollow_up_s = 1\n"


def told_in_short(told: list[Told]) -> list[Any]:
    """The signals without their turn and their times; of the properties only the state."""
    short: list[Any] = []
    for each in told:
        if each.name == "PropertiesChanged":
            short += [each.arguments[1]["State"]] if "State" in each.arguments[1] else []
        elif each.name == "WakeDetected":
            short.append(each.name)
        else:
            short.append((each.name, each.arguments[1]))
    return short


def test_a_spoken_command_is_told_signal_by_signal(bus: BusDaemon, home: House) -> None:
    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        program.catch_up().clear()
        home.play(pause(1.6), speech.say("Hey Jarvis, set a timer for five minutes."), pause(1.0))
        ended = program.wait_for(lambda told: told.name == "TurnEnded")
        program.wait_for_property("State", "asleep")
        told = told_in_short(program.catch_up())
        command = "set a timer for five minutes"
        [reply] = [each[1] for each in told if each[0] == "Reply"]
        # The draft, while the silence may still be a pause, may come before or after the table's own events.
        assert [each for each in told if each != ("Partial", command)] == [
            "WakeDetected", "listening", "thinking", ("Transcript", command), ("Reply", reply), "speaking",
            "follow_up", ("TurnEnded", "answered"), "asleep",
        ]  # fmt: skip
        assert told.index(("Partial", command)) < told.index("thinking")
        # In this room computing takes no time.
        assert ended.arguments[2]["response"] == pytest.approx(ended.arguments[2]["wait"], abs=20)
        assert 300 <= ended.arguments[2]["wait"] < 700  # a whole command is waited for no longer
        assert program.get("LastTurn") == ended.arguments[2]
        assert len({each.arguments[0] for each in program.told if each.name in ("Partial", "Transcript", "Reply")}) == 1
        for number, *_ in program.call("ListTimers"):
            program.call("CancelTimer", "(u)", number)


def test_a_timer_that_rings_is_told_of_and_stopped_by_cancelling_it(bus: BusDaemon, home: House) -> None:
    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        program.call("Ask", "(s)", "set a tea timer for two seconds")
        program.wait_for(lambda told: told.name == "TurnEnded")
        [(number, name, _, _)] = program.call("ListTimers")
        home.pass_time(3.0)
        fired = program.wait_for(lambda told: told.name == "TimerFired")
        program.wait_for_property("State", "speaking")
        program.call("CancelTimer", "(u)", number)
        program.wait_for_property("State", "asleep")
        assert fired.arguments == (number, name)
        assert program.call("ListTimers") == []


def test_after_unmuting_half_a_wake_word_from_before_is_forgotten(bus: BusDaemon, home: House) -> None:
    """W1, W3: the window is clean, and nothing wakes in the first second and a half."""
    word = speech.say("Hey Jarvis.")
    half = len(word) // 2
    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        home.play(pause(2.0), word[:half])
        home.wait_until_heard()
        program.set("Muted", "b", True)
        program.wait_for_property("Muted", True)
        assert home.microphones == 0
        program.set("Muted", "b", False)
        program.wait_for_property("Muted", False)
        home.play(word[half:], pause(2.0))
        home.wait_until_heard()
        assert [told for told in program.catch_up() if told.name == "WakeDetected"] == []
        home.play(word, pause(0.5))
        program.wait_for(lambda told: told.name == "WakeDetected")
        program.call("Stop")
        program.wait_for_property("State", "asleep")


CALLS = st.lists(
    st.one_of(
        st.just(("Listen", "()")),
        st.just(("Stop", "()")),
        st.tuples(st.just("Say"), st.just("(s)"), st.sampled_from(["Hello.", "One. Two. Three.", "x" * 20_000, ""])),
        st.tuples(
            st.just("Ask"), st.just("(s)"),
            st.sampled_from(["what time is it", "set a timer for a second", "repeat that", "stop", "why", "louder"]),
        ),
        st.tuples(st.just("mute"), st.booleans()),
        st.tuples(st.just("volume"), st.floats(-0.5, 1.5)),
        st.tuples(st.just("voice"), st.sampled_from(["default", "terse", "nobody"])),
        st.just(("Reload", "()")),
        st.tuples(st.just("CancelTimer"), st.just("(u)"), st.integers(0, 20)),
        st.tuples(st.just("hear"), st.sampled_from(["Hey Jarvis.", "Stop.", "What time is it?", ""])),
        st.tuples(st.just("wait"), st.sampled_from(["Reply", "PropertiesChanged", "TurnEnded"])),
    ),
    min_size=1,
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=CALLS)
def test_whatever_is_called_the_laws_of_the_turn_hold(
    bus: BusDaemon, home: House, calls: list[tuple[Any, ...]]
) -> None:
    with client(bus.address) as program:
        program.call("Stop")
        program.set("Muted", "b", False)
        program.wait_for_property("State", "asleep")
        program.catch_up().clear()
        turns = [turn for call in calls if (turn := _do(program, home, call)) is not None]
        for turn in turns:
            program.wait_for(lambda told, turn=turn: told.name == "TurnEnded" and told.arguments[0] == turn)  # type: ignore[misc]
        program.call("Stop")
        program.set("Muted", "b", False)
        program.wait_for_property("State", "asleep")
        told = program.catch_up()

    assert home.failure is None
    _hold_the_laws(told)


def _do(program: Client, home: House, call: tuple[Any, ...]) -> int | None:
    """Does one thing; the number of the turn that it begins, if it does. What is refused is so for a known reason."""
    try:
        return _try(program, home, *call)
    except Refusal as refused:
        known = ("NotReady", "Busy", "Muted", "InvalidArgument", "TooLong", "UnknownTimer", "UnknownVoice")
        if refused.name.removeprefix("org.voiced.Error.") not in known:
            raise
    return None


def _try(program: Client, home: House, what: str, *arguments: Any) -> int | None:
    if what == "hear":
        home.play(speech.say(arguments[0]) if arguments[0] else pause(0.5))
    elif what == "wait":
        program.wait_for_next(arguments[0])
    elif what == "mute":
        program.set("Muted", "b", arguments[0])
    elif what == "volume":
        program.set("Volume", "d", arguments[0])
    elif what == "voice":
        program.set("Voice", "s", arguments[0])
    elif what in ("Say", "Ask"):
        turn: int = program.call(what, *arguments)
        return turn
    else:
        program.call(what, *arguments)
    return None


def _hold_the_laws(told: list[Told]) -> None:
    state, ended, values = "asleep", set[int](), dict[str, Any]()
    for each in told:
        if each.name == "PropertiesChanged":
            for name, value in each.arguments[1].items():
                assert values.get(name) != value, f"{name} was {value} already"
                values[name] = value
            if "State" in each.arguments[1]:
                new = each.arguments[1]["State"]
                assert new in NEIGHBOURS[state], f"{state} leads to {new}"  # type: ignore[index]
                state = new
            assert values.get("Muted", False) == (state == "muted")
        elif each.name in ("Partial", "Transcript", "Reply"):
            assert each.arguments[0] not in ended, f"{each} after the end of its turn"
        elif each.name == "TurnEnded":
            assert each.arguments[0] not in ended, f"{each} for the second time"
            ended.add(each.arguments[0])
