"""A folder flows in, figures flow out: how many words it gets wrong, by whom they are said, and what it makes of noise.

Sentences come from the test's templates and values, speakers are those that no training hears, noise is 20 dB below.
The recogniser is the folder itself, run by faster-whisper's own CTranslate2 model.
"""

import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recipe.recogniser.hearing import Surroundings, features
from recipe.recogniser.network import SPECIAL
from recipe.sentences import Kind, Sentences
from recipe.speech import HELD_OUT, RATE, Voice, any_voice, say
from voiced.stt import letters
from voiced.stt.whisper import SECOND

BELOW: Final = 20.0
"""Decibels between speech and noise."""
SEED: Final = 99_991
SPARE: Final = 0.3
"""Seconds of noise before and after what is said."""

LONGEST: Final = 120
"""Letters; CTranslate2 takes half of what it is told for the prompt."""

READINGS: Final = 5
"""As many as voiced asks it for: the best, and the others that commands are judged by."""

Samples = NDArray[np.float32]


class Reader:
    """The exported recogniser, as the product runs it: short windows, a search `READINGS` wide."""

    def __init__(self, folder: Path) -> None:
        """Loads `folder` through faster-whisper."""
        from faster_whisper import WhisperModel

        loaded = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
        self._letters = letters.of(folder)
        self._model, self._tokenizer = loaded.model, loaded.hf_tokenizer
        self._prompt = [self._tokenizer.token_to_id(SPECIAL[index]) for index in (1, -1)]

    def read(self, audio: Samples) -> str:
        """What is said in `audio`."""
        import ctranslate2

        # Whole positions of 20 ms, as training had them.
        whole = np.pad(audio, (0, -len(audio) % 3200))
        view = ctranslate2.StorageView.from_array(np.ascontiguousarray(features(whole)[None]))
        heard = self._model.encode(view)
        (found,) = self._model.generate(
            heard,
            [self._prompt],
            beam_size=READINGS,
            num_hypotheses=READINGS,
            max_length=2 * LONGEST,
            return_scores=True,
        )
        readings = [self._tokenizer.decode(tokens).strip() for tokens in found.sequences_ids]
        own = [score * len(tokens) for score, tokens in zip(found.scores, found.sequences_ids, strict=True)]
        other = self._letters.likely(np.asarray(heard)[0], readings) if self._letters else [0.0] * len(readings)
        text: str = max(zip(own, other, readings, strict=True), key=lambda each: each[0] + SECOND * each[1])[2]
        return text


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


def _wrong(reader: Reader, surroundings: Surroundings, said: list[str], voices: list[Voice | None]) -> dict[str, Any]:
    """Share of words wrong in `said` by `voices` in turn (None: any of training's), and the time it takes."""
    rng = np.random.default_rng(SEED)
    wrong = words = exact = 0
    spent = length = 0.0
    examples: list[list[str]] = []
    for index, text in enumerate(said):
        audio = clip(text, voices[index % len(voices)] or any_voice(rng), rng, surroundings)
        if audio is None:
            continue
        began = time.perf_counter()
        read = reader.read(audio)
        spent, length = spent + time.perf_counter() - began, length + len(audio) / RATE
        bad, count = errors(text, read)
        wrong, words, exact = wrong + bad, words + count, exact + (bad == 0)
        if len(examples) < 5:
            examples.append([text, read])
    return {
        "words wrong": round(wrong / max(1, words), 4),
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


def silence(reader: Reader, surroundings: Surroundings, count: int) -> dict[str, Any]:
    """How many of `count` clips of silence, noise, music and babble it says nothing to, without any gate."""
    rng = np.random.default_rng(SEED)
    speakers = [said.audio for text in texts(("everyday",), 40, "test") if (said := say(text, any_voice(rng)))]
    empty = dict.fromkeys(("silence", "noise", "music", "babble"), 0)
    total = dict.fromkeys(empty, 0)
    for index in range(count):
        kind = list(empty)[index % 4]
        length = int(rng.uniform(1, 5) * RATE)
        level = 0.0 if kind == "silence" else 0.1 * 10 ** rng.uniform(-1.5, 0)
        audio = level * surroundings.sound(rng, kind, length, speakers) + 1e-5 * rng.standard_normal(length)
        total[kind] += 1
        empty[kind] += not reader.read(np.asarray(audio, np.float32))
    return {
        "empty": sum(empty.values()),
        "clips": count,
        "of each": {kind: [empty[kind], total[kind]] for kind in empty},
    }


def measure(folder: Path, *, smoke: bool = False) -> dict[str, Any]:
    """Every figure of the recogniser in `folder`."""
    count = 5 if smoke else 200
    reader, surroundings = Reader(folder), Surroundings(SEED, 4 if smoke else 60)
    unheard: list[Voice | None] = list(HELD_OUT.values())
    domain: tuple[Kind, ...] = ("command", "assistant")
    sets: dict[str, tuple[tuple[Kind, ...], Any, list[Voice | None]]] = {
        "domain, unseen sentences, unheard speakers": (domain, "test", unheard),
        "everyday, unseen sentences, unheard speakers": (("everyday",), "test", unheard),
        "domain, unseen sentences, known voices": (domain, "test", [None]),
        "domain, seen templates, known voices": (domain, "train", [None]),
    }
    figures: dict[str, Any] = {
        name: _wrong(reader, surroundings, texts(kinds, count, at), voices)
        for name, (kinds, at, voices) in sets.items()
    }
    for name, voice in HELD_OUT.items():
        said = texts(domain, count // 4 + 1, "test")
        figures[f"domain, {name}"] = _wrong(reader, surroundings, said, [voice])["words wrong"]
    figures["nobody speaks"] = silence(reader, surroundings, 4 if smoke else 200)
    figures["megabytes"] = round(sum(file.stat().st_size for file in folder.iterdir()) / 1e6, 2)
    return figures
