"""Wishes about timers flow in, timers that came due flow out; in between they lie in a small SQLite database.

Every change is one transaction with a rollback journal and `synchronous=EXTRA`: when a method returns, the change has
reached the disk, and the journal's disappearance too, so neither `kill -9` nor a power cut takes it back. A write-ahead
log would need one `fsync` instead of four, but leaves three files where this leaves one at rest (one to back up, to
keep private, to set aside when it is damaged), and nobody sets timers by the hundred.

Nothing is remembered beside the database, so two processes may share it: the daemon, and a command asked on the side.
"""

import logging
import math
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from voiced.errors import StateError

if TYPE_CHECKING:  # voiced.stages brings numpy along, which timers do not need
    from voiced.stages import Clock

_LOG = logging.getLogger(__name__)

RING_S: Final = 300.0
"""Seconds that a timer rings when nobody stops it."""

GRACE_S: Final = 5.0
"""A timer due this many seconds before the start was missed. Less is a restart: it simply rings a little late."""

LOCK_S: Final = 2.0
"""Seconds to wait for another process that writes; one transaction takes it milliseconds."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS timers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: "cancel timer 3" must not hit a younger one
    name TEXT NOT NULL,
    seconds INTEGER NOT NULL,
    due REAL NOT NULL,
    left REAL,  -- seconds left when it was paused; NULL: it runs
    rings_since REAL  -- NULL: it has not come due, or nobody has noticed yet
) STRICT"""

_COLUMNS: Final = "id, name, seconds, due, left, rings_since"

_Row: TypeAlias = tuple[int, str, int, float, float | None, float | None]


class _Damaged(sqlite3.DatabaseError):
    """Raised when the file is a database, but not ours."""


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer as it was when it was asked for."""

    id: int
    name: str
    """The name that its owner gave it, in lower case; may be empty."""
    seconds: int
    """The length it was set to."""
    due: float
    """When it comes due, in seconds since 1970; without meaning while it is paused."""
    left: float | None = None
    """Seconds left while it is paused; None while it runs."""
    rings_since: float | None = None
    """Since when it rings, in seconds since 1970; None before that. For a missed one: when it should have begun to."""
    missed: bool = False
    """It came due before the start of the process that asks."""

    @property
    def paused(self) -> bool:
        return self.left is not None

    def seconds_left(self, now: float) -> float:
        """Seconds until it comes due, 0 when it has."""
        return max(0.0, self.due - now) if self.left is None else self.left

    def rung(self, now: float) -> "Timer":
        """It as it begins to ring, at `now`; a missed one counts as ringing since it came due."""
        return replace(self, rings_since=self.due if self.missed else now)


class Timers:
    """Several timers at once, kept on disk. May be called from any thread; every method may raise StateError."""

    def __init__(self, path: Path, clock: "Clock", ring_s: float = RING_S) -> None:
        """Opens the database `path`, or creates it, readable for its owner alone, in a folder that exists; `ring_s` is
        how many seconds a timer rings when nobody stops it.

        A damaged database is set aside as `*.corrupt-DATE` and a new one begun; `set_aside` and `trouble` say so.
        Raises StateError when there can be no database."""
        self.set_aside: Path | None = None
        """Where a damaged database is kept; None when it was not damaged."""
        self._path = path
        self._clock = clock
        self.ring_s = ring_s
        """Seconds that a timer rings when nobody stops it."""
        self._started = clock.time()
        self._lock = threading.RLock()
        self._rehearsing = False  # guarded by the lock
        self._db: sqlite3.Connection | None = None
        with self._lock, self._explained():
            self._open()

    @property
    def trouble(self) -> str:
        """One sentence about damage that was found; empty when there was none."""
        if self.set_aside is None:
            return ""
        return f"The timers' database was damaged; it is kept as {self.set_aside}, and timers set before are lost."

    # --- wishes ---------------------------------------------------------------------------------------------------

    def start(self, seconds: float, name: str = "") -> Timer:
        """A new timer over `seconds` (rounded, at least one) from now."""
        length, name = max(1, round(seconds)), name.strip().lower()
        due = self._clock.time() + length
        with self._changing() as db:
            cursor = db.execute("INSERT INTO timers (name, seconds, due) VALUES (?, ?, ?)", (name, length, due))
            return Timer(int(cursor.lastrowid or 0), name, length, due)

    def cancel(self, *ids: int) -> int:
        """Forgets these timers, whether they run, pause or ring; how many there were."""
        return len(self._take(lambda timer: timer.id in ids))

    def cancel_all(self) -> int:
        """Forgets every timer; how many there were."""
        return len(self._take(lambda _timer: True))

    def extend(self, id_: int, seconds: float) -> Timer | None:
        """Makes a timer come due `seconds` later (earlier when negative, but not before now); one that rings runs
        again, from now on. None when there is no such timer."""
        now = self._clock.time()

        def change(timer: Timer) -> Timer:
            left = max(0.0, timer.seconds_left(now) + seconds)
            if timer.paused:
                return replace(timer, left=left)
            return replace(timer, due=now + left, rings_since=None, missed=False)

        return self._change(id_, change)

    def pause(self, id_: int) -> Timer | None:
        """Stops the time of a timer until `resume`, unless it rings; None when there is no such timer."""
        now = self._clock.time()

        def change(timer: Timer) -> Timer:
            return timer if timer.rings_since is not None else replace(timer, left=timer.seconds_left(now))

        return self._change(id_, change)

    def resume(self, id_: int) -> Timer | None:
        """Lets the time of a paused timer go on; None when there is no such timer."""
        now = self._clock.time()

        def change(timer: Timer) -> Timer:
            return timer if timer.left is None else replace(timer, due=now + timer.left, left=None, missed=False)

        return self._change(id_, change)

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """What is done inside is undone when this is left, and was never seen by anybody else: other threads wait
        meanwhile, so it is for milliseconds."""
        with self._lock, self._explained():
            db = self._connected()
            db.execute("BEGIN IMMEDIATE")
            self._rehearsing = True
            try:
                yield
            finally:
                self._rehearsing = False
                if db.in_transaction:
                    db.execute("ROLLBACK")

    # --- what there is --------------------------------------------------------------------------------------------

    def all(self) -> list[Timer]:
        """All timers, ringing ones too, the next to come due first."""
        with self._lock, self._explained():
            rows: Sequence[_Row] = self._connected().execute(f"SELECT {_COLUMNS} FROM timers").fetchall()
        now = self._clock.time()
        found = [self._timer(row) for row in rows]
        return sorted(found, key=lambda timer: (timer.seconds_left(now), timer.due, timer.id))

    def get(self, id_: int) -> Timer | None:
        """The timer with this number, if there is one."""
        return next((timer for timer in self.all() if timer.id == id_), None)

    def running(self) -> list[Timer]:
        """Timers that do not ring yet, paused ones too, the next to come due first."""
        return [timer for timer in self.all() if timer.rings_since is None]

    def next_due(self) -> float:
        """When the next timer comes due, in seconds since 1970; infinity when none runs."""
        return min((timer.due for timer in self.running() if not timer.paused), default=math.inf)

    # --- coming due -----------------------------------------------------------------------------------------------

    def due(self, now: float) -> list[Timer]:
        """Timers that have come due and for which `fired` was not called yet, the earliest first."""
        return [timer for timer in self.running() if not timer.paused and timer.due <= now]

    def fired(self, id_: int, now: float | None = None) -> Timer | None:
        """A timer begins to ring, at `now`, and is not `due` again, not even after a restart.

        A missed one counts as ringing since it came due: it is told about once in any case, but when its ringing time
        is long over, it must not ring in the night in which the power returns."""
        moment = self._clock.time() if now is None else now
        return self._change(id_, lambda timer: timer.rung(moment))

    def come_due(self, now: float) -> list[Timer]:
        """`due` and `fired` in one: those that came due since the last call, the missed ones among them. When it fails,
        it has failed for all of them."""
        if not self.due(now):
            return []  # looking costs microseconds, writing milliseconds
        with self._changing() as db:
            came = [timer.rung(now) for timer in self.due(now)]
            rings = [(timer.rings_since, timer.id) for timer in came]
            db.executemany("UPDATE timers SET rings_since = ? WHERE id = ?", rings)
            return came

    def ringing(self) -> list[Timer]:
        """Timers that came due and were neither acknowledged nor have rung for long enough, the earliest first."""
        now = self._clock.time()
        return [timer for timer in self.all() if timer.rings_since is not None and not self.over(timer, now)]

    def acknowledge(self, id_: int | None = None) -> list[Timer]:
        """Ends the ringing of one timer, or of all; those that rang."""
        if not any(timer.rings_since is not None for timer in self.all()):
            return []  # as above
        return self._take(lambda timer: timer.rings_since is not None and id_ in (None, timer.id))

    def expire(self, now: float) -> list[Timer]:
        """Forgets timers that have rung for long enough, unheard; those that there were."""
        if not any(self.over(timer, now) for timer in self.all()):
            return []  # as above, and this is asked many times a second
        return self._take(lambda timer: self.over(timer, now))

    def over(self, timer: Timer, now: float) -> bool:
        """Whether `timer` has rung for long enough at `now`."""
        return timer.rings_since is not None and now - timer.rings_since >= self.ring_s

    # --- the database ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes the database. May be called twice, from any thread."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    def _timer(self, row: _Row) -> Timer:
        id_, name, seconds, due, left, rings_since = row
        return Timer(id_, name, seconds, due, left, rings_since, left is None and due < self._started - GRACE_S)

    def _take(self, wanted: Callable[[Timer], bool]) -> list[Timer]:
        with self._changing() as db:
            taken = [timer for timer in self.all() if wanted(timer)]
            db.executemany("DELETE FROM timers WHERE id = ?", [(timer.id,) for timer in taken])
            return taken

    def _change(self, id_: int, change: Callable[[Timer], Timer]) -> Timer | None:
        with self._changing() as db:
            old = self.get(id_)
            if old is None:
                return None
            new = change(old)
            values = (new.due, new.left, new.rings_since, id_)
            db.execute("UPDATE timers SET due = ?, left = ?, rings_since = ? WHERE id = ?", values)
            return new

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; it has reached the disk when this is left, or nothing has changed and StateError says so."""
        with self._lock, self._explained():
            db = self._connected()
            if self._rehearsing:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    with suppress(sqlite3.Error):  # a full disk may have rolled it back already
                        db.execute("ROLLBACK")
                raise

    def _connected(self) -> sqlite3.Connection:
        """The open database. When its file was deleted, a new one: sqlite would go on writing into the void."""
        if self._db is None or not self._path.exists():
            self._open()
        assert self._db is not None
        return self._db

    def _open(self) -> None:
        self.close()
        try:
            self._db = _connect(self._path)
        except sqlite3.DatabaseError as error:
            if not _is_damage(error):
                raise
            self._put_aside()
            self._db = _connect(self._path)

    def _put_aside(self) -> None:
        """Renames the damaged file, and its journal with it, which would otherwise be applied to the next one."""
        self.close()
        moment = datetime.fromtimestamp(self._clock.time()).strftime("%Y%m%dT%H%M%S")
        aside, count = self._path.with_name(f"{self._path.name}.corrupt-{moment}"), 1
        while aside.exists():
            count += 1
            aside = self._path.with_name(f"{self._path.name}.corrupt-{moment}-{count}")
        self._path.rename(aside)
        with suppress(FileNotFoundError):
            self._path.with_name(f"{self._path.name}-journal").rename(f"{aside}-journal")
        self.set_aside = aside
        _LOG.error("%s", self.trouble)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns what sqlite and the system say into a StateError that says what to do."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            advice = f"look at {self._path.parent}: it must exist, be writable and have room"
            if isinstance(error, sqlite3.DatabaseError) and _is_damage(error):
                with suppress(OSError, sqlite3.Error):
                    self._put_aside()
                    self._open()
                    advice = "they were begun anew, please set them again"
            raise StateError(f"The timers cannot be kept ({reason}); {advice}.") from error


def _connect(path: Path) -> sqlite3.Connection:
    """Opens or creates the database; its journal inherits its permissions. Raises sqlite3.Error or OSError."""
    # Only a new file is opened here: closing a second descriptor would drop the locks of another connection to it.
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    db = sqlite3.connect(path, timeout=LOCK_S, isolation_level=None, check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode=DELETE")
        db.execute("PRAGMA synchronous=EXTRA")
        if (found := db.execute("PRAGMA quick_check(1)").fetchone()) != ("ok",):
            raise _Damaged(f"malformed: {found}")
        db.execute(_SCHEMA)
        columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(timers)"))
        if columns != _COLUMNS:
            raise _Damaged(f"unknown columns: {columns}")
    except BaseException:
        db.close()
        raise
    return db


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether `error` says that the file is no database of ours, rather than that it cannot be reached or written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits say where it was noticed
    return isinstance(error, _Damaged) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
