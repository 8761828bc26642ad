"""Sounds flow in with their generation, blocks for a sound device flow out: the queue of every speaker.

Knows no device and no clock; whoever pulls blocks out of it makes time go by. What belongs to a generation that is
still to come waits beside the queue, so that a draft's sound is there the moment it counts. A sound that goes stale
fades out over a few milliseconds instead of ending in a click.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiced.audio.resample import Resampler, resample
from voiced.stages import Sound

BOUND_S = 10.0
"""Seconds of sound that may wait. Overflow rule: whoever brings more waits; speech is dropped only when it is stale."""

FADE_S = 0.005
"""Seconds over which dropped sound fades out: too short to be heard as sound, too long for a click."""

Block = NDArray[np.float32]
Reached = Callable[[], None]


@dataclass(slots=True)
class _Entry:
    """A sound or a mark, in its place in the queue."""

    generation: int
    samples: Block
    begun: Reached | None = None
    reached: Reached | None = None


@dataclass(frozen=True, slots=True)
class _Stream:
    """The conversion under way: of sounds that follow each other without a seam."""

    generation: int
    from_rate: int
    to_rate: int
    resampler: Resampler


class PlayQueue:
    """Safe to use from several threads; `pull` is called by the speaker's alone."""

    def __init__(self, rate: int, bound_s: float = BOUND_S) -> None:
        """`rate` is that of the blocks pulled, in samples per second."""
        self.rate = rate
        self.volume = 1.0
        self._bound = int(bound_s * rate)
        self._entries: deque[_Entry] = deque()
        self._held: deque[_Entry] = deque()  # of generations still to come
        self._waiting = 0  # samples in both
        self._generation = 0  # the one that is played
        self._forgotten = 0  # of those still to come, these and all before will not
        self._gain = 1.0  # the volume at the end of the last block
        self._tail: Block = np.zeros(0, np.float32)  # what fades out
        self._closed = False
        self._changed = threading.Condition()
        self._stream: _Stream | None = None
        self._converting = threading.Lock()  # owns the stream; taken before the other, and never kept while waiting

    def play(
        self,
        sound: Sound,
        generation: int,
        begun: Reached | None = None,
        waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Queues `sound`, at this queue's rate. Waits, inside `waiting()`, while it is full.

        What is played next at the same rate is taken for the same sound: a few milliseconds may stay in the conversion
        until it comes, or a mark."""
        if not len(sound.samples):
            return
        with self._changed:
            room = self._has_room(generation)
        if not room:
            self._wait_for_room(generation, waiting)
        with self._converting:
            if self._closed:
                return
            stream = self._stream
            key = (generation, sound.rate, self.rate)
            if stream is None or (stream.generation, stream.from_rate, stream.to_rate) != key:
                self._end_stream()
                stream = self._stream = _Stream(*key, Resampler(sound.rate, self.rate))
            samples = stream.resampler.push(sound.samples.astype(np.float32, copy=False))
            self._bring(stream, samples, begun)

    def mark(self, generation: int, reached: Reached) -> None:
        """`reached` comes out of the `pull` after which all that was queued before has been pulled."""
        with self._converting:
            self._end_stream()
            with self._changed:
                if not self._stale(generation) and not self._closed:
                    self._append(_Entry(generation, np.zeros(0, np.float32), reached=reached))

    def drop(self, generation: int) -> None:
        """Everything older than `generation` is stale from now on, and what waited for `generation` has its turn."""
        with self._changed:
            self._generation = max(self._generation, generation)
            if self._entries and self._entries[0].generation < self._generation and len(self._entries[0].samples):
                fade = self._entries[0].samples[: int(FADE_S * self.rate)]
                self._tail = (fade * np.linspace(1, 0, len(fade), dtype=np.float32)).astype(np.float32)
            there = [entry for entry in (*self._entries, *self._held) if not self._stale(entry.generation)]
            self._entries, self._held = deque(), deque()
            for entry in there:
                self._append(entry)
            self._waiting = sum(len(entry.samples) for entry in there)
            self._changed.notify_all()

    def forget(self, generation: int) -> None:
        """`generation`, and what else is still to come before it, never comes: what waits for it goes, and so does
        whoever waits for room to bring more."""
        with self._changed:
            self._forgotten = max(self._forgotten, generation)
            self._waiting -= sum(len(entry.samples) for entry in self._held if self._stale(entry.generation))
            self._held = deque(entry for entry in self._held if not self._stale(entry.generation))
            self._changed.notify_all()

    def change_rate(self, rate: int) -> None:
        """Goes on at another rate, that of a device opened anew; what waits is converted."""
        with self._changed:
            there = (*self._entries, *self._held)
            for entry in there:
                entry.samples = resample(entry.samples, self.rate, rate)
            self._bound = self._bound * rate // self.rate
            self._tail = np.zeros(0, np.float32)
            self._waiting = sum(len(entry.samples) for entry in there)
            self.rate = rate

    def pull(self, frames: int) -> tuple[Block, list[tuple[int, Reached]]]:
        """The next `frames` samples, silence where there is nothing, and what is reached in them: the offset of each
        and what to call when the sample at that offset leaves the device."""
        block = np.zeros(frames, np.float32)
        marks: list[tuple[int, Reached]] = []
        at = 0
        with self._changed:
            while self._entries:
                entry = self._entries[0]
                if entry.reached is not None:
                    marks.append((at, entry.reached))
                    self._entries.popleft()
                    continue
                if at == frames:
                    break
                if entry.begun is not None:
                    marks.append((at, entry.begun))
                    entry.begun = None
                taken = entry.samples[: frames - at]
                block[at : at + len(taken)] = taken
                at += len(taken)
                self._waiting -= len(taken)
                entry.samples = entry.samples[len(taken) :]
                if not len(entry.samples):
                    self._entries.popleft()
            gain = self._gain
            if frames:
                self._gain = self.volume
            tail, self._tail = self._tail[:frames], self._tail[frames:]
            self._changed.notify_all()
        block[: len(tail)] += tail
        if gain != 1.0 or self._gain != 1.0:
            block *= np.linspace(gain, self._gain, frames, dtype=np.float32)
        return block, marks

    @property
    def empty(self) -> bool:
        """Whether there is nothing to play now."""
        with self._changed:
            return not self._entries and not len(self._tail)

    @property
    def awaited(self) -> bool:
        """Whether something waits for its generation, and may soon be to play."""
        with self._changed:
            return bool(self._held)

    def close(self) -> None:
        """Forgets everything; whoever waits for room goes on."""
        with self._changed:
            self._closed = True
            self._entries.clear()
            self._held.clear()
            self._waiting = 0
            self._changed.notify_all()
        with self._converting:
            self._stream = None

    def _stale(self, generation: int) -> bool:
        return generation < self._generation or self._generation < generation <= self._forgotten

    def _append(self, entry: _Entry) -> None:
        (self._entries if entry.generation <= self._generation else self._held).append(entry)

    def _end_stream(self) -> None:
        """Queues what is still inside the conversion."""
        stream, self._stream = self._stream, None
        if stream is not None:
            self._bring(stream, stream.resampler.flush().astype(np.float32, copy=False))

    def _bring(self, stream: _Stream, samples: Block, begun: Reached | None = None) -> None:
        with self._changed:
            if not self._stale(stream.generation) and not self._closed:
                samples = resample(samples, stream.to_rate, self.rate)  # rarely: the rate has changed meanwhile
                self._append(_Entry(stream.generation, samples, begun=begun))
                self._waiting += len(samples)

    def _has_room(self, generation: int) -> bool:
        return self._closed or self._stale(generation) or self._waiting < self._bound

    def _wait_for_room(self, generation: int, waiting: Callable[[], AbstractContextManager[None]]) -> None:
        with waiting(), self._changed:
            self._changed.wait_for(lambda: self._has_room(generation))
