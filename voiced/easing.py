"""A setting flows in, the same with less to do flows out: the rungs of a ladder, from all to commands alone.

Which rung is right is decided in `voiced.hardware.relief`; which there are depends on what runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from voiced import models
from voiced.hardware.needs import SPHINX_MB
from voiced.models.catalogue import load_catalogue
from voiced.setting import Ease, Setting

LEAST_CONTEXT: Final = 1024
"""Tokens under which a context is not made smaller: the persona, the person's words and an answer have to fit."""

UNKNOWN_TOKEN_BYTES: Final = 100_000
"""Of a model that the catalogue lacks: as much as those of 1 to 2B take."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step down."""

    ease: Ease
    """What is left out, this rung's and those above."""
    effect: str
    """What people notice, as half a sentence."""
    regained_mb: int
    """Megabytes of memory that the step down to it frees, and that the step up from it takes, about."""


def rungs(setting: Setting) -> tuple[Rung, ...]:
    """Those below the top, for a setting that leaves nothing out; none where there is nothing to be left out."""
    return tuple(_rungs(setting))


def eased(setting: Setting, ladder: tuple[Rung, ...], rung: int) -> Setting:
    """`setting` that many steps down; 0 is the top."""
    return replace(setting, ease=ladder[rung - 1].ease if rung else Ease())


def _rungs(setting: Setting) -> Iterator[Rung]:
    ease = Ease()
    if setting.profile.drafts:
        ease = replace(ease, drafts=False)
        yield Rung(ease, "answers are no longer prepared while somebody may still speak", SPHINX_MB)
    found = _models(setting)
    if not found:
        return
    (size, present), *others = found
    tokens = setting.context_tokens
    if tokens // 2 >= LEAST_CONTEXT:
        entry = load_catalogue().get(present.stem)
        each = (entry and entry.token_bytes) or UNKNOWN_TOKEN_BYTES
        ease = replace(ease, context_tokens=tokens // 2)
        yield Rung(ease, "less of the conversation is remembered", tokens // 2 * each // 1_000_000)
    smaller = [(its, other) for its, other in others if its * 2 <= size]
    if smaller:  # the largest of them, for it is the best
        left, model = max(smaller)
        ease = replace(ease, model=model)
        yield Rung(ease, "a smaller language model answers", (size - left) // 1_000_000)
        size = left
    yield Rung(replace(ease, model=None, commands_only=True), "only commands are answered", size // 1_000_000 + 100)


def _models(setting: Setting) -> list[tuple[int, Path]]:
    """The language model in use, if there is one, and all others, with their bytes."""
    wanted, language = setting.config.llm.model or setting.profile.models.llm, setting.voice.language.split("-")[0]
    if wanted is None:
        return []
    others = models.others("llm", language, setting.paths)
    starter = models.starter("llm", language, setting.starter)
    found = [models.find("llm", wanted, setting.paths), *others, starter]
    sizes = {place: models.size("llm", place) for place in found if place is not None}
    return [(size, place) for place, size in sizes.items() if size is not None]
