"""The profiles and the catalogue flow in, the tables of docs/hardware.md flow out.

`python -m voiced.hardware.reference docs/hardware.md` renews them in that file; a test compares.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

from voiced.hardware.estimate import Responses, responses
from voiced.hardware.needs import load_of, memory_mb, storage_mb
from voiced.hardware.profile import Expected, Figure, Profile, load_profiles
from voiced.models.catalogue import Entry, load_catalogue
from voiced.resources import hardware_dir

MARKS: Final = ("<!-- {name}: generated from the profiles -->\n", "<!-- end of {name} -->\n")

FIGURES: Final = {
    "recognise_ms": ("recognises in", "ms"),
    "voice_rtf": ("speaks a second in", "s"),
    "prefill_tokens_s": ("reads", "tokens/s"),
    "decode_tokens_s": ("writes", "tokens/s"),
    "bandwidth_gb_s": ("reads memory at", "GB/s"),
}


def renew(text: str, profiles: Sequence[Profile], catalogue: Mapping[str, Entry]) -> str:
    """The document `text` with its tables made anew."""
    ordered = sorted(profiles, key=lambda profile: sum(memory_mb(load_of(profile), catalogue).values()))
    tables = {
        "profiles": _table(("profile", "for", "hears", "thinks", "speaks", "drafts", "context"), map(_what, ordered)),
        "budget": _table(
            ("profile", "memory", "of it", "at least", "models on disk", "hot", "cool again"),
            (_budget(profile, catalogue) for profile in ordered),
        ),
        "threads": _table(
            ("profile", "wake word", "recogniser", "model reads", "model writes", "voice"), map(_threads, ordered)
        ),
        "responses": _table(
            ("profile", "known command", "one sentence", "four sentences", "replaced by"), map(_expected, ordered)
        ),
        "figures": "".join(_figures(ordered)),
    }
    for name, table in tables.items():
        first, last = (mark.format(name=name) for mark in MARKS)
        text = re.sub(
            f"{re.escape(first)}.*?{re.escape(last)}",
            lambda _, new=f"{first}\n{table}\n{last}": new,  # type: ignore[misc]
            text,
            flags=re.S,
        )
    return text


def command(profile: Profile) -> str:
    """What is to be typed on such a machine to measure what is estimated here."""
    kinds = "" if profile.models.llm else " --kinds command"
    pull = "voiced models pull recommended && " if profile.models.stt else ""
    return f"{pull}voiced bench --models installed{kinds}"


def _what(profile: Profile) -> tuple[str, ...]:
    models = profile.models
    return (
        f"`{profile.name}`",
        profile.summary,
        f"`{models.stt}`" if models.stt else "pocketsphinx",
        f"`{models.llm}`" if models.llm else "– (commands only)",
        f"`{models.tts}`" if models.tts else "espeak-ng",
        "yes" if profile.drafts else "no",
        f"{profile.budget.context_tokens:,}" if models.llm else "–",
    )


def _budget(profile: Profile, catalogue: Mapping[str, Entry]) -> tuple[str, ...]:
    memory = memory_mb(load_of(profile), catalogue)
    parts = ", ".join(f"{name} {megabytes}" for name, megabytes in memory.items())
    return (
        f"`{profile.name}`",
        f"{sum(memory.values())} MB",
        parts,
        f"{profile.match.memory_mb} MB",
        f"{sum(storage_mb(load_of(profile), catalogue).values())} MB",
        f"{profile.heat.hot_c} °C",
        f"{profile.heat.cool_c} °C",
    )


def _threads(profile: Profile) -> tuple[str, ...]:
    threads, thinks = profile.threads, profile.models.llm is not None
    model = (str(threads.llm_prefill), str(threads.llm_decode)) if thinks else ("–", "–")
    return f"`{profile.name}`", str(threads.wake), str(threads.stt), *model, str(threads.tts)


def _expected(profile: Profile) -> tuple[str, ...]:
    told: Responses = responses(profile)
    seconds = (None if ms is None else ms / 1000 for ms in (told.command, told.short, told.long))
    return f"`{profile.name}`", *("–" if s is None else f"{s:.1f} s" for s in seconds), f"`{command(profile)}`"


def _figures(profiles: Sequence[Profile]) -> Iterator[str]:
    """What each expects; profiles that expect the same together."""
    for expected in dict.fromkeys(profile.expected for profile in profiles):
        alike = [f"`{profile.name}`" for profile in profiles if profile.expected == expected]
        yield f"- {', '.join(alike)}\n{''.join(_sources(expected))}"


def _sources(expected: Expected) -> Iterator[str]:
    for field in fields(Expected):
        figure: Figure | None = getattr(expected, field.name)
        if figure is not None:
            what, unit = FIGURES[field.name]
            yield f"  - {what} {figure.value:g} {unit}, {figure.origin}: {figure.source}.\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, ["---"] * len(header), *rows))


if __name__ == "__main__":
    document = Path(sys.argv[1])
    renewed = renew(document.read_text("utf-8"), load_profiles(hardware_dir()), load_catalogue())
    document.write_text(renewed, encoding="utf-8")
