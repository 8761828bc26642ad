"""`voiced hardware`: the machine flows in; what was found, which profile suits it and why, and what else fits, out."""

import argparse
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from voiced.compose import settle
from voiced.hardware.bandwidth import SECONDS, Bandwidth, measure
from voiced.hardware.choose import SPARE
from voiced.hardware.estimate import Responses, responses
from voiced.hardware.machine import Machine, look_at
from voiced.hardware.needs import Load
from voiced.hardware.profile import Models, Profile, load_profiles
from voiced.hardware.reference import command
from voiced.hardware.survey import Fit, Survey, survey
from voiced.hardware.vitals import Vitals, read_vitals
from voiced.models.catalogue import load_catalogue
from voiced.resources import hardware_dir
from voiced.setting import Setting

TELLING: Final = ("sse4_2", "avx", "avx2", "avx_vnni", "avx512f", "avx512_vnni", "asimd", "asimddp", "i8mm", "sve")
"""Instruction sets that make models faster; the hundred others tell nobody anything."""


def run(options: argparse.Namespace) -> int:
    """Looks, measures for two seconds, and tells."""
    return tell(options, Path("/"), SECONDS)


def tell(options: argparse.Namespace, root: Path, seconds: float) -> int:
    """The same for the machine whose files lie below `root`; memory is always this one's."""
    setting = settle(options.config, options.profile, os.environ, look_at(root))
    machine, vitals = look_at(root), read_vitals(root)
    bandwidth = measure(machine.cache_kb * 1024, (vitals.available_mb or 0) * 1_000_000, seconds)
    found = survey(machine, bandwidth, setting, load_profiles(hardware_dir()), load_catalogue())
    cuda = _cuda() if machine.gpus or setting.profile.gpu else {}
    if options.json:
        print(json.dumps(as_json(machine, vitals, bandwidth, setting, found, cuda), ensure_ascii=False))
    else:
        show(Console(highlight=False, markup=False), machine, vitals, bandwidth, setting, found, cuda)
    return 0


def as_json(
    machine: Machine, vitals: Vitals, bandwidth: Bandwidth, setting: Setting, found: Survey, cuda: dict[str, bool]
) -> dict[str, Any]:
    """All of it, for programs. Memory in units of 1,000,000 bytes, bandwidth in 1,000,000,000 bytes a second."""
    profile = setting.profile
    return {
        "machine": asdict(machine) | {"features": sorted(machine.features)},
        "bandwidth_gb_s": asdict(bandwidth),
        "vitals": asdict(vitals),
        "cuda": cuda,
        "profile": profile.name,
        "summary": profile.summary,
        "reason": setting.profile_reason,
        "threads": asdict(profile.threads),
        "heat": asdict(profile.heat),
        "expected_ms": asdict(responses(profile)) | {"models": asdict(profile.models), "replaced_by": command(profile)},
        "uses": _step(found.chosen),
        "uncounted": list(found.unknown),
        "down": _step(found.down),
        "up": _step(found.up),
        "profiles": [_step(each) for each in found.ladder],
    }


def _step(fit: Fit | None) -> dict[str, Any] | None:
    if fit is None:
        return None
    return {
        "profile": fit.name,
        "models": asdict(fit.load.models),
        "context_tokens": fit.load.context_tokens,
        "drafts": fit.load.drafts,
        "memory_mb": fit.memory_mb,
        "memory_parts_mb": fit.memory,
        "storage_mb": fit.storage_mb,
        "lacks_mb": fit.lacks_mb,
        "wants": fit.wants,
        "other_machine": fit.foreign,
        "tokens_s_at_most": None if fit.tokens_s is None else round(fit.tokens_s, 1),
    }


def show(
    console: Console,
    machine: Machine,
    vitals: Vitals,
    bandwidth: Bandwidth,
    setting: Setting,
    found: Survey,
    cuda: dict[str, bool],
) -> None:
    """The same, for people."""
    console.print(_grid(_found(machine, vitals, bandwidth, cuda)))
    console.print(f"\nThe profile chosen is {setting.profile.name}, made for: {setting.profile.summary}.")
    console.print(setting.profile_reason)
    console.print(_grid(_uses(setting, found, cuda)))
    console.print()
    console.print(_ladder(found))
    console.print()
    for line in _steps(machine, found):
        console.print(line)


def _found(machine: Machine, vitals: Vitals, bandwidth: Bandwidth, cuda: dict[str, bool]) -> Iterator[tuple[str, str]]:
    yield "board", machine.board or "a PC, or one that does not say"
    yield "processor", _processor(machine)
    sets = [name for name in TELLING if name in machine.features]
    yield "instructions", ", ".join([machine.architecture or "unknown", *sets])
    free = f", of which {vitals.available_mb:,} are free" if vitals.available_mb is not None else ""
    yield "memory", f"{machine.memory_mb:,} MB{free}"
    threads = f"{bandwidth.all:.1f} with {bandwidth.threads}" if bandwidth.threads > 1 else "the only one"
    yield "bandwidth", f"{bandwidth.one:.1f} GB/s with one thread, {threads} (measured now; other programs count)"
    yield "graphics", _graphics(machine, cuda)
    yield "cooling", _cooling(machine, vitals)


def _processor(machine: Machine) -> str:
    cores = f"{machine.cores} core{'s' if machine.cores != 1 else ''}"
    kinds = f" ({', '.join(machine.kinds)})" if machine.kinds else ""
    threads = f", {machine.cpus} threads" if machine.cpus > machine.cores else ""
    return f"{machine.processor + ', ' if machine.processor else ''}{cores}{kinds}{threads}"


def _graphics(machine: Machine, cuda: dict[str, bool]) -> str:
    if not machine.gpus and not any(cuda.values()):
        return "none that voiced could use"
    able = [name for name, can in cuda.items() if can]
    unable = [name for name, can in cuda.items() if not can]
    told = f"; {' and '.join(able)} can use it" if able else ""
    told += f"; {' and '.join(unable)} cannot, as built here" if unable else ""
    return (", ".join(machine.gpus) or "one that only CUDA sees") + told


def _cooling(machine: Machine, vitals: Vitals) -> str:
    heat = f"{vitals.temperature_c:.0f} °C now" if vitals.temperature_c is not None else "no thermometer is known"
    fan = "a fan" if machine.fan else "no fan is known"
    slowed = f"; the machine slows itself down: {', '.join(vitals.throttled)}" if vitals.throttled else ""
    return f"{heat}, {fan}{slowed}"


def _uses(setting: Setting, found: Survey, cuda: dict[str, bool]) -> Iterator[tuple[str, str]]:
    profile, chosen = setting.profile, found.chosen
    threads, told = profile.threads, responses(profile)
    yield "runs", _models(chosen.load)
    writes = f", model {threads.llm_prefill} and {threads.llm_decode}" if chosen.load.models.llm else ""
    yield "threads", f"wake word {threads.wake}, recogniser {threads.stt}{writes}, voice {threads.tts}"
    parts = ", ".join(f"{name} {megabytes:,}" for name, megabytes in chosen.memory.items())
    yield "memory", f"{chosen.memory_mb:,} MB: {parts}"
    if found.unknown:
        yield "", f"besides {', '.join(found.unknown)}, of which the catalogue knows nothing"
    yield "disk", f"{chosen.storage_mb:,} MB"
    if chosen.tokens_s is not None:
        yield "writes", f"{_rate(chosen.tokens_s)} tokens a second at most, as fast as memory delivers its weights"
    if profile.gpu and not all(cuda.values()):
        without = " and ".join(name for name, can in cuda.items() if not can)
        yield "graphics", f"not used by {without}: there the processor works, and takes as long as that of a desktop PC"
    yield "heat", f"does less from {profile.heat.hot_c} °C on, and more again under {profile.heat.cool_c} °C"
    others = _others(profile, chosen.load)
    yield "expected", f"{_waits(told)}{others} ({told.origin}; `{command(profile)}` measures)"


def _rate(tokens_s: float) -> str:
    return f"{tokens_s:.0f}" if tokens_s >= 10 else f"{tokens_s:.1f}"


def _others(profile: Profile, load: Load) -> str:
    """What the profile's figures were made with where something else runs, as the end of a sentence."""
    pairs = [(getattr(profile.models, kind.name), getattr(load.models, kind.name)) for kind in fields(Models)]
    # A recogniser for all languages takes as long as its sibling for English.
    told = [f"{usual or 'none'}, not {used or 'none'}" for usual, used in pairs
            if used != usual and used != (usual or "").removesuffix(".en")]  # fmt: skip
    return f", reckoned with {' and '.join(told)}" if told else ""


def _models(load: Load) -> str:
    models, hears = load.models, "pocketsphinx" if load.english else "no recogniser"
    thinks = f"{models.llm} with {load.context_tokens:,} tokens" if models.llm else "commands alone"
    drafts = "" if load.drafts else ", no drafts"
    return f"{models.stt or hears}, {thinks}, {models.tts or 'espeak-ng'}{drafts}"


def _waits(told: Responses) -> str:
    answers = "" if told.short is None else f", an answer after {told.short / 1000:.1f} s"
    return f"a command is answered after {told.command / 1000:.1f} s{answers}"


def _ladder(found: Survey) -> Table:
    table = Table("", "profile", "thinks with", "memory", "tokens/s", "here", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap = True
    table.columns[0].min_width = 1
    table.columns[3].justify = table.columns[4].justify = "right"
    for fit in found.ladder:
        table.add_row(
            "★" if fit.name == found.chosen.name else " ",
            fit.name,
            fit.load.models.llm or "commands alone",
            f"{fit.memory_mb:,} MB",
            "–" if fit.tokens_s is None else f"≤ {_rate(fit.tokens_s)}",
            f"lacks {fit.lacks_mb:,} MB" if fit.lacks_mb else "no" if fit.foreign else "fits",
        )
    return table


def _steps(machine: Machine, found: Survey) -> Iterator[str]:
    """What one step in either direction means, in sentences."""
    chosen = found.chosen
    if chosen.lacks_mb:
        yield (
            f"What is chosen lacks {chosen.lacks_mb:,} MB: a fifth of {machine.memory_mb:,} MB belongs to the system. "
            "Name smaller models in config.toml."
        )
    for where, fit in (("up", found.up), ("down", found.down)):
        if fit is None:
            beyond = found.beyond if where == "up" else None
            other = f": {beyond.name}, the next, is for another one, {beyond.foreign}" if beyond else ""
            yield f"There is no step {where} on this machine{other}."
            continue
        memory, disk = fit.memory_mb - chosen.memory_mb, fit.storage_mb - chosen.storage_mb
        verb = "costs" if memory > 0 else "saves"
        line = f"One step {where}, {fit.name}, {verb} {abs(memory):,} MB of memory"
        line += f" and {abs(disk):,} MB of disk" if disk * memory > 0 else ""
        line += f"; it runs {_models(fit.load)}"
        if fit.tokens_s and chosen.tokens_s and not 0.95 < fit.tokens_s / chosen.tokens_s < 1.05:
            line += f", and writes at most {_rate(fit.tokens_s)} tokens a second instead of {_rate(chosen.tokens_s)}"
        yield f"{line}.{_hindrance(fit, where)}"
    yield f"Memory: a fifth of it is left to the system, so {int(machine.memory_mb * SPARE):,} MB may be used."


def _hindrance(fit: Fit, where: str) -> str:
    """Why a step is not taken, as a further sentence."""
    made = f"made for {fit.wants}" if fit.wants else ""
    if fit.lacks_mb:
        return f" Here it lacks {fit.lacks_mb:,} MB{made and f'; it is {made}'}."
    if made:
        return f" It is {made}."
    return f' `profile = "{fit.name}"` in config.toml chooses it.' if where == "up" else ""


def _grid(rows: Iterable[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(name, value)
    return table


def _cuda() -> dict[str, bool]:
    """Which engines can use a graphics processor, as they were built, and on this machine. They are asked."""
    import ctranslate2  # type: ignore[import-untyped]
    from llama_cpp import llama_supports_gpu_offload

    return {"CTranslate2": ctranslate2.get_cuda_device_count() > 0, "llama.cpp": bool(llama_supports_gpu_offload())}
