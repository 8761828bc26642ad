"""The folder of models flows in, what is installed there flows out; models come and go in one move, or not at all.

    models/stt/NAME/…  models/llm/NAME.gguf  models/tts/NAME.onnx(.json)  models/wake/NAME.onnx
    models/.records/KIND/NAME.json           what was installed, with its digests
    models/.partial/KIND-NAME/               what is on its way
    models/.partial/KIND-NAME.lock           held by whoever works on that name

Everything that is on its way lies on the same disk, so that the last step is a rename.
"""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final, Literal, TypeAlias, TypeVar, get_args

from voiced.config.rules import did_you_mean, show
from voiced.errors import ModelError
from voiced.models import ENDINGS, Kind, there
from voiced.models.along import comes_along
from voiced.models.digests import sha256_of
from voiced.models.records import NAMED, Record, read_record
from voiced.paths import Paths, make_private

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

RESERVE: Final = 100_000_000
"""Bytes that stay free on the disk: for the timers, the log, and everybody else."""

State: TypeAlias = Literal["ok", "changed", "missing", "not pinned"]


@dataclass(frozen=True, slots=True)
class Installed:
    """A model that is there, whoever put it there."""

    kind: Kind
    name: str
    files: tuple[str, ...]
    """Below the folder of its kind."""
    size: int
    """Bytes."""
    record: Record | None
    """None when it was put there by hand."""

    @property
    def title(self) -> str:
        """Kind and name: what tells it from all others."""
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a model's files."""

    model: Installed
    state: State
    file: str = ""
    """The first that is not what it was."""


Made = TypeVar("Made")


class Store:
    """The models of one person, or of the system's daemon."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.root = paths.data / "models"

    def folder(self, kind: Kind) -> Path:
        """Where models of this kind are installed; it need not exist."""
        return self.root / kind

    def installed(self) -> list[Installed]:
        """All models, by kind and name."""
        return [found for kind in KINDS for found in self._of_kind(kind)]

    def lost(self) -> list[Installed]:
        """Models that were installed, and of which somebody has taken away so much that none is seen; and links that
        somebody put there and that lead to nothing."""
        seen = {model.title for model in self.installed()}
        found = []
        for kind in KINDS:
            for place in self._places(kind):
                if place.is_symlink() and not there(place):
                    beside = [Path(f"{place}.json")] if kind == "tts" else []
                    links = tuple(each.name for each in (place, *beside) if each.is_symlink())
                    found.append(Installed(kind, place.name.removesuffix(ENDINGS[kind]), links, 0, None))
            for file in _listed(self.root / ".records" / kind, "*.json"):
                record = self._record(kind, file.stem)
                if record is not None and f"{kind}/{file.stem}" not in seen | {model.title for model in found}:
                    found.append(Installed(kind, file.stem, tuple(pin.path for pin in record.files), 0, record))
        return found

    def find(self, title: str) -> Installed:
        """The one called NAME or KIND/NAME. Raises ModelError, with a suggestion, when there is none or more."""
        known = [*self.installed(), *self.lost()]
        found = [model for model in known if title in (model.name, model.title)]
        if len(found) == 1:
            return found[0]
        if found:
            raise ModelError(f"There are several models {show(title)}; say {' or '.join(m.title for m in found)}.")
        if told := comes_along(title):
            raise ModelError(told)
        if not known:
            raise ModelError(f"There is no installed model {show(title)}; no model is installed.")
        raise ModelError(f"There is no installed model {show(title)}; {did_you_mean(title, [m.name for m in known])}")

    def has(self, kind: Kind, name: str) -> Installed | None:
        """The installed model of that kind and name."""
        return next((model for model in self._of_kind(kind) if model.name == name), None)

    def verify(self, model: Installed) -> Checked:
        """Reads every file of `model` and compares. Raises ModelError when one cannot be read."""
        if model.record is None:
            gone = [file for file in model.files if not there(self.folder(model.kind) / file)]
            return Checked(model, "missing", gone[0]) if gone else Checked(model, "not pinned")
        for pin in model.record.files:
            path = self.folder(model.kind) / pin.path
            try:
                if not path.is_file():
                    return Checked(model, "missing", pin.path)
                if path.stat().st_size != pin.size or sha256_of(path) != pin.sha256:
                    return Checked(model, "changed", pin.path)
            except OSError as error:
                raise ModelError(f"{path} cannot be read ({error.strerror}); make it readable.") from error
        return Checked(model, "ok")

    def remove(self, model: Installed) -> None:
        """Deletes it. Raises ModelError."""
        with self.lock(model.kind, model.name):
            try:
                self._record_file(model.kind, model.name).unlink(missing_ok=True)
                if model.kind == "stt":
                    # Out of sight in one step, then at leisure.
                    aside = self.partial(model.kind, model.name) / "removed"
                    shutil.rmtree(aside, ignore_errors=True)
                    if os.path.lexists(place := self.folder("stt") / model.name):
                        place.rename(aside)
                else:
                    for file in model.files:
                        (self.folder(model.kind) / file).unlink(missing_ok=True)
                shutil.rmtree(self._partial(model.kind, model.name), ignore_errors=True)
            except OSError as error:
                raise ModelError(f"{model.title} cannot be removed ({error.strerror or error}).") from error

    @contextmanager
    def lock(self, kind: Kind, name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Nobody else works on that name meanwhile; `waiting` is called when somebody still does. Raises ModelError."""
        file = self._within(lambda: self._ensure(self.root / ".partial") / f"{kind}-{name}.lock")
        with self._within(lambda: file.open("w")) as stream:
            self._within(lambda: self._belongs(file))
            self._within(lambda: _lock(stream, waiting))
            yield  # the file is never deleted: somebody else may be waiting for this very one

    def begun(self) -> dict[str, int]:
        """What is on its way, or was when somebody was interrupted: bytes by KIND/NAME."""
        found: dict[str, int] = {}
        for folder in _listed(self.root / ".partial", "*-*/"):
            kind, _, name = folder.name.partition("-")
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            if size and NAMED.fullmatch(name):
                found[f"{kind}/{name}"] = size
        return found

    def forget(self, title: str) -> int:
        """Deletes what is on its way of the model called NAME or KIND/NAME; how many bytes that were."""
        freed = 0
        for begun, size in self.begun().items():
            kind, name = begun.split("/")
            if title in (begun, name):
                its = next(each for each in KINDS if each == kind)
                with self.lock(its, name):
                    self.clear(its, name)
                freed += size
        return freed

    def partial(self, kind: Kind, name: str) -> Path:
        """The folder of what is on its way, made when it is missing. To be used under the lock. Raises ModelError."""
        return self._within(lambda: self._ensure(self._partial(kind, name)))

    def clear(self, kind: Kind, name: str) -> None:
        """Forgets what was on its way."""
        shutil.rmtree(self._partial(kind, name), ignore_errors=True)

    def room(self, wanted: int) -> None:
        """Raises ModelError when `wanted` more bytes do not fit on the disk."""
        room(self.root, wanted, "make room, or choose smaller models")

    def install(self, *new: tuple[Record, Path]) -> None:
        """Moves each model, whose files lie below a folder on this disk as they shall below that of their kind, into
        its place, over what is there, and records it: all of them, or none. Raises ModelError."""
        undo: list[Callable[[], object]] = []
        try:
            for record, staged in new:
                self._move(record, staged, undo)
        except BaseException as error:
            for step in reversed(undo):
                with suppress(OSError):
                    step()
            if isinstance(error, OSError):
                raise self._failed(error) from error
            raise
        for record, _ in new:
            self.clear(record.kind, record.name)

    def _move(self, record: Record, staged: Path, undo: list[Callable[[], object]]) -> None:
        folder = self._ensure(self.folder(record.kind))
        aside = staged / ".before"
        aside.mkdir(exist_ok=True)
        # A Piper voice counts as soon as its .onnx is there, so that comes last.
        names = [record.name] if record.kind == "stt" else sorted((pin.path for pin in record.files), reverse=True)
        note = self._write_record(record, staged)
        moves = [(staged / name, folder / name) for name in names]
        for new, place in [*moves, (note, self._record_file(record.kind, record.name))]:
            sync(new)
            self._belongs(new)
            # How to undo a step is noted before it, for Ctrl-C may come in between.
            if os.path.lexists(place):
                kept = aside / place.name
                undo.append(partial(kept.rename, place))
                place.rename(kept)
            undo.append(partial(place.rename, new))
            new.rename(place)
        sync(folder)

    def _write_record(self, record: Record, staged: Path) -> Path:
        self._ensure(self._record_file(record.kind, record.name).parent)
        note = staged / ".record.json"
        note.write_text(json.dumps(asdict(record), indent=1) + "\n", "utf-8")
        return note

    def _of_kind(self, kind: Kind) -> Iterator[Installed]:
        return (model for place in self._places(kind) if (model := self._look(kind, place)) is not None)

    def _places(self, kind: Kind) -> list[Path]:
        """Where there may be a model of this kind, by its name."""
        found = _listed(self.folder(kind), f"*{ENDINGS[kind]}")
        return [place for place in found if not place.name.startswith(".")]

    def _look(self, kind: Kind, place: Path) -> Installed | None:
        """The model that is there; None when that is none, or nobody may look at it."""
        try:
            if place.is_dir() != (kind == "stt"):
                return None
            within = [file for file in sorted(place.rglob("*")) if file.is_file()] if kind == "stt" else [place]
            if kind == "tts" and (beside := Path(f"{place}.json")).is_file():
                within.append(beside)
            size = sum(file.stat().st_size for file in within)
        except OSError:
            return None
        name, files = place.name.removesuffix(ENDINGS[kind]), (str(file.relative_to(place.parent)) for file in within)
        return Installed(kind, name, tuple(files), size, self._record(kind, name))

    def _record(self, kind: Kind, name: str) -> Record | None:
        """What was recorded; None when nothing was, or it cannot be understood any more."""
        try:
            record = read_record(json.loads(self._record_file(kind, name).read_text("utf-8")))
        except (OSError, ValueError, ModelError):
            return None
        return record if (record.kind, record.name) == (kind, name) else None

    def _record_file(self, kind: Kind, name: str) -> Path:
        return self.root / ".records" / kind / f"{name}.json"

    def _partial(self, kind: Kind, name: str) -> Path:
        return self.root / ".partial" / f"{kind}-{name}"

    def _ensure(self, folder: Path) -> Path:
        """Makes `folder`, and what is missing above it."""
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        make_private(folder)
        for each in reversed(missing):
            self._belongs(each)
        return folder

    def _belongs(self, path: Path) -> None:
        """Gives what root has made to whom the folder of data belongs: the daemon has to read it."""
        if os.geteuid() != 0:
            return
        place = next(each for each in (self._paths.data, *self._paths.data.parents) if each.exists())
        owner = place.stat()
        for each in (path, *path.rglob("*")):
            os.chown(each, owner.st_uid, owner.st_gid)

    def _within(self, step: Callable[[], Made]) -> Made:
        """What `step` returns. Raises ModelError when the disk does not let it."""
        try:
            return step()
        except OSError as error:
            raise self._failed(error) from error

    def _failed(self, error: OSError) -> ModelError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return ModelError(f"The disk with {self.root} is full; make room, and try again.")
        return ModelError(f"{self.root} cannot be written ({error.strerror or error}); make it yours, or writable.")


def _listed(folder: Path, pattern: str) -> list[Path]:
    """What is in a folder, by its name; nothing where there is none, or nobody may look into it."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def megabytes(size: int) -> str:
    """For people: "63 MB", "2.4 GB", "5 kB"."""
    if size < 1_000_000:
        return f"{max(size // 1000, 1)} kB"
    return f"{size / 1e9:.1f} GB" if size >= 1_000_000_000 else f"{size / 1e6:.0f} MB"


def room(place: Path, wanted: int, advice: str) -> None:
    """Raises ModelError, with the advice, when `wanted` more bytes do not fit on the disk of the folder `place`."""
    free = shutil.disk_usage(next(folder for folder in (place, *place.parents) if folder.exists())).free
    if wanted + RESERVE > free:
        raise ModelError(
            f"{megabytes(wanted)} are needed in {place} and {megabytes(free)} are free, of which "
            f"{megabytes(RESERVE)} must stay so; {advice}."
        )


def _lock(stream: IO[str], waiting: Callable[[], None]) -> None:
    """Returns when nobody else holds the lock on the open file any more; the kernel frees that of a dead process."""
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(stream, fcntl.LOCK_EX)


def sync(path: Path) -> None:
    """Brings a file or folder, with all that is in it, to the disk."""
    for each in (*(path.rglob("*") if path.is_dir() else ()), path):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
