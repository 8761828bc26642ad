"""What a model has read flows into a file, and at the next start back into the model.

Reading the system prompt takes a second on a PC and ten on a small board, and it is the same at every start. The state
is valid for one file of weights, one version of llama.cpp and one beginning, so its name says all three; one that is
stale has another name, and one that is damaged does not fit its own.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from voiced import kept
from voiced.llm.native import Native

_LOG = logging.getLogger(__name__)

NEWEST = 4
"""Beginnings that are kept, for a few voices. One of 150 tokens takes 2 MB with a model of 0.5B, 20 with one of 4B."""

ENDING = ".state"


class Memory:
    """The states in one folder, for one file of weights."""

    def __init__(self, folder: Path, model: Path) -> None:
        """`model` is told from another by its place, its size and when it was written: to read gigabytes for that would
        take longer than what is saved."""
        from llama_cpp import __version__

        self._folder = folder
        at = model.resolve()
        self._made_from = f"{at} {at.stat().st_size} {at.stat().st_mtime_ns} {__version__}"

    def recall(self, native: Native, tokens: Sequence[int]) -> bool:
        """Has `native` remember `tokens`, if they are known from an earlier start."""
        try:
            file = kept.find(self._folder, self._key(native, tokens), ENDING)
            return file is not None and native.restore(file.read_bytes(), tokens)
        except OSError as error:
            _LOG.debug("What was read at an earlier start cannot be found: %s", error)
            return False

    def keep(self, native: Native) -> None:
        """Keeps what `native` remembers now. A cache that cannot be written is none."""
        try:
            kept.keep(self._folder, self._key(native, native.tokens), ENDING, lambda f: f.write_bytes(native.state()))
            kept.forget(self._folder, ENDING, NEWEST)
        except OSError as error:
            _LOG.debug("What was read cannot be kept for the next start: %s", error)

    def _key(self, native: Native, tokens: Sequence[int]) -> str:
        return kept.digest(os.fsencode(f"{self._made_from} {native.size} {list(tokens)}"))
