"""Paths and contents flow in, steps that write, link and remove them flow out; each can be undone to the last bit."""

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from voiced.install.plan import Step


def write(path: Path, content: str, mode: int = 0o644) -> Step:
    """Writes a file of text, in one move; the folders above it are made."""
    before: list[tuple[bytes, int] | None] = []
    made: list[Path] = []

    def done() -> bool:
        with suppress(OSError):
            return path.read_text("utf-8") == content and not path.is_symlink()
        return False

    def do() -> None:
        before.append((path.read_bytes(), path.stat().st_mode & 0o7777) if path.exists() else None)
        made.extend(_make_folders(path.parent))
        _put(path, content.encode(), mode)

    def undo() -> None:
        if before and before[0] is not None:
            _put(path, *before[0])
        elif before:
            path.unlink(missing_ok=True)
        _remove_folders(made)

    return Step(f"write {path}", done, do, undo)


def link(path: Path, target: str) -> Step:
    """Makes a symbolic link; one that is there already and points elsewhere is replaced."""
    before: list[str] = []
    made: list[Path] = []

    def done() -> bool:
        return path.is_symlink() and str(path.readlink()) == target

    def do() -> None:
        made.extend(_make_folders(path.parent))
        if path.is_symlink():
            before.append(str(path.readlink()))
            path.unlink()
        path.symlink_to(target)

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


def _put(path: Path, content: bytes, mode: int) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)  # of an installation that was cut off
    try:
        with beside.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        beside.chmod(mode)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _make_folders(folder: Path) -> list[Path]:
    """Makes `folder` and what is missing above it; those that were made, the outermost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove_folders(made: list[Path]) -> None:
    for folder in reversed(made):
        with suppress(OSError):
            folder.rmdir()
