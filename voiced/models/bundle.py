"""Installed models, and compiled wheels, flow into one archive, and out of it on a machine that never sees a network.

An ordinary tar with a manifest in front, so that its owner can look into it; therefore everybody else can write one
too, and nothing of it is believed: names are held to the manifest and to what models are called, digests are compared,
models are tried, and wheels, which are programs, stay where they are unless they are asked for. All of it is
installed, or nothing.

Its headers are read one by one with tarfile's own parser; but tarfile's reader takes a damaged header for the end, and
holds extended headers in memory, however large they say they are.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

from voiced import __version__
from voiced.errors import ModelError
from voiced.models import ENDINGS
from voiced.models.digests import PIECE, sha256_of
from voiced.models.intake import WHISPER
from voiced.models.recognise import recognise
from voiced.models.records import Pin, Record, read_record
from voiced.models.store import Installed, Store, room
from voiced.models.trial import try_out
from voiced.models.wheels import Cache, Cargo, Wheel, check, read_cargo

PLAIN: Final = 1
"""The format of an archive with models alone, which voiced has always written."""

LADEN: Final = 2
"""That of one with wheels; one that is newer is refused."""

MANIFEST: Final = "manifest.json"

LARGEST_MANIFEST: Final = 1_000_000
"""Bytes: a thousand models."""

UNPACKED: Final = "_unpacked"
"""What models of a bundle are called while they are tried, together; no model's name begins so."""

BLOCK: Final = tarfile.BLOCKSIZE

LARGE: Final = 8 << 30
"""Bytes from which a file's size has no room in an ordinary header."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a bundle."""

    models: list[Record]
    """Those that were not there yet."""
    wheels: list[Wheel]
    """Those that were not there yet."""
    left: tuple[Wheel, ...] = ()
    """Those that nobody had asked for."""


def is_bundle(path: Path) -> bool:
    """Whether `path` looks like an archive: packed, or a tar."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(BLOCK)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}); make it readable.") from error
    return head[:2] == b"\x1f\x8b" or head[257:262] == b"ustar"


def export(store: Store, models: Sequence[Installed], file: Path, cache: Cache | None = None) -> int:
    """Writes the models, and the wheels in `cache`, into `file`, packed if its name ends in .gz; how many bytes they
    have. Raises ModelError.

    An archive of voiced's own that is there already is replaced in one move; nothing else is."""
    if not models and cache is None:
        raise ModelError("There is nothing to export: no model is installed.")
    _check_place(file)
    wheels = cache.cargo.wheels if cache else ()
    beside = file.with_name(f".{file.name}.new")
    try:
        records = [_record(store, model) for model in models]
        beside.unlink(missing_ok=True)
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as stream:  # noqa: PTH123
            # Weights hardly get smaller: the least effort is enough.
            packed = gzip.GzipFile(fileobj=stream, mode="wb", compresslevel=1) if file.suffix == ".gz" else None
            with tarfile.open(fileobj=packed or stream, mode="w") as archive:
                _fill(archive, store, records, cache)
            if packed:
                packed.close()
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ModelError(f"{file} cannot be written ({reason}); name a file on a disk with room.") from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return sum(pin.size for record in records for pin in record.files) + sum(wheel.size for wheel in wheels)


def _check_place(file: Path) -> None:
    """Raises ModelError when something is there that is no bundle: a folder, or a file that is not ours."""
    try:
        if file.is_dir():
            raise ModelError(f"{file} cannot be written (Is a directory); name a file on a disk with room.")
        if not file.exists() or (file.is_file() and not file.stat().st_size):
            return  # new, what an empty file is too
        if file.is_file():
            with suppress(EOFError, ValueError, zlib.error, tarfile.TarError, gzip.BadGzipFile), _open(file) as stream:
                if (info := _header(stream)) is not None and info.name == MANIFEST:
                    return
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror or error}); name another file.") from error
    raise ModelError(f"There is {file} already, which is no bundle of models; name another file. It is as it was.")


def _record(store: Store, model: Installed) -> Record:
    """What goes into the manifest: what was pinned, which is compared, or what is there."""
    checked = store.verify(model)
    if checked.state in ("changed", "missing"):
        raise ModelError(
            f"{model.title} is not what was installed ({checked.file} {checked.state}); remove it, and pull or import "
            "it again."
        )
    if model.record is not None:
        return model.record
    # Whoever fetches a recogniser with a hub's own tool or with git has more in its folder than belongs to it.
    its = [path for path in model.files if model.kind != "stt" or WHISPER.fullmatch(path.partition("/")[2])]
    places = [(path, store.folder(model.kind) / path) for path in its]
    pins = tuple(Pin(path, place.stat().st_size, sha256_of(place)) for path, place in places)
    try:
        # As strict as when it is read again: what was put there by hand may have any name.
        return read_record(asdict(Record(model.kind, model.name, pins)))
    except ModelError as error:
        raise ModelError(
            f"{model.title} was put there by hand and cannot go along as it is; `voiced models import` it, under a "
            "name with letters, digits, dots and dashes, or name those that shall go along."
        ) from error


def _fill(archive: tarfile.TarFile, store: Store, records: Sequence[Record], cache: Cache | None) -> None:
    told: dict[str, Any] = {"format": PLAIN, "voiced": __version__, "models": [asdict(record) for record in records]}
    if cache:
        told |= {"format": LADEN, "wheels": asdict(cache.cargo)}
    manifest = json.dumps(told, indent=1).encode()
    _add(archive, MANIFEST, len(manifest), io.BytesIO(manifest))
    files: list[tuple[str, Pin | Wheel, Path]] = [
        (f"{each.kind}/{pin.path}", pin, store.folder(each.kind) / pin.path) for each in records for pin in each.files
    ]
    if cache:
        files = [*((wheel.place, wheel, cache.place(wheel)) for wheel in cache.cargo.wheels), *files]
    for name, pin, file in files:
        with file.open("rb") as stream:
            _add(archive, name, pin.size, stream)


def _add(archive: tarfile.TarFile, name: str, size: int, stream: IO[bytes] | None) -> None:
    """Adds a file; its header alone, where there is no `stream`."""
    info = tarfile.TarInfo(name)
    info.size = size
    # GNU's headers would need others before them for a long name, which are not read again.
    archive.format = tarfile.GNU_FORMAT if size >= LARGE else tarfile.USTAR_FORMAT
    archive.addfile(info, stream)


def unpack(file: Path, store: Store, cache: Cache | None = None) -> Taken:
    """Installs all models in the archive `file`, and in `cache`, if one is given, its wheels; what is there already
    stays: models with the same digests, and wheels that are whole.

    Raises ModelError; then all is as it was."""
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(_open(file))
            records, cargo = _manifest(stream, file)
            wheels = _asked_for(records, cargo, file, cache)
            for kind in sorted({record.kind for record in records}):
                stack.enter_context(store.lock(kind, UNPACKED))
                store.clear(kind, UNPACKED)  # of somebody who was interrupted
                stack.callback(store.clear, kind, UNPACKED)
            for record in sorted(records, key=lambda each: (each.kind, each.name)):
                stack.enter_context(store.lock(record.kind, record.name))
            new = [record for record in records if not _is_there(record, store)]
            store.room(sum(pin.size for record in new for pin in record.files))
            staged = stack.enter_context(cache.staging()) if cache and wheels else Path()
            _extract(stream, file, _for_models(records, new, store) | _for_wheels(cargo, wheels, staged))
            for wheel in wheels:
                check(staged, wheel, file)
        except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, RecursionError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged"
            raise ModelError(f"{file} cannot be read ({reason}); copy it again. Nothing was changed.") from error
        for record in new:
            place = _staged(record, store) / f"{record.name}{ENDINGS[record.kind]}"
            if recognise(place) != record.kind:
                raise ModelError(f"{file} calls {record.name} {record.kind}, which it is not; nothing was changed.")
            try_out(record.kind, place, file)
        with cache.placed(wheels, staged) if cache else nullcontext():
            store.install(*((record, _staged(record, store)) for record in new))
    return Taken(new, wheels, cargo.wheels if cargo and not cache else ())


def _staged(record: Record, store: Store) -> Path:
    """The folder in which a model is tried; what a pull of it has left lies elsewhere, until the model is there."""
    return store.partial(record.kind, UNPACKED) / record.name


def _asked_for(records: Sequence[Record], cargo: Cargo | None, file: Path, cache: Cache | None) -> list[Wheel]:
    """The wheels that shall come into the cache. Raises ModelError."""
    if cache is None:
        if not records:
            raise ModelError(
                f"{file} holds nothing but compiled wheels, which are programs: if you trust where it is from, "
                f"`voiced models import {file} --wheels` takes them in."
            )
        return []
    if cargo is None:
        raise ModelError(
            f"There are no wheels in {file}; leave out --wheels, or export it again with them. Nothing was changed."
        )
    new = cache.missing(cargo, file)
    room(cache.root, sum(wheel.size for wheel in new), "make room")
    return new


Targets: TypeAlias = dict[str, tuple[Pin | Wheel, Path | None]]
"""By the name in the archive: what the file has to be, and where it goes; None when it is only compared."""


def _for_models(records: Sequence[Record], new: Sequence[Record], store: Store) -> Targets:
    """Where the files of what is new can be tried."""
    return {
        f"{record.kind}/{pin.path}": (
            pin,
            _staged(record, store) / pin.path if record in new else None,
        )
        for record in records
        for pin in record.files
    }


def _for_wheels(cargo: Cargo | None, new: Sequence[Wheel], staged: Path) -> Targets:
    """The same for wheels, below the folder `staged`."""
    return {
        wheel.place: (wheel, staged / wheel.key / wheel.file if wheel in new else None)
        for wheel in (cargo.wheels if cargo else ())
    }


def _is_there(record: Record, store: Store) -> bool:
    """Whether the very same model is installed. Raises ModelError when another one has its name."""
    model = store.has(record.kind, record.name)
    if model is None:
        return False
    if model.record is not None and set(model.record.files) == set(record.files):
        return True
    raise ModelError(f"There is another model {model.title} already; remove it first. Nothing was changed.")


@contextmanager
def _open(file: Path) -> Iterator[IO[bytes]]:
    """The tar, unpacked on the way."""
    with file.open("rb") as stream:
        packed = stream.read(2) == b"\x1f\x8b"
        stream.seek(0)
        if not packed:
            yield stream
            return
        with gzip.GzipFile(fileobj=stream) as unpacked:
            yield unpacked  # type: ignore[misc]


def _header(stream: IO[bytes]) -> tarfile.TarInfo | None:
    """The next entry, if it is an ordinary file; None at the end. Raises EOFError or TarError for anything else."""
    block = stream.read(BLOCK)
    if len(block) < BLOCK:
        raise EOFError
    if not any(block):
        rest = stream.read(PIECE)  # to its end, where the checksum of a packed one is compared
        if any(rest) or stream.read(1):
            raise EOFError
        return None
    info = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or info.size < 0:
        raise tarfile.TarError
    return info


def _content(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """`size` bytes and the padding behind them, in pieces without the padding."""
    left = size
    while left:
        piece = stream.read(min(left, PIECE))
        if not piece:
            raise EOFError
        left -= len(piece)
        yield piece
    if len(stream.read(-size % BLOCK)) != -size % BLOCK:
        raise EOFError


def _manifest(stream: IO[bytes], file: Path) -> tuple[list[Record], Cargo | None]:
    refused = ModelError(f"{file} is no bundle of models; give one that `voiced models export` wrote.")
    try:
        info = _header(stream)
    except (EOFError, tarfile.TarError):
        raise refused from None
    if info is None or info.name != MANIFEST or info.size > LARGEST_MANIFEST:
        raise refused
    told: Any = json.loads(b"".join(_content(stream, info.size)))
    if not isinstance(told, dict) or not isinstance(told.get("models"), list):
        raise refused
    if told.get("format") not in (PLAIN, LADEN):
        raise ModelError(f"{file} was written by another version of voiced; take it in with that one.")
    records = [read_record(each) for each in told["models"]]
    cargo = read_cargo(told.get("wheels")) if told["format"] == LADEN else None
    if not (records or cargo) or len({(each.kind, each.name) for each in records}) != len(records):
        raise refused
    return records, cargo


def _extract(stream: IO[bytes], file: Path, targets: Targets) -> None:
    """Brings files to their targets; compares all. Raises ModelError, or EOFError."""
    left = dict(targets)
    while info := _header(stream):
        if info.name not in left:
            raise ModelError(f"{file} holds {info.name!r}, which its manifest does not name; nothing was changed.")
        pin, target = left.pop(info.name)
        if info.size != pin.size:
            raise EOFError
        sha256 = hashlib.sha256()
        with ExitStack() as stack:
            if target:
                target.parent.mkdir(parents=True, exist_ok=True)
                output = stack.enter_context(target.open("wb"))
            for piece in _content(stream, info.size):
                sha256.update(piece)
                if target:
                    output.write(piece)
        if sha256.hexdigest() != pin.sha256:
            raise ModelError(f"{info.name} in {file} is damaged: its digest differs; copy it again.")
    if left:
        raise EOFError
