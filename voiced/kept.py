"""A key and a way to make something flow in, a file that holds it flows out: what can be made again, kept in a cache.

A file is named after its key and its own content, so that one that was cut or damaged is known for it before anybody
reads it: libraries written in C do not survive every damage.
"""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def digest(content: bytes) -> str:
    """A name for `content`, 16 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()[:16]


def find(cache: Path, key: str, ending: str) -> Path | None:
    """The file kept under `key`, if it is as it was written; one that is not is removed. Raises OSError."""
    for kept in cache.glob(f"{key}-*{ending}"):
        if kept.name == f"{key}-{digest(kept.read_bytes())}{ending}":
            return kept
        kept.unlink(missing_ok=True)
    return None


def keep(cache: Path, key: str, ending: str, write: Callable[[Path], object]) -> Path:
    """What `write` writes into the file that it is given, kept under `key`; it appears whole or not at all. Raises
    OSError, and whatever `write` does."""
    cache.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=ending, dir=cache)
    os.close(handle)
    made = Path(temporary)
    try:
        write(made)
        return made.replace(cache / f"{key}-{digest(made.read_bytes())}{ending}")
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def forget(cache: Path, ending: str, newest: int) -> None:
    """Removes all but the `newest` files with this `ending`."""
    there = sorted(cache.glob(f"*{ending}"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in there[newest:]:
        old.unlink(missing_ok=True)
