"""Spans, captions and samples flow in; what goes where on the page flows out. Pure: knows lengths, draws nothing.

Lengths on the page are points (1/72 inch), as type is measured; lengths in time are seconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiced.timeline.spans import Caption

ROW_S = 30.0
"""Longest stretch of time, in seconds, that is shown side by side: at 20 points a second a wait of 100 ms is still two
points wide and a spoken sentence leaves room for its words. What is longer continues in the next row."""

STRETCH, SHRINK = 1.2, 0.75
"""How much longer and shorter than the average a row may become for the sake of a break in a quiet place."""

STEP_S = 0.1
"""Seconds between the places that are looked at for a break."""

SHORTEST_S = 1.0
"""Seconds that the picture of an empty recording is long."""

MARGIN_S = 0.2
"""Seconds after the end, so that what happens with the last sample can still be seen."""

CLEAR_S = 0.4
"""Seconds that a break keeps away from what it does not cut, so that the last words and labels have room."""

NARROW, WIDE = frozenset("ijlrtfI.,:;'!|()[]{}- \"/"), frozenset("mwMW@%—…")
"""Letters that are much narrower or wider than the others."""

QUIET = 0.1
"""Share of the loudest sample below which sound counts as silence: breath and noise, not speech."""

BREATH_S = 0.4
"""Longest silence, in seconds, within something said."""

CUT, ROOM = 40.0, 120.0
"""Points that a caption keeps, where it has them, when it shares its line (a short word), and when it begins close to
the end of the row: then it begins as much before its sound as it needs for them (some four words)."""

GAP_EM = 0.7
"""Room between two captions on a line, as a share of the size of type: two spaces."""

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Row:
    """A stretch of time that is shown side by side."""

    begin: float
    """Seconds."""
    end: float
    """Seconds."""

    def part(self, begin: float, end: float) -> tuple[float, float] | None:
        """The part of (`begin`, `end`) that lies in this row; what lies on a break belongs to the row after it."""
        if begin >= self.end or end < self.begin or (end == self.begin and begin < end):
            return None
        return max(begin, self.begin), min(end, self.end)


@dataclass(frozen=True, slots=True)
class Placed:
    """A caption with its place."""

    caption: Caption
    line: int
    """0 is nearest to the waveform."""
    x: float
    """Seconds at which the text begins: the caption's own time, or earlier where the row ends soon."""
    text: str
    """As much of the caption's text as has room."""


def rows(total: float, busy: Sequence[tuple[float, float]]) -> list[Row]:
    """`total` seconds in rows of about the same length, up to `ROW_S * STRETCH`, broken where as little as possible of
    `busy` is cut; of breaks that cut equally much, the one that makes the rows most even."""
    count = max(1, math.ceil(total / ROW_S))
    broken: list[Row] = []
    begin = 0.0
    for left in range(count, 1, -1):
        share = (total - begin) / left
        places = [float(x) for x in np.arange(share * SHRINK, min(share, ROW_S) * STRETCH, STEP_S) + begin]
        cuts = {place: sum(1 for one, other in busy if one - CLEAR_S < place < other + CLEAR_S) for place in places}
        end = min(places, key=lambda place: (cuts[place], abs(place - begin - share)))
        broken.append(Row(begin, end))
        begin = end
    return [*broken, Row(begin, max(total, SHORTEST_S) + MARGIN_S)]


def sounding(samples: NDArray[Any], rate: int) -> list[tuple[float, float]]:
    """From when to when, in seconds, something is to be heard in `samples` (one dimension, `rate` a second): louder
    than `QUIET` of the loudest, or never silent for longer than `BREATH_S`."""
    size = max(1, round(STEP_S / 2 * rate))
    whole = np.abs(samples[: len(samples) // size * size].astype(np.float32)).reshape(-1, size)
    peaks = whole.max(axis=1, initial=0.0)
    loud = np.flatnonzero(peaks > QUIET * max(float(peaks.max(initial=0.0)), 1e-9))
    found: list[tuple[float, float]] = []
    for chunk in loud:
        begin, end = float(chunk * size / rate), float((chunk + 1) * size / rate)
        if found and begin - found[-1][1] <= BREATH_S:
            begin = found.pop()[0]
        found.append((begin, end))
    return found


def envelope(
    samples: NDArray[Any], rate: int, row: Row, columns: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lowest and the highest of `samples` (one dimension, `rate` a second) in each of `columns` equal parts of
    `row`; 0 where there are none."""
    edges = np.round(np.linspace(row.begin, row.end, columns + 1) * rate).astype(int)
    low, high = np.zeros(columns), np.zeros(columns)
    for column in range(columns):
        part = samples[edges[column] : max(edges[column + 1], edges[column] + 1)]
        if len(part):
            low[column], high[column] = min(0.0, float(part.min())), max(0.0, float(part.max()))
    return low, high


def text_width(text: str, size: float) -> float:
    """About how wide `text` is at `size` points, in points: within 10 % of DejaVu Sans for everyday sentences, which is
    wider than most. An estimate, because the text is set by whoever shows the picture, in a font of theirs."""
    return size * sum(_width(letter) for letter in text)


def _width(letter: str) -> float:
    if letter in NARROW:
        return 0.34
    if letter in WIDE:
        return 0.93
    if ord(letter) > 0x2E7F:
        return 1.0  # Chinese, Japanese, Korean, emoji
    return 0.7 if letter.isupper() else 0.62


def fit(text: str, width: float, size: float) -> str:
    """`text`, cut at a word where possible so that it is no wider than `width` points; empty when nothing has room."""
    if text_width(text, size) <= width + 0.01:
        return text
    kept = text
    while kept and text_width(kept + ELLIPSIS, size) > width:
        kept = kept[:-1]
    whole = kept if text[len(kept) : len(kept) + 1] == " " else kept.rpartition(" ")[0]
    kept = whole if len(whole) > len(kept) * 0.7 else kept
    return kept.rstrip(" ,.;:-") + ELLIPSIS if kept.strip() else ""


def place(captions: Sequence[Caption], row: Row, points: float, size: float, lines: int) -> list[Placed]:
    """Those of `captions` (in order of time) that begin in `row`, on up to `lines` lines, none over another. `points`
    is the width of a second. A caption may begin before its sound where the row ends soon, and is cut where the row
    ends or the next one on its line begins."""
    here = [each for each in captions if row.part(each.at, each.at)]
    gap = GAP_EM * size / points
    free = [row.begin] * lines  # where each line's last caption ends
    placed: list[Placed] = []
    for caption in here:
        whole = text_width(caption.text, size) / points
        x = max(row.begin, min(caption.at, row.end - min(whole, ROOM / points)))
        line = next((n for n in range(lines) if free[n] <= x), None)
        if line is None:  # no room anywhere: the line that has most of it is shared
            line = int(np.argmin(free))
            before = max(other.x for other in placed if other.line == line)
            x = max(min(caption.at, row.end - min(whole, CUT / points)), before + CUT / points)
        free[line] = x + whole + gap
        placed.append(Placed(caption, line, x, caption.text))
    return [_cut(each, placed[n + 1 :], row, points, size) for n, each in enumerate(placed)]


def _cut(each: Placed, later: Sequence[Placed], row: Row, points: float, size: float) -> Placed:
    end = min([row.end, *(other.x - GAP_EM * size / points for other in later if other.line == each.line)])
    return Placed(each.caption, each.line, each.x, fit(each.text, (end - each.x) * points, size))
