"""The daemon's life on a bus: coming, leaving, what survives it, and a bus that goes away."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.bus import NAME, BusDaemon, Refusal, bus_daemon, client
from tests.house import House, house
from voiced.audio.room import RoomClock
from voiced.dbus.bus import Bus
from voiced.errors import BusError
from voiced.intents.timers import Timers

PROMPT_S = 5.0
"""Seconds in which it must leave; a machine at rest takes a tenth of one."""


@pytest.fixture
def bus() -> Iterator[BusDaemon]:
    with bus_daemon() as bus:
        yield bus


def test_calls_before_and_after_the_conversation_are_refused(bus: BusDaemon) -> None:
    alone = Bus("session", bus.address, RoomClock(0))
    alone.start()
    try:
        with client(bus.address) as program:
            assert program.get("State") == "starting"
            with pytest.raises(Refusal) as refused:
                program.call("Say", "(s)", "Hello.")
        assert refused.value.name == "org.voiced.Error.NotReady"
        assert "starting" in refused.value.sentence
    finally:
        alone.close()


def test_the_connection_has_no_attribute_that_glib_would_wait_for_the_interpreter_for(bus: BusDaemon) -> None:
    alone = Bus("session", bus.address, RoomClock(0))
    alone.start()
    try:
        assert alone._connection.get_unique_name().startswith(":")
        assert not hasattr(alone._connection, "_pydbus")  # as `vars()` would make one, it cannot be asked
    finally:
        alone.close()


def test_leaving_is_told_and_ends_the_turn_and_gives_the_name_back(bus: BusDaemon, tmp_path: Path) -> None:
    with client(bus.address) as program:
        home = House(tmp_path, bus.address).start()
        program.wait_for_property("State", "asleep")
        turn = program.call("Say", "(s)", "This is a long story about a king who had three daughters and a dog. " * 5)
        program.wait_for(lambda told: told.arguments[1:2] == ({"State": "speaking"},))
        home.close()

        assert program.wait_for(lambda told: told.name == "TurnEnded").arguments[:2] == (turn, "stopped")
        assert {"State": "stopping"} in program.changes()
        assert program.call_bus("NameHasOwner", "(s)", NAME) is False


@pytest.mark.parametrize("state", ["asleep", "listening", "speaking", "muted"])
def test_leaving_is_quick_in_every_state_and_no_timer_is_lost(bus: BusDaemon, tmp_path: Path, state: str) -> None:
    with client(bus.address) as program:
        home = House(tmp_path, bus.address).start()
        program.wait_for_property("State", "asleep")
        program.call("Ask", "(s)", "set a tea timer for an hour")
        program.wait_for(lambda told: told.name == "TurnEnded")
        program.wait_for_property("State", "asleep")
        if state == "listening":
            program.call("Listen")
        elif state == "speaking":
            program.call("Say", "(s)", "This is a long story about a king who had three daughters and a dog. " * 20)
        elif state == "muted":
            program.set("Muted", "b", True)
        program.wait_for(lambda told: told.name == "PropertiesChanged" and told.arguments[1].get("State") == state)
        begin = time.monotonic()
        home.close()
        assert time.monotonic() - begin < PROMPT_S
        assert program.call_bus("NameHasOwner", "(s)", NAME) is False
    with closing(Timers(home.setting.paths.state / "timers.sqlite", RoomClock(0))) as timers:
        assert [timer.name for timer in timers.all()] == ["tea"]


def test_volume_voice_and_mute_survive_a_restart(bus: BusDaemon, tmp_path: Path) -> None:
    with client(bus.address) as program:
        with house(tmp_path, bus.address):
            program.wait_for_property("State", "asleep")
            program.set("Volume", "d", 0.25)
            program.set("Voice", "s", "terse")
            program.wait_for_property("Voice", "terse")
            program.set("Muted", "b", True)
            program.wait_for_property("Muted", True)
        with house(tmp_path, bus.address) as home:
            program.wait_for_property("State", "muted")
            found = program.get_all()
            assert (found["Volume"], found["Voice"], found["Muted"]) == (0.25, "terse", True)
            assert home.microphones == 0


def test_a_second_daemon_on_the_same_bus_is_told_so(bus: BusDaemon) -> None:
    first, second = (Bus("session", bus.address, RoomClock(0)) for _ in range(2))
    first.start()
    try:
        with pytest.raises(BusError, match=r"^Another voiced is on the session bus already.*\.$"):
            second.start()
    finally:
        second.close()
        first.close()


def test_nobody_can_take_the_name_over(bus: BusDaemon) -> None:
    first = Bus("session", bus.address, RoomClock(0))
    first.start()
    try:
        with client(bus.address) as program:
            replace_existing, exists = 2, 3
            assert program.call_bus("RequestName", "(su)", NAME, replace_existing | 4) == exists
    finally:
        first.close()


def test_a_lost_bus_is_told_of_and_returned_to_and_listening_goes_on(
    bus: BusDaemon, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), house(tmp_path, bus.address) as home:
        with client(bus.address) as program:
            program.wait_for_property("State", "asleep")
        bus.stop()
        assert home.daemon is not None
        turn = home.daemon.say("Is anybody there?")
        home.wait_for(lambda event: getattr(event, "outcome", "") == "answered" and getattr(event, "turn", 0) == turn)
        bus.start()
        with client(bus.address) as program:
            program.wait_for_property("State", "asleep")
            assert program.get("Health")["bus"] == "ok"
            assert program.call("Say", "(s)", "Hello.") == turn + 1
            program.wait_for(lambda told: told.name == "TurnEnded")
    said = [record.getMessage() for record in caplog.records if "bus" in record.getMessage()]
    assert said == [
        "The session bus was lost; voiced goes on listening, and returns when the bus does.",
        "voiced is on the session bus again.",
    ]


def test_without_a_bus_it_says_so_once_and_comes_when_there_is_one(
    bus: BusDaemon, caplog: pytest.LogCaptureFixture
) -> None:
    bus.stop()
    early = Bus("session", bus.address, RoomClock(0), pauses_s=(0.05,))
    early.start()
    try:
        bus.start()
        with client(bus.address) as program:
            program.wait_for_property("State", "starting")
    finally:
        early.close()
    [warning] = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert warning.startswith("There is no session bus to be on")
