"""A room without hardware: recordings flow in as a microphone, what is said flows out into an array.

Microphone and speaker share one clock, as they do on a real duplex sound card: what is read moves time
on, in steps of 10 ms, and takes as much sound from the speaker's queue. At `realtime` pace a frame comes when its
time has come. At `fast` pace it comes as soon as nobody has anything left to do (see `voiced.activity`), so that a
conversation of a minute takes seconds, computing takes no time in it, and it goes the same way on every machine.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voiced.activity import Activity
from voiced.audio.playback import PlayQueue
from voiced.audio.resample import resample
from voiced.stages import FRAME, RATE, Pcm, Sound

Pace: TypeAlias = Literal["realtime", "fast"]

Script: TypeAlias = Callable[[], Pcm | None]
"""Asked for the next sound of the room whenever the last one has been heard: some samples at 16 kHz (silence as
zeros; none at all counts as one frame of silence), or None when the recording is over."""

OUT_RATE = 24_000
"""Rate of the room's speaker, samples per second: above every rate Piper's voices have, below the size of 48 kHz."""


STEP = 160
"""Samples (10 ms at 16 kHz) that time moves on by at once: no sound waits longer for the speaker."""


class RoomClock:
    """The room's time: moves with its frames."""

    def __init__(self, start: float) -> None:
        self._start = start
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self._start + self.seconds


@dataclass
class Recording:
    """What was to be heard in the room, piece by piece."""

    person: list[Pcm] = field(default_factory=list)
    assistant: list[NDArray[np.float32]] = field(default_factory=list)

    def person_samples(self) -> Pcm:
        """What came in: 16 kHz, int16."""
        return np.concatenate([np.zeros(0, np.int16), *self.person])

    def assistant_samples(self) -> NDArray[np.float32]:
        """What the speaker played: `OUT_RATE`, float32."""
        return np.concatenate([np.zeros(0, np.float32), *self.assistant])


class Room:
    """A `Microphone`, with a `speaker` and a `clock` that go with it."""

    def __init__(
        self,
        script: Script,
        activity: Activity,
        pace: Pace = "fast",
        start: float | None = None,
        echo: float = 0.0,
    ) -> None:
        """`start` is the Unix time at which the recording begins (now, unless given); `echo` is how much of the
        speaker's sound gets back into the microphone, with what is read next, as a factor."""
        self.clock = RoomClock(time.time() if start is None else start)
        self.recording = Recording()
        self.speaker = RoomSpeaker(activity)
        self._script = script
        self._activity = activity
        self._pace = pace
        self._echo = echo
        self._echoed = np.zeros(0, np.float32)
        self._pending: Pcm = np.zeros(0, np.int16)
        self._began: float | None = None
        self._steps = 0
        self._closed = threading.Event()

    def read(self, samples: int = FRAME) -> Pcm | None:
        """The next `samples`, whole steps of 10 ms: time moves on, and the speaker with it."""
        if self._pace == "fast":
            self._activity.wait_idle()
        block = None if self._closed.is_set() else self._next(samples)
        if block is None:
            return None
        heard = block if not self._echo else _mix(block, self._echoed)
        self.recording.person.append(heard)
        played = [self._step() for _ in range(samples // STEP)]
        self.recording.assistant += played
        if self._echo:
            echo = resample(np.concatenate(played), OUT_RATE, RATE)[:samples] * self._echo
            self._echoed = np.concatenate((self._echoed[samples:], echo))
        return heard

    def close(self) -> None:
        self._closed.set()

    def _next(self, samples: int) -> Pcm | None:
        while len(self._pending) < samples:
            line = self._script()
            if line is None:
                return None
            if not len(line):
                line = np.zeros(max(FRAME, samples) - len(self._pending), np.int16)
            self._pending = np.concatenate((self._pending, line))
        block, self._pending = self._pending[:samples], self._pending[samples:]
        return block

    def _step(self) -> NDArray[np.float32]:
        """Lets `STEP` samples of time go by, and plays as much."""
        begin = self._steps * STEP / RATE
        if self._pace == "realtime":
            self._began = time.monotonic() if self._began is None else self._began
            self._closed.wait(max(0.0, self._began + begin - time.monotonic()))
        block, marks = self.speaker.queue.pull(STEP * OUT_RATE // RATE)
        for offset, reached in marks:
            self.clock.seconds = begin + offset / OUT_RATE
            reached()
        self._steps += 1
        self.clock.seconds = self._steps * STEP / RATE
        return block


class RoomSpeaker:
    """The `Speaker` of a room: a queue that the room's clock empties."""

    def __init__(self, activity: Activity) -> None:
        self.queue = PlayQueue(OUT_RATE)
        self._activity = activity

    @property
    def volume(self) -> float:
        return self.queue.volume

    @volume.setter
    def volume(self, gain: float) -> None:
        self.queue.volume = gain

    def play(self, sound: Sound, generation: int, begun: Callable[[], None] | None = None) -> None:
        # A full queue empties only when time goes on, so the wait does not count as work.
        self.queue.play(sound, generation, begun, waiting=self._activity.aside)

    def mark(self, generation: int, reached: Callable[[], None]) -> None:
        self.queue.mark(generation, reached)

    def drop(self, generation: int) -> None:
        self.queue.drop(generation)

    def forget(self, generation: int) -> None:
        self.queue.forget(generation)

    def close(self) -> None:
        self.queue.close()


def _mix(block: Pcm, echo: NDArray[np.float32]) -> Pcm:
    mixed = block.astype(np.float32)
    mixed[: len(echo)] += echo[: len(mixed)] * 32767.0
    return np.clip(mixed, -32768, 32767).astype(np.int16)
