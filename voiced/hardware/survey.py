"""A machine, its memory's bandwidth and the profiles flow in; what runs on it, and what would not, flows out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voiced.config.settings import Config
from voiced.hardware.bandwidth import Bandwidth
from voiced.hardware.choose import SPARE, foreign, wanting
from voiced.hardware.machine import Machine
from voiced.hardware.needs import Load, load_with, memory_mb, storage_mb
from voiced.hardware.profile import Profile
from voiced.models.catalogue import Entry
from voiced.setting import Setting


@dataclass(frozen=True, slots=True)
class Fit:
    """What would run on a machine, and what it would take."""

    name: str
    """The profile's."""
    load: Load
    memory: dict[str, int]
    """Megabytes of each part."""
    storage: dict[str, int]
    """Megabytes of each model on disk."""
    lacks_mb: int
    """Megabytes that the machine has too little, a fifth left to the system; 0 where it fits, or nobody knows."""
    tokens_s: float | None
    """What the language model can write in a second at most: for each token all weights are read, and nothing reads
    them faster than the memory delivers. None without a model, or where its size is not known."""

    wants: str = ""
    """What its profile is made for that the machine has too little of; empty where it has enough."""
    foreign: str = ""
    """What other machine its profile is for, as the end of "one ..."; empty where it is for this kind."""

    @property
    def memory_mb(self) -> int:
        """Of all parts."""
        return sum(self.memory.values())

    @property
    def storage_mb(self) -> int:
        """Of all models."""
        return sum(self.storage.values())


@dataclass(frozen=True, slots=True)
class Survey:
    """What runs on a machine, and its neighbours."""

    chosen: Fit
    unknown: tuple[str, ...]
    """Models in use that the catalogue lacks: what they take is in no sum."""
    ladder: tuple[Fit, ...]
    """All profiles that differ in what they run, the one that takes the least memory first."""
    down: Fit | None
    """One step down: the next that takes less memory, and could be chosen on this machine."""
    up: Fit | None
    """One step up: the next that takes more, for this kind of machine."""
    beyond: Fit | None
    """Where there is no step up: the next that takes more, for another kind."""


def survey(
    machine: Machine,
    bandwidth: Bandwidth,
    setting: Setting,
    profiles: Sequence[Profile],
    catalogue: Mapping[str, Entry],
) -> Survey:
    """What runs on `machine` with `setting`, and the other `profiles` there, with the same voice."""
    profile, voice = setting.profile, setting.voice
    used = load_with(profile, voice, setting.config, catalogue)

    def fit(each: Profile, load: Load) -> Fit:
        memory = memory_mb(load, catalogue)
        short = sum(memory.values()) - int(machine.memory_mb * SPARE) if machine.memory_mb else 0
        model = catalogue.get(load.models.llm or "")
        tokens_s = bandwidth.all * 1e9 / model.size if model else None
        return Fit(
            each.name, load, memory, storage_mb(load, catalogue), max(0, short), tokens_s,
            wanting(machine, each.match), foreign(machine, each.match),
        )  # fmt: skip

    def order(other: Profile) -> tuple[bool, bool, bool]:
        return other.name != profile.name, bool(foreign(machine, other.match)), other.gpu

    distinct: dict[Load, Profile] = {}
    # Of profiles that run the same the one in use speaks for all, or else one for this machine, without graphics.
    for each in sorted(profiles, key=order):
        distinct.setdefault(load_with(each, voice, Config(), catalogue), each)
    ladder = sorted((fit(each, load) for load, each in distinct.items()), key=lambda each: each.memory_mb)
    chosen = fit(profile, used)
    less = [each for each in reversed(ladder) if each.memory_mb < chosen.memory_mb]
    more = [each for each in ladder if each.memory_mb > chosen.memory_mb]
    up = next((each for each in more if not each.foreign), None)
    return Survey(
        chosen,
        tuple(name for name in used.names if name not in catalogue),
        tuple(ladder),
        down=next((each for each in less if not each.foreign and not each.wants), None),
        up=up,
        beyond=None if up else next(iter(more), None),
    )
