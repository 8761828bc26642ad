"""Readings of an utterance that goes on flow in, one after the other; the words that are sure flow out. Pure.

A recogniser that is asked in the middle of a sentence guesses at its last words, and guesses otherwise the next time.
What two readings in a row begin with is kept: "LocalAgreement-2" of Macháček, Dabre and Bojar, "Turning Whisper into
Real-Time Transcription System" (2023). Theirs goes on from what is sure and cuts the sound there; this one compares
whole readings, for a turn is no longer than what Whisper reads at once.
"""

from collections.abc import Sequence

from voiced.stt.gates import plain

MARKS = ".,;:?!…-–—"
"""What a recogniser puts behind the last word of whatever it is given, whether the sentence ends there or not."""


class Agreement:
    """The words of one utterance."""

    def __init__(self) -> None:
        self.words: tuple[str, ...] = ()
        """Those that are sure, as they were written when they became so. They only ever become more."""
        self._last: list[str] = []

    def hear(self, text: str) -> bool:
        """Takes the next reading; whether more words are sure now."""
        words, last = text.split(), self._last
        self._last = words
        count = agreed(words, last)
        if count <= len(self.words) or agreed(words, self.words) < len(self.words):
            return False
        added = words[len(self.words) : count]
        added[-1] = added[-1].rstrip(MARKS) or added[-1]
        self.words += tuple(added)
        return True


def agreed(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with, whatever case and punctuation they are written in."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if plain(left) != plain(right):
            break
        count += 1
    return count
