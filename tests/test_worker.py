"""A thread with a queue: in order, one at a time, and no job's failure is another's."""

import logging
import threading
from collections.abc import Callable
from functools import partial

import pytest

from voiced.activity import Activity
from voiced.worker import JOBS, Worker


@pytest.fixture
def activity() -> Activity:
    return Activity()


def test_jobs_are_done_in_order_by_one_thread(activity: Activity) -> None:
    worker, done, threads = Worker("test", activity), list[int](), set[str]()

    def job(number: int) -> None:
        done.append(number)
        threads.add(threading.current_thread().name)

    for number in range(3 * JOBS):
        worker.submit(partial(job, number))
    worker.close()

    assert done == list(range(3 * JOBS))
    assert threads == {"voiced-test"}


def broken() -> None:
    raise ValueError("broken")


def test_a_job_that_fails_is_logged_and_the_next_is_done(activity: Activity, caplog: pytest.LogCaptureFixture) -> None:
    worker, done = Worker("test", activity), threading.Event()
    worker.submit(broken)
    worker.submit(done.set)

    assert done.wait(10)
    worker.close()
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "A job of voiced-test failed.")
    ]


def until(gate: threading.Event) -> Callable[[], None]:
    def job() -> None:
        gate.wait(10)

    return job


def test_a_job_counts_from_the_moment_that_it_is_handed_over(activity: Activity) -> None:
    worker, gate = Worker("test", activity), threading.Event()
    worker.submit(until(gate))
    assert not activity.wait_idle(timeout=0.0)

    gate.set()

    assert activity.wait_idle(timeout=10)
    worker.close()


def test_a_job_that_waits_for_time_to_go_on_is_not_kept_from_it_by_those_behind_it(activity: Activity) -> None:
    worker, waits, gate = Worker("test", activity), threading.Event(), threading.Event()

    def wait_for_time() -> None:
        with activity.aside():
            waits.set()
            gate.wait(10)

    worker.submit(wait_for_time)
    worker.submit(lambda: None)
    assert waits.wait(10)

    assert activity.wait_idle(timeout=10)
    gate.set()
    worker.close()
    assert activity.wait_idle(timeout=10)


def test_closing_does_what_was_handed_over_and_leaves_no_thread(activity: Activity) -> None:
    worker, done = Worker("test", activity), list[int]()
    for number in range(JOBS - 1):
        worker.submit(partial(done.append, number))
    worker.close()

    assert len(done) == JOBS - 1
    assert "voiced-test" not in {thread.name for thread in threading.enumerate()}
