"""A text flows in; the same text with a last line that shows whether anybody has changed it since flows out.

So what we brought can be told from what was there before and from what a person has made of it, also by a later
version, without a list of files that could be lost or be wrong.
"""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Final

WORDS: Final = "By `voiced install`; once it is changed, it is yours, and left alone. SHA-256:"


def sealed(text: str, comment: str) -> str:
    """`text`, which ends with a line break, and the seal behind `comment`, which begins a comment in its language."""
    whole = f"{text}{comment} {WORDS} "
    return f"{whole}{_digest(whole.encode())}\n"


def is_sealed(path: Path) -> bool:
    """Whether the file is there as `sealed` made it, of whichever text."""
    with suppress(OSError):
        whole, words, digest = path.read_bytes().rpartition(f" {WORDS} ".encode())
        return bool(words) and not path.is_symlink() and digest == f"{_digest(whole + words)}\n".encode()
    return False


def _digest(whole: bytes) -> str:
    return hashlib.sha256(whole).hexdigest()
