"""Sentences flow in, with every place where somebody may fall silent in them; how long is waited at their ends, and how
often somebody is cut off in the middle for it, flow out. `make waiting` draws it: docs/waiting.svg.
"""

import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.test_timers import HandClock
from voiced.compose import conversation_of
from voiced.config.voice import load_voice
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.llm.llama import LlamaModel
from voiced.patience import Patience
from voiced.resources import starter_dir, voices_dir

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PAUSES: Final = np.linspace(300, 700, 81)
"""Milliseconds that somebody may fall silent in the middle of a sentence."""

Wait = Callable[["Place"], float]
"""Milliseconds of silence after which a turn is over at a place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A gap between two words, or the end."""

    sentence: str
    so_far: str
    whole: bool
    """So far it is a whole command."""
    finished: float | None
    """How likely it is over, by the starter language model, where it is no command."""
    same: bool
    """What comes of it so far is what would come of it in the end, or silence, which may not wait."""

    @property
    def end(self) -> bool:
        return self.so_far == self.sentence

    def wait(self, patience: Patience | None = None) -> float:
        """As the conversation decides it."""
        return (patience or Patience()).after(self.so_far, self.whole, "en", self.finished)

    def cut(self, wait: Wait) -> float:
        """How many of the pauses end the turn here and change what comes of it."""
        return 0.0 if self.end or self.same else float(np.mean(wait(self) < PAUSES))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a way of waiting leads to."""

    wait_ms: float
    """Median at the ends of the sentences."""
    cut_percent: float
    """Of the pauses inside, those that end the turn; the mean over the sentences."""


def judged(folder: Path) -> dict[str, list[Place]]:
    """Every place of the sentences in endings.toml, by their kind."""
    clock = HandClock()
    kinds = tomllib.loads((Path(__file__).parent / "endings.toml").read_text("utf-8"))
    conversation = conversation_of(load_voice("default", [voices_dir()]))
    with (
        closing(Timers(folder / "timers.sqlite", clock)) as timers,
        closing(LlamaModel(starter_dir() / "language.gguf")) as model,
    ):
        timers.start(600, "pizza")
        commands = HassilCommands("en", timers, clock)

        def places(sentence: str) -> Iterator[Place]:
            words, whole = sentence.split(), commands.match(sentence)
            outcome = whole and commands.foresee(whole, 0.5)
            for count in range(1, len(words) + 1):
                text = " ".join(words[:count])
                command = commands.match(text)
                finished = model.finished(conversation.messages(text)) if command is None else None
                same = command is not None and (command.stops or commands.foresee(command, 0.5) == outcome)
                yield Place(sentence, text, command is not None and command.whole, finished, same)

        return {
            kind: [
                place
                for line in lines.split("\n")
                if line
                for place in places(" ".join(line.replace("/", " ").split()))
            ]
            for kind, lines in kinds.items()
        }


def outcome(places: Sequence[Place], wait: Wait) -> Outcome:
    """What comes of waiting for as long as `wait` says."""
    cuts = [
        np.mean([place.cut(wait) for place in places if place.sentence == one and not place.end])
        for one in dict.fromkeys(place.sentence for place in places)
    ]
    median = float(np.median([wait(place) for place in places if place.end]))
    return Outcome(median, float(np.mean(cuts)) * 100)


def fixed(places: Sequence[Place], silence_ms: float) -> Outcome:
    """One silence for all."""
    return outcome(places, lambda _: silence_ms)


def decided(places: Sequence[Place], usual_ms: float = Patience().usual) -> Outcome:
    """What was said decides, and `usual_ms` where it says nothing; the other waits in proportion."""
    default = Patience()
    share = usual_ms / default.usual
    patience = Patience(default.complete * share, usual_ms, default.unfinished * share)
    return outcome(places, lambda place: place.wait(patience))


# --- the picture ---------------------------------------------------------------------------------------------------

TITLES: Final = {"commands": "Known commands", "questions": "Questions to the language model"}
ONE, ALL = "#999999", "#0072b2"
WIDTH, HEIGHT = 720.0, 270.0
"""Points."""


def draw(path: Path, places: dict[str, list[Place]]) -> None:
    """Writes the picture, as SVG: the same input makes the same bytes."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "voiced", "font.size": 8}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), facecolor="white")
        FigureCanvasSVG(figure)
        sheets: Sequence[Axes] = figure.subplots(1, len(places), sharex=True, sharey=True)
        for axes, (kind, found) in zip(sheets, places.items(), strict=True):
            _panel(axes, found, TITLES[kind])
        sheets[0].set_ylabel("pauses of 0.3 to 0.7 s that end the turn (%)")
        figure.subplots_adjust(left=0.07, right=0.985, top=0.9, bottom=0.16, wspace=0.06)
        metadata = {"Date": None, "Creator": None, "Title": "How long is waited, and how often somebody is cut off"}
        figure.savefig(path, format="svg", metadata=metadata)


def label(found: Outcome) -> str:
    """What stands at a point of the picture."""
    return f"{found.wait_ms:.0f} ms, {found.cut_percent:.1f} %"


def _panel(axes: "Axes", places: Sequence[Place], title: str) -> None:
    curves = (
        ("one silence for all", ONE, [fixed(places, ms) for ms in range(200, 901, 20)], fixed(places, 700)),
        ("what was said decides", ALL, [decided(places, ms) for ms in range(300, 1401, 20)], decided(places)),
    )
    for name, colour, line, chosen in curves:
        waits, cuts = [each.wait_ms for each in line], [each.cut_percent for each in line]
        axes.plot(waits, cuts, color=colour, linewidth=1.6, label=name)
        axes.plot([chosen.wait_ms], [chosen.cut_percent], "o", color=colour, markersize=6, clip_on=False, zorder=5)
        axes.annotate(
            label(chosen), (chosen.wait_ms, chosen.cut_percent), (6, 9), textcoords="offset points", color=colour,
            weight="bold",
        )  # fmt: skip
    axes.set_title(title, loc="left", weight="bold", fontsize=10)
    axes.set_xlabel("silence that is waited for at the end of a sentence (ms, median)")
    axes.set_xlim(200, 900)
    axes.set_ylim(0, 100)
    axes.grid(color="#e5e5e5", linewidth=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper right")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        draw(Path(sys.argv[1]), judged(Path(work)))
