"""A recogniser's folder flows in, what voiced makes of it flows out: the recognisers as they are put together there."""

from pathlib import Path
from typing import Final

from voiced.engines import STARTER_READINGS
from voiced.intents.automaton import Automaton
from voiced.intents.grammar import Grammar
from voiced.intents.nearest import Nearest
from voiced.intents.pattern import Pattern
from voiced.intents.sampling import sample
from voiced.stages import Pcm, Transcription
from voiced.stt.phrases import Phrases
from voiced.stt.spelling import Spelling
from voiced.stt.sphinx import SphinxRecogniser
from voiced.stt.whisper import WhisperRecogniser
from voiced.stt.witnesses import Witnesses

SENTENCES: Final = 18_000
"""Sampled for pocketsphinx's language model, as voiced does it."""


class Product:
    """voiced's recognisers around the folder."""

    def __init__(self, folder: Path, *, sentences: int = SENTENCES) -> None:
        grammar = Grammar("en")

        def understood(text: str) -> bool:
            return grammar.match(text) is not None

        def same(one: str, other: str) -> bool:
            return understood(one) and grammar.match(one) == grammar.match(other)

        self.whisper = WhisperRecogniser(folder, alternatives=STARTER_READINGS)
        self.sphinx = SphinxRecogniser(lambda: sample(grammar, sentences, 0), understood)
        pattern = Pattern(grammar)
        self.nearest = Nearest(pattern)
        letters = Phrases(Automaton(pattern))
        self.both = Witnesses(self.whisper, self.sphinx, understood, self.nearest.rank, ("hey_jarvis",), letters)
        self.understood, self.same = understood, same
        self._spelling = Spelling(self.whisper, self.sphinx.english())

    def alone(self, speech: Pcm) -> tuple[Transcription, Transcription]:
        """What Whisper writes, letter by letter, and how that is spelled: without what pocketsphinx hears, but in the
        words of its English."""
        heard = self.whisper.transcribe(speech)
        return heard, self._spelling.of(speech, heard) if heard.text else heard
