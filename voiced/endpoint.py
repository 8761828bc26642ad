"""Speech probabilities flow in, the beginning, pauses and end of an utterance flow out. Pure: no sound, no clock.

Time is counted in chunks of the voice detector. Two thresholds (hysteresis) keep one weak syllable from opening a
gap; a start needs a few chunks in a row, so that a click or a cough of 60 ms is not a word.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Boundary: TypeAlias = Literal["started", "paused", "ended"]
"""Speech began (or went on after a pause), fell silent for the pause time, stayed silent for the end time."""


@dataclass(frozen=True, slots=True)
class EndpointRules:
    """When silence means what."""

    silence_ms: float = 750.0
    """Silence that ends an utterance of which nothing is known, in milliseconds."""
    pause_ms: float = 180.0
    """Silence after which a draft of the answer may be started, in milliseconds."""
    chunk_ms: float = 32.0
    """Length of the piece of sound that one probability stands for."""
    start_ms: float = 96.0
    """Speech needed before it counts; Silero's own tools drop what is shorter than 100 to 250 ms."""
    speech: float = 0.5
    """Probability from which a chunk counts as speech: the value that Silero's authors recommend."""
    quiet: float = 0.35
    """Probability below which a chunk counts as silence; in between, it counts as what went before (Silero's own
    rule: the first threshold less 0.15)."""
    stirring: float = 0.1
    """Probability from which a chunk may be the beginning of a word, so that nothing ends in it: the detector takes one
    to three chunks to be sure of a word. Of 120 lines by four voices that go on after 0.7 s, 700 ms of silence cut off
    21 where they had cut off 60, and 720 two instead of 23; the ends of lines came no later, and in noise 14 dB below
    speech by 1 ms at most on average."""


class Endpointer:
    """Follows one utterance after the other."""

    def __init__(self, rules: EndpointRules) -> None:
        self.rules = rules
        self._least = max(1, round(rules.start_ms / rules.chunk_ms))  # chunks that make a word
        self.reset()

    def reset(self) -> None:
        """Begins anew, in silence."""
        self._cut = False  # what is heard goes on from an utterance that is over
        self._loud = False
        self._run = 0  # chunks of speech in a row, while no speech has been announced
        self._silent = 0  # chunks of silence since the last speech
        self._stirring = 0  # chunks in a row that may be the beginning of a word
        self._speaking = False  # "started" was announced, "ended" was not
        self._paused = False
        self._needed = self.rules.silence_ms

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way, pauses included."""
        return self._speaking

    @property
    def silence_ms(self) -> float:
        """How long it has been silent, in milliseconds."""
        return self._silent * self.rules.chunk_ms

    @property
    def run_ms(self) -> float:
        """How long the speech that has not been announced yet has lasted, in milliseconds."""
        return self._run * self.rules.chunk_ms

    def wait(self, silence_ms: float) -> Boundary | None:
        """From here on `silence_ms` of silence end the utterance, until speech resumes; "ended" when there have been as
        many already, and no word may be beginning."""
        self._needed = silence_ms
        return self._end()

    def cut(self) -> None:
        """Ends the utterance although its sound goes on; until that has paused, it begins no other."""
        self.reset()
        self._cut = True

    def hear(self, probability: float) -> Boundary | None:
        """Takes the probability of the next chunk; the boundary that it completes, if any."""
        self._stirring = self._stirring + 1 if probability >= self.rules.stirring else 0
        if probability >= self.rules.speech:
            self._loud = True
        elif probability < self.rules.quiet:
            self._loud = False
        return self._voice() if self._loud else self._silence()

    def _voice(self) -> Boundary | None:
        if self._cut:
            self._silent = 0
            return None
        self._run += 1
        if self._run < self._least:
            # Not yet a word. Within an utterance the silence goes on being counted meanwhile, so that clicks cannot
            # hold the turn open for ever.
            if self._speaking and self._silent:
                self._silent += 1
            return None
        resumed = not self._speaking or self._paused
        self._speaking, self._paused, self._silent = True, False, 0
        self._needed = self.rules.silence_ms
        return "started" if resumed else None

    def _silence(self) -> Boundary | None:
        self._run = 0
        self._silent += 1
        self._cut = self._cut and self.silence_ms < self.rules.pause_ms
        if (ended := self._end()) is not None or not self._speaking:
            return ended
        if not self._paused and self.silence_ms >= self.rules.pause_ms:
            self._paused = True
            return "paused"
        return None

    def _end(self) -> Boundary | None:
        if not self._speaking or self.silence_ms < self._needed:
            return None
        if self._loud or 0 < self._stirring <= self._least:
            return None  # speech resumes, or it was nothing: a moment later it is known
        self._speaking = self._paused = False
        return "ended"
