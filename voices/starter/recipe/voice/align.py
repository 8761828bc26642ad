"""Piper's phonemes and festival's sounds flow in, how long each phoneme lasts flows out.

espeak-ng and festival read a sentence a little differently ("the" with another vowel, a flap for a t), so the two rows
are matched by the cheapest edit. A diphthong or an affricate is two phonemes and one sound. Marks of stress and length
last no time; a pause belongs to a mark of punctuation, or to a space where festival breathes without one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SILENT = set("ˈˌː̩ʲ̪̯̃'\"")
"""Phonemes without a time of their own."""

MARKS = set(",;:.?! ^$")
"""Phonemes that may be pauses."""

VOWELS = {"aa": "ɑ", "ae": "æ", "ah": "ʌɐə", "ao": "ɔɑ", "ax": "əɐʌɪ", "eh": "ɛe", "er": "ɚɜ", "ih": "ɪᵻi", "iy": "iɪ"}
VOWELS |= {"uh": "ʊ", "uw": "uʊ", "ey": "e", "ay": "a", "aw": "a", "oy": "ɔ", "ow": "oə"}
CONSONANTS = {"b": "b", "ch": "t", "d": "dɾ", "dh": "ð", "f": "f", "g": "ɡg", "hh": "h", "jh": "d", "k": "kx", "l": "l"}
CONSONANTS |= {"m": "m", "n": "n", "ng": "ŋ", "p": "p", "r": "ɹr", "s": "s", "sh": "ʃ", "t": "tɾʔ", "th": "θ", "v": "v"}
CONSONANTS |= {"w": "w", "y": "j", "z": "z", "zh": "ʒ"}
ONE = {**VOWELS, **CONSONANTS}
"""Each sound of festival's, and the phonemes that write it, or begin to."""

TWO = {"ch": ["tʃ"], "jh": ["dʒ"], "ey": ["eɪ"], "ay": ["aɪ"], "aw": ["aʊ"], "oy": ["ɔɪ", "oɪ"], "ow": ["oʊ", "əʊ"]}
TWO |= {"er": ["əɹ", "ɜɹ", "ʌɹ", "ɚɹ"]}
"""Sounds that are two phonemes."""

WORST = 0.12
"""Cost per phoneme above which the two read different words, and the sentence is left out."""


@dataclass(frozen=True, slots=True)
class Aligned:
    """When each phoneme sounds."""

    ends: NDArray[np.float64]
    """The second at which each phoneme ends, in the sound that is left."""
    kept: list[tuple[float, float]]
    """What is left of the sound, from second to second: a pause that no phoneme stands for is cut out."""
    cost: float
    """Per phoneme: 0 where both read the same."""


def align(phonemes: list[str], sounds: list[tuple[str, float]]) -> Aligned:
    """`phonemes` with "^" before and "$" behind, `sounds` with the second at which each ends."""
    ends = [0.0, *(end for _, end in sounds)]
    names = [name for name, _ in sounds]
    steps, cost = _cheapest(phonemes, names)
    lengths, kept = np.zeros(len(phonemes)), []
    for at, many, place, taken in steps:
        begin, end = ends[place], ends[place + taken]
        if not many and names[place] == "pau":
            continue
        if taken:
            kept.append((begin, end))
        if many:
            lengths[at : at + many] += (end - begin) / many
        else:  # a sound that no phoneme stands for prolongs the one before
            lengths[_sounding(phonemes, at - 1)] += end - begin
    return Aligned(np.cumsum(lengths), kept, cost / len(phonemes))


def _sounding(phonemes: list[str], at: int) -> int:
    """The last phoneme up to `at` that has a time of its own."""
    while at > 0 and phonemes[at] in SILENT:
        at -= 1
    return max(at, 0)


def _cheapest(phonemes: list[str], names: list[str]) -> tuple[list[tuple[int, int, int, int]], float]:
    """The cheapest way through both rows, as (phoneme, phonemes taken, sound, sounds taken), and what it costs."""
    rows, columns = len(phonemes), len(names)
    best = np.full((rows + 1, columns + 1), np.inf)
    best[0, 0] = 0.0
    back: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(rows + 1):
        for column in range(columns + 1):
            for many, taken in ((1, 1), (1, 0), (0, 1), (2, 1)):
                i, j = row - many, column - taken
                if i < 0 or j < 0:
                    continue
                cost = best[i, j] + _cost(phonemes[i:row], names[j:column])
                if cost < best[row, column]:
                    best[row, column] = cost
                    back[row, column] = (many, taken)
    steps, row, column = [], rows, columns
    while row or column:
        many, taken = back[row, column]
        row, column = row - many, column - taken
        steps.append((row, many, column, taken))
    return steps[::-1], float(best[rows, columns])


def _cost(phonemes: list[str], names: list[str]) -> float:
    if not names:
        return 0.0 if phonemes[0] in SILENT else 0.05 if phonemes[0] in MARKS else 1.0
    name = names[0]
    if not phonemes:
        return 0.6 if name == "pau" else 1.2
    if len(phonemes) == 2:
        return 0.0 if "".join(phonemes) in TWO.get(name, ()) else np.inf
    return _one(phonemes[0], name)


def _one(phoneme: str, name: str) -> float:
    """What it costs that the sound `name` is written as `phoneme`."""
    if name == "pau":
        return np.inf if phoneme not in MARKS else 0.3 if phoneme == " " else 0.0
    if phoneme in MARKS or phoneme in SILENT:
        return np.inf
    if phoneme in ONE.get(name, ""):
        return 0.2 if name in TWO and name != "er" else 0.0
    return 0.8 if (phoneme in "".join(VOWELS.values())) == (name in VOWELS) else 2.0
