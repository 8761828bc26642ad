"""A recogniser's reading flows in, whether it is to be believed flows out. Pure: numbers and text, no engine.

Whisper was trained on subtitles, and writes some where there is nothing to hear: "Thank you." into silence, one phrase
over and over into noise. It also says how sure it is, and that gives it away.
"""

import re
import zlib
from dataclasses import dataclass

SILENT = 0.6
"""Probability of "nobody speaks" over which a reading must be a sure one: the value of Whisper's authors."""

UNSURE = -1.0
"""Average log probability of a token under which a reading is a guess: the value of Whisper's authors."""

DOUBTFUL = -0.5
"""The same for phrases that Whisper is known to make up: said by a person, they come out surer."""

REPETITIVE = 2.4
"""How much shorter zlib makes a text that goes round in circles: the value of Whisper's authors."""

LETTERS_S = 30.0
"""Letters per second that nobody speaks: fast speech has 6 words a second, of 5 letters each."""

LETTERS = 20.0
"""Letters that may come on top, so that a short word is not too fast."""

MADE_UP = frozenset(
    """thank you|thank you very much|thanks for watching|thank you for watching|please subscribe|bye|you|the end
    |subtitles by the amara org community""".replace("\n    ", "").split("|")
)
"""What Whisper writes into silence, as its users report (KoljaB/RealtimeSTT issue 143 and many others)."""

_WORDS = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Reading:
    """What Whisper made of an utterance."""

    text: str
    logprob: float
    """Average log probability of its tokens, the end of the text counted in."""
    no_speech: float
    """Probability, 0 to 1, that nobody speaks."""
    weight: float = 0.0
    """Log probability of the whole text, in nepers, by all who have an opinion of it."""


def believed(reading: Reading, prompt: str = "") -> bool:
    """Whether `reading` is worth answering. `prompt` is what Whisper was shown, and repeats into silence."""
    words = plain(reading.text)
    if not words or (prompt and words in plain(prompt)):
        return False
    if reading.logprob < UNSURE:
        return False
    return not (words in MADE_UP and (reading.logprob < DOUBTFUL or reading.no_speech > SILENT))


def runaway(text: str, seconds: float) -> bool:
    """Whether `text` is more than anybody says in `seconds`, or one phrase over and over: what a context that is too
    short does to a model."""
    if len(text) > LETTERS_S * seconds + LETTERS:
        return True
    data = text.encode("utf-8", "replace")
    return len(data) > 40 and len(data) / len(zlib.compress(data)) > REPETITIVE


def plain(text: str) -> str:
    """`text` in lower case, without punctuation."""
    return " ".join(_WORDS.findall(text.lower()))
