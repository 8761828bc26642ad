"""Tones flow in, the assistant's own short sounds flow out: it listens, it failed, a timer rings. No files.

Each tone is a soft bell: three partials that die away at their own pace, with an attack long enough not to click.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiced.stages import Sound

PARTIALS = ((1.0, 1.0, 4.0), (2.0, 0.35, 7.0), (3.0, 0.12, 11.0))
"""Frequency as a multiple of the tone's, amplitude, and how many times its amplitude falls to 1/e within two tones."""

ATTACK_S = 0.006
"""Seconds in which a tone rises: a wave of 660 Hz does so in four periods."""

RELEASE_S = 0.03
"""Seconds in which a chime ends after its last tone has rung for two tones' time."""

PEAK = 0.35
"""Loudest sample: as loud as the loudest vowels of the speech around it."""

RINGS = 2
"""How often a ring repeats its tones before it leaves room for "stop"."""


@dataclass(frozen=True, slots=True)
class Chimes:
    """The three sounds."""

    wake: Sound
    failed: Sound
    ring: Sound


def render(wake_hz: Sequence[float], failed_hz: Sequence[float], ring_hz: Sequence[float], tone_ms: int) -> Chimes:
    """The chimes whose tones, in Hz, follow each other every `tone_ms` milliseconds."""
    return Chimes(
        wake=melody(wake_hz, tone_ms),
        failed=melody(failed_hz, tone_ms),
        ring=melody(list(ring_hz) * RINGS, tone_ms + tone_ms // 2),
    )


def melody(tones_hz: Sequence[float], tone_ms: int, rate: int = 24_000) -> Sound:
    """`tones_hz` one after the other at `rate` samples per second; each rings on into the next."""
    step = int(tone_ms / 1000 * rate)
    mixed: NDArray[np.float64] = np.zeros(step * (len(tones_hz) + 1))
    for at, tone in enumerate(tones_hz):
        bell = _bell(tone, 2 * step, rate)
        mixed[at * step : at * step + len(bell)] += bell
    if len(mixed) and np.abs(mixed).max() > 0:
        fade = min(int(RELEASE_S * rate), len(mixed))
        mixed[-fade:] *= 0.5 * (1 + np.cos(np.linspace(0, np.pi, fade)))
        mixed *= PEAK / np.abs(mixed).max()
    return Sound(mixed.astype(np.float32), rate)


def _bell(tone: float, length: int, rate: int) -> NDArray[np.float64]:
    time = np.arange(length) / rate
    share = np.arange(length) / max(1, length)
    wave = sum(
        amplitude * np.exp(-decay * share) * np.sin(2 * np.pi * tone * multiple * time)
        for multiple, amplitude, decay in PARTIALS
        if tone * multiple < rate / 2
    )
    attack = np.minimum(1.0, time / ATTACK_S)
    shaped: NDArray[np.float64] = wave * attack
    return shaped
