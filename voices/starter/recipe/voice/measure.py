"""A voice's file flows in, figures flow out: how much of what it says an independent recogniser understands.

pocketsphinx with its own language model listens to sentences that nothing was learnt from, said by this voice, by its
source (festival's slt), by flite's slt and by espeak-ng. It was trained on people, so that the row of figures tells
what they mean. `python -m recipe.voice measure FILE.onnx` prints them as JSON.
"""

import json
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recipe.run import Workplace, uninterrupted
from recipe.voice import festival
from recipe.voice.sentences import heldout

HEARING = 16_000
"""Samples per second that pocketsphinx hears."""

TIMED = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all."

Sounds = list[tuple[NDArray[np.float32], int]]


def measure(place: Workplace, model: Path, count: int = 100) -> dict[str, Any]:
    """The figures of the voice `model`, and those of the others: they are kept, for they do not change."""
    sentences = heldout(count)
    told: dict[str, Any] = {"sentences": count, "voice": _understood(sentences, spoken(model, sentences))}
    told |= _others(place, sentences)
    told["recovered, of the source's"] = round(told["voice"]["recovered"] / told["festival slt"]["recovered"], 3)
    told["time per second of sound, one thread"] = round(_pace(model), 4)
    told["bytes"] = model.stat().st_size
    return told


def _others(place: Workplace, sentences: list[str]) -> dict[str, Any]:
    """What is understood of the other voices."""
    kept = place.folder / f"others-{len(sentences)}.json"
    told: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    for name, say in OTHERS.items():
        if name not in told:
            told[name] = _understood(sentences, say(sentences))
            kept.write_text(json.dumps(told), "utf-8")
    return told


def spoken(model: Path, sentences: list[str]) -> Sounds:
    """What the voice says, through voiced's own adapter."""
    from voiced.tts.piper import PiperSynthesiser

    voice = PiperSynthesiser(model, variation=0)
    return [(np.concatenate([each.samples for each in voice.synthesise(text)]), voice.rate) for text in sentences]


def _festival(sentences: list[str]) -> Sounds:
    return [(said.samples, festival.RATE) for said in festival.say(sentences)]


def _written(*command: str) -> Callable[[list[str]], Sounds]:
    """A program that writes a file; "{text}" and "{file}" are replaced."""

    def say(sentences: list[str]) -> Sounds:
        from scipy.io import wavfile

        said = []
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/said.wav"
            for text in sentences:
                filled = [part.replace("{text}", text).replace("{file}", file) for part in command]
                subprocess.run(filled, check=True, capture_output=True)
                rate, samples = wavfile.read(file)
                said.append((samples.astype(np.float32) / 32768, rate))
        return said

    return say


OTHERS: dict[str, Callable[[list[str]], Sounds]] = {
    "festival slt": _festival,
    "flite slt": _written("flite", "-voice", "slt", "-t", "{text}", "-o", "{file}"),
    "espeak-ng": _written("espeak-ng", "-v", "en-us", "-w", "{file}", "{text}"),
}


def _understood(sentences: list[str], sounds: Sounds) -> dict[str, float]:
    """The share of words that were heard, in their order, and that of words wrong, left out or added."""
    wanted = [re.findall(r"[a-z']+", sentence.lower()) for sentence in sentences]
    with ProcessPoolExecutor(2, initializer=uninterrupted) as pool:
        heard = list(pool.map(_heard, sounds, chunksize=10))
    words = sum(map(len, wanted))
    common = sum(_common(want, hear) for want, hear in zip(wanted, heard, strict=True))
    wrong = sum(_distance(want, hear) for want, hear in zip(wanted, heard, strict=True))
    return {"recovered": round(common / words, 3), "wrong": round(wrong / words, 3)}


def _heard(sound: tuple[NDArray[np.float32], int]) -> list[str]:
    """The words that pocketsphinx hears: at one loudness, with a little silence on both sides."""
    from scipy.signal import resample_poly

    samples, rate = sound
    divisor = int(np.gcd(rate, HEARING))
    heard = resample_poly(samples, HEARING // divisor, rate // divisor)
    heard = np.pad(heard * 0.1 / max(float(heard.std()), 1e-6), HEARING // 4)
    heard += np.random.default_rng(0).normal(0, 1e-4, len(heard))
    decoder = _decoder()
    decoder.start_utt()
    decoder.process_raw((heard.clip(-1, 1) * 32767).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    told = decoder.hyp()
    return told.hypstr.split() if told else []


@cache
def _decoder() -> Any:
    """One for all, which forgets a sentence before the next: its channel is estimated from each whole sentence."""
    from pocketsphinx import Decoder

    return Decoder(loglevel="FATAL", cmn="batch")


def _common(one: list[str], other: list[str]) -> int:
    """The length of the longest row of words that both hold in their order."""
    row = [0] * (len(other) + 1)
    for word in one:
        left = row[:]
        for at, against in enumerate(other, 1):
            row[at] = left[at - 1] + 1 if word == against else max(left[at], row[at - 1])
    return row[-1]


def _distance(one: list[str], other: list[str]) -> int:
    """How many words must be changed, left out or added."""
    row = list(range(len(other) + 1))
    for number, word in enumerate(one, 1):
        left, row[0] = row[:], number
        for at, against in enumerate(other, 1):
            row[at] = min(left[at - 1] + (word != against), left[at] + 1, row[at - 1] + 1)
    return row[-1]


def _pace(model: Path) -> float:
    """Seconds of work per second of sound on one thread, the middle of nine: time of the processor, not of the clock,
    so that whatever else runs is not counted."""
    from voiced.tts.piper import PiperSynthesiser

    voice, paces = PiperSynthesiser(model, threads=1), []
    for _ in range(9):
        began = time.process_time()
        samples = sum(len(each.samples) for each in voice.synthesise(TIMED))
        paces.append((time.process_time() - began) * voice.rate / samples)
    return float(np.median(paces))
