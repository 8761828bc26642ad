"""A report flows in, what a terminal shows of it flows out; of two reports, how they compare."""

from collections.abc import Callable, Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from voiced.bench.lines import KINDS, MEANING

NOTHING = "–"


def show(console: Console, report: dict[str, Any]) -> None:
    """Prints the figures of `report`."""
    _heading(console, report)
    for part in (_responses(report), _stages(report), _others(report)):
        console.print(part)
    if report["failed_turns"] or report["sequential_failed_turns"]:
        console.print(
            f"Not counted, because they did not go as they should: {report['failed_turns']} turns of voiced, "
            f"{report['sequential_failed_turns']} of the sequential chain."
        )
    if report["bus_missing"]:
        told = f"Not measured: the answers over D-Bus. {report['bus_missing']}"
        console.print(told, soft_wrap=True, markup=False)


def origin(report: dict[str, Any]) -> str:
    """What the figures were measured on, in one line."""
    machine, models = report["machine"], report["models"]
    names = ", ".join(models[kind]["name"] for kind in ("stt", "llm", "tts"))
    shape = "models in the shape of " if models["scripted"] else ""
    turns = f"{report['turns']} turn{'' if report['turns'] == 1 else 's'} of each kind"
    where = f"{machine['processor']}, {machine['cpus']} processors, profile {machine['profile']}"
    return f"{where}; {shape}{names}; {turns}"


def _heading(console: Console, report: dict[str, Any]) -> None:
    console.print(
        f"{origin(report)}; load {report['machine']['load']:.1f} when it began.", soft_wrap=True, markup=False
    )
    if report["models"]["scripted"]:
        console.print(
            "The models have learnt nothing: each stage does its whole work, on the very sound and with as many "
            "tokens, and is then told the words.",
            soft_wrap=True,
        )
    console.print()


def _responses(report: dict[str, Any]) -> Table:
    title = "Milliseconds from the last word to the first sound of the answer"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.add_column("", no_wrap=True)
    for name in ("median", "90 %", "longest", "wait", "compute", "sequential", "faster", "n"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind in KINDS:
        response, sequential = report["response_ms"][kind], report["sequential_response_ms"][kind]
        if not response["n"] and not sequential["n"]:
            continue
        table.add_row(
            MEANING[kind],
            *(_ms(response[key]) for key in ("p50", "p90", "max")),
            _ms(report["wait_ms"][kind]["p50"]),
            _ms(report["compute_ms"][kind]["p50"]),
            _ms(sequential["p50"]),
            _times(sequential["p50"], response["p50"]),
            str(response["n"]),
        )
    return table


def _stages(report: dict[str, Any]) -> Table:
    ours, theirs = report["stages_ms"], report["sequential_stages_ms"]
    table = Table(title="Of it, the median of each stage", title_justify="left", box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.add_column("")
    names = list(dict.fromkeys([*ours, *theirs]))
    for name in names:
        table.add_column(name, justify="right")
    table.add_row("voiced, to the first result", *(_ms(ours.get(name)) for name in names))
    table.add_row("sequential, to the end", *(_ms(theirs.get(name)) for name in names))
    return table


def _others(report: dict[str, Any]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 1))
    table.add_column()
    table.add_column(justify="right")
    for text, value in _lines(report):
        table.add_row(text, value)
    return table


def _lines(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    idle = report["idle_cpu_percent"]
    yield f"cut off at a pause inside ({report['pauses']} pauses)", _unit(report["false_cutoffs_percent"], "%")
    yield "first sound of a sentence ÷ the whole sentence", _unit(report["tts_first_sound_ratio"], "")
    yield "prompt tokens read in a turn beyond its own", _unit(report["extra_tokens_per_turn"], "")
    yield "of its own, read while the person speaks", _unit(report["ahead_tokens_per_turn"], "")
    yield "of these, in vain", _unit(report["vain_tokens_per_turn"], "")
    yield "one core while nobody speaks", _unit(idle["quiet"], "%")
    yield "one core while others talk", _unit(idle["talk"], "%")
    yield "from the start to listening", _unit(report["start_to_listening_s"], "s")
    yield "memory beyond the models", _unit(report["memory_beyond_models_mb"], "MB")
    yield "properties over D-Bus, while it answers", _typical(report["bus_answer_ms"])
    yield "voicectl status, from its start to its end", _typical(report["voicectl_ms"])


def _ms(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0f}"


def _unit(value: float | None, unit: str) -> str:
    return NOTHING if value is None else f"{value:g} {unit}".strip()


def _typical(spread: dict[str, Any]) -> str:
    """The median, and the longest."""
    return f"{spread['p50']:g} ms, at most {spread['max']:g} ms" if spread["n"] else NOTHING


def _times(before: float | None, now: float | None) -> str:
    return f"{before / now:.1f} ×" if before and now else NOTHING


FIGURES: list[tuple[str, Callable[[dict[str, Any]], float | None]]] = [
    *(
        (f"{name}, {MEANING[kind]} (ms)", lambda report, key=key, kind=kind: report[key][kind]["p50"])
        for key, name in (
            ("response_ms", "response"),
            ("compute_ms", "compute"),
            ("sequential_response_ms", "sequential"),
        )
        for kind in KINDS
    ),
    ("cut off at a pause inside (%)", lambda report: report["false_cutoffs_percent"]),
    ("first sound ÷ whole sentence", lambda report: report["tts_first_sound_ratio"]),
    ("prompt tokens beyond the turn's own", lambda report: report["extra_tokens_per_turn"]),
    ("one core while nobody speaks (%)", lambda report: report["idle_cpu_percent"]["quiet"]),
    ("one core while others talk (%)", lambda report: report["idle_cpu_percent"]["talk"]),
    ("from the start to listening (s)", lambda report: report["start_to_listening_s"]),
    ("memory beyond the models (MB)", lambda report: report["memory_beyond_models_mb"]),
    # Reports of before these were measured have none.
    ("properties over D-Bus (ms)", lambda report: report.get("bus_answer_ms", {}).get("p50")),
    ("voicectl status (ms)", lambda report: report.get("voicectl_ms", {}).get("p50")),
]
"""What two reports are compared by; of all of them less is better."""


def ratios(old: dict[str, Any], new: dict[str, Any]) -> list[tuple[str, float | None, float | None, float | None]]:
    """Of each figure: its name, what it was, what it is, and the ratio of the two; None for what is not known."""
    found = []
    for name, figure in FIGURES:
        was, now = figure(old), figure(new)
        if was is not None or now is not None:
            found.append((name, was, now, now / was if was and now is not None else None))
    return found


def compare(console: Console, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Prints how `new` compares with `old`, and what was not the same in both."""
    table = Table(title="Compared with before", title_justify="left", box=SIMPLE_HEAD, padding=(0, 0, 0, 1))
    for name in ("", "before", "now", "now ÷ before"):
        table.add_column(name, justify="right" if name else "left")
    for name, was, now, ratio in ratios(old, new):
        colour = "" if ratio is None or 0.95 < ratio < 1.05 else "green" if ratio < 1 else "red"
        table.add_row(name, _unit(was, ""), _unit(now, ""), NOTHING if ratio is None else f"{ratio:.2f}", style=colour)
    console.print()
    console.print(table)
    for key, what in (("machine", "the machine"), ("models", "the models")):
        changed = [name for name in old[key] if name != "load" and old[key][name] != new[key].get(name)]
        if changed:
            console.print(f"Not the same in both: {what} ({', '.join(changed)}).")
