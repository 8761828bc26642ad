"""Samples flow in, how loud they are, where a sweep is heard in them, and what to think of it flow out. Pure.

The limits were measured with the wake word, which is the first to fail: "hey jarvis" by six synthetic voices, in white
noise. At -26 dBFS, as somebody a metre away arrives at most microphones, all six woke it in noise of up to -40 dBFS,
four at -35, one at -30 and none at -25.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiced.doctor.finding import Finding
from voiced.doctor.mixer import Mixer
from voiced.stages import RATE, Pcm

Samples = NDArray[np.float32]

FULL: Final = 32_760
"""From here on a 16-bit sample counts as cut off: some devices stop a little before the last step."""

OVERDRIVEN: Final = 0.001
"""Share of samples at the limit from which a microphone is overdriven. A knock on the table cuts off some dozen in a
second of 44,100; speech into a level that is too high, one in a hundred and more."""

NOISY_DB: Final = -40.0
"""Noise, in dB below full scale, above which the wake word begins to fail for people a metre away."""

DEAFENING_DB: Final = -30.0
"""Noise above which it hardly ever works."""

SOFT_DB: Final = -60.0
"""What is heard below it is hardly above the -64 dBFS at which the wake word's networks take a room for silent."""

OFF_RATE: Final = 0.04
"""Share by which a device may miss its rate: half the smallest mistake that is made, 44,100 for 48,000. A wrong clock
differs by thousands of parts per million; two blocks that come late, by less than this in four seconds."""

LATE_MS: Final = 400.0
"""Milliseconds from the speaker to the microphone, above which every answer comes noticeably late: two gaps between the
turns of people. Built-in and USB devices need 50 to 200, Bluetooth 150 to 300."""

TELEPHONE_DB: Final = -25.0
"""By how much less of the sweep's upper part may arrive than of its lower: a line of 8,000 samples per second loses all
of it. The wake word bears that (all six voices), recognisers hear s and f worse."""

CERTAIN: Final = 8.0
"""How far the sweep's best match has to stand out of all others, in standard deviations. In twenty times ten seconds of
noise the best of all matches reached 5.2; a sweep 20 dB below the noise is found, one 25 dB below it is not."""

SWEEP_S: Final = 0.8
"""Seconds of sweep: long enough to be found below the noise, short enough not to be a nuisance."""

SWEEP_HZ: Final = (250.0, 7_000.0)
"""From what small speakers can still say, to what 16,000 samples per second can still hold."""

SWEEP_LEVEL: Final = 0.35
"""Peak, as a share of full scale: as loud as speech."""

LOWER_HZ, UPPER_HZ = 3_400.0, 4_600.0
"""Where the sweep's lower part ends, and its upper part begins: telephones stop between."""


REACH_S: Final = 0.3
"""Seconds by which a part of the sweep may be heard elsewhere than in its place: a busy machine tears gaps into it."""


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud a piece of sound is."""

    rms_db: float
    """dB below full scale, of its median twelfth of a second: a cough does not make a room noisy."""
    peak_db: float
    """dB below full scale."""
    clipped: float
    """Share of samples at the limit."""
    silent: bool
    """Whether there is not a single step of sound, as no microphone brings that works."""


def levels(pcm: Pcm) -> Levels:
    """Of 16-bit samples at any rate."""
    if not len(pcm):
        return Levels(-math.inf, -math.inf, 0.0, True)
    samples = pcm.astype(np.float64) / 32768
    pieces = np.array_split(samples, max(1, min(12, len(samples) // 100)))
    power = float(np.median([np.mean(piece**2) for piece in pieces]))
    loudest = int(np.abs(pcm.astype(np.int32)).max())
    clipped = float(np.mean(np.abs(pcm.astype(np.int32)) >= FULL))
    return Levels(_db(power), _db((loudest / 32768) ** 2), clipped, loudest <= 1)


def sweep(rate: int) -> Samples:
    """A tone that rises evenly by ear from the lowest to the highest of `SWEEP_HZ`, faded in and out."""
    time = np.arange(int(SWEEP_S * rate)) / rate
    low, high = SWEEP_HZ
    octaves = math.log(high / low)
    tone = SWEEP_LEVEL * np.sin(2 * math.pi * low * SWEEP_S / octaves * (np.exp(time * octaves / SWEEP_S) - 1))
    fade = np.minimum(1.0, np.minimum(time, SWEEP_S - time) / 0.01)
    return np.asarray(tone * fade, np.float32)


@dataclass(frozen=True, slots=True)
class Echo:
    """The sweep, as it was heard."""

    at: int
    """The sample, at 16 kHz, at which it begins."""
    level_db: float
    """dB below full scale."""
    upper_db: float
    """How much more of its upper part came than of its lower, in dB: mostly less."""


def find_echo(heard: Pcm) -> Echo | None:
    """Where the sweep is heard best in 16 kHz sound; None where it is not heard at all."""
    sound, wanted = heard.astype(np.float32) / np.float32(32768), sweep(RATE)
    if len(sound) <= len(wanted):
        return None
    match = np.abs(_correlation(sound, wanted))
    at = int(np.argmax(match))
    deviation = float(np.median(match)) / 0.6745  # of what is normally distributed
    if match[at] <= CERTAIN * deviation or match[at] < 1e-9:
        return None
    place = sound[at : at + len(wanted)]
    reach = int(REACH_S * RATE)
    padded = np.pad(sound, (reach, reach + 1))
    around = padded[at : at + len(wanted) + 2 * reach + 1]
    return Echo(at, _db(float(np.mean(place.astype(np.float64) ** 2))), _upper(around, wanted))


def _correlation(sound: Samples, wanted: Samples) -> Samples:
    size = 1 << (len(sound) + len(wanted)).bit_length()
    product = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size))
    return np.asarray(np.fft.irfft(product, size)[: len(sound) - len(wanted)], np.float32)


def _upper(around: Samples, wanted: Samples) -> float:
    """The gain of the sweep's upper part against that of its lower, in dB, each where it is heard best."""

    def gain(begin_hz: float, end_hz: float) -> float:
        octaves = math.log(SWEEP_HZ[1] / SWEEP_HZ[0])
        begin, end = (int(math.log(hz / SWEEP_HZ[0]) / octaves * len(wanted)) for hz in (begin_hz, end_hz))
        part = np.zeros_like(wanted)
        part[begin:end] = wanted[begin:end]
        return float(np.abs(_correlation(around, part)).max() / np.sum(part**2))

    lower, upper = gain(SWEEP_HZ[0], LOWER_HZ), gain(UPPER_HZ, SWEEP_HZ[1])
    return 20 * math.log10(max(upper, 1e-9) / max(lower, 1e-9))


def _db(power: float) -> float:
    return 10 * math.log10(power) if power > 1e-12 else -120.0


def judge_level(quiet: Levels, whole: Levels, mixer: Mixer) -> Finding:
    """What to think of a microphone: `quiet` before the speaker said anything, `whole` with it."""
    figures = {"noise_dbfs": round(quiet.rms_db, 1), "peak_dbfs": round(whole.peak_db, 1),
               "clipped_percent": round(100 * quiet.clipped, 2)}  # fmt: skip
    if whole.silent:
        return Finding(
            "level", "fault", "The microphone brings nothing, not even noise: it is muted, or not plugged in.",
            f"Look for a switch on it, then unmute it: {mixer.hear}.",
            figures,
        )  # fmt: skip
    if quiet.clipped >= OVERDRIVEN:
        return Finding(
            "level", "fault", f"The microphone is overdriven: {100 * quiet.clipped:.1f} % of its sound is cut off.",
            f"Turn its level down: {mixer.soften}.", figures,
        )  # fmt: skip
    noise = f"noise of {quiet.rms_db:.0f} dBFS"
    if quiet.rms_db > DEAFENING_DB:
        return Finding(
            "level", "fault", f"The microphone hears so much ({noise}) that no wake word gets through.",
            "Turn off what is loud, turn its level down, or plug it in elsewhere if it hums.", figures,
        )  # fmt: skip
    if quiet.rms_db > NOISY_DB:
        return Finding(
            "level", "warning", f"It is loud at the microphone ({noise}), so that wake words are missed.",
            "Move it away from what is loud, or nearer to people.", figures,
        )  # fmt: skip
    told = "nothing at all, as behind a noise gate" if quiet.silent else noise
    return Finding("level", "ok", f"While nobody speaks the microphone hears {told}.", "", figures)


def judge_rate(promised: int, measured: float | None) -> tuple[str, str]:
    """What is wrong with a device's rate, in samples per second, and what to do about it; empty when nothing is."""
    if measured is None or abs(measured / promised - 1) <= OFF_RATE:
        return "", ""
    return (
        f"it says {promised} samples per second and brings {measured:.0f}, so that all is heard at a wrong pitch",
        "Use another device or USB port, or set the sound server to the device's own rate, and start both again.",
    )


def judge_echo(echo: Echo | None, delay_ms: float, overdriven: bool) -> Finding:
    """What to think of how the microphone hears the speaker."""
    if echo is None:
        return Finding(
            "echo", "warning", "The microphone does not hear the speaker.",
            "With headphones that is right. Otherwise turn the speaker up, see whether it is muted or the wrong one, "
            "and whether the microphone is another one than you think.",
        )  # fmt: skip
    figures = {"delay_ms": round(delay_ms), "echo_dbfs": round(echo.level_db, 1), "upper_db": round(echo.upper_db, 1)}
    heard = f"hears the speaker after {delay_ms:.0f} ms, at {echo.level_db:.0f} dBFS"
    if echo.upper_db < TELEPHONE_DB:
        return Finding(
            "echo", "warning", f"The microphone {heard}, but nothing above 4,000 Hz: as over a telephone.",
            "A Bluetooth headset that listens does that, and so does a device set to 8,000 Hz: use another microphone, "
            "or set it to 16,000 Hz or more.", figures,
        )  # fmt: skip
    if overdriven:
        return Finding(
            "echo", "warning", f"The speaker overdrives the microphone, which {heard}.",
            "Turn the speaker or the microphone's level down, or put them further apart.", figures,
        )  # fmt: skip
    if delay_ms > LATE_MS:
        return Finding(
            "echo", "warning", f"The microphone {heard}: every answer comes that much later.",
            "Bluetooth and some televisions do that; a cable is quicker.", figures,
        )  # fmt: skip
    if echo.level_db < SOFT_DB:
        return Finding(
            "echo", "warning", f"The microphone {heard}, which is very soft.",
            "Turn the microphone's level up, or the speaker.", figures,
        )  # fmt: skip
    return Finding("echo", "ok", f"The microphone {heard}.", "", figures)
