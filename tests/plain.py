"""A person of plain tones for the tests: where it is the moment that counts, and not the words.

The conversation is the product's; what listens is as simple as can be. Loud sound is speech, a peak is the wake word,
and what an utterance says depends on for how long it was loud.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from voiced.activity import Activity
from voiced.conversation.chain import Chain
from voiced.ear import Ear
from voiced.endpoint import EndpointRules
from voiced.events import WakeDetected
from voiced.mind import Hearing
from voiced.stages import FRAME, RATE, Cancelled, Pcm, Transcription, never

LOUD = 3_000
PEAK = 30_000


def tone(seconds: float) -> Pcm:
    """Somebody speaks."""
    return np.full(int(seconds * RATE), LOUD, np.int16)


def wake_word() -> Pcm:
    """Somebody says the wake word."""
    word = np.zeros(FRAME, np.int16)
    word[FRAME // 2] = PEAK
    return word


class Peaks:
    """A `WakeDetector`."""

    def hear(self, frame: Pcm) -> WakeDetected | None:
        return WakeDetected("hey_jarvis", 1.0) if (frame == PEAK).any() else None

    def reset(self) -> None:
        """Remembers nothing."""


class Loudness:
    """A `VoiceActivity`."""

    chunk = 512

    def probability(self, samples: Pcm) -> float:
        return float((np.abs(samples) >= LOUD).mean() > 0.5)

    def reset(self) -> None:
        """Remembers nothing."""


@dataclass
class Lengths:
    """A `Recogniser` that knows words by how long they are."""

    read: Callable[[float], str]
    """The words of an utterance that was loud for so many seconds."""
    before: Callable[[], None] = lambda: None
    """Called ahead of each reading."""
    asked: list[float] = field(default_factory=list)
    """The seconds of each utterance, silence included."""
    name: str = "lengths"

    def wait_for(self, go_on: threading.Event, activity: Activity) -> None:
        """Each reading waits for `go_on`; meanwhile time goes on in the room."""

        def wait() -> None:
            with activity.aside():
                assert go_on.wait(20)

        self.before = wait

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        del cancelled
        self.asked.append(len(speech) / RATE)
        self.before()
        return Transcription(self.read(float((np.abs(speech) >= LOUD).sum()) / RATE))


def plain_ear(max_utterance_s: float = 30.0) -> Ear:
    """An ear for such a person."""
    return Ear(Peaks(), Loudness(), EndpointRules(), max_utterance_s)


def fitted(recogniser: Lengths, max_utterance_s: float = 30.0) -> Callable[[Chain], Chain]:
    """Has the chain listen to such a person."""

    def change(chain: Chain) -> Chain:
        chain.mind.hearing = Hearing(recogniser)
        return replace(chain, ear=plain_ear(max_utterance_s))

    return change
