"""Letters that were heard flow in, sentences of well-spelled words flow out.

A small Whisper writes letter by letter what it heard, and half of what it gets wrong is spelled like nothing in a
dictionary. Its encoder's letters are searched again here, by those ways alone that make words, and by how likely these
follow each other in English: prefix beam search (Hannun and others, "First-pass large vocabulary continuous speech
recognition using bi-directional recurrent DNNs", 2014) along a tree of the words.
"""

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

WORD: Final = 1.5
"""What each word is worth, in nepers: what is likely as English would have few words else."""

WIDE: Final = 100
"""Ways that are followed at once. Of everyday words the best of eight sentences has 12 % wrong then; with 200 ways it
has 11 %, in twice the time, with 60 13 %."""

BEHIND: Final = 20.0
"""Nepers behind the best way at which one is given up."""

RARE: Final = 1e-3
"""Probability of a letter at a place under which it is not heard there."""

KEPT: Final = 8_192
"""Of the words' probabilities that were asked for last."""

_NEVER: Final = -math.inf
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz'"

Chance = Callable[[str, Sequence[str]], float]
"""The log probability of a word, or of the end "</s>", behind the two before it, of which "<s>" is the beginning."""

_Way = tuple[tuple[str, ...], int]
"""What has been written: whole words, and the beginning of the next as a place in the tree. No classes here: half a
million of these and of the next are made for an utterance."""

_Worth = tuple[float, float, float]
"""How good a way is, in nepers: the log probability of all its letters where none is heard at the last place; the same
where its last letter is; and how likely its words are, what they are worth, and how likely the next can be at best."""


class Lexicon:
    """The tree. Immutable; may be used from any thread from which `chance` may be."""

    def __init__(self, words: Mapping[str, float], chance: Chance) -> None:
        """Of `words`, in lower-case letters and apostrophes, each with its log probability."""
        self._chance = lru_cache(KEPT)(chance)
        self._further: dict[tuple[int, str], int] = {}
        self._word: dict[int, str] = {}
        self._letter = [" "]
        self._best = array("d", [_NEVER])
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
                self._best.append(_NEVER)
            self._best[node] = max(self._best[node], likely)
        self._word[node] = word

    def sentences(self, chances: NDArray[np.float64], letters: str, count: int) -> list[str]:
        """The best `count` of them, the best first, where `chances` (places × letters + 1) tells how likely each of
        `letters` is heard at each place, and none in the last column."""
        scores = np.log(np.maximum(chances, np.finfo(float).tiny))
        ways: dict[_Way, _Worth] = {((), 0): (0.0, _NEVER, 0.0)}
        for place in scores:
            heard = [(letters[at], float(place[at])) for at in np.flatnonzero(place[:-1] > math.log(RARE))]
            ways = _kept(self._longer(ways, heard, float(place[-1])))
        found: dict[str, float] = {}
        for way, (pause, letter, so_far) in ways.items():
            words, english = self._whole(way, so_far)
            if words:
                text, total = " ".join(words), _either(pause, letter) + english + self._after("</s>", words)
                found[text] = max(found.get(text, _NEVER), total)
        return sorted((text for text in found if found[text] > _NEVER), key=lambda text: -found[text])[:count]

    def _longer(
        self, ways: Mapping[_Way, _Worth], heard: Sequence[tuple[str, float]], none: float
    ) -> dict[_Way, _Worth]:
        """All that `ways` can have become after another place, where each letter of `heard` is with some log
        probability, and `none` is without any."""
        longer: dict[_Way, _Worth] = {}

        def add(way: _Way, pause: float, letter: float, english: float) -> None:
            if way in longer:
                other = longer[way]
                pause, letter = _either(other[0], pause), _either(other[1], letter)
            longer[way] = pause, letter, english

        for way, (pause, letter, english) in ways.items():
            last, sound = self._letter[way[1]], _either(pause, letter)
            add(way, sound + none, _NEVER, english)
            for each, chance in heard:
                if each == last:  # it still sounds; to be there twice, there must have been none in between
                    add(way, _NEVER, letter + chance, english)
                before = pause if each == last else sound
                if before > _NEVER and (further := self._on(way, each, english)):
                    add(further[0], _NEVER, before + chance, further[1])
        return longer

    def _on(self, way: _Way, letter: str, english: float) -> tuple[_Way, float] | None:
        """`way` with `letter` behind it, and how good it is as English; None where no word goes on like this."""
        words, node = way
        if letter == " ":
            if node not in self._word:
                return None
            words, english = self._whole(way, english)
            return (words, 0), english
        further = self._further.get((node, letter))
        if further is None:
            return None
        # A word that has begun can be as likely as the likeliest that begins like this.
        return (words, further), english + self._best[further] - (self._best[node] if node else 0.0)

    def _whole(self, way: _Way, english: float) -> tuple[tuple[str, ...], float]:
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


def _kept(ways: dict[_Way, _Worth]) -> dict[_Way, _Worth]:
    """Those of `ways` that are followed."""
    totals = {way: _either(pause, letter) + english for way, (pause, letter, english) in ways.items()}
    best = sorted(totals, key=totals.__getitem__, reverse=True)[:WIDE]
    return {way: ways[way] for way in best if totals[way] > totals[best[0]] - BEHIND}


def _either(one: float, other: float) -> float:
    """The log probability that one of two is so, by theirs."""
    high, low = (one, other) if one > other else (other, one)
    return high + math.log1p(math.exp(low - high)) if low > _NEVER else high
