"""`voiced bench`: models flow in, how long a person waits for an answer flows out."""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from voiced.audio.room import Pace
from voiced.bench import controlled, picture, table
from voiced.bench.alone import Job, measure
from voiced.bench.figures import answers, extra_tokens, report
from voiced.bench.lines import KINDS, Kind, plan
from voiced.bench.machine import machine
from voiced.bench.person import Speech
from voiced.bench.recipes import RECIPES, Models, Recipe, prepare
from voiced.bench.sequential import Documented, Exchange, Sequential
from voiced.bench.session import LEAD_IN_S, Session, Turn, session
from voiced.bench.setting import chosen, settled
from voiced.cli.outputs import check_writable
from voiced.compose import conversation_of
from voiced.errors import EngineError, StateError
from voiced.llm.template import ChatTemplate
from voiced.models import STARTERS
from voiced.models import Kind as ModelKind
from voiced.paths import find_paths
from voiced.setting import Setting
from voiced.stages import Pcm
from voiced.vad import SileroVad

WITHOUT: Final[dict[ModelKind, str]] = {"stt": "pocketsphinx", "llm": "no language model", "tts": "espeak-ng"}
"""What works where there is no model."""


def run(options: argparse.Namespace) -> int:
    """Measures, in real time."""
    return bench(options, RECIPES.get(options.models), "realtime")


def bench(options: argparse.Namespace, recipe: Recipe | None, pace: Pace, idle_s: float = 20.0) -> int:
    """The same on models of any `recipe`, or on those that are installed, at any pace: at `fast` pace it all happens,
    and takes no time."""
    if options.turns < 1:
        raise StateError(f"{options.turns} turns are none; give --turns a number from 1 on.")
    old = _read(options.compare) if options.compare else None
    if options.plot:
        check_writable(options.plot)
    kinds: tuple[Kind, ...] = tuple(dict.fromkeys(options.kinds or KINDS))
    settled(options.config, options.profile, os.environ)  # mistakes in it are told before anything is written
    speech = Speech()
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    )  # fmt: skip
    with progress:
        shapes = _prepared(recipe, progress) if recipe else None
        setting = settled(options.config, options.profile, os.environ, shapes)
        places = {kind: chosen(kind, setting) for kind in STARTERS}
        if places["llm"] is None and kinds != ("command",):
            raise EngineError("There is no language model to be measured; install one, or ask for --kinds command.")
        of = {"models": _models(recipe, places), "machine": machine(setting)}
        told, turns, exchanges = _measured(options, shapes, setting, speech, kinds, pace, idle_s, progress)
    told |= of | {"turns": options.turns}
    if options.json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        table.show(Console(highlight=False), told)
    if old is not None:
        table.compare(Console(highlight=False, stderr=options.json), old, told)
    if options.plot:
        picture.draw(options.plot, picture.panels(turns, exchanges), table.origin(told))
    missing = [kind for kind in kinds if not told["response_ms"][kind]["n"]]
    if missing:
        raise EngineError(f"No turn went as it should ({', '.join(missing)}); see whether voiced demo works.")
    return 0


def _read(path: Path) -> dict[str, Any]:
    """A report of before. Raises StateError."""
    try:
        old = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StateError(f"{path} cannot be read ({error.strerror}); name what --json has printed before.") from error
    except ValueError as error:
        raise StateError(f"{path} is not JSON; name what --json has printed before.") from error
    try:
        table.ratios(old, old)
        dict(old["machine"]), dict(old["models"])
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"{path} is not a report of this benchmark; name what --json has printed before.") from error
    return dict(old)


def _prepared(recipe: Recipe, progress: Progress) -> Models:
    task = progress.add_task("looking at the models", total=None)

    def tell(name: str, done: float, total: float) -> None:
        progress.update(task, description=f"writing {name}", completed=min(done, total), total=total)

    cache = find_paths(os.environ).cache
    prompt = conversation_of(settled(None, None, {"HOME": "/"}).voice).history()[0].content
    models = prepare(recipe, cache, prompt, tell)
    progress.remove_task(task)
    return models


def _measured(
    options: argparse.Namespace,
    shapes: Models | None,
    setting: Setting,
    speech: Speech,
    kinds: tuple[Kind, ...],
    pace: Pace,
    idle_s: float,
    progress: Progress,
) -> tuple[dict[str, Any], list[Turn], list[Exchange]]:
    """Processes of voiced's own first, then the conversation with both."""
    task = progress.add_task("start and idleness", total=None)
    paths = (str(shapes.stt), str(shapes.llm), str(shapes.tts)) if shapes else None
    config = str(options.config) if options.config else None
    job = Job(config, options.profile, paths, kinds, pace, idle_s)
    alone = measure(job)
    progress.update(task, description="answers over D-Bus")
    asked = controlled.measure(job)
    lines = list(plan(kinds, options.turns))
    progress.update(task, description="synthesising the person", total=len(lines))
    spoken = []
    for line in lines:
        spoken.append((speech.utter(line), speech.utter(line)))
        progress.advance(task)
    turns: list[Turn] = []
    exchanges: list[Exchange] = []
    chain: list[Sequential] = []

    def script(held: Session) -> Iterator[Pcm]:
        yield from held.air.silence(LEAD_IN_S)
        for ours, theirs in spoken:
            progress.update(task, description=f"{ours.line.kind}: {' '.join(ours.line.parts)}")
            yield from held.turn(ours, turns)
            for sequential in chain:
                yield from held.exchange(theirs, sequential, exchanges)
            progress.advance(task)

    with ExitStack() as stack:
        held = stack.enter_context(session(setting, script, telling=shapes is not None, pace=pace, lines=lines))
        progress.update(task, description="loading the sequential chain", total=None)
        llm, extra = chosen("llm", setting), None
        if llm is not None:
            documented = Documented(setting, held.chain, chosen("stt", setting), llm, chosen("tts", setting))
            parts = held.prompter, held.chain.clock, held.chain.activity
            sequential = Sequential(documented, SileroVad(), conversation_of(setting.voice), *parts)
            chain.append(stack.enter_context(closing(sequential)))
        progress.update(task, total=len(lines), completed=0)
        held.assistant.run()
        if llm is not None:
            extra = extra_tokens(turns, ChatTemplate(documented.template).prompt, documented.tokens)
    return report(turns, exchanges, alone) | answers(asked) | {"extra_tokens_per_turn": extra}, turns, exchanges


def _models(recipe: Recipe | None, places: dict[ModelKind, Path | None]) -> dict[str, Any]:
    """What was measured."""
    names = dict(zip(STARTERS, recipe.called, strict=True)) if recipe else {}
    told: dict[str, Any] = {"set": recipe.name if recipe else "installed", "scripted": recipe is not None}
    for kind, place in places.items():
        file = place / "model.bin" if place is not None and place.is_dir() else place
        size = round(file.stat().st_size / 1e6, 1) if file is not None else 0.0
        told[kind] = {"name": names.get(kind) or (place.name if place else WITHOUT[kind]), "mb": size}
    return told
