"""Signals in every state: obeyed at once, by a deadline, and with no timer lost."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.held import Clock
from tests.soundcard import Child, environment
from tests.systemd import Manager, manager
from voiced.clock import SystemClock
from voiced.errors import ConfigError
from voiced.intents.timers import Timers
from voiced.service.orders import orders
from voiced.service.supervised import Supervised
from voiced.turn import TABLE

WITHIN_S = 2.0
"""Seconds in which it must be gone."""

WAIT_S = 20.0
"""Seconds after which what should happen has failed to."""

STATES = ("loading", *TABLE)

ROOT = Path(__file__).parent.parent


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_leave_it_is_another_thread_that_obeys(number: int) -> None:
    left: queue.SimpleQueue[threading.Thread] = queue.SimpleQueue()
    with orders(lambda: left.put(threading.current_thread())):
        send(number)
        assert left.get(timeout=WAIT_S) is not threading.main_thread()


def test_whoever_does_not_leave_in_time_is_made_to() -> None:
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    with orders(lambda: None, patience_s=0.01, end=ended.put):
        send(signal.SIGTERM)
        assert ended.get(timeout=WAIT_S) == 0


def test_whoever_leaves_in_time_is_left_in_peace() -> None:
    left, ended = threading.Event(), queue.SimpleQueue[int]()
    with orders(left.set, patience_s=3600, end=ended.put):
        send(signal.SIGTERM)
        assert left.wait(WAIT_S)
    assert ended.empty()


def test_a_second_ctrl_c_ends_it_at_once() -> None:
    left, ended = threading.Event(), queue.SimpleQueue[int]()
    with orders(left.set, patience_s=3600, end=ended.put):
        send(signal.SIGINT)
        assert left.wait(WAIT_S)
        send(signal.SIGINT)
        assert ended.get(timeout=WAIT_S) == 130


def test_a_reload_that_fails_does_not_keep_it_from_leaving() -> None:
    left, asked = threading.Event(), threading.Event()

    def fail() -> None:
        asked.set()
        raise RuntimeError("no")

    with orders(left.set, fail):
        send(signal.SIGHUP)
        assert asked.wait(WAIT_S)
        send(signal.SIGTERM)
        assert left.wait(WAIT_S)


def test_without_a_reload_sighup_means_what_it_always_did() -> None:
    before = signal.getsignal(signal.SIGHUP)
    with orders(lambda: None):
        assert signal.getsignal(signal.SIGHUP) is before
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


HUNG = """
import ctypes
from voiced.service.orders import orders
from voiced.service.supervised import Supervised
mutex, libc = (ctypes.c_long * 16)(), ctypes.CDLL(None)
with orders(lambda: None):
    print("hangs", flush=True)
    libc.pthread_mutex_lock(mutex)
    libc.pthread_mutex_lock(mutex)
"""


def test_a_library_that_never_returns_cannot_hold_it_back(tmp_path: Path) -> None:
    """M3: as PortAudio does with a device that disappears while it is opened."""
    child = Child([sys.executable, "-c", HUNG], environment(tmp_path) | {"PYTHONPATH": str(ROOT)})
    child.wait_for("hangs")
    begin = time.monotonic()
    assert child.end(signal.SIGTERM) == 0
    assert time.monotonic() - begin < WITHIN_S


def held(state: str, folder: Path, systemd: Manager) -> Child:
    """A daemon in `state`."""
    surroundings = environment(folder) | {"PYTHONPATH": str(ROOT), "NOTIFY_SOCKET": systemd.address}
    child = Child([sys.executable, "-m", "tests.held", state, str(folder)], surroundings)
    child.wait_for(state)
    return child


@pytest.mark.parametrize("state", STATES)
def test_sigterm_ends_it_within_two_seconds_and_no_timer_is_lost(state: str, tmp_path: Path) -> None:
    database = tmp_path / ".local/state/voiced/timers.sqlite"
    database.parent.mkdir(parents=True)
    with closing(Timers(database, SystemClock())) as timers:
        before = timers.start(3600, "pizza")
    with manager(tmp_path) as systemd:
        child = held(state, tmp_path, systemd)
        begin = time.monotonic()
        assert child.end(signal.SIGTERM) == 0, child.lines
        assert time.monotonic() - begin < WITHIN_S
        assert "STOPPING=1" in systemd.told()
    assert not [line for line in child.lines if "Traceback" in line]
    with closing(Timers(database, Clock())) as timers:
        assert timers.trouble == ""
        assert before in timers.all()
        assert [timer.name for timer in timers.all() if timer.rings_since] == ["ringing"] * (state == "follow_up")


def test_a_reload_is_announced_and_handed_on(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd:
        child = held("asleep", tmp_path, systemd)
        assert systemd.wait_for("READY=1")
        child.process.send_signal(signal.SIGHUP)
        lines = systemd.wait_for("RELOADING=1")
        assert child.end(patience_s=WAIT_S) == 0  # this stand-in leaves after it
    assert "reload" in child.lines
    assert "STOPPING=1" not in lines


class Wrong:
    """A daemon whose configuration is wrong."""

    def run(self) -> None:
        supervised.reload()

    def close(self) -> None:
        """Is over by itself."""

    def reload(self) -> None:
        raise ConfigError("config.toml: vioce is no key.")


supervised = Supervised({}, Clock())


def test_a_reload_with_a_wrong_configuration_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    supervised.hold(Wrong())
    assert caplog.messages == ["The configuration stays as it was: config.toml: vioce is no key."]


class Failing(Wrong):
    """A daemon that nobody has foreseen."""

    def __init__(self, supervised: Supervised) -> None:
        self._supervised = supervised

    def run(self) -> None:
        self._supervised.reload()

    def reload(self) -> None:
        raise RuntimeError("unforeseen")


def test_a_reload_that_fails_in_an_unforeseen_way_is_over_for_systemd_too(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd:
        mine = Supervised({"NOTIFY_SOCKET": systemd.address}, Clock())
        with pytest.raises(RuntimeError, match="unforeseen"):
            mine.hold(Failing(mine))
        told = systemd.told()
    assert told.index("RELOADING=1") < told.index("READY=1")


def test_a_broken_configuration_is_not_started_again(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text("vioce = 3\n", encoding="utf-8")
    command = [sys.executable, "-m", "voiced", "run", "--config", str(config)]
    done = subprocess.run(command, env=environment(tmp_path), cwd=ROOT, capture_output=True, check=False, timeout=60)
    assert done.returncode == 78
