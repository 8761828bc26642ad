"""What is to be rung and said when timers come due, on a clock moved by hand."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.test_timers import NOON, HandClock
from tests.test_timers_faults import refuse_changes
from voiced.alarm import LOOK_S, PAUSE_S, RETRY_S, Alarm, Ring
from voiced.config.voice import Phrases, load_voice
from voiced.errors import StateError
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.resources import voices_dir


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def phrases() -> Phrases:
    return load_voice("default", [voices_dir()]).phrases


@pytest.fixture
def timers(tmp_path: Path, clock: HandClock) -> Iterator[Timers]:
    with closing(Timers(tmp_path / "timers.sqlite", clock, ring_s=60)) as timers:
        yield timers


@pytest.fixture
def alarm(timers: Timers, phrases: Phrases, clock: HandClock) -> Alarm:
    return Alarm(timers, phrases, HassilCommands("en", timers, clock))


def test_nothing_is_due_before_its_time(alarm: Alarm, timers: Timers) -> None:
    timers.start(60)

    assert alarm.came_due(NOON + 59) == []
    assert alarm.next_ring(NOON + 59) is None
    assert not alarm.ringing


def test_a_timer_that_came_due_is_announced_once_and_rings(alarm: Alarm, timers: Timers) -> None:
    timers.start(60, "pizza")

    assert [timer.name for timer in alarm.came_due(NOON + 60)] == ["pizza"]
    assert alarm.next_ring(NOON + 60) == Ring("Your pizza timer is over.", sound=True)
    assert alarm.came_due(NOON + 61) == []
    assert alarm.next_ring(NOON + 61) == Ring("", sound=True)


def test_between_two_rings_there_is_room_for_a_word(alarm: Alarm, timers: Timers) -> None:
    timers.start(60)
    alarm.came_due(NOON + 60)
    alarm.next_ring(NOON + 60)
    alarm.rang(NOON + 62)

    assert alarm.next_ring(NOON + 62 + PAUSE_S - 0.1) is None
    assert alarm.next_ring(NOON + 62 + PAUSE_S) == Ring("", sound=True)


def test_two_that_come_due_together_are_announced_together(alarm: Alarm, timers: Timers) -> None:
    timers.start(60, "pizza")
    timers.start(60)
    alarm.came_due(NOON + 60)

    ring = alarm.next_ring(NOON + 60)

    assert ring is not None
    assert set(ring.text.split(". ")) == {"Your pizza timer is over", "Your timer is over."}


def test_acknowledging_ends_it_for_good_and_says_whether_anything_rang(alarm: Alarm, timers: Timers) -> None:
    timers.start(60)
    alarm.came_due(NOON + 60)

    assert alarm.acknowledge()
    assert alarm.next_ring(NOON + 70) is None
    assert alarm.came_due(NOON + 70) == []
    assert not alarm.acknowledge()
    assert timers.all() == []


def test_a_timer_that_nobody_stops_gives_up(alarm: Alarm, timers: Timers) -> None:
    timers.start(60)
    alarm.came_due(NOON + 60)
    alarm.next_ring(NOON + 60)
    alarm.came_due(NOON + 121)

    assert not alarm.ringing
    assert alarm.next_ring(NOON + 121) is None


def test_a_missed_timer_is_told_about_and_does_not_ring(tmp_path: Path, clock: HandClock, phrases: Phrases) -> None:
    with closing(Timers(tmp_path / "timers.sqlite", clock)) as before:
        before.start(60, "pizza")
    clock.now += 86_400 + 3600
    with closing(Timers(tmp_path / "timers.sqlite", clock)) as after:
        alarm = Alarm(after, phrases, HassilCommands("en", after, clock))
        [timer] = alarm.came_due(clock.now)
        ring = alarm.next_ring(clock.now)

        assert timer.missed
        assert ring is not None
        assert re.fullmatch(
            r"Your pizza timer came due at \d+:\d\d [AP]M, \w+ \d+\w\w, \d{4}, while I was not running\.", ring.text
        )
        assert not ring.sound
        assert alarm.next_ring(clock.now + 60) is None


def test_the_database_is_not_looked_at_more_often_than_needed(alarm: Alarm, timers: Timers) -> None:
    alarm.came_due(NOON)
    timers.close()

    assert alarm.came_due(NOON + 0.1) == []


def test_a_name_is_announced_as_it_is_written_in_the_language(timers: Timers, clock: HandClock) -> None:
    german = load_voice("german", [voices_dir()]).phrases
    alarm = Alarm(timers, german, HassilCommands("de", timers, clock))
    timers.start(60, "Nudeln mit Soße")
    alarm.came_due(NOON + 60)

    assert alarm.next_ring(NOON + 60) == Ring("Dein Timer Nudeln mit Soße ist abgelaufen.", sound=True)


def test_a_timer_rings_and_is_stopped_while_the_database_cannot_be_written(
    alarm: Alarm, timers: Timers, clock: HandClock, tmp_path: Path
) -> None:
    """And is forgotten once it can be again."""
    timers.start(60, "pizza")
    refuse_changes(tmp_path / "timers.sqlite", True)
    clock.now += 60

    assert [timer.name for timer in alarm.came_due(clock.now)] == ["pizza"]
    assert "cannot be kept" in alarm.trouble
    assert alarm.next_ring(clock.now) == Ring("Your pizza timer is over.", sound=True)
    clock.now += RETRY_S
    assert alarm.came_due(clock.now) == []
    assert alarm.next_ring(clock.now) == Ring("", sound=True)

    assert alarm.acknowledge()
    clock.now += RETRY_S
    assert alarm.came_due(clock.now) == []
    assert alarm.next_ring(clock.now) is None
    refuse_changes(tmp_path / "timers.sqlite", False)
    clock.now += RETRY_S
    assert alarm.came_due(clock.now) == []
    assert (alarm.ringing, alarm.trouble, timers.all()) == (False, "", [])


def test_a_ring_goes_on_while_the_database_is_not_there_and_gives_up_in_the_end(
    alarm: Alarm, timers: Timers, clock: HandClock, tmp_path: Path
) -> None:
    timers.start(60)
    clock.now += 60
    alarm.came_due(clock.now)
    timers.close()
    tmp_path.rename(tmp_path.with_name("elsewhere"))
    clock.now += RETRY_S
    assert alarm.came_due(clock.now) == []
    assert alarm.ringing

    clock.now += 60
    alarm.came_due(clock.now)
    assert not alarm.ringing
    tmp_path.with_name("elsewhere").rename(tmp_path)


def test_one_that_rings_is_cancelled_all_the_same_and_one_that_runs_is_not(
    alarm: Alarm, timers: Timers, clock: HandClock, tmp_path: Path
) -> None:
    rings, runs = timers.start(60), timers.start(120)
    clock.now += 60
    alarm.came_due(clock.now)
    refuse_changes(tmp_path / "timers.sqlite", True)

    with pytest.raises(StateError):
        alarm.cancel(runs.id)
    assert alarm.cancel(rings.id)
    assert not alarm.ringing


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["refuse", "allow", "start", "wait", "look", "stop"]), max_size=25))
def test_whatever_the_database_does_each_timer_is_told_of_once_and_stopped_for_good(steps: list[str]) -> None:
    clock, phrases = HandClock(), load_voice("default", [voices_dir()]).phrases
    with TemporaryDirectory() as folder, closing(Timers(Path(folder) / "timers.sqlite", clock, ring_s=600)) as timers:
        alarm = Alarm(timers, phrases, HassilCommands("en", timers, clock))
        due, told, ringing, refused = dict[int, float](), set[int](), set[int](), False
        for step in [*steps, "allow", "look", "look"]:
            clock.now += 5 * LOOK_S if step == "wait" else 0
            if step in ("refuse", "allow"):
                refused = step == "refuse"
                refuse_changes(Path(folder) / "timers.sqlite", refused)
            elif step == "start" and not refused:
                timer = timers.start(1)
                due[timer.id] = timer.due
            elif step == "stop":
                assert alarm.acknowledge() == bool(ringing)
                ringing.clear()
            elif step == "look":
                clock.now += RETRY_S + LOOK_S
                came = {timer.id for timer in alarm.came_due(clock.now)}
                assert came == {id_ for id_, at in due.items() if at <= clock.now} - told
                told, ringing = told | came, ringing | came
                assert (alarm.trouble != "") <= refused
            assert alarm.ringing == bool(ringing)
        assert {timer.id for timer in timers.ringing()} == ringing
        assert {timer.id for timer in timers.all()} == ringing | (due.keys() - told)


def test_a_clock_that_is_set_back_keeps_nothing_from_ringing(alarm: Alarm, timers: Timers, clock: HandClock) -> None:
    """As at the first contact with a time server, two hours."""
    timers.start(60)
    clock.now += 60
    alarm.came_due(clock.now)
    alarm.next_ring(clock.now)
    alarm.rang(clock.now)
    clock.now -= 7200

    assert alarm.next_ring(clock.now) == Ring("", sound=True)
    alarm.acknowledge()
    timers.start(60, "pizza")
    clock.now += 60
    assert [timer.name for timer in alarm.came_due(clock.now)] == ["pizza"]
