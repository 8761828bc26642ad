"""Configuration, voice, hardware profile and folders flow in, one value that is handed on flows out."""

from dataclasses import dataclass, field
from pathlib import Path

from voiced.config.settings import Config
from voiced.config.voice import Voice
from voiced.hardware import Profile
from voiced.paths import Paths
from voiced.resources import starter_dir


@dataclass(frozen=True, slots=True)
class Ease:
    """What is left out while the machine is too hot, or short of memory; nothing, mostly."""

    drafts: bool = True
    """Whether drafts are made, where the profile says so."""
    context_tokens: int | None = None
    """What the language model holds; None for as much as the setting says."""
    model: Path | None = None
    """A smaller language model than the setting's; None for the setting's."""
    commands_only: bool = False
    """Whether there is no language model at all."""
    passing: bool = False
    """Whether that lasts only until another model has been loaded, for which a question can wait."""


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
    ease: Ease = field(default_factory=Ease)

    @property
    def drafts(self) -> bool:
        """Whether to work on an answer before it is sure that the person has finished."""
        return self.profile.drafts and self.ease.drafts

    @property
    def context_tokens(self) -> int:
        """Tokens of conversation that the language model holds."""
        return self.ease.context_tokens or self.config.llm.context_tokens or self.profile.budget.context_tokens

    @property
    def wake_words(self) -> tuple[str, ...]:
        """The configuration's, or else the voice's."""
        return tuple(self.config.wake_words or self.voice.wake_words)
