"""Heard sound flows in, block by block; wake words and the boundaries of utterances flow out, and the utterance itself.

Closed, the ear follows only the wake word and keeps the last seconds; open, it follows an utterance as well. A person
who says wake word and command in one breath is half way through the command when the wake word is recognised
(openWakeWord answers 70 to 450 ms after the word's last sound, measured on nine synthetic voices), so an utterance
that is under way at that moment is kept from its beginning, wake word included: taking the word off the text is easy,
putting lost sound back is not.
"""

from typing import Literal

import numpy as np

from voiced.endpoint import Boundary, Endpointer, EndpointRules
from voiced.events import SpeechEnded, SpeechPaused, SpeechStarted, WakeDetected
from voiced.frames import Frames
from voiced.stages import FRAME, RATE, Pcm, VoiceActivity, WakeDetector

PREROLL = int(1.6 * RATE)
"""Samples kept from before the wake word was recognised: "hey jarvis" lasts 0.8 s, its recognition up to 0.45 s more,
and a slow speaker needs some."""

LEAD = int(0.25 * RATE)
"""Samples kept from before the first chunk that sounded like speech: soft consonants score late."""

UNCOVERED = int(0.3 * RATE)
"""Samples behind a sound of our own within which speech counts as begun under it: the detector takes a few to tell."""

TAIL = int(0.2 * RATE)
"""Samples of the closing silence that go to the recogniser: it needs a little to close the last word."""

Heard = WakeDetected | SpeechStarted | SpeechPaused | SpeechEnded


class Ear:
    """Owned by the conversation's thread; nobody else calls it."""

    def __init__(
        self, wake: WakeDetector, vad: VoiceActivity, rules: EndpointRules, max_utterance_s: float = 30.0
    ) -> None:
        self._wake = wake
        self._vad = vad
        self._endpointer = Endpointer(rules)
        self._max_utterance = int(max_utterance_s * RATE)
        self._frames = Frames()  # for the wake detector
        self._sound: Pcm = np.zeros(0, np.int16)  # at most PREROLL, or the utterance so far
        self._base = 0  # position of the first sample of _sound
        self._position = 0  # samples heard since the start
        self._judged = 0  # position up to which the voice detector has listened
        self._open = False
        self._start: int | None = None  # position where the utterance begins
        self._cut = False  # it was too long, and what is said next is another
        self._speech_end = 0  # position after the last speech of the utterance
        self.masked = False
        """Whether our own sound is in the air: it counts as silence, but is kept, for somebody may speak under it."""
        self._mask = 0, 0  # from which position to which it was last

    @property
    def following(self) -> bool:
        """Whether utterances are followed, and not the wake word alone."""
        return self._open

    @property
    def speaking(self) -> bool:
        """Whether an utterance is under way, pauses included."""
        return self._open and self._endpointer.speaking

    @property
    def silence_s(self) -> float:
        """Seconds of sound heard since the last speech of the utterance."""
        return (self._position - self._speech_end) / RATE

    @property
    def speech_end(self) -> int:
        """Position behind the last speech of the utterance, in samples since the start."""
        return self._speech_end

    def hear(self, block: Pcm) -> list[Heard]:
        """Takes the next sound, a frame at most."""
        if self.masked:
            first, last = self._mask
            self._mask = first if last == self._position else self._position, self._position + len(block)
        self._sound = np.concatenate((self._sound, block))
        self._position += len(block)
        heard = [self._wake.hear(frame) for frame in self._frames.push(np.zeros_like(block) if self.masked else block)]
        events = self._woken([wake for wake in heard if wake is not None])
        if not events and self._open:
            events += self._follow()
        self._trim()
        return events

    def wait(self, silence_ms: float) -> list[Heard]:
        """From here on `silence_ms` of silence end the utterance, until speech resumes; its end, when there have been
        as many already, and no word may be beginning."""
        return [SpeechEnded()] if self.speaking and self._endpointer.wait(silence_ms) else []

    def open(self) -> None:
        """Begins to follow utterances from here on."""
        self._open, self._start, self._cut = True, None, False
        self._endpointer.reset()
        self._vad.reset()
        self._judged = self._speech_end = self._position

    def close(self) -> None:
        """From here on only the wake word counts."""
        self._open, self._start = False, None

    def reset(self) -> None:
        """After a gap in the sound: forgets everything, the wake word's window included."""
        self.close()
        self._wake.reset()
        self._frames.clear()
        self._sound = np.zeros(0, np.int16)
        self._base = self._judged = self._speech_end = self._position

    def take_over(self, other: "Ear") -> list[Heard]:
        """Goes on where `other`, closed, has left off, so that nothing of what is being said gets lost: with its wake
        detector, or by letting our own hear the last seconds again."""
        self.close()
        self._sound, self._base, self._frames = other._sound, other._base, other._frames
        self._position = self._judged = self._speech_end = other._position
        if self._wake is other._wake:
            return []
        self._wake.reset()
        end = len(self._sound) - self._frames.pending
        heard = [self._wake.hear(self._sound[at - FRAME : at]) for at in range(end % FRAME + FRAME, end + 1, FRAME)]
        return self._woken([wake for wake in heard if wake is not None])

    def utterance(self) -> Pcm:
        """The sound of the utterance so far, with a little silence at both ends; empty when there is none."""
        if self._start is None:
            return np.zeros(0, np.int16)
        return self._sound[self._start - self._base : self._speech_end + TAIL - self._base]

    def so_far(self) -> tuple[int, Pcm]:
        """Where in the sound the present utterance began, in samples since the start, and all that was heard since."""
        if self._start is None:
            return self._position, np.zeros(0, np.int16)
        return self._start, self._sound[self._start - self._base :]

    def _woken(self, wakes: list[WakeDetected]) -> list[Heard]:
        """What follows from the wake words that were just heard."""
        return [*wakes, SpeechStarted()] if wakes and self._open_after_wake() else [*wakes]

    def _open_after_wake(self) -> bool:
        """Opens at the wake word; True when speech is under way right now, which may be the command already."""
        self.open()
        self._judged = max(self._base, self._position - PREROLL)
        begun = None
        while (boundary := self._judge()) is not False:
            if boundary == "started" and begun is None:
                begun = self._judged
            elif boundary == "ended":
                begun = None
        quiet = self._endpointer.silence_ms >= self._endpointer.rules.pause_ms
        if not self._endpointer.speaking or quiet or begun is None:
            self.open()
            return False
        self._start = max(self._base, begun - LEAD)
        return True

    def _follow(self) -> list[Heard]:
        events: list[Heard] = []
        while (boundary := self._judge()) is not False:
            if boundary == "started":
                if self._start is None or self._cut:
                    self._start, self._cut = self._begun(), False
                events.append(SpeechStarted())
            elif boundary == "paused":
                events.append(SpeechPaused())
            elif boundary == "ended":
                events.append(SpeechEnded())
        if self._start is not None and self._position - self._start > self._max_utterance and self.speaking:
            self._endpointer.cut()
            self._cut = True
            events.append(SpeechEnded(cut=True))
        return events

    def _begun(self) -> int:
        """Where the utterance began that has just been noticed; under our own sound, if it goes on as that ends."""
        first, last = self._mask
        if self._judged - last <= UNCOVERED:
            return max(self._base, first - LEAD)
        return max(self._base, self._judged - LEAD, last)

    def _judge(self) -> Boundary | Literal[False] | None:
        """Lets the voice detector hear its next chunk; the boundary it completes, None, or False when none is left."""
        size = self._vad.chunk
        if self._position - self._judged < size:
            return False
        at = self._judged - self._base
        chunk = self._sound[at : at + size]
        first, last = (min(max(edge - self._judged, 0), size) for edge in self._mask)
        if first < last:
            chunk = chunk.copy()
            chunk[first:last] = 0
        boundary = self._endpointer.hear(self._vad.probability(chunk))
        self._judged += size
        if self._endpointer.silence_ms == 0:
            self._speech_end = self._judged
        return boundary

    def _trim(self) -> None:
        keep = self._position - PREROLL if self._start is None else self._start
        if keep > self._base:
            self._sound = self._sound[keep - self._base :]
            self._base = keep
