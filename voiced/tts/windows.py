"""What a Piper network is fed flows in, the sound of a sentence flows out: window by window, or whole.

A window is a stretch of the latent, decoded with as many frames on both sides as its sound depends on, so that the
pieces are what the whole would have been. The first is small, because somebody waits for it; those behind it are as
long as the playing of those before allows, because each costs its context a second time.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from math import ceil
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voiced import onnx
from voiced.stages import Cancelled, never
from voiced.tts.halves import CONTEXT, halved

Feed: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays by the names of the network's inputs."""

Samples: TypeAlias = NDArray[np.float32]

Session: TypeAlias = Any
"""ONNX Runtime's; the package has no types."""

LEAST = 4
"""Frames of the first window that play while the second is decoded. With the 4 that `HELD_S` keeps, that makes a window
of 8: in the shape of a medium voice, on one thread, the first of 4.7 s of speech comes after 0.335 of the work of the
whole, 0.30 of it the encoder's. A window of 16 frames comes after 0.346, one of 32 after 0.378."""

MOST = 96
"""Frames of the other windows at most: 1.1 s of sound. ONNX Runtime keeps the room that the longest one has needed
until the sentence is over, and with twice as many frames that is 25 MB more; eight sentences take 2.1 s of a processor
with either, though the context costs more. At 40 they take 2.3. And nobody who interrupts should wait long for the
processor."""

GROWTH = 1.2
"""How much longer than the first window the second may be, at least: were they equal, all would be."""

MARGIN, ROOM = 1.5, 1 / 3
"""How much slower than the last sentence the next one may be decoded without a gap, because others use the processor
too: half as slow again, or, where that is less, by a third of what is left until no voice could keep up. A high voice
on one core has a pace of 0.6; a factor alone would deny it windows."""

HELD_S = 0.04
"""Seconds at the end of a piece that the conversion to a device's rate may hold until the next one comes: soxr's 37
ms."""

FRAME = 256
"""Samples per frame in Piper's voices; a network with others is decoded just as well."""

FASTEST = 0.001
"""Pace below which a decoder is not believed to be: a clock may stand still."""

PACE = 0.25
"""The pace that is assumed until the first sentence has shown it: between the 0.05 measured for a medium voice on a PC
and the 0.5 that two thirds of its published cost on a Raspberry Pi 4 would be."""


def sizes(frames: int, context: int, pace: float, silent: int = 0) -> Iterator[int]:
    """How many frames of `frames` go into each window.

    `pace` is what decoding a frame takes, measured in the time that playing it takes; of the first window's frames,
    `silent` are not played before the next comes. Each is decoded before those ahead of it have been played; where that
    cannot be, at a pace near 1 or above, there is one window."""
    if pace * GROWTH >= 1:
        yield frames
        return
    pace = max(pace, FASTEST)
    # So many that the second window can grow: pace * (GROWTH * enough + 2 * context) <= enough.
    enough = max(LEAST, ceil(2 * context * pace / (1 - GROWTH * pace)))
    size = silent + enough
    ahead = float(-silent)  # frames decoded and not yet played
    while frames > size + context:  # the last one needs no context behind it, so it may be that much longer
        yield size
        frames -= size
        ahead += size
        size = max(1, min(MOST, int(ahead / pace) - 2 * context))
        ahead -= pace * (size + 2 * context)
    yield frames


def expected(pace: float) -> float:
    """The pace to plan with after one of `pace`."""
    return max(pace, min(pace * MARGIN, pace + (1 - pace) * ROOM))


class Network:
    """The network of a voice. One thread at a time."""

    def __init__(
        self,
        model: Path,
        load: Callable[[Path], Session],
        cache: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`load` makes a session of an `.onnx` file, and what it raises is passed on; `cache` is a folder for what can
        be made again from the file `model`. Raises OSError when that cannot be read."""
        self._clock = clock
        self._final = onnx.final()
        self._pace = PACE
        self._decoder: Session = None
        self.silence_s = 0.0
        """Seconds at the beginning of a sentence that are not worth playing, as far as is known."""
        with halved(model, cache) as halves:
            self._encoder = load(halves[0] if halves else model)
            if halves:
                self._decoder = load(halves[1])
        self.inputs = {each.name for each in self._encoder.get_inputs()}
        """What it is to be fed with."""
        if self._decoder is not None:
            self._names = [each.name for each in self._decoder.get_inputs()]
            self._context = int(self._decoder.get_modelmeta().custom_metadata_map[CONTEXT])

    @property
    def windowed(self) -> bool:
        """Whether the sound of a sentence comes in several pieces."""
        return self._decoder is not None

    def sound(self, feed: Feed, rate: int, cancelled: Cancelled = never) -> Iterator[Samples]:
        """The sound of one sentence at the voice's `rate`, in pieces that follow each other without a seam; ends within
        one of them of `cancelled`. What it took of memory goes back with the last of them."""
        made = self._encoder.run(None, feed, self._final)
        if self._decoder is None:
            yield np.asarray(made[0], np.float32).reshape(-1)
            return
        crossing = dict(zip(self._names, made, strict=True))
        latent = crossing[self._names[0]]
        frames, at, took, played = latent.shape[-1], 0, 0.0, 0.0
        # What is told of the speaker must be the same at all times; in Piper's voices it is.
        still = all(crossing[name].shape[-1] == 1 for name in self._names[1:])
        silent = ceil((self.silence_s + HELD_S) * rate / FRAME)
        for size in sizes(frames, self._context, expected(self._pace) if still else 1.0, silent):
            if cancelled():
                return
            begin, end = max(0, at - self._context), min(frames, at + size + self._context)
            crossing[self._names[0]] = latent[..., begin:end]
            before = self._clock()
            final = self._final if at + size == frames else None
            decoded = np.asarray(self._decoder.run(None, crossing, final)[0], np.float32).reshape(-1)
            took += self._clock() - before
            played += len(decoded) / rate
            per_frame = len(decoded) // (end - begin)
            yield decoded[(at - begin) * per_frame : (at - begin + size) * per_frame]
            at += size
        self._pace = took / max(played, 1e-3)
