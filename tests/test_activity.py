"""Waiting until nothing is left to do."""

import threading

from voiced.activity import Activity


def test_idle_comes_when_the_last_thing_has_ended() -> None:
    activity = Activity()
    activity.begin()
    activity.begin()
    activity.end()
    assert not activity.wait_idle(timeout=0.0)

    activity.end()

    assert activity.wait_idle(timeout=0.0)


def test_a_wait_for_time_itself_does_not_count() -> None:
    activity = Activity()
    activity.begin()
    with activity.aside():
        assert activity.wait_idle(timeout=0.0)

    assert not activity.wait_idle(timeout=0.0)


def test_the_end_wakes_whoever_waits() -> None:
    activity = Activity()
    activity.begin()
    thread = threading.Thread(target=activity.end)
    thread.start()

    assert activity.wait_idle(timeout=10.0)
    thread.join()
