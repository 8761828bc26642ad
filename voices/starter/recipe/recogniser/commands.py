"""A recogniser's folder flows in, figures of the product flow out: commands through both witnesses, and nothing heard.

What `recipe.recogniser.measure` finds out about the network alone, this finds out about what a person would notice: the
recognisers as voiced puts them together, with its gates and its thresholds.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from recipe.recogniser.hearing import Surroundings
from recipe.recogniser.measure import SEED, clip, errors, pcm, texts
from recipe.recogniser.product import SENTENCES, Product
from recipe.speech import HELD_OUT, RATE, any_voice, say
from voiced.intents.nearest import letters


def commands(product: Product, count: int) -> dict[str, Any]:
    """Unseen commands by speakers that no training heard, and everyday sentences that are none, 20 dB above noise."""
    rng, surroundings = np.random.default_rng(SEED), Surroundings(SEED)
    voices = list(HELD_OUT.values())
    right = meant = alone = told = wrong = taken = 0
    examples: list[list[str]] = []
    said = texts(("command",), count, "test")
    for index, text in enumerate(said):
        audio = clip(text, voices[index % len(voices)], rng, surroundings)
        if audio is None:
            continue
        sound = pcm(audio)
        found = product.both.transcribe(sound).text
        right += letters(found) == letters(text)
        meant += letters(found) != letters(text) and product.same(found, text)
        wrong += product.understood(found) and not product.same(found, text)
        alone += letters(product.alone(sound)[1].text) == letters(text)
        told += letters(product.sphinx.transcribe(sound).text) == letters(text)
        if letters(found) != letters(text) and len(examples) < 8:
            examples.append([text, found])
    everyday = texts(("everyday",), count, "test")
    false: list[list[str]] = []
    for index, text in enumerate(everyday):
        audio = clip(text, voices[index % len(voices)], rng, surroundings)
        found = "" if audio is None else product.both.transcribe(pcm(audio)).text
        if found and product.understood(found):
            taken += 1
            false.append([text, found])
    return {
        "commands": len(said),
        "exact, both witnesses": right,
        "in other words": meant,
        "another command": wrong,
        "exact, the recogniser alone": alone,
        "exact, pocketsphinx alone": told,
        "everyday sentences": len(everyday),
        "taken for a command": taken,
        "examples": examples + false[:8],
    }


def nothing(product: Product, count: int) -> dict[str, Any]:
    """How many of `count` clips in which nobody speaks give no words, gates included."""
    rng, surroundings = np.random.default_rng(SEED), Surroundings(SEED)
    speakers = [made.audio for text in texts(("everyday",), 40, "test") if (made := say(text, any_voice(rng)))]
    kinds = ("silence", "noise", "music", "babble")
    empty, words = dict.fromkeys(kinds, 0), list[str]()
    for index in range(count):
        kind = kinds[index % len(kinds)]
        length = int(rng.uniform(1, 5) * RATE)
        level = 0.0 if kind == "silence" else 0.1 * 10 ** rng.uniform(-1.5, 0)
        audio = level * surroundings.sound(rng, kind, length, speakers) + 1e-5 * rng.standard_normal(length)
        found = product.both.transcribe(pcm(np.asarray(audio, np.float32))).text
        empty[kind] += not found
        words += [found] if found else []
    return {"clips": count, "without words": sum(empty.values()), "of each": empty, "words": words[:8]}


def people(product: Product, folder: Path) -> dict[str, Any]:
    """Recordings of people: `folder` holds NAME.wav and, beside it, NAME.txt with what is said. Never kept here."""
    from voiced.audio.files import read_pcm

    bad = words = bad_told = clips = 0
    for file in sorted(folder.glob("*.wav")):
        text = file.with_suffix(".txt").read_text("utf-8").lower()
        said = " ".join(re.findall(r"[a-z']+", text))
        sound = read_pcm(file)
        for name in ("both", "sphinx"):
            found = getattr(product, name).transcribe(sound).text
            wrong, count = errors(said, found)
            if name == "both":
                bad, words, clips = bad + wrong, words + count, clips + 1
            else:
                bad_told += wrong
    return {
        "clips": clips,
        "words": words,
        "words wrong": round(bad / max(1, words), 3),
        "words wrong, pocketsphinx": round(bad_told / max(1, words), 3),
    }


def measure(folder: Path, recordings: Path | None = None, *, smoke: bool = False) -> dict[str, Any]:
    """Every figure of the product around the recogniser in `folder`."""
    product = Product(folder, sentences=2_000 if smoke else SENTENCES)
    figures = {
        "two witnesses": commands(product, 6 if smoke else 300),
        "nobody speaks, gates included": nothing(product, 4 if smoke else 200),
    }
    if recordings is not None:
        figures["people"] = people(product, recordings)
    return figures
