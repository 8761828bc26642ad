"""Configuration, voice, hardware profile and folders flow in, one value that is handed on flows out."""

from dataclasses import dataclass, field
from pathlib import Path

from voiced.config.settings import Config
from voiced.config.voice import Voice
from voiced.hardware import Profile
from voiced.paths import Paths
from voiced.resources import starter_dir


@dataclass(frozen=True, slots=True)
class Setting:
    """What was decided at the edge, once."""

    config: Config
    voice: Voice
    profile: Profile
    profile_reason: str
    paths: Paths
    starter: Path = field(default_factory=starter_dir)
    """The folder with the starter models."""

    @property
    def wake_words(self) -> tuple[str, ...]:
        """The configuration's, or else the voice's."""
        return tuple(self.config.wake_words or self.voice.wake_words)
