"""Sound and events flow in, an SVG file flows out: where each stage began and ended, under the two waveforms.

Time runs from left to right, in as many rows as it takes. The yellow bands are what a person waits for: from the end
of their speech to the first sample of the answer. Text stays text, so it can be searched and read aloud; the same
input makes the same bytes.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from voiced.conversation.floor import Event
from voiced.errors import EngineError, StateError
from voiced.stages import RATE, Pcm
from voiced.timeline.layout import Row, envelope, place, rows, sounding, text_width
from voiced.timeline.spans import TRACKS, Caption, Span, captions, spans

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Lengths in points. 720 points are 960 pixels on a screen, about what a code host gives a picture in a README.
WIDTH, LEFT, RIGHT = 720.0, 88.0, 6.0
HEADER, AXIS, BETWEEN = 26.0, 12.0, 10.0
WAVE, LINE, LINES, LANE, BAR, GAP = 30.0, 10.0, 2, 10.0, 6.6, 4.0
"""Height of a waveform; of a line of captions, and how many there may be; of a track, and of the bar on it."""
SPEECH, SMALL = 7.5, 6.4
"""Sizes of type: what was said, everything else."""
THIN = 1.4
"""Narrowest bar: what took no time is still seen."""
COLUMN = 1.0
"""Width of one step of a waveform: finer is not seen, and the file stays small."""

# The colours of Okabe and Ito, which people with any colour vision can tell apart, on white.
INK, FAINT, GRID, STRIPE, BAND = "#222222", "#666666", "#dcdcdc", "#f6f6f6", "#fbf0a8"
PERSON, ASSISTANT, FAILED = "#0072b2", "#c04f00", "#c00000"
COLOURS: Final = {
    "wake word": "#222222",
    "listening": "#8fcdf0",
    "end of speech": "#e0c000",
    "speech to text": "#0072b2",
    "commands": "#009e73",
    "language model": "#b0558a",
    "text to speech": "#e69f00",
    "answer": "#d55e00",
    "follow-up": "#c4e4f7",
    "ringing": "#777777",
}
OTHER = "#999999"

KEY = "the person waits: from their last word to the first sound of the answer"

WORD_S = 1.6
"""Seconds before its recognition that a wake word begins, at most; the ear keeps as much."""

MAY_BE_CUT: Final = ("ringing", "follow-up")
"""Tracks whose spans may go on in the next row without being harder to read: they say only that something is open."""


def draw(
    path: Path,
    person: Pcm,
    assistant: NDArray[np.float32],
    assistant_rate: int,
    events: Sequence[tuple[Event, float]],
    title: str = "",
) -> None:
    """Writes the picture of a conversation to `path`, as SVG. `person` is 16 kHz, `assistant` has `assistant_rate`
    samples a second, both from the conversation's beginning; `events` as for `voiced.timeline.spans.spans`.

    Raises StateError when the file cannot be written, EngineError when matplotlib is not installed."""
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ImportError as error:
        raise EngineError(f"A picture needs matplotlib ({error}); install it with: pip install matplotlib") from error
    waves = (_Wave("person", PERSON, person, RATE), _Wave("assistant", ASSISTANT, assistant, assistant_rate))
    said = [replace(each, text=_plain(each.text)) for each in captions(events)]
    found = [replace(span, label=_plain(span.label)) for span in spans(events)]
    sheet = _Sheet(waves, found, said, _plain(title))
    settings: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": "voiced",
        "path.simplify": False,
        "axes.unicode_minus": False,
    }
    # Whoever shows the picture brings the font, so it does not matter which letters matplotlib's has.
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        figure = Figure(figsize=(WIDTH / 72, sheet.height / 72), facecolor="white")
        FigureCanvasSVG(figure)
        sheet.fill(figure)
        metadata = {"Date": None, "Creator": None, "Title": sheet.title or "A conversation"}
        try:
            figure.savefig(path, format="svg", metadata=metadata)
        except OSError as error:
            raise StateError(
                f"{path} cannot be written ({error.strerror}); name a file in a folder of yours."
            ) from error


@dataclass(frozen=True, slots=True)
class _Wave:
    name: Literal["person", "assistant"]
    colour: str
    samples: NDArray[Any]
    rate: int

    @property
    def peak(self) -> float:
        """What fills the height: the loudest sample, or 2 % of full scale where all is softer, as noise is."""
        full = 32768.0 if self.samples.dtype.kind == "i" else 1.0
        return max(float(np.abs(self.samples.astype(np.float64)).max(initial=0.0)), 0.02 * full)


class _Sheet:
    """One picture: what is on it, how high it is, and how each part is drawn."""

    def __init__(self, waves: tuple[_Wave, _Wave], found: list[Span], said: list[Caption], title: str) -> None:
        self.title = title
        self._waits = any(span.track == "response" for span in found)
        ends = [len(wave.samples) / wave.rate for wave in waves] + [span.end for span in found]
        whole = [span for span in found if span.track not in MAY_BE_CUT]
        busy = [(span.begin, span.end) for span in whole]
        for turn in {span.turn for span in whole}:  # question and answer belong together
            turns_own = [span for span in whole if span.turn == turn]
            busy.append((min(span.begin for span in turns_own), max(span.end for span in turns_own)))
        busy += [(span.begin - WORD_S, span.end) for span in whole if span.track == "wake word"]
        for wave in waves:
            busy += sounding(wave.samples, wave.rate)
        cut = rows(max(ends), busy)
        self._points = (WIDTH - LEFT - RIGHT) / max(row.end - row.begin for row in cut)
        self._rows = [_RowDrawing(row, self._points, waves, found, said) for row in cut]
        self._header = HEADER if title or self._waits else BETWEEN / 2
        self.height = self._header + sum(row.height + BETWEEN for row in self._rows)

    def fill(self, figure: "Figure") -> None:
        """Draws everything."""
        self._head(figure)
        top = self._header
        for row in self._rows:
            width = (row.row.end - row.row.begin) * self._points
            left, bottom = LEFT / WIDTH, 1 - (top + row.height) / self.height
            axes = figure.add_axes((left, bottom, width / WIDTH, row.height / self.height))
            axes.set_axis_off()
            axes.set_xlim(row.row.begin, row.row.end)
            axes.set_ylim(row.height, 0)  # points from the top
            row.draw(axes)
            top += row.height + BETWEEN

    def _head(self, figure: "Figure") -> None:
        from matplotlib.patches import Rectangle

        y = 1 - 15 / self.height
        style: dict[str, Any] = {"va": "center_baseline", "parse_math": False}
        if self.title:
            figure.text(6 / WIDTH, y, self.title, size=10.5, weight="bold", color=INK, **style)
        if self._waits:
            figure.text(1 - (RIGHT + 11) / WIDTH, y, KEY, size=SPEECH, color=FAINT, ha="right", **style)
            corner = (1 - (RIGHT + 7) / WIDTH, y - 3.5 / self.height)
            figure.add_artist(Rectangle(corner, 7 / WIDTH, 7 / self.height, facecolor=BAND, linewidth=0))


class _RowDrawing:
    """One row: x is seconds, y is points from the top."""

    _axes: "Axes"

    def __init__(
        self, row: Row, points: float, waves: tuple[_Wave, _Wave], found: Sequence[Span], said: Sequence[Caption]
    ) -> None:
        """`points` is the width of a second; `found` and `said` are those of the whole conversation."""
        self.row, self._points, self._waves, self._spans = row, points, waves, found
        self._lanes = _lanes(found)
        above, below = (
            place([each for each in said if each.who == wave.name], row, points, SPEECH, LINES) for wave in waves
        )
        self._above, self._below = above, below
        self._wave_top = LINE * max([1, *(each.line + 1 for each in above)])
        self._wave_bottom = self._wave_top + 2 * WAVE
        self._lanes_top = self._wave_bottom + LINE * max([0, *(each.line + 1 for each in below)]) + GAP
        self.height = self._lanes_top + LANE * len(self._lanes) + AXIS

    def draw(self, axes: "Axes") -> None:
        """Draws the row into `axes`, whose limits are set."""
        self._axes = axes
        waits = [span for span in self._spans if span.track == "response"]
        self._ground(waits)
        for number, wave in enumerate(self._waves):
            self._wave(wave, self._wave_top + (number + 0.5) * WAVE)
        for each in self._above:
            self._text(each.x, self._wave_top - (each.line + 0.5) * LINE, each.text, SPEECH, PERSON)
        for each in self._below:
            self._text(each.x, self._wave_bottom + (each.line + 0.5) * LINE, each.text, SPEECH, ASSISTANT)
        for number, (name, tracks) in enumerate(self._lanes):
            middle = self._lanes_top + (number + 0.5) * LANE
            self._name(name, middle, FAINT)
            self._lane(middle, [span for span in self._spans if span.track in tracks])
        self._responses(waits)

    def _ground(self, waits: Sequence[Span]) -> None:
        bottom = self.height - AXIS
        for number in range(0, len(self._lanes), 2):
            top = self._lanes_top + number * LANE
            self._axes.axhspan(top, top + LANE, color=STRIPE, linewidth=0, zorder=0)
        for wait in waits:
            part = self.row.part(wait.begin, wait.end)
            if part:
                height = (self._wave_top, bottom - self._wave_top)
                self._axes.broken_barh([(part[0], part[1] - part[0])], height, facecolors=BAND, linewidth=0, zorder=1)
        step = 5 if self.row.end - self.row.begin > 12 else 1
        for tick in np.arange(np.ceil(self.row.begin / step) * step, self.row.end, step):
            self._axes.plot((tick, tick), (self._wave_top, bottom), color=GRID, linewidth=0.5, zorder=2)
            self._text(tick, bottom + AXIS / 2 + 1, f"{tick:g} s", SMALL, FAINT, ha="center")

    def _wave(self, wave: _Wave, middle: float) -> None:
        self._name(wave.name, middle, wave.colour, weight="bold")
        columns = max(2, round((self.row.end - self.row.begin) * self._points / COLUMN))
        low, high = envelope(wave.samples, wave.rate, self.row, columns)
        scale = (WAVE / 2 - 1) / wave.peak
        times = np.linspace(self.row.begin, self.row.end, columns + 1)[:-1] + 0.5 * COLUMN / self._points
        # Quarters of a point, so that silence is one straight line and takes no room in the file.
        upper, lower = (np.round(side * scale * 4) / 4 for side in (high, low))
        edges = [_outline(times, middle - upper), _outline(times, middle - lower)[::-1]]
        outline = np.concatenate(edges)
        self._axes.fill(
            outline[:, 0], outline[:, 1], facecolor=wave.colour, edgecolor=wave.colour, linewidth=0.4, zorder=3
        )

    def _lane(self, middle: float, found: Sequence[Span]) -> None:
        bars = []
        for span in found:
            part = self.row.part(span.begin, span.end)
            if part is None:
                continue
            if span.track == "wake word":
                self._axes.plot(
                    [span.begin], [middle], marker="D", markersize=3.6, color=INK, markeredgewidth=0, zorder=6
                )
                self._text(span.begin + 4.5 / self._points, middle, span.label, SMALL, INK, zorder=6)
                continue
            width = max(part[1] - part[0], THIN / self._points)
            colour = COLOURS.get(span.track, OTHER) if span.ok else FAILED
            self._axes.broken_barh(
                [(part[0], width)], (middle - BAR / 2, BAR), facecolors=colour, linewidth=0, zorder=4
            )
            bars.append((part[0], part[0] + width, span))
        self._labels(middle, bars)

    def _labels(self, middle: float, bars: Sequence[tuple[float, float, Span]]) -> None:
        """Beside each bar what it took: to the right where there is room, else to the left, else nowhere."""
        taken = [(begin, end) for begin, end, _ in bars]
        space = 2.5 / self._points
        for begin, end, span in bars:
            width = text_width(span.label, SMALL) / self._points + 2 * space
            for x in (end, begin - width):
                inside = self.row.begin <= x and x + width <= self.row.end
                if span.label and inside and not any(one < x + width and x < other for one, other in taken):
                    taken.append((x, x + width))
                    colour = FAINT if span.ok else FAILED
                    self._text(x + space, middle, span.label, SMALL, colour)
                    break

    def _responses(self, waits: Sequence[Span]) -> None:
        """How long the person waited, in the assistant's silence before the answer."""
        for wait in waits:
            if self.row.begin <= wait.end < self.row.end:
                x = wait.end - 2.5 / self._points
                y = self._wave_top + WAVE + 5
                room = (x - self.row.begin) * self._points >= text_width(wait.label, SPEECH)
                side = "right" if room else "left"
                self._text(x, y, wait.label, SPEECH, INK, ha=side, weight="bold", zorder=6)

    def _name(self, name: str, y: float, colour: str, weight: str = "normal") -> None:
        self._text(self.row.begin - 5 / self._points, y, name, SPEECH, colour, ha="right", weight=weight)

    def _text(self, x: float, y: float, text: str, size: float, colour: str, **more: Any) -> None:
        style: dict[str, Any] = {"ha": "left", "va": "center_baseline", "zorder": 5} | more
        self._axes.text(x, y, text, size=size, color=colour, parse_math=False, **style)


def _lanes(found: Sequence[Span]) -> list[tuple[str, tuple[str, ...]]]:
    """The lanes under the waveforms, for the tracks that anything happened on: names, and the tracks shown there."""
    heard = {span.track for span in found}
    lanes = [(track, (track,)) for track in (*TRACKS, *sorted(heard.difference(TRACKS))) if track in heard]
    joined: list[tuple[str, tuple[str, ...]]] = []
    if heard & {"wake word", "listening"}:
        joined = [("wake word, listening" if "wake word" in heard else "listening", ("wake word", "listening"))]
    return joined + [lane for lane in lanes if lane[0] not in ("wake word", "listening", "response")]


def _outline(times: NDArray[np.float64], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The line through (`times`, `heights`), without the points in the middle of its level stretches."""
    level = np.zeros(len(heights), bool)
    level[1:-1] = (heights[1:-1] == heights[:-2]) & (heights[1:-1] == heights[2:])
    return np.column_stack((times, heights))[~level]


def _plain(text: str) -> str:
    """`text` on one line, without control characters and halves of letters, which XML has no place for."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
