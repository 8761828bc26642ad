"""Timers: several at once, kept, ringing, missed; time is moved by hand."""

import math
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from voiced.intents.timers import Timers

NOON = 1_700_000_000.0


class HandClock:
    """A clock that moves when it is told to."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now - NOON

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def timers(tmp_path: Path, clock: HandClock) -> Iterator[Timers]:
    opened = Timers(tmp_path / "timers.sqlite", clock)
    yield opened
    opened.close()


def test_a_timer_comes_due_when_its_time_is_over(timers: Timers, clock: HandClock) -> None:
    set_ = timers.start(300, "pizza")
    clock.now += 299.9
    assert timers.due(clock.now) == []
    clock.now += 0.1
    assert timers.due(clock.now) == [set_]
    assert (set_.name, set_.seconds, set_.due) == ("pizza", 300, NOON + 300)


def test_several_timers_run_at_once_and_are_listed_the_next_one_first(timers: Timers) -> None:
    timers.start(600, "pasta")
    timers.start(60)
    timers.start(300, "pizza")
    assert [(t.name, t.seconds) for t in timers.running()] == [("", 60), ("pizza", 300), ("pasta", 600)]


def test_a_timer_that_is_cancelled_never_comes_due(timers: Timers, clock: HandClock) -> None:
    first, second = timers.start(60), timers.start(60)
    assert timers.cancel(first.id) == 1
    assert timers.cancel(first.id) == 0
    assert timers.due(clock.now + 61) == [second]


def test_all_timers_are_cancelled_together(timers: Timers) -> None:
    for seconds in (60, 120, 180):
        timers.start(seconds)
    assert timers.cancel_all() == 3
    assert timers.running() == []


def test_an_id_is_never_used_twice(timers: Timers) -> None:
    first = timers.start(60)
    timers.cancel_all()
    assert timers.start(60).id > first.id


def test_time_is_added_and_taken_away(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(300)
    clock.now += 100
    longer = timers.extend(timer.id, 60)
    assert longer is not None
    assert longer.seconds_left(clock.now) == 260
    shorter = timers.extend(timer.id, -200)
    assert shorter is not None
    assert shorter.seconds_left(clock.now) == 60
    assert shorter.seconds == 300
    assert timers.extend(999, 60) is None


def test_taking_away_more_than_is_left_makes_it_due_now_not_earlier(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(300)
    timers.extend(timer.id, -1000)
    assert [t.due for t in timers.due(clock.now)] == [NOON]


def test_a_paused_timer_stands_still_until_it_is_resumed(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(300)
    clock.now += 100
    timers.pause(timer.id)
    clock.now += 10_000
    assert timers.due(clock.now) == []
    assert timers.running()[0].paused
    assert timers.running()[0].seconds_left(clock.now) == 200
    timers.resume(timer.id)
    assert timers.due(clock.now + 199) == []
    assert len(timers.due(clock.now + 200)) == 1


def test_pausing_twice_and_resuming_twice_change_nothing(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(300)
    timers.pause(timer.id)
    clock.now += 50
    timers.pause(timer.id)
    timers.resume(timer.id)
    clock.now += 50
    resumed = timers.resume(timer.id)
    assert resumed is not None
    assert resumed.seconds_left(clock.now) == 250


def test_time_is_added_to_a_paused_timer(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(300)
    timers.pause(timer.id)
    changed = timers.extend(timer.id, 30)
    assert changed is not None
    assert changed.paused
    assert changed.seconds_left(clock.now) == 330


def test_a_timer_rings_until_it_is_stopped(timers: Timers, clock: HandClock) -> None:
    """B8: a ringing timer is stopped by acknowledging it."""
    timer = timers.start(60, "egg")
    assert timers.ringing() == []
    clock.now += 60
    timers.fired(timer.id)
    assert timers.due(clock.now) == []
    clock.now += 200
    assert [t.name for t in timers.ringing()] == ["egg"]
    assert [t.name for t in timers.acknowledge()] == ["egg"]
    assert timers.ringing() == []
    assert timers.acknowledge() == []


def test_a_timer_stops_ringing_by_itself_after_five_minutes(timers: Timers, clock: HandClock) -> None:
    """B8: a ringing timer does not ring forever."""
    timer = timers.start(60)
    clock.now += 60
    timers.fired(timer.id)
    clock.now += 299
    assert timers.expire(clock.now) == []
    assert len(timers.ringing()) == 1
    clock.now += 1
    assert timers.ringing() == []
    assert [t.id for t in timers.expire(clock.now)] == [timer.id]
    assert timers.expire(clock.now) == []
    assert timers.get(timer.id) is None


def test_timers_that_came_due_are_handed_over_once_and_ring(timers: Timers, clock: HandClock) -> None:
    timers.start(60, "egg")
    timers.start(90, "tea")
    assert timers.next_due() == NOON + 60
    assert timers.come_due(NOON + 59) == []
    clock.now += 60
    assert [t.name for t in timers.come_due(clock.now)] == ["egg"]
    assert timers.come_due(clock.now) == []
    assert [(t.name, t.rings_since) for t in timers.ringing()] == [("egg", NOON + 60)]
    assert timers.next_due() == NOON + 90
    timers.cancel_all()
    assert timers.next_due() == math.inf


def test_how_long_a_timer_rings_can_be_chosen(tmp_path: Path, clock: HandClock) -> None:
    timers = Timers(tmp_path / "t", clock, ring_s=20)
    timers.start(10)
    clock.now += 10
    timers.come_due(clock.now)
    clock.now += 19
    assert len(timers.ringing()) == 1
    clock.now += 1
    assert timers.ringing() == []


def test_one_of_two_ringing_timers_is_stopped(timers: Timers, clock: HandClock) -> None:
    """B8: the other one goes on."""
    one, two = timers.start(60), timers.start(60)
    clock.now += 60
    timers.fired(one.id)
    timers.fired(two.id)
    timers.acknowledge(one.id)
    assert [t.id for t in timers.ringing()] == [two.id]


def test_time_added_to_a_ringing_timer_lets_it_run_again(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(60)
    clock.now += 90
    timers.fired(timer.id)
    timers.extend(timer.id, 120)
    assert timers.ringing() == []
    assert [t.seconds_left(clock.now) for t in timers.running()] == [120]


def test_a_ringing_timer_cannot_be_paused(timers: Timers, clock: HandClock) -> None:
    timer = timers.start(60)
    clock.now += 60
    timers.fired(timer.id)
    timers.pause(timer.id)
    assert [t.id for t in timers.ringing()] == [timer.id]


def test_a_timer_outlives_the_process_and_is_not_missed_when_it_is_still_to_come(
    tmp_path: Path, clock: HandClock
) -> None:
    Timers(tmp_path / "t", clock).start(300, "pizza")
    clock.now += 200
    again = Timers(tmp_path / "t", clock)
    assert [(t.name, t.seconds_left(clock.now), t.missed) for t in again.running()] == [("pizza", 100, False)]
    clock.now += 100
    assert [t.missed for t in again.due(clock.now)] == [False]


def test_a_timer_that_came_due_while_the_daemon_was_down_is_reported_as_missed_exactly_once(
    tmp_path: Path, clock: HandClock
) -> None:
    Timers(tmp_path / "t", clock).start(300, "pizza")
    clock.now += 4000
    for expected in (["pizza"], [], []):
        timers = Timers(tmp_path / "t", clock)
        due = timers.due(clock.now)
        assert [t.name for t in due] == expected
        for timer in due:
            assert timer.missed
            timers.fired(timer.id)
        assert timers.ringing() == []
        timers.close()


def test_a_timer_missed_a_minute_ago_rings_for_what_is_left_of_its_five_minutes(
    tmp_path: Path, clock: HandClock
) -> None:
    timer = Timers(tmp_path / "t", clock).start(300)
    clock.now += 360
    timers = Timers(tmp_path / "t", clock)
    timers.fired(timer.id)
    assert [t.missed for t in timers.ringing()] == [True]
    clock.now += 240
    assert timers.ringing() == []


def test_a_restart_of_a_few_seconds_does_not_make_a_timer_missed(tmp_path: Path, clock: HandClock) -> None:
    Timers(tmp_path / "t", clock).start(300)
    clock.now += 304
    timers = Timers(tmp_path / "t", clock)
    assert [t.missed for t in timers.due(clock.now)] == [False]


def test_a_timer_that_rang_when_the_process_died_rings_on_in_the_next_one(tmp_path: Path, clock: HandClock) -> None:
    timers = Timers(tmp_path / "t", clock)
    timer = timers.start(10)
    clock.now += 10
    timers.fired(timer.id)
    clock.now += 100
    again = Timers(tmp_path / "t", clock)
    assert [t.id for t in again.ringing()] == [timer.id]
    assert again.due(clock.now) == []


def test_two_processes_see_the_same_timers(tmp_path: Path, clock: HandClock) -> None:
    one, other = Timers(tmp_path / "t", clock), Timers(tmp_path / "t", clock)
    timer = one.start(60, "tea")
    assert [t.name for t in other.running()] == ["tea"]
    other.cancel(timer.id)
    assert one.running() == []


def test_many_threads_lose_no_timer(timers: Timers) -> None:
    def set_some(thread: int) -> None:
        for number in range(10):
            timers.start(60 + number, f"{thread}-{number}")
            timers.running()

    threads = [threading.Thread(target=set_some, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({t.name for t in timers.running()}) == 60


class AnyOrders(RuleBasedStateMachine):
    """Any orders in any order, against a dictionary that remembers what must be there."""

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        self.clock = HandClock()
        self.timers = Timers(Path(self.folder.name) / "t", self.clock)
        self.left: dict[int, float] = {}
        self.paused: set[int] = set()

    @rule(seconds=st.integers(1, 5000))
    def start(self, seconds: int) -> None:
        self.left[self.timers.start(seconds).id] = seconds

    @rule(choice=st.integers(0, 20), seconds=st.integers(-2000, 2000))
    def add(self, choice: int, seconds: int) -> None:
        if id_ := self.one(choice):
            self.timers.extend(id_, seconds)
            self.left[id_] = max(0, self.left[id_] + seconds)

    @rule(choice=st.integers(0, 20))
    def pause(self, choice: int) -> None:
        if id_ := self.one(choice):
            self.timers.pause(id_)
            self.paused.add(id_)

    @rule(choice=st.integers(0, 20))
    def resume(self, choice: int) -> None:
        if id_ := self.one(choice):
            self.timers.resume(id_)
            self.paused.discard(id_)

    @rule(choice=st.integers(0, 20))
    def cancel(self, choice: int) -> None:
        if id_ := self.one(choice):
            self.timers.cancel(id_)
            del self.left[id_]
            self.paused.discard(id_)

    @rule(seconds=st.integers(0, 3000))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds
        for id_ in self.left.keys() - self.paused:
            self.left[id_] = max(0, self.left[id_] - seconds)

    @rule()
    def restart(self) -> None:
        self.timers.close()
        self.timers = Timers(Path(self.folder.name) / "t", self.clock)

    @invariant()
    def everything_is_there(self) -> None:
        now = self.clock.now
        assert {t.id: t.seconds_left(now) for t in self.timers.running()} == self.left
        assert {t.id for t in self.timers.running() if t.paused} == self.paused
        assert {t.id for t in self.timers.due(now)} == {i for i in self.left.keys() - self.paused if not self.left[i]}

    def one(self, choice: int) -> int | None:
        ids = sorted(self.left)
        return ids[choice % len(ids)] if ids else None

    def teardown(self) -> None:
        self.timers.close()
        self.folder.cleanup()


AnyOrders.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
test_any_orders_in_any_order_leave_what_they_should = AnyOrders.TestCase
