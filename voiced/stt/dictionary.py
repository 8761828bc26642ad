"""Words flow in, how they are pronounced flows out: as much of pocketsphinx's dictionary as somebody needs.

All 134,860 entries take 46 MB of a decoder's memory, some hundred 9. A word that a language model does not know is
never read, however well it can be pronounced, so a decoder without it reads the same.
"""

import struct
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

DICTIONARY = "en-us/cmudict-en-us.dict"
"""Where pocketsphinx says how words are pronounced."""

MODEL = "en-us/en-us.lm.bin"
"""Its language model of any English."""

MAGIC = b"Trie Language Model"
"""Begins the file of such a model; a byte with the number of words in its longest sequences follows, and the number of
its words. At its end stand these words, each closed by a zero byte, behind the length of them all."""

LONGEST = 64
"""Bytes of a word at most; longer ones than 31 there are none."""


def known(words: Iterable[str]) -> set[str]:
    """Those of `words` that can be pronounced. Raises OSError."""
    asked = set(words)
    return {word for word, _ in _entries() if word in asked}


def write(path: Path, words: Collection[str]) -> Path:
    """Writes how `words` are pronounced, each in all of its ways. Raises OSError."""
    with path.open("w", encoding="utf-8") as ours:
        ours.writelines(line for word, line in _entries() if word in words)
    return path


def write_english(path: Path) -> Path:
    """Writes how the words are pronounced that the language model of any English knows; all words, where its file is
    not what it was. Raises OSError."""
    known = english()
    with path.open("w", encoding="utf-8") as ours:
        ours.writelines(line for word, line in _entries() if not known or word in known)
    return path


def english() -> set[str]:
    """The words that the language model of any English knows; none, where its file is not what it was. Raises
    OSError."""
    with _model_path(MODEL).open("rb") as file:
        head = file.read(len(MAGIC) + 5)
        if len(head) != len(MAGIC) + 5 or not head.startswith(MAGIC):
            return set()
        (count,) = struct.unpack_from("<I", head, len(MAGIC) + 1)
        file.seek(0, 2)
        size = min(file.tell(), count * LONGEST)
        file.seek(-size, 2)
        words = file.read(size).split(b"\0")[-count - 1 : -1]
    # What closes the sentence is among them in every such model, and their length stands before them.
    return {word.decode("utf-8", "replace") for word in words} if b"</s>" in words and len(words) == count else set()


def _entries() -> Iterator[tuple[str, str]]:
    """Each word, and the line that says how it is pronounced; further ways are numbered: "the", "the(2)"."""
    with _model_path(DICTIONARY).open(encoding="utf-8") as every:
        for line in every:
            yield line.split(maxsplit=1)[0].partition("(")[0], line


def _model_path(name: str) -> Path:
    from pocketsphinx import get_model_path  # type: ignore[import-untyped]

    return Path(get_model_path(name))
