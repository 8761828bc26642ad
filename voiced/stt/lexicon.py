"""Letters that were heard flow in, sentences of well-spelled words flow out.

A small Whisper writes letter by letter what it heard, and half of what it gets wrong is spelled like nothing in a
dictionary. Its encoder's letters are searched again here, by those ways alone that make words, and by how likely these
follow each other in English: `voiced.stt.search` along a tree of the words.
"""

from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiced.stt.search import NEVER, either, searched

WORD: Final = 1.5
"""What each word is worth, in nepers: what is likely as English would have few words else."""

WIDE: Final = 100
"""Ways that are followed at once. Of everyday words the best of eight sentences has 12 % wrong then; with 200 ways it
has 11 %, in twice the time, with 60 13 %."""

RARE: Final = 1e-3
"""Probability of a letter at a place under which it is not heard there."""

KEPT: Final = 8_192
"""Of the words' probabilities that were asked for last."""

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz'"

Chance = Callable[[str, Sequence[str]], float]
"""The log probability of a word, or of the end "</s>", behind the two before it, of which "<s>" is the beginning."""

Way = tuple[tuple[str, ...], int]
"""What has been written: whole words, and the beginning of the next as a place in the tree."""


class Lexicon:
    """The tree. Immutable; may be used from any thread from which `chance` may be."""

    def __init__(self, words: Mapping[str, float], chance: Chance) -> None:
        """Of `words`, in lower-case letters and apostrophes, each with its log probability."""
        self._chance = lru_cache(KEPT)(chance)
        self._further: dict[tuple[int, str], int] = {}
        self._word: dict[int, str] = {}
        self._letter = [" "]
        self._best = array("d", [NEVER])
        for word, likely in words.items():
            if set(word) <= set(_LETTERS):
                self._add(word, likely)

    def _add(self, word: str, likely: float) -> None:
        node = 0
        self._best[0] = max(self._best[0], likely)
        for letter in word:
            node = self._further.setdefault((node, letter), len(self._letter))
            if node == len(self._letter):
                self._letter.append(letter)
                self._best.append(NEVER)
            self._best[node] = max(self._best[node], likely)
        self._word[node] = word

    def sentences(self, chances: NDArray[np.float64], letters: str, count: int) -> list[str]:
        """The best `count` of them, the best first, where `chances` (places × letters + 1) tells how likely each of
        `letters` is heard at each place, and none in the last column."""
        found: dict[str, float] = {}
        for way, (pause, letter, so_far) in searched(self, chances, letters, wide=WIDE, rare=RARE).items():
            words, english = self._whole(way, so_far)
            if words:
                text, total = " ".join(words), either(pause, letter) + english + self._after("</s>", words)
                found[text] = max(found.get(text, NEVER), total)
        return sorted((text for text in found if found[text] > NEVER), key=lambda text: -found[text])[:count]

    # --- what the search asks ------------------------------------------------------------------------------------

    def begin(self) -> Way:
        """Nothing yet."""
        return (), 0

    def last(self, way: Way) -> str:
        """The last letter of `way`; a space where a word is to begin."""
        return self._letter[way[1]]

    def on(self, way: Way, letter: str, worth: float) -> tuple[Way, float] | None:
        """`way` with `letter` behind it, and how good it is as English; None where no word goes on like this."""
        words, node = way
        if letter == " ":
            if node not in self._word:
                return None
            words, worth = self._whole(way, worth)
            return (words, 0), worth
        further = self._further.get((node, letter))
        if further is None:
            return None
        # A word that has begun can be as likely as the likeliest that begins like this.
        return (words, further), worth + self._best[further] - (self._best[node] if node else 0.0)

    def _whole(self, way: Way, english: float) -> tuple[tuple[str, ...], float]:
        """The words of `way`, the last one closed, and how good they are; none where that is not a whole one."""
        words, node = way
        if not node:
            return words, english
        word = self._word.get(node)
        if word is None:
            return (), english
        return (*words, word), english - self._best[node] + self._after(word, words) + WORD

    def _after(self, word: str, words: Sequence[str]) -> float:
        """How likely `word` is behind all of `words`."""
        return self._chance(word, ("<s>", *words[-2:])[-2:])
