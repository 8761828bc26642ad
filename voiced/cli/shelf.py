"""Installed models and the catalogue flow in, a table of them flows out, for people or for programs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from rich.console import Console
from rich.table import Table

from voiced import models
from voiced.models import Kind
from voiced.models.catalogue import Entry, WakeWord, load_wake_words
from voiced.models.store import Installed, megabytes
from voiced.resources import starter_dir
from voiced.wake import bundled_words

State: TypeAlias = Literal["installed", "comes along", "available"]

TITLES: Final[Mapping[Kind, str]] = {
    "stt": "Hearing: speech to text",
    "llm": "Thinking: language models",
    "tts": "Speaking: voices",
    "wake": "Waking: wake words",
}

STARTER_MB: Final[Mapping[Kind, int]] = {"stt": 27, "llm": 13, "tts": 48}
"""Megabytes that a starter model adds once it has been used, beyond its library; measured."""


@dataclass(frozen=True, slots=True)
class Line:
    """One model."""

    kind: Kind
    name: str
    state: State
    suits: bool = False
    """Whether it is what this machine and its voice would be best served by."""
    size: int = 0
    """Bytes on disk."""
    memory_mb: int | None = None
    """Megabytes when loaded; None when nobody knows."""
    languages: tuple[str, ...] = ()
    licence: str = ""
    free: bool | None = None
    """Whether it may be used for everything; None when nobody knows."""
    digest: str = ""
    """How it is known to be right: "published", "at the first pull", "pinned", "none"."""
    entry: Entry | None = None
    origin: str = ""
    """Where it is from, if there is no `entry` that says so; and the same of the next two."""
    source: str = ""
    summary: str = ""

    def told(self) -> dict[str, Any]:
        """For programs."""
        entry = self.entry
        return {
            "kind": self.kind,
            "name": self.name,
            "state": self.state,
            "recommended": self.suits,
            "size_bytes": self.size,
            "memory_mb": self.memory_mb,
            "languages": list(self.languages),
            "licence": self.licence,
            "free": self.free,
            "digest": self.digest,
            "speed": entry.speed if entry else "",
            "origin": entry.origin if entry else self.origin,
            "source": entry.source if entry else self.source,
            "summary": entry.summary if entry else self.summary,
        }


def lines(
    installed: Iterable[Installed], catalogue: Mapping[str, Entry], suits: Mapping[Kind, str], tokens: int
) -> list[Line]:
    """All models by kind: what is there first, then what can be had. `tokens` of conversation count as memory."""
    there = {(model.kind, model.name): model for model in installed}
    found: list[Line] = []
    for kind in TITLES:
        entries = {entry.name: entry for entry in catalogue.values() if entry.kind == kind}
        here = [model for (its, _), model in there.items() if its == kind]
        found += [_installed(model, entries.get(model.name), suits, tokens) for model in here]
        found += _along(kind)
        found += [
            Line(
                kind, entry.name, "available", suits.get(kind) == entry.name, entry.size, entry.memory_with(tokens),
                entry.languages, entry.licence, entry.free, "published" if entry.pinned else "at the first pull", entry,
            )
            for entry in entries.values() if (kind, entry.name) not in there
        ]  # fmt: skip
    return found


def _along(kind: Kind) -> list[Line]:
    """What comes with voiced, and with openWakeWord."""
    if kind == "wake":
        known = load_wake_words()
        return [_word(name, path, known.get(name)) for name, path in bundled_words().items()]
    starter = models.starter(kind, models.STARTER_LANGUAGE, starter_dir())
    if starter is None:
        return []
    size, licence = _size(starter), "GPL-3.0-or-later"
    return [
        Line(
            kind, "starter", "comes along", False, size, STARTER_MB[kind], ("en",), licence, True, origin="voiced",
            summary="English; made by this project, small",
        )
    ]  # fmt: skip


def _word(name: str, path: Path, known: WakeWord | None) -> Line:
    """A wake word; None is known of one that only another version of openWakeWord brings."""
    if known is None:
        return Line("wake", name, "comes along", size=_size(path), origin="openwakeword")
    return Line(
        "wake", name, "comes along", False, _size(path), known.memory_mb, known.languages, known.licence, known.free,
        "pinned", origin=known.origin, source=known.source, summary=known.summary,
    )  # fmt: skip


def _size(place: Path) -> int:
    return sum(file.stat().st_size for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file())


def _installed(model: Installed, entry: Entry | None, suits: Mapping[Kind, str], tokens: int) -> Line:
    known = entry if model.record is None or model.record.origin else None
    return Line(
        model.kind, model.name, "installed", suits.get(model.kind) == model.name, model.size,
        known.memory_with(tokens) if known else None,
        known.languages if known else (),
        (known.licence if known else "") or (model.record.licence if model.record else ""),
        known.free if known else None,
        "pinned" if model.record else "none",
        known,
    )  # fmt: skip


def show(found: Iterable[Line], profile: str) -> None:
    """Prints the table, one part for each kind. `profile` is the name of the machine's; empty where none is known."""
    console = Console(markup=False)  # names come from anywhere
    found = list(found)
    for kind, title in TITLES.items():
        table = Table("", "name", "disk", "memory", "for", "licence", box=None, pad_edge=False, title_justify="left")
        table.title = f"\n{title}"
        for column in (1, 2, 3):
            table.columns[column].no_wrap = True
        table.columns[2].justify = table.columns[3].justify = "right"
        for line in (each for each in found if each.kind == kind):
            table.add_row(*_cells(line))
        console.print(table)
    console.print(_legend(found, profile))


def _cells(line: Line) -> tuple[str, ...]:
    mark = {"installed": "●", "comes along": "●", "available": "○"}[line.state]
    about = line.entry.summary if line.entry else line.summary
    licence = f"not free: {line.licence}" if line.free is False else line.licence
    memory = f"{line.memory_mb} MB" if line.memory_mb else ""
    first = "; its digest is pinned at the first pull" if line.digest == "at the first pull" else ""
    return (
        mark + ("★" if line.suits else " "), line.name, megabytes(line.size), memory, about + first, licence,
    )  # fmt: skip


def _legend(found: Iterable[Line], profile: str) -> str:
    told = ["", "● is there, ○ can be had with `voiced models pull NAME`."]
    best = [line for line in found if line.suits]
    if best and profile:
        told.append(f"★ suits this machine, by its profile {profile}, and its voice.")
    if missing := [line for line in best if line.state == "available"]:
        size = megabytes(sum(line.size for line in missing))
        told.append(f"`voiced models pull recommended` gets {', '.join(line.name for line in missing)}: {size}.")
    told.append("Memory: with a conversation as long as this machine holds, where that is known.")
    return "\n".join(told)
