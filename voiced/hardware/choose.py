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
    for profile in ordered:
        if _meets(machine, profile.match):
            has = f"{machine.cores} cores and {machine.memory_mb} MB of memory"
            has += f", and {machine.gpus[0]}" if profile.match.gpu == "nvidia" else ""
            return profile, f"{short}This machine has {has}, enough for this profile.{_tight(machine, profile)}"
    modest = ordered[-1]
    return modest, f"{short}No profile describes this machine, so it gets the most modest one.{_tight(machine, modest)}"


def by_demand(profiles: Sequence[Profile]) -> list[Profile]:
    """The most demanding first; what a machine is comes before how much it has."""

    def demand(profile: Profile) -> tuple[bool, bool, int, int]:
        match = profile.match
        return match.gpu != "none", match.portable is not None, match.memory_mb, match.cores

    return sorted(profiles, key=demand, reverse=True)


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


def _calls_itself(machine: Machine, profile: Profile) -> str:
    """The name of the machine that this profile knows, in quotes; empty when it knows none."""
    for called in (machine.board, re.sub(r"\((R|TM)\)", "", machine.processor)):
        if any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", called, re.I) for name in profile.match.names):
            return show(called)
    return ""


def _meets(machine: Machine, match: Match) -> bool:
    return (
        (not match.architectures or machine.architecture in match.architectures)
        and machine.features.issuperset(match.features)
        and machine.cores >= match.cores
        and (match.portable is None or machine.portable == match.portable)
        and (match.gpu == "none" or bool(machine.gpus))
        and machine.memory_mb >= match.memory_mb
    )


def _tight(machine: Machine, profile: Profile) -> str:
    """A warning when the profile's budget does not leave the system a fifth of a small machine's memory."""
    budget = profile.budget.memory_mb
    if machine.memory_mb == 0 or budget <= machine.memory_mb * SPARE:
        return ""
    return f" Its {machine.memory_mb} MB of memory are short for the {budget} MB that are planned: use smaller models."
