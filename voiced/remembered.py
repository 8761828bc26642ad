"""What people change while the daemon runs flows in (volume, voice, mute), and flows out again at the next start.

One small JSON file, replaced as a whole: written beside its place, brought to the disk, renamed. So there is the old
one or the new one after a power cut, never half of one. Each value stands with what the configuration said when it was
changed; once the configuration says something else, that is the newer wish, and the value is forgotten. A file that
somebody else has put there, as `voiced restore` does, is never overwritten by what was remembered before it.
"""

import json
import logging
import math
import os
import threading
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar

from voiced.activity import Activity
from voiced.errors import StateError
from voiced.paths import make_private
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)

LIMIT: Final = 100_000
"""Bytes; ours has a few hundred."""

Simple: TypeAlias = str | float | bool

Value = TypeVar("Value", str, float, bool)


class Remembered:
    """The file and the thread that writes it. `recall` and `remember` return at once, from any thread."""

    def __init__(self, path: Path, activity: Activity) -> None:
        """Reads `path`. A file that is none of ours is told of, and replaced at the next change."""
        self._path = path
        self._lock = threading.Lock()
        self._filing = threading.Lock()  # held while the file is read or written; taken before the other
        self._known = _identity(path)  # of the file that was read or written last
        self._foreign = False  # another file was found in its place, and nobody was told yet
        self._entries = _read(path)
        self._changed: set[str] = set()  # keys that the file is older than; a job that writes them waits
        self._worker = Worker("keeper", activity)

    def recall(self, key: str, configured: Value) -> Value:
        """What was remembered last; `configured` when there is nothing, or the configuration has changed since."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None or entry["instead_of"] != configured or type(entry["value"]) is not type(configured):
            return configured
        value: Value = entry["value"]
        return value

    def remember(self, key: str, value: Value, configured: Value) -> None:
        """Keeps `value` for the next start, in place of what is `configured` now."""
        entry = {"value": value, "instead_of": configured}
        with self._lock:
            if self._entries.get(key) == entry or (key not in self._entries and value == configured):
                return
            self._entries[key] = entry
            waiting = bool(self._changed)
            self._changed.add(key)
        if not waiting:
            self._worker.submit(self._write)

    def reread(self) -> bool:
        """Takes up the file, if somebody else has put another one there since; whether that is so. May wait for the
        disk. What has been changed meanwhile is newer, and stays."""
        with self._filing:
            self._take_up()
            foreign, self._foreign = self._foreign, False
        return foreign

    def close(self) -> None:
        """Waits until everything is on the disk."""
        self._worker.close()

    def _write(self) -> None:
        with self._filing:
            self._take_up()
            with self._lock:
                text = json.dumps(self._entries, indent=1)
                self._changed.clear()
            try:
                replace_file(self._path, text)
            except StateError as error:
                _LOG.warning("%s", error)
            self._known = _identity(self._path)

    def _take_up(self) -> None:
        if (present := _identity(self._path)) == self._known:
            return
        entries = _read(self._path)
        with self._lock:
            self._entries = entries | {key: self._entries[key] for key in self._changed}
        self._known, self._foreign = present, True


def replace_file(path: Path, text: str, *, durable: bool = True) -> None:
    """Writes `path` for its owner alone, as a whole or not at all, and waits for the disk unless it need not be
    `durable`. Raises StateError."""
    new = path.with_name(f"{path.name}.new")
    try:
        make_private(path.parent)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        new.replace(path)
        if not durable:
            return
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # the rename has reached the disk too
        finally:
            os.close(folder)
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror}); look at its folder: is there room?") from error


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells one file in this place from the next; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            entries = json.loads(file.read(LIMIT))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _LOG.warning("%s cannot be read (%s); volume, voice and mute are as configured.", path, error)
        return {}
    if not isinstance(entries, dict):
        _LOG.warning("%s is none of voiced's files; volume, voice and mute are as configured.", path)
        return {}
    return {key: entry for key, entry in entries.items() if _sound(entry)}


def _sound(entry: object) -> bool:
    """Whether it is an entry as `remember` makes them."""
    if not isinstance(entry, dict) or entry.keys() != {"value", "instead_of"}:
        return False
    return all(isinstance(value, str | bool) or (isinstance(value, float) and math.isfinite(value))
               for value in entry.values())  # fmt: skip
