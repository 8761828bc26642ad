"""A folder flows in, figures flow out: how many words it gets wrong, by whom they are said, and how long it takes.

Sentences come from the test's templates and values, speakers are those that no training hears, noise is 20 dB below.
The recogniser is the folder itself, as voiced reads with it and spells what it read, but without pocketsphinx's ears.
"""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recipe.recogniser.hearing import Surroundings
from recipe.recogniser.product import SENTENCES, Product
from recipe.sentences import Kind, Sentences
from recipe.speech import HELD_OUT, RATE, Voice, any_voice, say
from voiced.stages import Pcm

BELOW: Final = 20.0
"""Decibels between speech and noise."""
SEED: Final = 99_991
SPARE: Final = 0.3
"""Seconds of noise before and after what is said."""

Samples = NDArray[np.float32]


def pcm(audio: Samples) -> Pcm:
    """`audio` as a microphone gives it."""
    scaled: Pcm = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
    return scaled


def errors(said: str, read: str) -> tuple[int, int]:
    """Words wrong, missing or too many, and words said."""
    from rapidfuzz.distance import Levenshtein

    return Levenshtein.distance(said.split(), read.split()), len(said.split())


def clip(text: str, voice: Voice, rng: np.random.Generator, surroundings: Surroundings) -> Samples | None:
    """`text` by `voice` with noise `BELOW` decibels below."""
    said = say(text, voice)
    if said is None:
        return None
    spare = int(SPARE * RATE)
    audio = np.pad(said.audio.astype(np.float32) / 32768, (spare, spare))
    level = np.sqrt((audio[spare:-spare] ** 2).mean())
    noise = surroundings.sound(rng, "noise", len(audio), [])
    return np.asarray(audio + level * 10 ** (-BELOW / 20) * noise, np.float32)


def _wrong(product: Product, surroundings: Surroundings, said: list[str], voices: list[Voice | None]) -> dict[str, Any]:
    """Share of words wrong in `said` by `voices` in turn (None: any of training's), and the time it takes."""
    rng = np.random.default_rng(SEED)
    wrong = unspelled = words = exact = 0
    spent = length = 0.0
    examples: list[list[str]] = []
    for index, text in enumerate(said):
        audio = clip(text, voices[index % len(voices)] or any_voice(rng), rng, surroundings)
        if audio is None:
            continue
        began = time.perf_counter()
        heard, read = (each.text for each in product.alone(pcm(audio)))
        spent, length = spent + time.perf_counter() - began, length + len(audio) / RATE
        bad, count = errors(text, read)
        wrong, words, exact = wrong + bad, words + count, exact + (bad == 0)
        unspelled += errors(text, heard)[0]
        if len(examples) < 5:
            examples.append([text, heard, read])
    return {
        "words wrong": round(wrong / max(1, words), 4),
        "words wrong, letter by letter": round(unspelled / max(1, words), 4),
        "sentences right": round(exact / max(1, len(said)), 4),
        "sentences": len(said),
        "seconds per second": round(spent / max(1e-9, length), 4),
        "examples": examples,
    }


def texts(kinds: tuple[Kind, ...], count: int, at: Any) -> list[str]:
    """`count` different sentences; as many as there are, where a kind has fewer."""
    source, found = Sentences(SEED, at), dict[str, None]()
    for draw in range(20 * count):
        found.setdefault(source.draw(kinds[draw % len(kinds)]))
        if len(found) == count:
            break
    return list(found)


def measure(folder: Path, *, smoke: bool = False) -> dict[str, Any]:
    """Every figure of the recogniser in `folder`."""
    count = 5 if smoke else 200
    product = Product(folder, sentences=2_000 if smoke else SENTENCES)
    surroundings = Surroundings(SEED, 4 if smoke else 60)
    unheard: list[Voice | None] = list(HELD_OUT.values())
    domain: tuple[Kind, ...] = ("command", "assistant")
    sets: dict[str, tuple[tuple[Kind, ...], Any, list[Voice | None]]] = {
        "domain, unseen sentences, unheard speakers": (domain, "test", unheard),
        "everyday, unseen sentences, unheard speakers": (("everyday",), "test", unheard),
        "domain, unseen sentences, known voices": (domain, "test", [None]),
        "domain, seen templates, known voices": (domain, "train", [None]),
    }
    figures: dict[str, Any] = {
        name: _wrong(product, surroundings, texts(kinds, count, at), voices)
        for name, (kinds, at, voices) in sets.items()
    }
    for name, voice in HELD_OUT.items():
        said = texts(domain, count // 4 + 1, "test")
        figures[f"domain, {name}"] = _wrong(product, surroundings, said, [voice])["words wrong"]
    figures["megabytes"] = round(sum(file.stat().st_size for file in folder.iterdir()) / 1e6, 2)
    return figures
