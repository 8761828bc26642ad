"""A file flows in, what it is known by flows out: its digests, read once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PIECE: Final = 1 << 20
"""Bytes read at once: enough that hashing, not the calls, takes the time."""


@dataclass(frozen=True, slots=True)
class Digests:
    """In hexadecimal digits."""

    size: int
    """Bytes."""
    sha256: str
    md5: str
    """What Piper's list of voices gives."""
    git: str
    """What git, and so the hub, calls a file that is small enough for it."""


def digests(path: Path, over: Callable[[], None] = lambda: None) -> Digests:
    """All of them. `over` is called between two pieces, to raise when nobody waits any more. Raises OSError."""
    size = path.stat().st_size
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    git = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
    read = 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            over()
            read += len(piece)
            for each in (sha256, md5, git):
                each.update(piece)
    return Digests(read, sha256.hexdigest(), md5.hexdigest(), git.hexdigest())


def sha256_of(path: Path) -> str:
    """That one alone. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
