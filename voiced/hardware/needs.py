"""A profile and the catalogue flow in, the memory and the disk that it takes flow out, part by part.

What is in the catalogue counts as that says; what comes with voiced was measured, on x86-64 with 64-bit Python 3.11.
"""

from collections.abc import Mapping
from typing import Final

from voiced.hardware.profile import Profile
from voiced.models.catalogue import Entry

DAEMON_MB: Final = 125
"""Resident memory of the process with wake word, voice detector, commands, timers, espeak-ng and bus: measured 109 MB;
the sound library's and the echo canceller's 16 on top."""

SPHINX_MB: Final = 155
"""What pocketsphinx adds, told of all commands: measured 152 MB."""


def memory_mb(profile: Profile, catalogue: Mapping[str, Entry]) -> dict[str, int]:
    """Megabytes of each part, with as much conversation as the profile says. A model that the catalogue lacks counts
    as none: nobody knows."""
    models, parts = profile.models, {"voiced": DAEMON_MB}
    # Without a Whisper it recognises; beside one it reads along, where there is a core to spare for drafts.
    if models.stt is None or profile.drafts:
        parts["pocketsphinx"] = SPHINX_MB
    for name in (models.stt, models.llm, models.tts):
        if name is not None and name in catalogue:
            parts[name] = catalogue[name].memory_with(profile.budget.context_tokens)
    return parts


def storage_mb(profile: Profile, catalogue: Mapping[str, Entry]) -> dict[str, int]:
    """Megabytes on disk of each model."""
    names = (profile.models.stt, profile.models.llm, profile.models.tts)
    return {name: -(-catalogue[name].size // 1_000_000) for name in names if name is not None and name in catalogue}
