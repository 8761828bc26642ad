"""Models flow in, figures flow out, into their cards: between two marks in each, where nobody writes by hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recipe.run import workplace

PLACES: Final = {"voice": "voice.onnx", "language": "language.gguf", "recogniser": "recogniser"}
"""What is looked for."""

BEGIN: Final = "<!-- measured by `make starter-report` -->"
END: Final = "<!-- end of what was measured -->"

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a card's table."""

    what: str
    goal: str
    found: Callable[[Figures], str]


def percent(*path: str) -> Callable[[Figures], str]:
    """A share, at `path` in the figures, as a percentage."""
    return lambda figures: f"{100 * at(figures, path):.1f} %"


def number(*path: str) -> Callable[[Figures], str]:
    """What stands at `path`, as it is."""
    return lambda figures: str(at(figures, path))


def of(path: Sequence[str], whole: Sequence[str]) -> Callable[[Figures], str]:
    """So many of so many."""
    return lambda figures: f"{at(figures, path)} of {at(figures, whole)}"


def at(figures: Figures, path: Sequence[str]) -> Any:
    """What stands at `path`."""
    found: Any = figures
    for name in path:
        found = found[name]
    return found


DOMAIN = "domain, unseen sentences, unheard speakers"
EVERYDAY = "everyday, unseen sentences, unheard speakers"
UNSPELLED = "words wrong, letter by letter"
WITNESSES, QUIET = "two witnesses", "nobody speaks, gates included"

LINES: Final[dict[str, tuple[Line, ...]]] = {
    "recogniser": (
        Line(
            "words wrong: what is said to an assistant; sentences, values and speakers unseen, noise 20 dB below",
            "≤ 15 %",
            percent(DOMAIN, "words wrong"),
        ),
        Line("… letter by letter, before it is spelled", "", percent(DOMAIN, UNSPELLED)),
        Line("words wrong: everyday English, likewise", "≤ 30 %", percent(EVERYDAY, "words wrong")),
        Line("… letter by letter, before it is spelled", "", percent(EVERYDAY, UNSPELLED)),
        Line(
            "words wrong: the same kinds of sentences by known voices",
            "",
            percent("domain, unseen sentences, known voices", "words wrong"),
        ),
        Line(
            "commands exact, judged with pocketsphinx; speakers and skeletons unseen",
            "≥ 95 %",
            of((WITNESSES, "exact, both witnesses"), (WITNESSES, "commands")),
        ),
        Line("… in other words that mean the same", "", number(WITNESSES, "in other words")),
        Line("… taken for another command", "", number(WITNESSES, "another command")),
        Line("… by this recogniser alone", "", number(WITNESSES, "exact, the recogniser alone")),
        Line("… by pocketsphinx alone", "", number(WITNESSES, "exact, pocketsphinx alone")),
        Line(
            "everyday sentences taken for a command",
            "0",
            of((WITNESSES, "taken for a command"), (WITNESSES, "everyday sentences")),
        ),
        Line(
            "clips of silence, noise, music and babble without words",
            "≥ 198 of 200",
            of((QUIET, "without words"), (QUIET, "clips")),
        ),
        Line("seconds of work per second of sound, one thread", "", number(DOMAIN, "seconds per second")),
        Line("MB", "≤ 12", number("megabytes")),
    ),
    "language": (
        Line(
            "right answers to questions of its domain, in patterns that it never saw",
            "≥ 95 %",
            percent("inside", "right"),
        ),
        Line("… of those in which no letter was misheard", "", percent("inside", "clear_right")),
        Line("… with the terse persona", "", percent("inside_terse", "right")),
        Line("right answers to short questions after a first one", "", percent("followed_up", "right")),
        Line(
            "owns that it does not know, asked about anything else in patterns and words that it never saw",
            "≥ 90 %",
            percent("outside", "does_not_know"),
        ),
        Line("… asked for sums of larger numbers than it knows", "", percent("beyond", "does_not_know")),
        Line("endless answers to random prompts", "0", of(("random", "endless"), ("random", "asked"))),
        Line(
            "probability that the turn is over, after whole sentences (median)",
            "",
            number("end_of_turn", "whole_median"),
        ),
        Line("… after sentences broken off (median)", "", number("end_of_turn", "partial_median")),
        Line("… tells the two apart", "", percent("end_of_turn", "told_apart")),
        Line("MB", "≤ 20", number("megabytes")),
    ),
    "voice": (
        Line("words recovered by pocketsphinx, 100 unseen sentences", "", percent("voice", "recovered")),
        Line("… as a share of its source's", "≥ 0.97", number("recovered, of the source's")),
        Line("… festival's slt, its source", "", percent("festival slt", "recovered")),
        Line("… flite's slt", "", percent("flite slt", "recovered")),
        Line("… espeak-ng", "", percent("espeak-ng", "recovered")),
        Line(
            "seconds of work per second of sound, one thread", "≤ 0.03", number("time per second of sound, one thread")
        ),
        Line("MB", "≤ 12", lambda figures: f"{figures['bytes'] / 1e6:.1f}"),
    ),
}
PEOPLE: Final = (
    Line("people: clips", "", number("people", "clips")),
    Line("people: words wrong", "", percent("people", "words wrong")),
    Line("people: words wrong, pocketsphinx alone", "", percent("people", "words wrong, pocketsphinx")),
)


def figures_of(part: str, starter: Path, recordings: Path | None, *, smoke: bool = False) -> Figures:
    """What is measured of one model in `starter`."""
    if part == "voice":
        from recipe.voice.measure import measure as voice

        return voice(workplace("voice", smoke=smoke), starter / "voice.onnx", 4 if smoke else 100)
    if part == "language":
        from recipe.language.measure import measure as language

        file = starter / "language.gguf"
        return {**language(file, small=smoke), "megabytes": round(file.stat().st_size / 1e6, 1)}
    from recipe.recogniser.commands import measure as product
    from recipe.recogniser.measure import measure as alone

    folder = starter / "recogniser"
    return {**alone(folder, smoke=smoke), **product(folder, recordings, smoke=smoke)}


def table(part: str, figures: Figures) -> str:
    """The figures as a card shows them."""
    lines = LINES[part] + (PEOPLE if "people" in figures else ())
    rows = [f"| {line.what} | {line.goal} | {line.found(figures)} |" for line in lines]
    return "\n".join(["| what | goal | measured |", "| --- | --- | --- |", *rows])


def written(card: str, told: str) -> str:
    """`card` with the table `told` between its marks."""
    before, _, rest = card.partition(BEGIN)
    inside, found, after = rest.partition(END)
    if not found or BEGIN in inside:
        raise ValueError(f"The card needs one line {BEGIN!r} and, after it, one line {END!r}.")
    return f"{before}{BEGIN}\n\n{told}\n\n{END}{after}"


def report(starter: Path, parts: Sequence[str], recordings: Path | None) -> None:
    """Measures the models in `starter` and writes their cards."""
    for part in parts:
        if not (starter / PLACES[part]).exists():
            print(f"{part}: there is none yet.")
            continue
        told = table(part, figures_of(part, starter, recordings))
        card = starter / f"{part}.md"
        card.write_text(written(card.read_text("utf-8"), told), "utf-8")
        print(f"{card.name}\n{told}\n", flush=True)


def check(starter: Path) -> None:
    """Fails unless voiced can load all three models in `starter` and everything about them can be measured."""
    for part in LINES:
        told = table(part, figures_of(part, starter, None, smoke=True))
        print(f"toy {part}\n{told}\n", flush=True)
