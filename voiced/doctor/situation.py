"""The command line's choices flow in, what all trials share flows out: the setting, and what earlier trials found."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from voiced.clock import SystemClock
from voiced.compose import commands_of
from voiced.demo.person import Person
from voiced.doctor.finding import Finding
from voiced.doctor.sockets import Watch
from voiced.engines import STARTER, Engines
from voiced.errors import ConfigError
from voiced.install.layout import PROGRAM, Kind, Place
from voiced.install.person import caller
from voiced.intents.commands import HassilCommands
from voiced.setting import Setting
from voiced.stages import Clock, Pcm

ENGINES: Final = ("faster-whisper", "pocketsphinx", "llama.cpp", "piper", "espeak-ng")
"""What is no person's own name for a model."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A running voiced, as the bus shows it."""

    process: int
    properties: Mapping[str, Any]

    @property
    def quiet(self) -> bool:
        """Whether nobody talks to it."""
        return self.properties.get("State") in ("asleep", "muted")


@dataclass
class Situation:
    """Owned by one thread; to be closed."""

    setting: Setting
    environment: Mapping[str, str]
    kind: Kind = "user"
    root: Path = Path("/")
    """Below it lie /proc, /sys, /run, /var and the units."""
    clock: Clock = field(default_factory=SystemClock)
    silent: bool = False
    """Whether nothing may be played."""
    mistakes: ConfigError | None = None
    """What is wrong with the configuration; then `setting` is the one without it."""
    daemon: Seen | None = None
    """Once the bus was tried: the voiced that runs."""
    heard: Pcm | None = None
    """Once the sound was tried: what the microphone heard of the spoken wake word, 16 kHz."""
    watch: Watch = field(default_factory=Watch)
    """Looks after this process's sockets until the end."""
    stack: ExitStack = field(default_factory=ExitStack)

    @property
    def live(self) -> bool:
        """Whether this is the system that runs, rather than a tree."""
        return self.root == Path("/")

    @cached_property
    def place(self) -> Place:
        """Where the units would be."""
        return Place(self.kind, self.root, Path(PROGRAM), self.setting.paths, caller(self.environment))

    @cached_property
    def trial(self) -> Setting:
        """The setting, with a state folder of its own, so that nobody's timers are touched; and with a cache of its own
        where the real one belongs to somebody else, who could not read what we leave in it."""
        folder = Path(tempfile.mkdtemp(prefix="voiced-doctor-"))
        self.stack.callback(shutil.rmtree, folder, ignore_errors=True)
        paths = self.setting.paths
        shared = next(each for each in (paths.cache, *paths.cache.parents) if each.exists())
        ours = self.kind == "user" and shared.stat().st_uid == os.geteuid() and os.access(shared, os.W_OK)
        cache = paths.cache if ours else folder / "cache"
        return replace(self.setting, paths=replace(paths, state=folder / "state", cache=cache))

    @cached_property
    def engines(self) -> Engines:
        """Those of the trial."""
        return Engines(self.trial)

    @cached_property
    def commands(self) -> HassilCommands:
        """The commands, on timers of the trial's own. Raises StateError."""
        return self.stack.enter_context(commands_of(self.trial, self.clock))[0]

    @cached_property
    def person(self) -> Person:
        """Somebody who says test sentences. Raises EngineError when there is no synthesiser for them."""
        return Person()

    def close(self) -> None:
        """Lets go of all that was loaded."""
        self.watch.close()
        self.stack.close()


def replaced(engines: Engines, stage: str, what: str) -> Iterator[Finding]:
    """What was to be used at this stage, and could not."""
    for each in engines.replaced:
        if each.stage == stage:
            instead = f"{each.used} takes its place" if each.used else "nothing takes its place"
            reason, _, todo = each.reason.partition("; ")
            name = each.wanted if each.wanted.removesuffix(STARTER) in ENGINES else "A model that was asked for"
            # What was to be used is broken or missing; that something else stands in makes it no better.
            yield Finding(what, "fault", f"{each.wanted} cannot be used, so {instead}: {reason.rstrip('.')}.",
                          todo[:1].upper() + todo[1:] or "Get it again, or name another.",
                          public=f"{name} cannot be used, so {instead}.")  # fmt: skip
