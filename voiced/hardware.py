"""The files that describe a machine flow in, the hardware profile that suits it flows out, with the reason.

A profile says which models a class of machines can run, on how many threads, and in how much memory.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, TypeAlias

from voiced.config.reading import load
from voiced.config.rules import FROM_FILE_NAME, Length, Range, did_you_mean, show
from voiced.config.settings import Model
from voiced.errors import ConfigError

ThreadCount: TypeAlias = Annotated[int, Range(1, 64)]
Megabytes: TypeAlias = Annotated[int, Range(100, 1_000_000)]


@dataclass(frozen=True, slots=True)
class Machine:
    """What can be read about a machine; what can not is empty or 0."""

    board: str = ""
    """The name in the device tree, such as "Raspberry Pi 5 Model B Rev 1.0"; empty on PCs."""
    processor: str = ""
    """The processor's name, such as "Intel(R) N100"; empty on most ARM machines."""
    architecture: str = ""
    """"x86_64", "aarch64", "arm"."""
    features: frozenset[str] = frozenset()
    """Instruction sets, by the kernel's names: "avx2", "asimddp"."""
    cores: int = 0
    """Physical cores."""
    cpus: int = 0
    """What the kernel schedules on: cores, times two with hyper-threading."""
    memory_mb: int = 0
    """Memory that the kernel has, in units of 1,000,000 bytes."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which machines a profile is for."""

    names: tuple[Annotated[str, Length(1, 80)], ...] = ()
    """Words in the board's or the processor's name; whoever is named so gets this profile, whatever else is true."""
    architectures: tuple[str, ...] = ()
    """Otherwise: one of these; empty for any."""
    features: tuple[str, ...] = ()
    """Otherwise: all of these instruction sets."""
    cores: ThreadCount = 1
    """Otherwise: at least so many physical cores."""
    memory_mb: Megabytes = 100
    """Otherwise: at least so much memory."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads each stage may use."""

    wake: ThreadCount
    """The wake word; it runs all day (M7), so one."""
    stt: ThreadCount
    """The recogniser."""
    llm_prefill: ThreadCount
    """The language model while it reads: bound by arithmetic."""
    llm_decode: ThreadCount
    """The language model while it writes: bound by memory."""
    tts: ThreadCount
    """The synthesiser."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models that are recommended, by name."""

    stt: Model
    """For faster-whisper."""
    llm: Model
    """For llama.cpp."""
    tts: Model
    """For Piper, where the voice names none."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the daemon may use."""

    context_tokens: Annotated[int, Range(512, 131072)]
    """Tokens of conversation that the language model holds."""
    memory_mb: Megabytes
    """Resident memory with all stages loaded."""
    storage_mb: Megabytes
    """Models on disk."""
    hot_c: Annotated[int, Range(40, 110)]
    """Degrees Celsius at which the machine is about to slow itself down."""


@dataclass(frozen=True, slots=True)
class Profile:
    """All of hardware/NAME.toml."""

    summary: Annotated[str, Length(1, 100)]
    """The class of machines, for people."""
    drafts: bool
    """Whether to work on an answer before it is sure that the person has finished."""
    match: Match
    threads: Threads
    models: Models
    budget: Budget
    notes: tuple[str, ...] = ()
    """Where the numbers come from."""
    name: str = field(default="", metadata=FROM_FILE_NAME)
    """The file's name without its ending."""


def look_at(root: Path = Path("/")) -> Machine:
    """The machine whose /proc and /sys lie below `root`. Never fails: what cannot be read is left empty."""
    info = _cpu_info(_text(root / "proc/cpuinfo"))
    features = frozenset((info.get("flags") or info.get("Features") or [""])[0].split())
    cpus = len(info.get("processor", [])) or _count(_text(root / "sys/devices/system/cpu/online"))
    # Hyper-threads share a core's file content ("0,4"), so the distinct contents are the cores.
    topologies = root.glob("sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list")
    cores = len({_text(file) for file in topologies} - {""})
    memory = re.search(r"^MemTotal:\s+(\d+) kB", _text(root / "proc/meminfo"), re.M)
    return Machine(
        board=_text(root / "proc/device-tree/model") or info.get("Model", [""])[0],
        processor=info.get("model name", [""])[0],
        architecture=_architecture(features),
        features=features,
        cores=min(cores, cpus) or cpus,
        cpus=cpus,
        memory_mb=int(memory[1]) * 1024 // 1_000_000 if memory else 0,
    )


def load_profile(name: str, folder: Path) -> Profile:
    """The profile `name` in `folder`.

    Raises ConfigError when there is none of that name, or with all mistakes in its file."""
    files = {file.stem: file for file in sorted(folder.glob("*.toml"))}
    if name not in files:
        raise ConfigError(f"There is no hardware profile {show(name)}; {did_you_mean(name, list(files))}")
    return replace(load(files[name], Profile), name=name)


def load_profiles(folder: Path) -> list[Profile]:
    """All profiles in `folder`. Raises ConfigError when there is none, or with all mistakes in the first wrong one."""
    profiles = [load_profile(file.stem, folder) for file in sorted(folder.glob("*.toml"))]
    if not profiles:
        raise ConfigError(f"{folder} holds no hardware profiles; install voiced again.")
    return profiles


def choose_profile(machine: Machine, profiles: Sequence[Profile]) -> tuple[Profile, str]:
    """The profile for `machine`, and why, in one sentence. `profiles` must not be empty.

    A name decides first; then the most demanding profile whose demands are met; then the least demanding one."""
    by_demand = sorted(profiles, key=lambda p: (p.match.memory_mb, p.match.cores), reverse=True)
    for profile in by_demand:
        for called in (machine.board, re.sub(r"\((R|TM)\)", "", machine.processor)):
            if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", called, re.I) for name in profile.match.names):
                return profile, f"This machine calls itself {show(called)}.{_tight(machine, profile)}"
    for profile in by_demand:
        if _meets(machine, profile.match):
            has = f"{machine.cores} cores and {machine.memory_mb} MB of memory"
            return profile, f"This machine has {has}, enough for this profile.{_tight(machine, profile)}"
    modest = by_demand[-1]
    return modest, f"No profile describes this machine, so it gets the most modest one.{_tight(machine, modest)}"


def fit(profile: Profile, machine: Machine) -> Profile:
    """`profile` with no stage on more threads than `machine` has; unchanged when that is not known."""
    if machine.cpus == 0:
        return profile
    old = profile.threads
    return replace(
        profile,
        threads=Threads(
            wake=min(old.wake, machine.cpus),
            stt=min(old.stt, machine.cpus),
            llm_prefill=min(old.llm_prefill, machine.cpus),
            llm_decode=min(old.llm_decode, machine.cpus),
            tts=min(old.tts, machine.cpus),
        ),
    )


def find_profile(name: str | None, folder: Path, machine: Machine) -> tuple[Profile, str]:
    """The profile called `name`, as `--profile` or config.toml say, else the one that suits `machine`; and why.

    Its threads fit the machine. Raises ConfigError as `load_profile` does."""
    if name is not None:
        profile, reason = load_profile(name, folder), "It was asked for by name."
    else:
        profile, reason = choose_profile(machine, load_profiles(folder))
    return fit(profile, machine), reason


def _meets(machine: Machine, match: Match) -> bool:
    return (
        (not match.architectures or machine.architecture in match.architectures)
        and machine.features.issuperset(match.features)
        and machine.cores >= match.cores
        and machine.memory_mb >= match.memory_mb
    )


def _tight(machine: Machine, profile: Profile) -> str:
    """A warning when the profile's budget does not leave the system a fifth of a small machine's memory."""
    budget = profile.budget.memory_mb
    if machine.memory_mb == 0 or budget <= machine.memory_mb * 0.8:
        return ""
    return f" Its {machine.memory_mb} MB of memory are short for the {budget} MB that are planned: use smaller models."


def _cpu_info(text: str) -> dict[str, list[str]]:
    """/proc/cpuinfo's keys, and each one's values in order."""
    info: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            info.setdefault(key.strip(), []).append(value.strip())
    return info


def _architecture(features: frozenset[str]) -> str:
    """From the instruction sets, and not from this process's own kernel, so that folders can be looked at in tests."""
    marks = {"x86_64": "lm", "aarch64": "asimd", "arm": "half"}
    return next((name for name, mark in marks.items() if mark in features), "")


def _count(ranges: str) -> int:
    """How many CPUs a list such as "0-3,8" names."""
    pairs = re.findall(r"(\d+)(?:-(\d+))?", ranges)
    return sum(int(last or first) - int(first) + 1 for first, last in pairs)


def _text(file: Path) -> str:
    """A file's text without the NUL that ends the device tree's, at most 1 MB; empty when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(1_000_000).decode("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""
