"""What voiced knows of its owner flows into one archive, and out of it again: configuration, own voices, timers.

Models are not in it: they are large, and can be had again. The archive is an ordinary tar, so that its owner can look
into it; therefore everybody else can write one too, and nothing of it is believed before it has been checked.
"""

import errno
import gzip
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Final

from voiced import __version__
from voiced.clock import SystemClock
from voiced.config.settings import load_config
from voiced.config.voice import load_voice
from voiced.errors import InstallError, VoicedError
from voiced.install.plan import Step, carry_out
from voiced.intents.timers import Timers
from voiced.paths import Paths, make_private
from voiced.resources import voices_dir

FORMAT: Final = 1
"""Of the archive; one that is newer is refused."""

MANIFEST, TIMERS, REMEMBERED = "manifest.json", "state/timers.sqlite", "state/remembered.json"

LARGEST: Final = 2_000_000_000
"""Bytes in an archive, unpacked: a dozen voices of one's own, and no bomb."""

MOST: Final = 10_000
"""Files in an archive."""


def _nobody(_sentence: str) -> None:
    """Whoever does not want to be told."""


def backup(paths: Paths, file: Path, tell: Callable[[str], None] = _nobody) -> int:
    """Writes the archive, readable for its owner alone; how many files are in it. voiced may run meanwhile. Of voices
    that nobody has chosen and that cannot be used, `tell` is told.

    An archive that is there already is replaced in one move. Raises InstallError, also if there is nothing to save, or
    `restore` would refuse it."""
    beside = file.parent / f".{file.name}.new"
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        own = sorted(_own(paths))
        wrong = _useless(paths, "Nothing was saved, for it could not be restored")
        with tempfile.TemporaryDirectory() as folder:
            beside.unlink(missing_ok=True)
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:  # noqa: PTH123
                # Of a file that has two names each is saved whole.
                with tarfile.open(fileobj=stream, mode="w:gz", dereference=True) as archive:
                    count = _fill(archive, paths, own, Path(folder))
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(file)
    except OSError as error:
        raise _failed(error, file, beside) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    _tell_of(wrong, tell)
    return count


def _failed(error: OSError, file: Path, beside: Path) -> InstallError:
    """What is wrong with the archive, unless it is a file that goes into it that cannot be read."""
    reason = error.strerror or error
    if error.filename is None or str(error.filename) in (str(file), str(beside)):
        return InstallError(f"{file} cannot be written ({reason}); name a file in a folder of yours.")
    return InstallError(f"{error.filename} cannot be read ({reason}); make it readable, or run this with sudo.")


def _fill(archive: tarfile.TarFile, paths: Paths, own: Sequence[Path], folder: Path) -> int:
    manifest = json.dumps({"format": FORMAT, "voiced": __version__}).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mode = len(manifest), 0o600
    archive.addfile(info, io.BytesIO(manifest))
    files = [(path, f"config/{path.relative_to(paths.config)}") for path in own]
    if (paths.state / "remembered.json").is_file():
        files.append((paths.state / "remembered.json", REMEMBERED))
    if (database := paths.state / "timers.sqlite").is_file():
        _copy(database, folder / "timers.sqlite")
        files.append((folder / "timers.sqlite", TIMERS))
    if not files:
        raise InstallError(
            f"There is nothing to save: neither {paths.config} nor {paths.state} holds anything of voiced's; yours and "
            "that of the system (--system) are kept apart."
        )
    for path, name in files:
        archive.add(path.resolve(), name, recursive=False)
    if len(files) >= MOST or archive.offset + 2 * tarfile.RECORDSIZE > LARGEST:
        raise InstallError(
            f"There is more in {paths.voices} than a backup ever holds; move elsewhere what belongs to no voice."
        )
    return len(files)


def _own(paths: Paths) -> Iterator[Path]:
    """The person's own files: what config.toml is, and all below voices/. Raises OSError where nobody may look."""
    if paths.config_file.is_file():
        yield paths.config_file

    def refuse(error: OSError) -> None:
        raise error

    if paths.voices.is_dir():
        for folder, _, names in os.walk(paths.voices, onerror=refuse):
            yield from (path for path in (Path(folder, name) for name in names) if path.is_file())


def _copy(source: Path, target: Path) -> None:
    """A database as it is between two transactions, whoever else uses it. Raises InstallError."""
    try:
        with closing(sqlite3.connect(source, timeout=5)) as there, closing(sqlite3.connect(target, timeout=5)) as here:
            there.backup(here)
    except sqlite3.Error as error:
        raise InstallError(f"{source} cannot be read ({error}); make it readable, or remove it.") from error


def _whatever(_lost: list[str]) -> bool:
    return True


def restore(
    paths: Paths,
    file: Path,
    agree: Callable[[list[str]], bool] = _whatever,
    tell: Callable[[str], None] = _nobody,
) -> int:
    """Replaces configuration, voices and timers by those in the archive; how many files were in it.

    Everything is checked before anything is replaced. Where the archive has nothing to put into the place of what is
    there, `agree` is told what would be deleted; if it does not, nothing happens, and the result is 0. Of voices that
    nobody has chosen and that cannot be used, `tell` is told. Raises InstallError; then all is as it was."""
    make_private(paths.config)
    make_private(paths.state)
    try:
        # Beside what it replaces: moving it is one step then, and no half of it can be left.
        beside = tempfile.TemporaryDirectory(dir=paths.config, prefix=".restore-")
    except OSError as error:
        raise InstallError(
            f"{paths.config} cannot be written into ({error.strerror or error}); make it writable for you. Nothing was "
            "changed."
        ) from error
    with beside as name:
        folder = Path(name)
        try:
            count = _unpack(file, folder)
        except (OSError, tarfile.TarError, EOFError, zlib.error, ValueError) as error:
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise InstallError(
                    f"The disk with {paths.config} is full; make room, and try again. Nothing was changed."
                ) from error
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is damaged, or no archive"
            raise InstallError(f"{file} cannot be read ({reason}); name a file that `voiced backup` wrote.") from error
        wrong = _check(paths, folder, file)
        lost = list(_lost(paths, folder))
        if lost and not agree(lost):
            return 0
        carry_out(_replacing(paths, folder), lambda _title: None)
    _tell_of(wrong, tell)
    return count


def _unpack(path: Path, folder: Path) -> int:
    """The archive's files in `folder`, which nothing in it can leave."""
    seen: set[str] = set()
    total = 0
    tar = _decompress(path, folder / ".tar")
    with tarfile.open(tar, "r:") as archive:
        for member in archive:
            if member.isdir():
                continue
            # A sparse file, of which there are several kinds, is larger than what the archive holds of it.
            plain = member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()
            if not plain or not _harmless(member.name) or member.name in seen:
                raise InstallError(f"{path} holds {member.name!r}, which `voiced backup` never writes; it is refused.")
            total += member.size
            if len(seen) >= MOST or total > LARGEST:
                raise InstallError(f"{path} holds more than a backup ever does; it is refused.")
            seen.add(member.name)
            source = archive.extractfile(member)
            target = folder / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:
                shutil.copyfileobj(source or io.BytesIO(), stream)
            if target.stat().st_size != member.size:
                raise EOFError
    if MANIFEST not in seen:
        raise InstallError(f"{path} is no backup of voiced's; name a file that `voiced backup` wrote.")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InstallError(f"{path} was written by another version of voiced; restore it with that one.")
    if len(seen) == 1:
        raise InstallError(f"{path} holds nothing that could be brought back; name another backup.")
    return len(seen) - 1


def _decompress(path: Path, target: Path) -> Path:
    """The whole archive, its checksum compared: tarfile takes a damaged entry for the end, and would not look."""
    total = 0
    with gzip.open(path) as source, target.open("xb") as stream:
        while piece := source.read(1 << 20):
            total += len(piece)
            if total > LARGEST:
                raise InstallError(f"{path} holds more than a backup ever does; it is refused.")
            stream.write(piece)
    return target


def _harmless(name: str) -> bool:
    """Whether `voiced backup` could have given this name to a file."""
    parts = PurePosixPath(name).parts
    if "\0" in name or ".." in parts or name.startswith("/") or str(PurePosixPath(name)) != name:
        return False
    own = name == "config/config.toml" or (parts[:2] == ("config", "voices") and len(parts) > 2)
    return own or name in (MANIFEST, TIMERS, REMEMBERED)


def _check(paths: Paths, folder: Path, file: Path) -> list[str]:
    """Reads everything as voiced will; the voices that nobody has chosen and that cannot be used. Raises
    InstallError."""
    unpacked = Paths(config=folder / "config", data=paths.data, state=folder / "state", cache=paths.cache)
    refused = f"{file} cannot be restored, and nothing was changed"
    wrong = _useless(unpacked, refused, f"{folder}/")
    try:
        if (database := folder / TIMERS).exists():
            with closing(Timers(database, SystemClock())) as timers:
                timers.all()
                if timers.set_aside is not None:
                    raise InstallError("The timers in it are damaged.")
    except VoicedError as error:
        raise InstallError(f"{refused}: {str(error).rstrip('.')}.") from error
    return wrong


def _useless(paths: Paths, refused: str, within: str = "") -> list[str]:
    """The voices that nobody has chosen and that cannot be used. Raises InstallError, that something is `refused`, when
    the configuration or the voice that it names cannot be; places in the sentence are told without `within`."""
    folders = [paths.voices, voices_dir()]
    try:
        load_voice(load_config(None, paths).voice, folders)
    except VoicedError as error:
        raise InstallError(f"{refused}: {str(error).replace(within, '').rstrip('.')}.") from error
    wrong = []
    for name in sorted(each.stem for each in paths.voices.glob("*.toml")):
        try:
            load_voice(name, folders)
        except VoicedError:
            wrong.append(name)
    return wrong


def _tell_of(wrong: Sequence[str], tell: Callable[[str], None]) -> None:
    """Says which voices came along though they cannot be used."""
    if wrong:
        which = f"The voice {wrong[0]}" if len(wrong) == 1 else f"Each of the voices {', '.join(wrong)}"
        tell(f"{which} came along, but cannot be used as it is; `voiced voices --check {wrong[0]}` says why.")


def _lost(paths: Paths, folder: Path) -> Iterator[str]:
    """What is there, and would be deleted because the archive has none of its kind."""
    if paths.config_file.exists() and not (folder / "config/config.toml").exists():
        yield f"the configuration in {paths.config_file}"
    if any(each.is_file() for each in paths.voices.rglob("*")) and not (folder / "config/voices").exists():
        yield f"the voices in {paths.voices}"
    place = paths.state / "timers.sqlite"
    if place.exists() and not (folder / TIMERS).exists():
        with _database(place) as database:
            if database.execute("SELECT 1 FROM timers").fetchone():
                yield f"the timers in {place}"


def _replacing(paths: Paths, folder: Path) -> list[Step]:
    pairs = [
        (folder / "config/config.toml", paths.config_file),
        (folder / "config/voices", paths.voices),
        (folder / REMEMBERED, paths.state / "remembered.json"),
    ]
    return [*(_swap(new, place, folder) for new, place in pairs), _swap_timers(folder / TIMERS, paths.state)]


def _swap(new: Path, place: Path, folder: Path) -> Step:
    """Puts `new`, which may be missing, into the place of what is there, which may be missing too."""
    aside = folder / f"old-{place.name}"
    moved: list[Path] = []

    def do() -> None:
        if place.exists():
            shutil.move(place, aside)
        if new.exists():
            moved.append(place)
            shutil.move(new, place)
            _belongs(place)

    def undo() -> None:
        if moved and place.is_dir():
            shutil.rmtree(place)
        elif moved:
            place.unlink(missing_ok=True)
        if aside.exists():
            shutil.move(aside, place)

    return Step(f"replace {place}", lambda: False, do, undo)


def _swap_timers(new: Path, state: Path) -> Step:
    """Writes the timers into the database that is there: a daemon that has it open sees them in its next look."""
    place = state / "timers.sqlite"
    before = sqlite3.connect(":memory:")
    begun: list[Path] = []

    def do() -> None:
        with _database(place) as there:
            there.backup(before)
            begun.append(place)
            if new.exists():
                with _database(new) as mine:
                    mine.backup(there)
            else:
                there.execute("DELETE FROM timers")
                there.commit()
        _belongs(place)

    def undo() -> None:
        if begun:
            with _database(place) as there:
                before.backup(there)

    return Step(
        f"replace the timers in {place}", lambda: not new.exists() and not place.exists(), do, undo, before.close
    )


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    """An open database of timers; sqlite's errors become ours."""
    try:
        with closing(Timers(path, SystemClock())):
            pass  # makes a missing one
        with closing(sqlite3.connect(path, timeout=5)) as database:
            yield database
    except sqlite3.Error as error:
        raise InstallError(f"the database says: {error}") from error


def _belongs(path: Path) -> None:
    """Gives what root has put into the folder of somebody else to them."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        for each in (path, *path.rglob("*")):
            os.chown(each, owner.st_uid, owner.st_gid)
