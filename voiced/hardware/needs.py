"""A profile and the catalogue flow in, the memory and the disk that it takes flow out, part by part.

What is in the catalogue counts as that says; what comes with voiced was measured, on x86-64 with 64-bit Python 3.11.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from voiced.config.settings import Config
from voiced.config.voice import Voice
from voiced.hardware.profile import Models, Profile
from voiced.models import STARTER_LANGUAGE, Kind
from voiced.models.catalogue import Entry, recommended

DAEMON_MB: Final = 125
"""Resident memory of the process with wake word, voice detector, commands, timers, espeak-ng and bus: measured 109 MB;
the sound library's and the echo canceller's 16 on top."""

SPHINX_MB: Final = 155
"""What pocketsphinx adds, told of all commands: measured 152 MB."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is to run."""

    models: Models
    context_tokens: int
    drafts: bool
    english: bool = True
    """Whether English is spoken, which is all that pocketsphinx hears."""

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names."""
        return tuple(name for name in (self.models.stt, self.models.llm, self.models.tts) if name is not None)


def load_of(profile: Profile) -> Load:
    """What a profile itself runs, which is made for English."""
    return Load(profile.models, profile.budget.context_tokens, profile.drafts)


def suiting(profile: Profile, voice: Voice, config: Config, catalogue: Mapping[str, Entry]) -> dict[Kind, str]:
    """The catalogue's models that serve a machine and its voice best; what config.toml names wins."""
    spoken = config.tts.model or (profile.models.tts and voice.speech.model)  # where there is room for a voice
    chosen: dict[Kind, str | None] = {"stt": config.stt.model, "llm": config.llm.model, "tts": spoken}
    return recommended(catalogue, profile, voice.base_language, chosen)


def load_with(profile: Profile, voice: Voice, config: Config, catalogue: Mapping[str, Entry]) -> Load:
    """What runs with a profile and a voice, and with what config.toml says instead."""
    best = suiting(profile, voice, config, catalogue)
    stt, llm, tts = config.stt.model, config.llm.model, config.tts.model
    return Load(
        Models(stt or best.get("stt"), llm or best.get("llm"), tts or best.get("tts")),
        config.llm.context_tokens or profile.budget.context_tokens,
        profile.drafts,
        english=voice.base_language == STARTER_LANGUAGE,
    )


def memory_mb(load: Load, catalogue: Mapping[str, Entry]) -> dict[str, int]:
    """Megabytes of each part, with as much conversation as fits into the context. A model that the catalogue lacks
    counts as none: nobody knows."""
    parts = {"voiced": DAEMON_MB}
    # Without a Whisper it recognises; beside one it reads along, where there is a core to spare for drafts.
    if load.english and (load.models.stt is None or load.drafts):
        parts["pocketsphinx"] = SPHINX_MB
    known = (name for name in load.names if name in catalogue)
    return parts | {name: catalogue[name].memory_with(load.context_tokens) for name in known}


def storage_mb(load: Load, catalogue: Mapping[str, Entry]) -> dict[str, int]:
    """Megabytes on disk of each model."""
    return {name: -(-catalogue[name].size // 1_000_000) for name in load.names if name in catalogue}
