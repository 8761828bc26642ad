"""What a small Whisper heard flows in, how that is spelled in English flows out.

It writes letter by letter, and knows no words. So its readings stand beside the sentences of well-spelled words that
its letters make, and each is judged by the sound and as English: docs/decisions/spelling.md.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from voiced.stages import Pcm, Transcription
from voiced.stt.english import English
from voiced.stt.lexicon import Lexicon
from voiced.stt.search import Sentences

ENGLISH: Final = 1.55
"""How much a sentence's log probability as English counts beside what the sound says of it."""

WORD: Final = 6.0
"""What each word is worth, in nepers: what is likely as English would have few words else."""

SENTENCES: Final = 8
"""Sentences of well-spelled words that are judged."""


class Speller(Protocol):
    """A recogniser that writes letter by letter."""

    def spell(self, speech: Pcm, among: Sentences, count: int) -> list[str]:
        """As `WhisperRecogniser.spell`."""

    def weigh(self, speech: Pcm, texts: Sequence[str]) -> list[float]:
        """The log probability of each of `texts`, where this is the `speech`."""


class Spelling:
    """How a recogniser's words are spelled. One thread at a time."""

    def __init__(self, recogniser: Speller, english: English) -> None:
        self._recogniser, self._english = recogniser, english
        self._lexicon = Lexicon(english.words, english.chance)

    def of(self, speech: Pcm, heard: Transcription) -> Transcription:
        """`heard` in the words that explain the `speech` best and are English, the others behind them. Raises
        EngineError when the recogniser fails."""
        spelled = self._recogniser.spell(speech, self._lexicon, SENTENCES)
        texts = list(dict.fromkeys([heard.text, *heard.alternatives, *spelled]))
        if len(texts) < 2:  # it cannot spell, or not for so long
            return heard
        weights = self._recogniser.weigh(speech, texts)
        worth = {
            text: weight + ENGLISH * self._english.likely(text) + WORD * len(text.split())
            for text, weight in zip(texts, weights, strict=True)
        }
        text, *others = sorted(texts, key=lambda text: -worth[text])
        return replace(heard, text=text, alternatives=tuple(others))
