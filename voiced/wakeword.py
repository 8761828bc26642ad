"""A transcript flows in, the same without the wake word at its beginning flows out. Pure."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from rapidfuzz.fuzz import ratio

CLOSE = 75.0
"""How alike (0 to 100, normalised letter distance) the first words must be to a wake word to be taken for it:
recognisers write "hey jarvis" as "Hey, Jarvis", "hey jarvas", "A. Jarvis"; "hey john this" scores 70."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


def spoken_form(word: str) -> str:
    """The wake word as it is said: "hey_jarvis_v0.1" and "models/hey_jarvis.onnx" are "hey jarvis"."""
    name = PurePath(word).name.removesuffix(".onnx")
    return re.sub(r"_v[\d.]+$", "", name).replace("_", " ").strip().lower()


def without_wake_word(text: str, words: Sequence[str]) -> str:
    """`text` from behind the wake word on, when it begins with one of `words` or with the last part of one ("jarvis,
    stop": the recording may begin in its middle); else `text` as it is."""
    found = list(_WORD.finditer(text))
    best, cut = CLOSE, 0
    for phrase in {part for word in words for part in _endings(spoken_form(word))}:
        for count in range(1, min(len(found), phrase.count(" ") + 2) + 1):
            score = ratio(phrase, " ".join(match.group().lower() for match in found[:count]))
            if score > best or (score == best and found[count - 1].end() > cut):
                best, cut = score, found[count - 1].end()
    return text[cut:].lstrip(" ,.!?;:-–—…") if cut else text


def _endings(phrase: str) -> list[str]:
    words = phrase.split()
    return [" ".join(words[at:]) for at in range(len(words))]
