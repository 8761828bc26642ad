"""Frames of heard sound flow in, a person's tries and a stretch of talk flow out, each with the wake word's scores.

A try is what is said between two silences, whether the wake network makes anything of it or not: a miss is a try too.
What is heard is kept in memory, until whoever asked for it has done with it, and nowhere else.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np

from voiced.audio.level import loudness
from voiced.endpoint import Endpointer, EndpointRules
from voiced.errors import AudioError
from voiced.stages import FRAME, RATE, Microphone, Pcm, VoiceActivity
from voiced.wake import OpenWakeWord

BEFORE: Final = 6
"""Frames (0.5 s) before speech was noticed that belong to a try: noticing takes a tenth, and words begin softly."""

LONGEST_S: Final = 4.0
"""Seconds of a try at the microphone; what goes on for longer is talk, and not counted."""

PATIENCE_S: Final = 30.0
"""Seconds at the microphone in which somebody has to say something."""

AROUND_S: Final = 1.0
"""Seconds of silence around a recording, which is cut close mostly."""

Show = Callable[[float, float], None]
"""Told of every frame: its score, 0 to 1, and how loud it was, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of sound."""

    sound: Pcm
    """Whole frames of it."""
    scores: tuple[float, ...]
    """The wake word's in each frame, 0 to 1."""

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE


class Hearing:
    """Follows a stream of frames, as the daemon would: nothing is forgotten between two tries."""

    def __init__(self, detector: OpenWakeWord, vad: VoiceActivity, show: Show | None = None) -> None:
        """`detector` listens for one word."""
        self._detector, self._vad, self._show = detector, vad, show
        [self._word] = detector.words
        self._endpointer = Endpointer(EndpointRules())
        self._rest: Pcm = np.zeros(0, np.int16)  # samples of which the voice detector has not heard a whole chunk

    def tries(self, frames: Iterator[Pcm], longest_s: float | None = LONGEST_S) -> Iterator[Heard]:
        """What is said, from silence to silence; without a bound, unless `longest_s` says when it is talk."""
        before: deque[tuple[Pcm, float]] = deque(maxlen=BEFORE)
        held: list[tuple[Pcm, float]] = []
        for frame in frames:
            boundaries = self._boundaries(frame)
            before.append((frame, self._score(frame)))
            if held:
                held.append(before[-1])
            elif "started" in boundaries:
                held = list(before)
            if held and "ended" in boundaries:
                found = _joined(held)
                held = []
                if longest_s is None or found.seconds <= longest_s:
                    yield found
        if held:
            yield _joined(held)

    def talk(self, frames: Iterator[Pcm], seconds: float) -> Heard:
        """The next `seconds`, or as much as there is, whatever it holds."""
        return _joined([(frame, self._score(frame)) for frame in islice(frames, round(seconds * RATE / FRAME))])

    def _score(self, frame: Pcm) -> float:
        score = self._detector.scores(frame)[self._word]
        if self._show:
            self._show(score, loudness(frame))
        return score

    def _boundaries(self, frame: Pcm) -> list[str | None]:
        self._rest = np.concatenate((self._rest, frame))
        whole = len(self._rest) // self._vad.chunk
        chunks, self._rest = np.split(self._rest, [whole * self._vad.chunk])
        return [self._endpointer.hear(self._vad.probability(chunk)) for chunk in chunks.reshape(whole, -1)]


def tries_in(recordings: Sequence[Pcm], hearing: Hearing) -> list[Heard]:
    """The tries in recordings: one or several in each. A recording in which nobody seems to speak is one as a whole."""
    found: list[Heard] = []
    for recording in recordings:
        framed = list(frames_of(recording))
        within = list(hearing.tries(iter(framed), None))
        found += within or [hearing.talk(frames_of(recording), len(framed) * FRAME / RATE)]
    return found


def frames_of(recording: Pcm, around_s: float = AROUND_S) -> Iterator[Pcm]:
    """A recording as a microphone would bring it, with silence around it."""
    silence = np.zeros(int(around_s * RATE), np.int16)
    whole = np.concatenate((silence, recording, silence))
    padded = np.concatenate((whole, np.zeros(-len(whole) % FRAME, np.int16)))
    yield from padded.reshape(-1, FRAME)


def live(microphone: Microphone) -> Iterator[Pcm]:
    """The frames of a microphone, from now on."""
    while (frame := microphone.read()) is not None:
        yield frame


def watched(frames: Iterator[Pcm], spoken: Callable[[], int], patience_s: float = PATIENCE_S) -> Iterator[Pcm]:
    """The frames of a microphone, for as long as `spoken`, a count of what was said, goes up now and then. Raises
    AudioError after `patience_s` in which it did not."""
    count, silent = -1, 0
    for frame in frames:
        silent = silent + 1 if spoken() == count else 0
        count = spoken()
        if silent * FRAME / RATE > patience_s:
            raise AudioError(
                f"Nothing was said for {patience_s:.0f} s, or the microphone does not hear it; `voiced devices` lists "
                "the microphones, and microphone.device in config.toml picks one."
            )
        yield frame


def _joined(frames: Sequence[tuple[Pcm, float]]) -> Heard:
    sound = np.concatenate([np.zeros(0, np.int16), *(frame for frame, _ in frames)])
    return Heard(sound, tuple(score for _, score in frames))
