"""A number of sentences flows in, examples flow out: phonemes, how long each lasts, and how it sounds.

Made batch by batch and kept as files, so that an interrupted run goes on where it stopped.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recipe.run import Progress, Workplace, uninterrupted
from recipe.voice.align import WORST, Aligned, align
from recipe.voice.features import HOP, RATE, Features, features
from recipe.voice.festival import BATCH, say
from recipe.voice.festival import RATE as FESTIVAL_RATE
from recipe.voice.sentences import training

LANGUAGE = "en-us"
"""espeak-ng's voice whose phonemes are learnt."""


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence."""

    numbers: NDArray[np.int64]
    """[p] Piper's number of each phoneme, beginning and end included, pads left out."""
    ends: NDArray[np.float32]
    """[p] the frame, with fractions, at which each phoneme ends."""
    features: Features


def examples(place: Workplace, count: int) -> list[Example]:
    """What is learnt from `count` sentences; a few are left out because the two synthesisers read them differently."""
    folder = place.folder / "data"
    folder.mkdir(exist_ok=True)
    sentences = training(count, place.seed)
    batches = [sentences[begin : begin + BATCH] for begin in range(0, count, BATCH)]
    files = [folder / f"{number:03}.npz" for number in range(len(batches))]
    missing = [number for number, file in enumerate(files) if not file.is_file()]
    progress = Progress("voice: data", len(missing))
    with ProcessPoolExecutor(max(1, min(2, os.cpu_count() or 1)), initializer=uninterrupted) as pool:
        made = pool.map(_make, [batches[number] for number in missing], [files[number] for number in missing])
        for done, _ in enumerate(made, 1):
            progress.step(done)
    return [example for file in files for example in _read(file)]


def phonemes(sentence: str) -> list[str] | None:
    """Piper's phonemes with beginning and end; None where espeak-ng hears more than one sentence."""
    from piper.phonemize_espeak import EspeakPhonemizer

    told = EspeakPhonemizer().phonemize(LANGUAGE, sentence)
    return ["^", *told[0], "$"] if len(told) == 1 else None


def _make(sentences: list[str], file: Path) -> None:
    made = []
    written = [(sentence, symbols) for sentence in sentences if (symbols := phonemes(sentence))]
    for (_, symbols), said in zip(written, say([sentence for sentence, _ in written]), strict=True):
        aligned = align(symbols, said.sounds)
        if aligned.cost <= WORST:
            made.append(_example(symbols, aligned, features(said.samples, FESTIVAL_RATE)))
    table = {
        "numbers": np.concatenate([example.numbers for example in made]),
        "ends": np.concatenate([example.ends for example in made]),
        "pitch": np.concatenate([example.features.pitch for example in made]),
        "voiced": np.concatenate([example.features.voiced for example in made]),
        "colour": np.concatenate([example.features.colour for example in made]).astype(np.float16),
        "symbols": np.array([len(example.numbers) for example in made]),
        "frames": np.array([len(example.features.pitch) for example in made]),
    }
    temporary = file.with_suffix(".tmp.npz")
    np.savez(temporary, **table)
    temporary.replace(file)


def _example(symbols: list[str], aligned: Aligned, whole: Features) -> Example:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    times = np.arange(len(whole.pitch)) * HOP / RATE
    kept = np.zeros(len(times), bool)
    for begin, end in aligned.kept:
        kept |= (times >= begin) & (times < end)
    known = [symbol in DEFAULT_PHONEME_ID_MAP for symbol in symbols]
    numbers = [DEFAULT_PHONEME_ID_MAP[symbol][0] for symbol, there in zip(symbols, known, strict=True) if there]
    # The frames that are left tell how long the whole is; the ends are bent to it by a frame or two.
    ends = aligned.ends[known] * (kept.sum() / aligned.ends[-1])
    left = Features(whole.pitch[kept], whole.voiced[kept], whole.colour[kept])
    return Example(np.array(numbers), ends.astype(np.float32), left)


def _read(file: Path) -> list[Example]:
    with np.load(file) as table:
        symbols, frames = np.cumsum(table["symbols"])[:-1], np.cumsum(table["frames"])[:-1]
        rows = zip(
            np.split(table["numbers"], symbols),
            np.split(table["ends"], symbols),
            np.split(table["pitch"], frames),
            np.split(table["voiced"], frames),
            np.split(table["colour"].astype(np.float32), frames),
            strict=True,
        )
        return [Example(numbers, ends, Features(*rest)) for numbers, ends, *rest in rows]
