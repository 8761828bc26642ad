"""Sentences of the commands flow in, what pocketsphinx is told flows out: a language model and a dictionary, as files.

Both are made once and kept. They are found again by what the sentences are drawn from, so that a later start draws
none: 18,000 take a third of a second.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from voiced import kept
from voiced.errors import EngineError
from voiced.stages import RATE
from voiced.stt import dictionary

VERSION = "3"
"""Of what is kept in the cache; to be raised when it is made in another way."""


@dataclass(frozen=True)
class Told:
    """What may be heard."""

    sentences: Callable[[], Sequence[str]]
    source: str
    """A name for them; those of another one are kept apart."""
    prefixes: Sequence[str]
    """Wake words, as they are said."""

    def decoder(self, decoder: Any, cache: Path | None) -> Any:
        """A `decoder` of pocketsphinx that expects the commands, from the files in `cache` or in none. Raises
        EngineError when there are no commands."""
        makers = {".lm": self._write_model, ".dict": self._write_dictionary}
        if cache is None:
            with tempfile.TemporaryDirectory(prefix="voiced-") as folder:
                return _load(decoder, *(write(Path(folder) / f"commands{end}") for end, write in makers.items()))
        key = kept.digest("\n".join([VERSION, self.source, *self.prefixes]).encode())
        try:
            # pocketsphinx is not asked whether a file is whole: of 17 ways to damage one (cut, zeroed and overwritten
            # in places), three ended the process.
            return _load(
                decoder,
                *(kept.find(cache, key, end) or kept.keep(cache, key, end, write) for end, write in makers.items()),
            )
        except OSError:
            return self.decoder(decoder, None)  # a cache that cannot be used is none

    @cached_property
    def _lines(self) -> list[str]:
        """Every sentence once alone and once behind each wake word, and the wake words alone. Sentences with a word
        that the dictionary lacks are left out: they could not be heard."""
        sentences = self.sentences()
        if not sentences:
            raise EngineError("There are no commands to listen for; choose a voice whose language has commands.")
        return list(_lines(sentences, self.prefixes))

    def _write_model(self, path: Path) -> Path:
        """Writes their trigram language model."""
        from pocketsphinx.lm import ArpaBoLM  # type: ignore[import-untyped]

        model = ArpaBoLM(text="\n".join(self._lines))
        model.compute()
        model.write_file(str(path))
        return path

    def _write_dictionary(self, path: Path) -> Path:
        """Writes how their words are pronounced."""
        return dictionary.write(path, {word for line in self._lines for word in line.split()})


def _lines(sentences: Sequence[str], prefixes: Sequence[str]) -> Iterator[str]:
    known = dictionary.known(word for text in (*sentences, *prefixes) for word in text.split())

    def pronounceable(text: str) -> bool:
        return known.issuperset(text.split())

    said = [prefix for prefix in prefixes if pronounceable(prefix)]
    for sentence in sentences:
        if pronounceable(sentence):
            yield f"<s> {sentence} </s>"
            yield from (f"<s> {prefix} {sentence} </s>" for prefix in said)
    for prefix in said:
        # As often as the commonest command: a wake word is often said alone.
        yield from [f"<s> {prefix} </s>"] * max(1, len(sentences) // 100)


def _load(decoder: Any, model: Path, pronounced: Path) -> Any:
    return decoder(samprate=RATE, lm=str(model), dict=str(pronounced), loglevel="FATAL")
