"""A machine, its memory's bandwidth and the profiles flow in; what runs on it, and what would not, flows out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voiced.config.settings import Config
from voiced.hardware.bandwidth import Bandwidth
from voiced.hardware.choose import SPARE
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
    """One step down: the next that takes less memory."""
    up: Fit | None
    """One step up: the next that takes more."""


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

    def fit(name: str, load: Load) -> Fit:
        memory = memory_mb(load, catalogue)
        short = sum(memory.values()) - int(machine.memory_mb * SPARE) if machine.memory_mb else 0
        model = catalogue.get(load.models.llm or "")
        tokens_s = bandwidth.all * 1e9 / model.size if model else None
        return Fit(name, load, memory, storage_mb(load, catalogue), max(0, short), tokens_s)

    distinct: dict[Load, str] = {}
    # Of profiles that run the same the one in use speaks for all, or else one that needs no graphics processor.
    for each in sorted(profiles, key=lambda other: (other.name != profile.name, other.gpu)):
        distinct.setdefault(load_with(each, voice, Config(), catalogue), each.name)
    ladder = sorted((fit(name, load) for load, name in distinct.items()), key=lambda each: each.memory_mb)
    chosen = fit(profile.name, used)
    return Survey(
        chosen,
        tuple(name for name in used.names if name not in catalogue),
        tuple(ladder),
        down=next((each for each in reversed(ladder) if each.memory_mb < chosen.memory_mb), None),
        up=next((each for each in ladder if each.memory_mb > chosen.memory_mb), None),
    )
