"""A machine and the profiles flow in, the profile that suits it flows out, with the reason in a sentence."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from voiced.config.rules import show
from voiced.hardware.machine import Machine
from voiced.hardware.profile import Match, Profile, Threads, load_profile, load_profiles

SPARE = 0.8
"""The share of a machine's memory that voiced may plan with: the system and the page cache want the rest."""


def choose_profile(machine: Machine, profiles: Sequence[Profile]) -> tuple[Profile, str]:
    """The profile for `machine`, and why, in a sentence or two. `profiles` must not be empty.

    A name decides first, if there is memory enough; then the most demanding profile whose demands are met; then the
    least demanding one."""
    ordered = by_demand(profiles)
    named = [profile for profile in ordered if _calls_itself(machine, profile)]
    for profile in named:
        if machine.memory_mb >= profile.match.memory_mb:
            return profile, f"This machine calls itself {_calls_itself(machine, profile)}.{_tight(machine, profile)}"
    short = ""
    if named:
        least, called = named[-1], f"This machine calls itself {_calls_itself(machine, named[-1])}"
        if machine.memory_mb == 0:  # where the memory cannot be read, the name is believed
            return least, f"{called}."
        short = f"{called}, but {least.name} needs {least.match.memory_mb} MB of memory. "
    for rank, profile in enumerate(ordered):
        if _meets(machine, profile.match):
            has = f"{machine.cores} core{'s' if machine.cores != 1 else ''} and {machine.memory_mb} MB of memory"
            has += f", and {machine.gpus[0]}" if profile.match.gpu == "nvidia" else ""
            why = f"{short}This machine has {has}, enough for this profile.{_tight(machine, profile)}"
            return profile, why if short else why + _missed(machine, ordered[:rank])
    modest = ordered[-1]
    return modest, f"{short}No profile describes this machine, so it gets the most modest one.{_tight(machine, modest)}"


def by_demand(profiles: Sequence[Profile]) -> list[Profile]:
    """The most demanding first; what a machine is comes before how much it has."""

    def demand(profile: Profile) -> tuple[bool, bool, int, int, int]:
        match = profile.match
        return match.gpu != "none", match.portable is not None, len(match.features), match.memory_mb, match.cores

    return sorted(profiles, key=demand, reverse=True)


def foreign(machine: Machine, match: Match) -> str:
    """What other machine a profile is for, as the end of "one ..."; empty where it is for this kind. How much memory it
    has, and how many cores, are no question of the kind."""
    if match.architectures and machine.architecture not in match.architectures:
        return f"with an {' or '.join(match.architectures)} processor"
    if match.portable is not None and machine.portable != match.portable:
        return "that is carried about" if match.portable else "that stays where it is"
    if match.gpu != "none" and not machine.gpus:
        return "with an NVIDIA graphics processor"
    missing = _missing(machine, match)
    return f"with {missing}" if missing else ""


def wanting(machine: Machine, match: Match) -> str:
    """What a profile is made for that `machine` has too little of; empty where it has enough, or nobody knows."""
    memory = f"{match.memory_mb:,} MB of memory" if 0 < machine.memory_mb < match.memory_mb else ""
    cores = f"{match.cores} cores" if 0 < machine.cores < match.cores else ""
    return " and ".join(filter(None, (memory, cores)))


def fit(profile: Profile, machine: Machine) -> Profile:
    """`profile` with no stage on more threads than `machine` has cores, nor, on four and more, what works at once;
    unchanged when that is not known.

    Hyper-threads do not count: two threads of the same arithmetic share what one of them would use."""
    cores, old = machine.cores, profile.threads
    if cores == 0:
        return profile
    wake, tts = min(old.wake, cores), min(old.tts, cores)
    # Beside wake word and voice, but on two at least: the first clause is written before anything is spoken. The run of
    # docs/latency.md had two, on two cores.
    writes = min(max(cores - wake - tts, 2), cores)
    return replace(
        profile,
        threads=Threads(
            wake=wake,
            stt=min(old.stt, max(cores - wake, 1)),
            llm_prefill=min(old.llm_prefill, cores),
            llm_decode=min(old.llm_decode, writes),
            tts=tts,
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


def _calls_itself(machine: Machine, profile: Profile) -> str:
    """The name of the machine that this profile knows, in quotes; empty when it knows none."""
    for called in (machine.board, re.sub(r"\((R|TM)\)", "", machine.processor)):
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", called, re.I) for name in profile.match.names):
            return show(called)
    return ""


def _meets(machine: Machine, match: Match) -> bool:
    enough = machine.cores >= match.cores and machine.memory_mb >= match.memory_mb
    return enough and not foreign(machine, match)


def _missing(machine: Machine, match: Match) -> str:
    """The processor that a profile is made for, where this one lacks instructions."""
    missing = sorted(set(match.features) - machine.features)
    return f"a processor that has {', '.join(missing)}" if missing else ""


def _missed(machine: Machine, above: Sequence[Profile]) -> str:
    """Why none of `above` was chosen, the nearest of them: a sentence; empty where they are for other machines."""
    own = [each.match for each in above if not foreign(machine, each.match)]
    # Next after those for this kind of machine come those for the like of it with a better processor.
    better = [each.match for each in above if foreign(machine, each.match) == f"with {_missing(machine, each.match)}"]
    nearest = min(own or better, key=lambda match: (match.memory_mb, match.cores), default=None)
    if nearest is None:
        return ""

    def lacks(match: Match) -> str:
        return " and ".join(filter(None, (_missing(machine, match), wanting(machine, match))))

    names = [each.name for each in above if each.match in (own or better) and lacks(each.match) == lacks(nearest)]
    return f" For {' or '.join(names)} it would take {lacks(nearest)}."


def _tight(machine: Machine, profile: Profile) -> str:
    """A warning when the profile's budget does not leave the system a fifth of a small machine's memory."""
    budget = profile.budget.memory_mb
    if machine.memory_mb == 0 or budget <= machine.memory_mb * SPARE:
        return ""
    return f" Its {machine.memory_mb} MB of memory are short for the {budget} MB that are planned: use smaller models."
