"""Paths and contents flow in, steps that write, link and remove them flow out; each can be undone to the last bit."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from voiced.install.plan import Step


class Owner(NamedTuple):
    """Whom a file belongs to, as numbers."""

    user: int
    group: int


def write(path: Path, content: str, mode: int = 0o644, owner: Owner | None = None) -> Step:
    """Writes a file of text, in one move; the folders above it are made. They belong to `owner`, None for whoever
    writes them."""
    before: list[tuple[bytes, int, Owner | None] | None] = []
    made: list[Path] = []

    def done() -> bool:
        with suppress(OSError):
            return path.read_text("utf-8") == content and not path.is_symlink() and _belongs(path, owner)
        return False

    def do() -> None:
        before.append(_read(path) if path.exists() else None)
        made.extend(_make_folders(path.parent, owner))
        _put(path, content.encode(), mode, owner)

    def undo() -> None:
        if before and before[0] is not None:
            _put(path, *before[0])
        elif before:
            path.unlink(missing_ok=True)
        _remove_folders(made)

    return Step(f"write {path}", done, do, undo)


def link(path: Path, target: str, owner: Owner | None = None) -> Step:
    """Makes a symbolic link; one that is there already and points elsewhere is replaced. `owner` as in `write`."""
    before: list[str] = []
    made: list[Path] = []

    def done() -> bool:
        return path.is_symlink() and str(path.readlink()) == target and _belongs(path, owner)

    def do() -> None:
        made.extend(_make_folders(path.parent, owner))
        if path.is_symlink():
            before.append(str(path.readlink()))
            path.unlink()
        path.symlink_to(target)
        _give(path, owner)

    def undo() -> None:
        path.unlink(missing_ok=True)
        for old in before:
            path.symlink_to(old)
        _remove_folders(made)

    return Step(f"link {path} to {target}", done, do, undo)


def remove(path: Path) -> Step:
    """Removes a file, a link or a whole folder: moved aside first, deleted when every step has worked."""
    aside = path.with_name(f".{path.name}.removed")

    def done() -> bool:
        return not path.is_symlink() and not path.exists()

    def do() -> None:
        finish()  # what an earlier removal that was cut off has left
        path.rename(aside)

    def undo() -> None:
        if aside.is_symlink() or aside.exists():
            aside.rename(path)

    def finish() -> None:
        if aside.is_dir() and not aside.is_symlink():
            shutil.rmtree(aside)
        else:
            aside.unlink(missing_ok=True)

    return Step(f"remove {path}", done, do, undo, finish)


def remove_empty(folders: Iterable[Path]) -> Step:
    """Removes folders that only held what is ours. To be done last: nothing undoes it."""
    deepest_first = sorted(set(folders), key=lambda folder: len(folder.parts), reverse=True)

    def finish() -> None:
        _remove_folders(deepest_first[::-1])

    def done() -> bool:
        return not any(folder.is_dir() for folder in deepest_first)

    return Step("remove the folders that are empty then", done, lambda: None, finish=finish, follows=True)


def _read(path: Path) -> tuple[bytes, int, Owner | None]:
    """Content, mode and owner; None of that for those who could not give it back to another."""
    status = path.stat()
    owner = Owner(status.st_uid, status.st_gid) if os.geteuid() == 0 else None
    return path.read_bytes(), status.st_mode & 0o7777, owner


def _put(path: Path, content: bytes, mode: int, owner: Owner | None) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)  # of an installation that was cut off
    try:
        with beside.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        _give(beside, owner)
        beside.chmod(mode)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _make_folders(folder: Path, owner: Owner | None) -> list[Path]:
    """Makes `folder` and what is missing above it; those that were made, the outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _give(each, owner)
    return missing[::-1]


def _belongs(path: Path, owner: Owner | None) -> bool:
    status = path.lstat()
    return owner is None or owner == (status.st_uid, status.st_gid)


def _give(path: Path, owner: Owner | None) -> None:
    """Nobody but root may give a file away; to have what one has already is allowed to everybody."""
    if owner is not None:
        os.chown(path, *owner, follow_symlinks=False)


def _remove_folders(made: list[Path]) -> None:
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
