"""The properties on the bus follow the events, and a change is told of exactly when there is one."""

from voiced.dbus.snapshot import Changed, Signal, Snapshot, plain
from voiced.events import (
    Configured,
    HealthChanged,
    Reply,
    StateChanged,
    TimerFired,
    TurnEnded,
    VolumeChanged,
    WakeDetected,
)


def test_a_property_that_stays_as_it_is_is_not_told_of() -> None:
    snapshot = Snapshot("1.0")

    assert snapshot.take(VolumeChanged(0.5)) == [Changed({"Volume": 0.5})]
    assert snapshot.take(VolumeChanged(0.5)) == []
    assert snapshot.take(StateChanged("asleep")) == [Changed({"State": "asleep"})]
    assert snapshot.take(StateChanged("muted")) == [Changed({"State": "muted", "Muted": True})]
    assert snapshot.take(StateChanged("asleep")) == [Changed({"State": "asleep", "Muted": False})]


def test_what_happened_becomes_a_signal() -> None:
    snapshot = Snapshot("1.0")

    assert snapshot.take(WakeDetected("hey_jarvis", 0.9)) == [Signal("WakeDetected", ("hey_jarvis", 0.9))]
    assert snapshot.take(Reply(3, "Yes.", "llm")) == [Signal("Reply", (3, "Yes."))]
    assert snapshot.take(TimerFired(2, "pizza")) == [Signal("TimerFired", (2, "pizza"))]


def test_the_last_turn_is_there_before_its_end_is_told() -> None:
    told = Snapshot("1.0").take(TurnEnded(1, "answered", {"stt": 12.0}))

    assert told == [Changed({"LastTurn": {"stt": 12.0}}), Signal("TurnEnded", (1, "answered", {"stt": 12.0}))]


def test_health_keeps_what_other_parts_said() -> None:
    snapshot = Snapshot("1.0")
    snapshot.take(HealthChanged("bus", "ok"))
    snapshot.take(Configured("default", "desktop", ("hey_jarvis",), {"stt": "ok"}))
    snapshot.take(HealthChanged("microphone", "It was lost."))

    assert snapshot.properties["Health"] == {"bus": "ok", "stt": "ok", "microphone": "It was lost."}
    assert snapshot.properties["WakeWords"] == ["hey_jarvis"]


def test_a_daemon_that_leaves_says_nothing_else_of_its_state() -> None:
    snapshot = Snapshot("1.0")
    snapshot.take(StateChanged("muted"))

    assert snapshot.take(StateChanged("stopping")) == [Changed({"State": "stopping"})]
    assert snapshot.take(StateChanged("asleep")) == []
    assert snapshot.properties["Muted"] is True


def test_text_that_the_bus_cannot_carry_is_made_to_fit() -> None:
    assert plain("a\0b\ud800c") == "a\ufffdb?c"
    assert plain("schön 日本 🙂") == "schön 日本 🙂"
