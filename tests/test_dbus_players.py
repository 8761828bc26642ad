"""Media players are quiet while the assistant talks, and as they were afterwards, whatever happens in between."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bus import BusDaemon, bus_daemon, client
from tests.house import house
from tests.player import Notifications, on_the_bus, player
from voiced.audio.room import RoomClock
from voiced.dbus.bus import Bus
from voiced.dbus.courtesy import Change, change_for, read, still_ours, written
from voiced.events import StateChanged


@pytest.fixture
def bus() -> Iterator[BusDaemon]:
    with bus_daemon() as bus:
        yield bus


class Talker:
    """As much of the daemon as the desktop needs."""

    def __init__(self, bus: BusDaemon, journal: Path) -> None:
        self.manner = "lower"
        self.bus = Bus("session", bus.address, RoomClock(0), journal)
        self.bus.start()
        self.bus.serve(self)  # type: ignore[arg-type]

    def announcement(self, name: str) -> str:
        return f"{name} is over."

    def state(self, *states: str) -> None:
        for state in states:
            self.bus.tell(StateChanged(state), 0)


@pytest.fixture
def talker(bus: BusDaemon, tmp_path: Path) -> Iterator[Talker]:
    made = Talker(bus, tmp_path / "players.json")
    yield made
    made.bus.close()


def test_a_player_is_lowered_through_the_turn_and_restored(bus: BusDaemon, talker: Talker) -> None:
    with player(bus.address) as music:
        talker.state("listening")
        music.wait_for(lambda m: m.Volume == pytest.approx(0.16))
        talker.state("thinking", "speaking", "follow_up", "listening", "asleep")
        music.wait_for(lambda m: m.Volume == 0.8)
        assert music.did == ["volume 0.16", "volume 0.80"]


def test_a_player_that_ignores_its_volume_is_paused(bus: BusDaemon, talker: Talker) -> None:
    with player(bus.address, obeys=False) as music:
        talker.state("listening")
        music.wait_for(lambda m: m.PlaybackStatus == "Paused")
        talker.state("asleep")
        music.wait_for(lambda m: m.PlaybackStatus == "Playing")


def test_a_player_that_takes_its_time_is_as_loud_after_every_turn(bus: BusDaemon, talker: Talker) -> None:
    with player(bus.address, late=True) as music:
        for _ in range(2):
            music.did.clear()
            talker.state("listening")
            music.wait_for(lambda m: m.PlaybackStatus == "Paused")
            music.settle()
            talker.state("thinking", "speaking", "asleep")
            music.wait_for(lambda m: m.PlaybackStatus == "Playing")
            assert "volume 0.80" in music.did
            music.settle()
            assert music.Volume == 0.8


def test_a_volume_that_shows_only_after_the_turn_is_put_right_as_well(bus: BusDaemon, talker: Talker) -> None:
    with player(bus.address, late=True) as music:
        talker.state("listening")
        music.wait_for(lambda m: m.PlaybackStatus == "Paused")
        talker.state("asleep")
        music.wait_for(lambda m: m.PlaybackStatus == "Playing")
        music.settle()
        assert music.Volume == 0.8


def test_who_pauses_a_player_that_takes_its_time_finds_it_paused_and_as_loud(bus: BusDaemon, talker: Talker) -> None:
    with player(bus.address, late=True) as music:
        talker.state("listening")
        music.wait_for(lambda m: m.PlaybackStatus == "Paused")
        music.settle()
        assert talker.bus.order("Pause")
        talker.state("asleep")
        music.wait_for(lambda m: "volume 0.80" in m.did)
        assert talker.bus.order("Play")
        music.wait_for(lambda m: "play" in m.did)
        assert music.did.count("play") == 1


def test_what_the_person_changed_meanwhile_stays(bus: BusDaemon, talker: Talker) -> None:
    with player(bus.address) as music:
        talker.state("listening")
        music.wait_for(lambda m: m.Volume < 0.2)
        music.Volume = 0.5
        talker.state("asleep")
        talker.state("listening")
        music.wait_for(lambda m: m.Volume == pytest.approx(0.1))
        talker.state("asleep")
        music.wait_for(lambda m: m.Volume == 0.5)
        assert "volume 0.80" not in music.did


def test_players_are_left_alone_when_that_is_wished(bus: BusDaemon, talker: Talker) -> None:
    talker.manner = "leave"
    with player(bus.address) as music:
        talker.state("listening", "asleep")
        assert talker.bus.order("Next")  # by then everything before it has been done
        music.wait_for(lambda m: "next" in m.did)
        assert music.did == ["next"]


def test_what_a_daemon_that_died_left_behind_is_put_right_by_the_next(bus: BusDaemon, tmp_path: Path) -> None:
    journal = tmp_path / "players.json"
    with player(bus.address) as music:
        first = Talker(bus, journal)
        first.state("listening")
        music.wait_for(lambda m: m.Volume < 0.2)
        assert json.loads(journal.read_text())[0]["volume"] == 0.8
        first.bus.close()  # without ever having gone to sleep
        assert music.Volume < 0.2

        second = Talker(bus, journal)
        music.wait_for(lambda m: m.Volume == 0.8)
        assert second.bus.order("Next")
        assert not journal.exists()
        second.bus.close()


def test_another_player_of_the_same_name_is_not_touched(bus: BusDaemon, tmp_path: Path) -> None:
    journal = tmp_path / "players.json"
    journal.write_text(written({"x": Change("org.mpris.MediaPlayer2.tester", ":1.99", 0.8)}))
    with player(bus.address, volume=0.16) as music:
        talker = Talker(bus, journal)
        assert talker.bus.order("Next")
        music.wait_for(lambda m: "next" in m.did)
        assert music.did == ["next"]
        talker.bus.close()


def test_orders_reach_the_player_that_is_heard(bus: BusDaemon, talker: Talker) -> None:
    assert talker.bus.order("Pause") is False
    talker.manner = "pause"
    with player(bus.address) as music, player(bus.address, "other") as other:
        other.PlaybackStatus = "Stopped"
        talker.state("listening")
        music.wait_for(lambda m: m.PlaybackStatus == "Paused")
        assert talker.bus.order("Next")
        assert talker.bus.order("Pause")  # by the person: it stays so
        talker.state("asleep")
        assert talker.bus.order("Next") is False
        assert music.PlaybackStatus == "Paused"
        assert talker.bus.order("Play")
        music.wait_for(lambda m: m.PlaybackStatus == "Playing")
        assert other.did == []


def test_a_turn_of_the_daemon_lowers_the_music_and_a_timer_is_shown(bus: BusDaemon, tmp_path: Path) -> None:
    desk = Notifications()
    shown = on_the_bus(bus.address, "org.freedesktop.Notifications", "/org/freedesktop/Notifications", desk)
    with shown, player(bus.address) as music, house(tmp_path, bus.address) as home, client(bus.address) as program:
        program.call("Ask", "(s)", "set a tea timer for thirty seconds")
        music.wait_for(lambda m: m.Volume < 0.2)
        music.wait_for(lambda m: m.Volume == 0.8)
        home.pass_time(30.0)
        assert desk.came.wait(30)
        program.call("Stop")
        assert desk.shown == ["Your tea timer is over."]


@pytest.mark.parametrize(
    ("properties", "manner", "volume"),
    [
        ({"PlaybackStatus": "Playing", "Volume": 0.5}, "lower", 0.5),
        ({"PlaybackStatus": "Playing"}, "lower", None),
        ({"PlaybackStatus": "Playing", "Volume": 0.5}, "pause", None),
    ],
)
def test_what_is_done_to_a_player(properties: dict[str, object], manner: str, volume: float | None) -> None:
    change = change_for("p", ":1.1", properties, manner)  # type: ignore[arg-type]
    assert change == Change("p", ":1.1", volume)


@pytest.mark.parametrize(
    "properties",
    [{"PlaybackStatus": "Paused", "Volume": 0.5}, {}, {"PlaybackStatus": "Playing", "CanControl": False}],
)
def test_what_is_silent_or_cannot_be_controlled_is_left_alone(properties: dict[str, object]) -> None:
    assert change_for("p", ":1.1", properties, "lower") is None


def test_a_change_is_undone_only_where_it_still_holds() -> None:
    assert still_ours(Change("p", ":1.1", 0.5), {"Volume": 0.1})
    assert not still_ours(Change("p", ":1.1", 0.5), {"Volume": 0.3})
    assert still_ours(Change("p", ":1.1", None), {"PlaybackStatus": "Paused"})
    assert not still_ours(Change("p", ":1.1", None), {"PlaybackStatus": "Stopped"})
    assert still_ours(Change("p", ":1.1", 0.5, ignored=True), {"PlaybackStatus": "Paused", "Volume": 0.5})


def test_what_was_done_is_read_as_it_was_written() -> None:
    changes = [Change("a", ":1.1", 0.5), Change("b", ":1.2", None), Change("c", ":1.3", 0.5, ignored=True)]
    assert list(read(written({change.player: change for change in changes})).values()) == changes
    assert read('[{"player": "a", "owner": ":1.1", "volume": 0.5}]') == {"a": changes[0]}


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '[{"player": "p"}]', '[{"player": "p", "owner": "o", "volume": "x"}]']
)
def test_a_damaged_note_is_as_good_as_none(text: str) -> None:
    assert read(text) == {}


def test_music_obeys_a_sentence_and_does_not_begin_again_by_itself(bus: BusDaemon, tmp_path: Path) -> None:
    with player(bus.address) as music, house(tmp_path, bus.address), client(bus.address) as program:
        for text, deed in (("next song", "next"), ("pause the music", "pause")):
            turn = program.call("Ask", "(s)", text)
            program.wait_for(lambda told, turn=turn: told.name == "TurnEnded" and told.arguments[0] == turn)  # type: ignore[misc]
            assert deed in music.did
            music.wait_for(lambda m: m.Volume == 0.8)
        assert music.PlaybackStatus == "Paused"
        assert [told.arguments[1] for told in program.catch_up() if told.name == "Reply"] == [
            "Playing next.",
            "Paused.",
        ]
