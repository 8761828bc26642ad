"""The timers' database under faults that really happen: kill -9, a full disk, damage, missing rights."""

import os
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.test_timers import NOON, HandClock
from voiced.errors import StateError
from voiced.intents.timers import Timers

KILLED = """
import os, random, select, signal, sys, time
from pathlib import Path
from voiced.intents.timers import Timers

class Clock:
    def monotonic(self): return 0.0
    def time(self): return 1_700_000_000.0

path, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
confirmed, cancelled = set(), set()
for moment in range(50):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        timers = Timers(path, Clock())
        while True:
            timer = timers.start(600, "pizza")
            os.write(write, b"+%d\\n" % timer.id)
            if timer.id % 5 == 0:
                timers.cancel(timer.id)
                os.write(write, b"-%d\\n" % timer.id)
    os.close(write)
    lines, seen, wanted = b"", 0, chance.randrange(8)
    while lines.count(b"\\n") < wanted:
        lines += os.read(read, 4096)
    until = time.perf_counter() + chance.random() * 0.02  # anywhere within the next transactions
    while time.perf_counter() < until:
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(read, 4096):
        lines += more
    os.close(read)
    for line in lines.decode().split():
        (confirmed if line[0] == "+" else cancelled).add(int(line[1:]))
    timers = Timers(path, Clock())
    there = {timer.id for timer in timers.running()}
    assert not timers.trouble, timers.trouble
    timers.close()
    lost, back = confirmed - cancelled - there, cancelled & there
    # The one that was being cancelled when the blow fell may be gone already, unconfirmed.
    assert all(id_ % 5 == 0 for id_ in lost), f"lost after moment {moment}: {lost}"
    assert not back, f"came back after moment {moment}: {back}"
    confirmed -= lost
    assert len(lost) <= 1
print(len(confirmed))
"""

FULL = """
import sys
from pathlib import Path
from voiced.errors import StateError
from voiced.intents.timers import Timers

class Clock:
    def monotonic(self): return 0.0
    def time(self): return 1_700_000_000.0

timers = Timers(Path(sys.argv[1]), Clock())
kept = []
try:
    while len(kept) < 10_000:
        kept.append(timers.start(600, "x" * 500).id)
except StateError as error:
    print(error)
# What was confirmed is there, and removing still works or fails in one sentence.
assert {timer.id for timer in timers.running()} == set(kept), "a confirmed timer is gone"
print(len(kept))
"""


def python(source: str, *arguments: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
    def lower() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return subprocess.run(
        [sys.executable, "-c", source, *arguments],
        preexec_fn=lower,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=Path(__file__).parent.parent,
    )


def fill(file: Path) -> None:
    """Writes until the disk is full."""
    with file.open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(b"x" * 512)


def refuse_changes(path: Path, refuse: bool) -> None:
    """Has the database `path` refuse every change, as on a disk that is full, or allow them again."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for what in ("INSERT", "UPDATE", "DELETE"):
            db.execute(f"DROP TRIGGER IF EXISTS no_{what}")
            if refuse:
                db.execute(f"CREATE TRIGGER no_{what} BEFORE {what} ON timers BEGIN SELECT RAISE(ABORT, 'full'); END")


def test_every_confirmed_timer_survives_kill_9_at_fifty_random_moments(tmp_path: Path) -> None:
    done = python(KILLED, str(tmp_path / "timers.sqlite"), "7")
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 50


def test_a_disk_that_fills_up_ends_in_one_sentence_and_loses_no_confirmed_timer(tmp_path: Path) -> None:
    done = python(FULL, str(tmp_path / "timers.sqlite"), limit=60_000)
    assert done.returncode == 0, done.stderr
    sentence, kept = done.stdout.splitlines()
    assert sentence.startswith("The timers cannot be kept (")
    assert sentence.endswith("have room.")
    assert int(kept) > 10


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting a small disk needs root")
def test_a_really_full_disk_ends_in_one_sentence_and_timers_go_on_when_there_is_room_again(tmp_path: Path) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=128k", "small", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not possible here")
    try:
        timers = Timers(tmp_path / "timers.sqlite", HandClock())
        timers.start(60, "pizza")
        ballast = tmp_path / "ballast"
        fill(ballast)
        with pytest.raises(StateError, match=r"cannot be kept \(.*have room\.$"):
            timers.start(60, "pasta")
        assert [t.name for t in timers.running()] == ["pizza"]
        ballast.unlink()
        timers.start(60, "pasta")
        assert [t.name for t in timers.running()] == ["pizza", "pasta"]
        timers.close()
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)  # lazily: a failed test leaves the file open


@pytest.mark.parametrize("damage", ["text", "torn", "foreign"])
def test_a_damaged_database_is_set_aside_and_timers_work_again(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "timers.sqlite"
    timers = Timers(path, HandClock())
    for number in range(100):
        timers.start(600, f"timer number {number}" * 10)
    timers.close()
    if damage == "text":
        path.write_text("these are not the timers you are looking for\n" * 200)
    elif damage == "torn":
        whole = path.read_bytes()
        path.write_bytes(whole[:4096] + b"\xa5" * 8192 + whole[12288:])
    else:
        path.unlink()
        sqlite3.connect(path).execute("CREATE TABLE timers (recipe TEXT)").connection.close()
    damaged = path.read_bytes()
    (tmp_path / "other").write_text("left alone")

    again = Timers(path, HandClock())
    assert again.running() == []
    again.start(60, "pizza")
    assert [t.name for t in again.running()] == ["pizza"]
    aside = list(tmp_path.glob("timers.sqlite.corrupt-*"))
    assert [file.read_bytes() for file in aside] == [damaged]
    assert str(aside[0]) in again.trouble
    assert (tmp_path / "other").read_text() == "left alone"
    again.close()
    assert Timers(path, HandClock()).trouble == ""


def test_a_second_damaged_database_does_not_overwrite_the_first(tmp_path: Path) -> None:
    path = tmp_path / "timers.sqlite"
    for number in range(3):
        path.write_text(f"damage number {number}" * 100)
        Timers(path, HandClock()).close()
    assert len({file.read_text() for file in tmp_path.glob("*.corrupt-*")}) == 3


def test_damage_while_running_is_one_error_and_then_timers_work_again(tmp_path: Path) -> None:
    path = tmp_path / "timers.sqlite"
    timers = Timers(path, HandClock())
    timers.start(600)
    path.write_text("not a database" * 500)
    with pytest.raises(StateError, match="please set them again"):
        timers.running()
    assert timers.trouble
    assert timers.start(60).id
    assert len(timers.running()) == 1


def test_a_database_deleted_while_running_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "timers.sqlite"
    timers = Timers(path, HandClock())
    timers.start(600)
    path.unlink()
    timers.start(60, "pizza")
    assert [t.name for t in Timers(path, HandClock()).running()] == ["pizza"]


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "timers.sqlite"
    path.touch()
    timers = Timers(path, HandClock())
    assert timers.trouble == ""
    assert timers.start(60).due == NOON + 60


@pytest.mark.parametrize("place", ["missing/timers.sqlite", "file/timers.sqlite", "folder"])
def test_a_place_where_no_database_can_be_is_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StateError) as caught:
        Timers(tmp_path / place, HandClock())
    text = str(caught.value)
    assert text.startswith("The timers cannot be kept (")
    assert text.count(".sqlite") <= 1
    assert text.endswith("have room.")
    assert "\n" not in text


def test_a_folder_without_the_right_to_write_is_one_sentence() -> None:
    with TemporaryDirectory() as name:  # not tmp_path, which nobody but root may enter
        folder = Path(name)
        folder.chmod(0o555)
        source = FULL
        if os.geteuid() == 0:
            source = source.replace("import sys", "import os, sys").replace(
                "timers = T", "os.setuid(65534)\ntimers = T"
            )
        done = python(source, str(folder / "t"))
        assert "StateError: The timers cannot be kept (Permission denied)" in done.stderr


def test_a_database_held_by_another_process_is_one_sentence_not_a_hang(tmp_path: Path) -> None:
    path = tmp_path / "timers.sqlite"
    timers = Timers(path, HandClock())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateError, match="locked"):
        timers.start(60)
    other.execute("ROLLBACK")
    assert timers.start(60).id


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "timers.sqlite"
    old = os.umask(0)
    try:
        Timers(path, HandClock()).start(60)
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    Timers(path, HandClock())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_method_returns_when_the_disk_has_it(tmp_path: Path) -> None:
    """A copy of the file made behind the daemon's back, as a power cut would leave it, has the timer."""
    path = tmp_path / "timers.sqlite"
    timers = Timers(path, HandClock())
    timers.start(60, "pizza")
    shutil.copy(path, tmp_path / "copy")
    assert [t.name for t in Timers(tmp_path / "copy", HandClock()).running()] == ["pizza"]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy", "timers.sqlite"]
