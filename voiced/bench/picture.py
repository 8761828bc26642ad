"""Median turns flow in, an SVG file flows out: where the time goes, stage by stage, voiced above the sequential chain.

Time runs from left to right and begins with the person's last sample; all turns have the same scale, so that they can
be compared by eye. The yellow bands are what the person waits. Text stays text; the same input makes the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from voiced.bench.figures import Timed, timed, timed_exchange
from voiced.bench.lines import KINDS
from voiced.bench.sequential import Exchange
from voiced.bench.session import Turn
from voiced.errors import EngineError, StateError
from voiced.timeline import spans
from voiced.timeline.layout import text_width
from voiced.timeline.picture import BAND, BAR, COLOURS, FAINT, GRID, INK, LANE, PERSON, SMALL, SPEECH, STRIPE, THIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRACKS: Final = ("end of speech", "speech to text", "commands", "language model", "text to speech", "answer")
"""The lanes, from above; one in which nothing happened is left out."""

HEADINGS: Final = {
    "command": "A known command",
    "short": "An answer of one sentence",
    "long": "An answer of four sentences",
}

STAGES: Final = {"stt": "speech to text", "intents": "commands", "llm": "language model", "tts": "text to speech"}

# Lengths in points, as in `voiced.timeline.picture`.
WIDTH, LEFT, RIGHT = 720.0, 150.0, 8.0
HEADER, HEAD, AXIS, FOOTER, BETWEEN, STRIP_GAP = 22.0, 17.0, 14.0, 14.0, 9.0, 4.0
NAMES = 64.0
"""Width of the lanes' names, left of the bars."""

FAINT_ALPHA = 0.35
"""Of the bars that had to do with the rest of the answer only."""

BEFORE_S, BEHIND = 0.3, 0.09
"""Seconds shown before the person's last sample; behind the last first sound, as a share of all time shown."""

KEYS: Final = (("the person waits", BAND), ("the person speaks", PERSON))


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that went on, in seconds from the person's last sample."""

    track: str
    begin: float
    end: float
    label: str = ""
    """How long it took; empty for what is as long as it is seen."""
    faint: bool = False
    """It had to do with the rest of the answer only."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One turn."""

    name: str
    response: float
    """Seconds."""
    bars: tuple[Bar, ...]

    @property
    def tracks(self) -> list[str]:
        """The lanes it needs."""
        return [track for track in TRACKS if any(bar.track == track for bar in self.bars)]

    @property
    def height(self) -> float:
        return LANE * len(self.tracks) + STRIP_GAP


@dataclass(frozen=True, slots=True)
class Panel:
    """One kind of turn: voiced, and what it is compared with."""

    heading: str
    strips: tuple[Strip, ...]

    @property
    def height(self) -> float:
        return HEAD + sum(strip.height for strip in self.strips)


def panels(turns: Sequence[Turn], exchanges: Sequence[Exchange]) -> list[Panel]:
    """The median turn of each kind on both sides; kinds without any are left out."""
    found = []
    for kind in KINDS:
        ours = _middle([(each, turn) for turn in turns if (each := timed(turn)) and each.kind == kind])
        theirs = _middle([(each, turn) for turn in exchanges if (each := timed_exchange(turn)) and each.kind == kind])
        strips = [Strip("voiced", time.response / 1000, _bars(turn, time)) for time, turn in ours]
        strips += [Strip("one after the other", time.response / 1000, _steps(turn)) for time, turn in theirs]
        if strips:
            found.append(Panel(HEADINGS[kind], tuple(strips)))
    return found


def draw(path: Path, found: Sequence[Panel], note: str) -> None:
    """Writes `found` to `path`, as SVG, with `note` below it. Raises StateError when the file cannot be written,
    EngineError when matplotlib is not installed."""
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EngineError(f"A picture needs matplotlib ({error}); install it with: pip install matplotlib") from error
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "voiced", "axes.unicode_minus": False}
    height = HEADER + sum(panel.height + BETWEEN for panel in found) + AXIS + FOOTER
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(WIDTH / 72, height / 72), facecolor="white")
        FigureCanvasSVG(figure)
        axes = figure.add_axes((LEFT / WIDTH, 0, (WIDTH - LEFT - RIGHT) / WIDTH, 1))
        _Sheet(axes, found, height).fill(note)
        try:
            metadata = {"Date": None, "Creator": None, "Title": "Where the time goes in a turn"}
            figure.savefig(path, format="svg", metadata=metadata)
        except OSError as error:
            raise StateError(
                f"{path} cannot be written ({error.strerror}); name a file in a folder of yours."
            ) from error


class _Sheet:
    """x is seconds from the person's last sample, y is points from the top."""

    def __init__(self, axes: "Axes", found: Sequence[Panel], height: float) -> None:
        longest = max([1.0, *(strip.response for panel in found for strip in panel.strips)])
        self._begin, self._end = -BEFORE_S, longest + (longest + BEFORE_S) * BEHIND
        self._points = (WIDTH - LEFT - RIGHT) / (self._end - self._begin)
        self._axes, self._found, self._height = axes, found, height
        axes.set_axis_off()
        axes.set_xlim(self._begin, self._end)
        axes.set_ylim(height, 0)

    def fill(self, note: str) -> None:
        """Draws everything."""
        left = self._begin - (LEFT - 6) / self._points
        title = "From the last word to the first sound of the answer"
        self._text(left, HEADER / 2, title, 10.5, INK, weight="bold")
        x = self._end
        for key, colour in KEYS:
            self._bar(HEADER / 2, x - 8 / self._points, x, colour)
            self._text(x - 12 / self._points, HEADER / 2, key, SPEECH, FAINT, ha="right")
            x -= (28 + text_width(key, SPEECH)) / self._points
        bottom = self._height - AXIS - FOOTER
        self._grid(bottom)
        top = HEADER
        for panel in self._found:
            self._panel(panel, top, left)
            top += panel.height + BETWEEN
        self._text(left, self._height - FOOTER / 2, note, SMALL, FAINT)

    def _grid(self, bottom: float) -> None:
        seconds = self._end - self._begin
        step = next(step for step in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60) if seconds / step <= 12)
        for tick in np.arange(0, self._end, step):
            self._axes.plot((tick, tick), (HEADER + HEAD, bottom), color=GRID, linewidth=0.5, zorder=1)
            self._text(tick, bottom + AXIS / 2, f"{tick:.2g} s", SMALL, FAINT, ha="center")

    def _panel(self, panel: Panel, top: float, left: float) -> None:
        self._text(left, top + HEAD / 2 + 1, panel.heading, SPEECH + 1, INK, weight="bold")
        first = panel.strips[0].response
        top += HEAD
        for strip in panel.strips:
            times = f" ({strip.response / first:.1f} ×)" if strip is not panel.strips[0] else ""
            self._strip(strip, top, left, times)
            top += strip.height

    def _strip(self, strip: Strip, top: float, left: float, times: str) -> None:
        height = LANE * len(strip.tracks)
        middle = top + height / 2
        self._axes.axhspan(top, top + height, color=STRIPE, linewidth=0, zorder=0)
        self._axes.broken_barh([(0.0, strip.response)], (top, height), facecolors=BAND, linewidth=0, zorder=0.5)
        self._text(left, middle, strip.name, SPEECH, INK)
        self._bar(top + LANE / 2, self._begin, 0.0, PERSON)
        for number, track in enumerate(strip.tracks):
            lane = top + (number + 0.5) * LANE
            self._text(self._begin - 4 / self._points, lane, track, SMALL, FAINT, ha="right")
            self._lane(lane, [bar for bar in strip.bars if bar.track == track], track)
        lane = top + (len(strip.tracks) - 0.5) * LANE
        label = f"{strip.response:.2f} s{times}"
        x = strip.response - 3 / self._points
        if text_width(label, SPEECH + 1) / self._points < strip.response:
            self._text(x, lane, label, SPEECH + 1, INK, ha="right", weight="bold")
        else:
            self._text(strip.response + 3 / self._points, top + LANE / 2, label, SPEECH + 1, INK, weight="bold")

    def _lane(self, lane: float, bars: Sequence[Bar], track: str) -> None:
        """The bars of a lane, and what each took: to its right where there is room, else inside, else nowhere."""
        thin, space = THIN / self._points, 2.5 / self._points
        taken = [(bar.begin, max(bar.end, bar.begin + thin)) for bar in bars]
        for bar in bars:
            self._bar(lane, bar.begin, min(bar.end, self._end), COLOURS[track], FAINT_ALPHA if bar.faint else 1.0)
            width = text_width(bar.label, SMALL) / self._points + 2 * space
            x = max(bar.end, bar.begin + thin)
            if x + width < self._end and not any(begin < x + width and x < end for begin, end in taken):
                self._text(x + space, lane, bar.label, SMALL, FAINT)
                taken.append((x, x + width))
            elif bar.end - bar.begin > width:
                self._text(bar.end - space, lane, bar.label, SMALL, "white", ha="right", zorder=6)

    def _bar(self, y: float, begin: float, end: float, colour: str, alpha: float = 1.0) -> None:
        if begin < self._end:
            style: dict[str, Any] = {"facecolors": colour, "alpha": alpha, "linewidth": 0, "zorder": 4}
            self._axes.broken_barh([(begin, max(end - begin, THIN / self._points))], (y - BAR / 2, BAR), **style)

    def _text(self, x: float, y: float, text: str, size: float, colour: str, **more: Any) -> None:
        style: dict[str, Any] = {"ha": "left", "va": "center_baseline", "zorder": 5, "clip_on": False} | more
        self._axes.text(x, y, text, size=size, color=colour, parse_math=False, **style)


def _middle(found: Sequence[tuple[Timed, Any]]) -> list[tuple[Timed, Any]]:
    """The one whose response is the median, the quicker one of two; none of none."""
    ordered = sorted(found, key=lambda each: each[0].response)
    return ordered[(len(ordered) - 1) // 2 :][:1]


def _bars(turn: Turn, time: Timed) -> tuple[Bar, ...]:
    """What voiced did, as far as it had to do with the first sound; and the answer, as it was heard."""
    end, audible = turn.utterance.end, turn.audible or 0.0
    bars = [_bar("end of speech", 0.0, time.wait / 1000)]
    spoken = [work.intervals[0] for work in turn.work if work.stage == "tts" and work.intervals[-1][1] > end]
    for work in turn.work:
        shown = [(begin, over) for begin, over in work.intervals if over > end]
        # What made the first sound; the rest made the rest of the answer.
        first = {"llm": spoken[0][0], "tts": spoken[0][1]} if spoken else {}
        for number, (begin, over) in enumerate(shown):
            head = min(max(begin, first.get(work.stage, over)), over)
            named = number == 0 and begin < audible and work.stage != "llm"
            label = _duration(work.first_s) if named else ""
            at = max(begin, end) - end
            if head > begin or over == begin:
                bars.append(Bar(STAGES[work.stage], at, max(head - end, at), label))
            if over > head:
                bars.append(Bar(STAGES[work.stage], max(head, end) - end, over - end, faint=True))
    # The model may have been asked several things; what counts is what it took before the first clause was there.
    heads = [n for n, bar in enumerate(bars) if bar.track == STAGES["llm"] and not bar.faint]
    if heads:
        took = sum(bars[n].end - bars[n].begin for n in heads)
        bars[heads[-1]] = replace(bars[heads[-1]], label=_duration(took))
    answered = max([audible, *(span.end for span in spans(turn.events) if span.track == "answer")])
    return (*bars, Bar("answer", audible - end, answered - end))


def _steps(exchange: Exchange) -> tuple[Bar, ...]:
    """What the sequential chain did; its answer is as long as the picture."""
    end, decided, audible = exchange.utterance.end, exchange.decided or 0.0, exchange.audible or 0.0
    bars = [_bar("end of speech", 0.0, decided - end)]
    bars += [_bar(STAGES[name], begin - end, over - end) for name, (begin, over) in exchange.spans.items()]
    return (*bars, Bar("answer", audible - end, audible - end + 60.0))


def _bar(track: str, begin: float, end: float) -> Bar:
    return Bar(track, begin, end, _duration(end - begin))


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 0.995 else f"{seconds:.2f} s"
