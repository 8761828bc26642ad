"""The programs on a machine flow in, how to ask and set its volume there flows out.

PulseAudio's pactl also works with PipeWire's stand-in for it; a small system has PipeWire's own wpctl, or ALSA alone.
"""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PATIENCE_S: Final = 5
"""Seconds that a sound server may take to answer."""


@dataclass(frozen=True, slots=True)
class Mixer:
    """One of them, as advice for a person."""

    hear: str
    """Un-mutes the microphone."""
    soften: str
    """Turns the microphone's level down."""
    speak: str
    """Un-mutes the speaker."""
    ask: tuple[str, ...] = ()
    """Prints whether the speaker is muted; empty where nothing does."""
    muted: str = ""
    """What is printed then."""


MIXERS: Final[Mapping[str, Mixer]] = {
    "pactl": Mixer(
        hear="`pactl set-source-mute @DEFAULT_SOURCE@ 0`",
        soften="`pactl set-source-volume @DEFAULT_SOURCE@ 50%`",
        speak="`pactl set-sink-mute @DEFAULT_SINK@ 0`",
        ask=("pactl", "get-sink-mute", "@DEFAULT_SINK@"),
        muted="Mute: yes",
    ),
    "wpctl": Mixer(
        hear="`wpctl set-mute @DEFAULT_AUDIO_SOURCE@ 0`",
        soften="`wpctl set-volume @DEFAULT_AUDIO_SOURCE@ 50%`",
        speak="`wpctl set-mute @DEFAULT_AUDIO_SINK@ 0`",
        ask=("wpctl", "get-volume", "@DEFAULT_AUDIO_SINK@"),
        muted="[MUTED]",
    ),
    "alsamixer": Mixer(hear="`alsamixer`, F4, M", soften="`alsamixer`, F4", speak="`alsamixer`, M"),
}
"""By their programs, the best first."""


def find_mixer(environment: Mapping[str, str]) -> Mixer:
    """That of this machine; ALSA's where there is none to be found."""
    path = environment.get("PATH")
    return next((mixer for name, mixer in MIXERS.items() if shutil.which(name, path=path)), MIXERS["alsamixer"])


def is_muted(mixer: Mixer, environment: Mapping[str, str]) -> bool:
    """Whether the default speaker is; one that cannot be asked is not."""
    if not mixer.ask:
        return False
    try:
        done = subprocess.run(
            mixer.ask, env=dict(environment) | {"LC_ALL": "C"}, capture_output=True, text=True, check=False,
            timeout=PATIENCE_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and mixer.muted in done.stdout
