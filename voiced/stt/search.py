"""Letters that were heard flow in, the likeliest ways to write them flow out, of those that are allowed.

A small Whisper's encoder says at each place which letter is heard there, if any. Whoever knows what may be written, the
words of a language or the commands, says how a way may go on: prefix beam search (Hannun and others, "First-pass large
vocabulary continuous speech recognition using bi-directional recurrent DNNs", 2014).
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

BEHIND: Final = 20.0
"""Nepers behind the best way at which one is given up."""

NEVER: Final = -math.inf

Way = TypeVar("Way")
"""What has been written, in whatever form; equal where the same was written. No classes in here: half a million of
these and of the next are made for an utterance."""

Worth: TypeAlias = tuple[float, float, float]
"""How good a way is, in nepers: the log probability of all its letters where none is heard at the last place; the same
where its last letter is; and what it is worth whatever was heard."""


class Sentences(Protocol):
    """What finds sentences among letters: of an English lexicon, or commands."""

    def sentences(self, chances: NDArray[np.float64], letters: str, count: int) -> list[str]:
        """The likeliest `count`, the likeliest first, where `chances` (places × letters + 1) tells how likely each of
        `letters` is heard at each place, and none in the last column."""


class Allowed(Protocol[Way]):
    """What may be written."""

    def begin(self) -> Way:
        """Nothing yet."""

    def last(self, way: Way) -> str:
        """The last letter of `way`; none where there is none."""

    def on(self, way: Way, letter: str, worth: float) -> tuple[Way, float] | None:
        """`way`, which is worth `worth` whatever is heard, with `letter` behind it, and what that is worth; None where
        none goes on like this."""


def searched(
    allowed: Allowed[Way], chances: NDArray[np.float64], letters: str, *, wide: int, rare: float
) -> dict[Way, Worth]:
    """The likeliest ways at the end, `wide` at most, where `chances` (places × letters + 1) tells how likely each of
    `letters` is heard at each place, and none in the last column. So many ways are followed at once; a letter less
    likely than `rare` is not heard at a place."""
    least = math.log(rare)
    ways: dict[Way, Worth] = {allowed.begin(): (0.0, NEVER, 0.0)}
    for place in np.log(np.maximum(chances, np.finfo(float).tiny)):
        heard = [(letters[at], float(place[at])) for at in np.flatnonzero(place[:-1] > least)]
        ways = _kept(_longer(allowed, ways, heard, float(place[-1])), wide)
    return ways


def _longer(
    allowed: Allowed[Way], ways: Mapping[Way, Worth], heard: Sequence[tuple[str, float]], none: float
) -> dict[Way, Worth]:
    """All that `ways` can have become after another place, where each letter of `heard` is with some log probability,
    and `none` is without any."""
    longer: dict[Way, Worth] = {}

    def add(way: Way, pause: float, letter: float, worth: float) -> None:
        if way in longer:
            other = longer[way]
            pause, letter = either(other[0], pause), either(other[1], letter)
        longer[way] = pause, letter, worth

    for way, (pause, letter, worth) in ways.items():
        last, sound = allowed.last(way), either(pause, letter)
        add(way, sound + none, NEVER, worth)
        for each, chance in heard:
            if each == last:  # it still sounds; to be there twice, there must have been none in between
                add(way, NEVER, letter + chance, worth)
            before = pause if each == last else sound
            if before > NEVER and (further := allowed.on(way, each, worth)):
                add(further[0], NEVER, before + chance, further[1])
    return longer


def _kept(ways: dict[Way, Worth], wide: int) -> dict[Way, Worth]:
    """Those of `ways` that are followed."""
    totals = {way: either(pause, letter) + worth for way, (pause, letter, worth) in ways.items()}
    best = sorted(totals, key=totals.__getitem__, reverse=True)[:wide]
    return {way: ways[way] for way in best if totals[way] > totals[best[0]] - BEHIND}


def either(one: float, other: float) -> float:
    """The log probability that one of two is so, by theirs."""
    high, low = (one, other) if one > other else (other, one)
    return high + math.log1p(math.exp(low - high)) if low > NEVER else high
