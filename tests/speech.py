"""Speech, silence and noise for the tests, made by the synthesisers that Debian packages: 16 kHz, int16.

Every sentence is synthesised once per test run and voice.
"""

import io
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import soundfile  # type: ignore[import-untyped]
import soxr  # type: ignore[import-untyped]

from voiced.stages import RATE, Pcm

LEVEL = 0.3
"""Peak of the speech, as a share of full scale."""


@lru_cache(maxsize=512)
def say(text: str, voice: str = "slt", engine: Literal["flite", "espeak-ng"] = "flite", speed: int = 160) -> Pcm:
    """`text` without silence at its ends. `speed`, in words per minute, is for espeak-ng alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        if engine == "flite":
            command = ["flite", "-voice", voice, "-t", text, "-o", str(file)]
        else:
            command = ["espeak-ng", "-v", voice, "-s", str(speed), "-w", str(file), text]
        subprocess.run(command, check=True, capture_output=True)
        samples, rate = soundfile.read(io.BytesIO(file.read_bytes()), dtype="float32")
    speech = soxr.resample(samples, rate, RATE)
    loud = np.flatnonzero(np.abs(speech) > 0.01 * np.abs(speech).max())
    speech = speech[loud[0] : loud[-1] + 1]
    pcm: Pcm = (speech * (LEVEL * 32767 / np.abs(speech).max())).astype(np.int16)
    pcm.setflags(write=False)
    return pcm


def together() -> Pcm:
    """Two people who say something else at once, as long as the shorter of the two."""
    one, other = say("My brother bought a yellow bicycle."), say("The kettle stands in the kitchen.", "rms")
    return one[: len(other)] // 2 + other[: len(one)] // 2


def silence(seconds: float) -> Pcm:
    """Nothing at all."""
    return np.zeros(int(seconds * RATE), np.int16)


def noise(seconds: float, seed: int = 0, level: float = 0.02) -> Pcm:
    """White noise; `level` is its root mean square, as a share of full scale."""
    samples = np.random.default_rng(seed).normal(0, level * 32767, int(seconds * RATE))
    return np.clip(samples, -32768, 32767).astype(np.int16)


def with_noise(pcm: Pcm, snr_db: float, seed: int = 0) -> Pcm:
    """`pcm` with white noise so many decibels below its own power."""
    power = float(np.mean(pcm.astype(np.float64) ** 2))
    samples = np.random.default_rng(seed).normal(0, np.sqrt(power / 10 ** (snr_db / 10)), len(pcm))
    return np.clip(pcm + samples, -32768, 32767).astype(np.int16)


def melody(seconds: float, seed: int = 0) -> Pcm:
    """Notes of a quarter of a second, with overtones."""
    random = np.random.default_rng(seed)
    time = np.arange(int(0.25 * RATE)) / RATE
    notes = []
    for _ in range(int(seconds * 4)):
        pitch = 220 * 2 ** (random.integers(0, 24) / 12)
        wave = sum(np.sin(2 * np.pi * pitch * k * time) / k for k in (1, 2, 3)) * np.exp(-time * 6)
        notes.append(wave * 0.15 * 32767)
    return np.concatenate(notes).astype(np.int16)


def cough(seed: int = 0) -> Pcm:
    """Two bursts of noise, a fifth of a second in all, as loud as speech."""
    random = np.random.default_rng(seed)
    bursts = [random.normal(0, 1, int(0.1 * RATE)) * np.exp(-np.arange(int(0.1 * RATE)) / (0.03 * RATE))] * 2
    return (np.concatenate(bursts) * LEVEL * 32767 / 3).clip(-32768, 32767).astype(np.int16)


@lru_cache(maxsize=1)
def _open_decoder() -> Any:
    from pocketsphinx import Decoder  # type: ignore[import-untyped]

    return Decoder(samprate=RATE, loglevel="FATAL")


def open_reading(pcm: Pcm) -> list[str]:
    """The words that a recogniser without any expectations hears in `pcm`: pocketsphinx with its own language model."""
    decoder = _open_decoder()
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    return decoder.hyp().hypstr.split() if decoder.hyp() else []


UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
TENS = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

ANSWERS = (
    *(f"timer set for {n} {'minute' if n == 'one' else 'minutes'}{name}"
      for n in (*UNITS, *TENS) for name in ("", " named pizza")),
    *(f"{tens}{unit} seconds left" for tens in TENS[:5] for unit in ("", *(f" {unit}" for unit in UNITS))),
    *(f"the volume is {tens} percent" for tens in TENS),
    "timer canceled",
    "your timer is over",
    "your pizza timer is over",
    "i can only follow commands for now because there is no language model on this machine",
    "sorry something went wrong",
    "i have not said anything yet",
)  # fmt: skip
"""What the assistant may have answered, so that a recogniser can tell which it was. None has a nine: of 150 answers
with a one, as the starter voice speaks it, two were taken for it."""


@lru_cache(maxsize=1)
def _answers() -> Any:
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=RATE, lm=None, loglevel="FATAL")
    decoder.add_jsgf_string("answers", f"#JSGF V1.0; grammar answers; public <answer> = {' | '.join(ANSWERS)};")
    decoder.activate_search("answers")
    return decoder


def answer_in(pcm: Pcm) -> str:
    """Which of `ANSWERS` a recogniser hears in `pcm`. With any English to choose from, pocketsphinx understands three
    of ten of espeak-ng's words; here it has a hundred answers to tell apart, of which many differ in one word."""
    loud = np.flatnonzero(np.abs(pcm) > 300)
    spoken = pcm[loud[0] : loud[-1] + 1] if len(loud) else pcm
    decoder = _answers()
    decoder.start_utt()
    decoder.process_raw(np.concatenate((silence(0.2), spoken, silence(0.2))).tobytes(), full_utt=True)
    decoder.end_utt()
    return str(decoder.hyp().hypstr) if decoder.hyp() else ""
