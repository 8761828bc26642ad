"""Scores of a person's tries and of talk flow in, the threshold that parts them flows out, or why there is none. Pure.

What a threshold does is told by heights: the height of a stretch of sound is the highest threshold at which it would
wake, which takes two frames in a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from voiced.config.settings import WakeSettings

LOWEST, HIGHEST = 0.05, 0.99
"""What the configuration takes."""

USUAL: Final = WakeSettings().threshold
"""The default, measured with hundreds of people: ten tries and a minute of talk are a reason to leave it, but only as
far as they ask for."""

MARGIN: Final = 0.1
"""Room that is left on either side where there is as much: tries vary by about that from one day to the next."""

NARROWEST: Final = 0.04
"""A gap between talk and tries that is narrower than this parts them by chance."""

UNHEARD: Final = 0.05
"""A try that stays below this was not recognised at all."""

APART: Final = 20
"""Frames (1.6 s) between two peaks of talk: as long as one wake keeps off the next."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do about the threshold."""

    threshold: float | None
    """0.05 to 0.99, with two decimals: above all of the talk, and at or below every try. None when there is none."""
    reason: str
    """One or two sentences: why this one, or why none."""


def height(scores: Sequence[float]) -> float:
    """The highest threshold at which these scores, frame by frame, wake: two in a row must reach it. 0 for none."""
    return float(max((min(pair) for pair in pairwise(scores)), default=0.0))


def peaks(scores: Sequence[float], most: int = 5) -> list[float]:
    """The heights of the highest moments, the highest first, `APART` frames from each other; nothing below UNHEARD."""
    heights = [min(pair) for pair in pairwise(scores)]
    found: list[int] = []
    for at in sorted(range(len(heights)), key=lambda each: -heights[each]):
        if heights[at] < UNHEARD or len(found) == most:
            break
        if all(abs(at - other) > APART for other in found):
            found.append(at)
    return [heights[at] for at in found]


def advise(tries: Sequence[float], heard: float | None) -> Advice:
    """The threshold for these heights: of each try, and of all the talk, None when there was none."""
    talk = heard or 0.0
    if not tries:
        return Advice(None, "There was no try, so that there is nothing to go by.")
    lowest = min(tries)
    unheard = sum(each < UNHEARD for each in tries)
    if unheard:
        what = "1 try was" if unheard == 1 else f"{unheard} tries were"
        return Advice(
            None,
            f"No threshold catches every try: {what} not recognised at all (below {UNHEARD}). Say it louder or nearer "
            "to the microphone, or choose another wake word.",
        )
    if lowest - talk < NARROWEST:
        worst = list(tries).index(lowest) + 1
        over = sum(each <= talk for each in tries)
        how = f"{over} of {len(tries)} tries stayed below that" if over else "that is too close to tell them apart"
        return Advice(
            None,
            f"No threshold parts them: the talk reached {talk:.2f}, and try {worst} no more than {lowest:.2f}; {how}. "
            "Say it nearer to the microphone, or choose another wake word; `voiced wake verify-me` makes it wait for "
            "your voice alone.",
        )
    margin = min(MARGIN, (lowest - talk) / 2)
    low, high = max(LOWEST, talk + margin), min(HIGHEST, lowest - margin)
    threshold = _within(min(max(USUAL, low), high), talk, lowest)
    return Advice(threshold, _why(threshold, heard, lowest))


def _within(wanted: float, talk: float, lowest: float) -> float:
    """`wanted` with two decimals, above `talk` and not above `lowest`; the gap is wide enough for that."""
    rounded = min(max(round(wanted, 2), LOWEST), HIGHEST)
    if rounded > lowest:
        rounded -= 0.01
    if rounded <= talk:
        rounded += 0.01
    return round(rounded, 2)


def _why(threshold: float, talk: float | None, lowest: float) -> str:
    between = f"Every try reached {lowest:.2f} at least, the talk {talk or 0:.2f} at most."
    if talk is None:
        between = f"Every try reached {lowest:.2f} at least; without any talk, nothing is known of false wakes."
    if threshold == USUAL:
        return f"{between} The default suits you."
    if threshold < USUAL:
        return f"{between} Lower than the default, so that your tries wake it with room to spare."
    return f"{between} Higher than the default, because of the talk."
