"""The room's sound flows in as frames, what is said flows out: microphone and speaker on real devices.

Each is opened at the rate that its device calls its own, for many refuse any other, and converted here. Both run in
PortAudio's threads only as long as copying a block takes; waiting, converting and telling others is done elsewhere.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiced.audio import portaudio
from voiced.audio.playback import PlayQueue, Reached
from voiced.audio.portaudio import Device
from voiced.audio.resample import Resampler
from voiced.errors import AudioError
from voiced.stages import FRAME, RATE, Pcm, Sound

_LOG = logging.getLogger(__name__)

HEARD_S = 0.02
"""Seconds per block of the microphone: what is read at once while somebody is listened to. Blocks of 80 ms would take
0.8 instead of 1.2 % of a core all day long (ALSA over PulseAudio, AMD EPYC), and 30 ms more of every answer."""

KEPT_BLOCKS = 100
"""Blocks of the microphone that may wait to be read: two seconds, longer than anything holds up the conversation."""

HEARD_LATENCY_S = 0.1
"""Buffer asked of the microphone's device: a block may be taken late by this much before sound is lost."""

SILENT_S = 2.0
"""Seconds without a block after which a microphone is lost: a device that lives sends silence too."""

FIRST_S = 5.0
"""The same before the first block; sound servers take up to two seconds to wake a device, Bluetooth three."""

SPOKEN_S = 0.03
"""Seconds per block of the speaker: sound that is dropped is silent one block later. ALSA's way to PulseAudio cannot
get started with blocks of 20 ms at 44,100 Hz: it ran empty up to 138 times in a row, and lost the sound in it."""

SPOKEN_LATENCY_S = 0.06
"""Buffer asked of the speaker's device: two blocks. Python may hold its lock for 5 ms at a time, and several threads in
turn want it; every millisecond here delays every answer."""

RESTARTS = 500
"""How often a lead-in begins anew because the device ran empty in it: half a second of the worst that was seen."""

PAUSE_S = 2.0
"""Seconds of silence after which the first sound is led in: gaps between clauses are shorter."""

IDLE_S = 10.0
"""Seconds of silence after which the speaker's stream is closed. Kept running it would cost fifty calls per second all
day, keep the device awake and the amplifier hissing, and keep PortAudio from looking for new devices. Longer than the
gap between the chime, the question and its answer; opening again takes some 20 ms, and nobody waits for the chime."""

STALLED_S = 5.0
"""Seconds without a call from the speaker's device after which it is lost; sound servers pause for two at the start."""

RETRY_S = 2.0
"""Seconds between attempts to open a lost speaker again."""

LONGEST_DELAY_S = 3.0
"""A longer way from the callback to the ear is not believed: Bluetooth needs a third of a second."""


def list_devices() -> list[Device]:
    """The sound devices, as new as they can be had. Raises AudioError."""
    return portaudio.devices()


class Blocks:
    """Sound on its way from a device's thread to a reader's. Knows no device."""

    def __init__(self, bound: int = KEPT_BLOCKS) -> None:
        # Overflow rule: the oldest goes. Whoever reads late hears the present, not an ever older past.
        self._blocks: deque[Pcm] = deque(maxlen=bound)
        self._changed = threading.Condition()
        self._closed = self._failed = False
        self.lost = 0
        """Blocks that overflowed."""

    def put(self, block: Pcm) -> None:
        """Takes the newest block; never waits."""
        with self._changed:
            self.lost += len(self._blocks) == self._blocks.maxlen
            self._blocks.append(block)
            self._changed.notify_all()

    def get(self, patience_s: float) -> Pcm | None:
        """The oldest block, None once closed. Raises AudioError when the device failed, or sent none in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._blocks or self._closed or self._failed, patience_s):
                raise AudioError(f"no sound came for {patience_s:.0f} s")
            if self._closed:
                return None
            if not self._blocks:
                raise AudioError("the device is gone")
            return self._blocks.popleft()

    def fail(self) -> None:
        """Says that no more will come because the device is gone; what has come can still be had."""
        with self._changed:
            self._failed = True
            self._changed.notify_all()

    def close(self) -> None:
        """Says that nobody wants any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class DeviceMicrophone:
    """A `Microphone`. Capturing runs from the beginning; PortAudio's thread does no more than copy."""

    def __init__(self, device: str) -> None:
        """`device` is a part of its name, empty for the default. Raises AudioError when it cannot be opened."""
        self._blocks = Blocks()
        self._stream = portaudio.open_stream(
            "input",
            device,
            self._take,
            self._blocks.fail,
            dtype="int16",
            block_s=HEARD_S,
            latency_s=HEARD_LATENCY_S,
        )
        self._resampler = Resampler(self._stream.rate, RATE, "int16")
        self._pending: Pcm = np.zeros(0, np.int16)
        self._patience_s = FIRST_S
        self._overflowed = 0

    def read(self, samples: int = FRAME) -> Pcm | None:
        """See `Microphone`."""
        while len(self._pending) < samples:
            try:
                block = self._blocks.get(self._patience_s)
            except AudioError as error:
                raise AudioError(f'The microphone "{self._stream.device.name}" was lost ({error}).') from error
            if block is None:
                return None
            if self._blocks.lost > self._overflowed:
                lost_s = (self._blocks.lost - self._overflowed) * HEARD_S
                _LOG.warning("%.1f s of sound were lost: this machine is too busy to listen.", lost_s)
                self._overflowed = self._blocks.lost
            self._patience_s = SILENT_S
            self._pending = np.concatenate((self._pending, self._resampler.push(block)))
        heard, self._pending = self._pending[:samples], self._pending[samples:]
        return heard

    def close(self) -> None:
        """See `Microphone`."""
        self._blocks.close()
        self._stream.close()
        self._resampler.close()

    def _take(self, block: NDArray[np.int16], _frames: int, _time: Any, _status: Any) -> None:
        self._blocks.put(to_mono(block))


def to_mono(block: NDArray[np.int16]) -> Pcm:
    """A copy of a block, shape (n, channels), as one channel: the mean of the first two.

    Not of all: arrays of microphones carry a mix of their own in the first, and the speaker's sound in the last."""
    if block.shape[1] == 1:
        return block[:, 0].copy()
    mono: Pcm = block[:, :2].mean(axis=1, dtype=np.float32).astype(np.int16)
    return mono


class Feed:
    """What a speaker's device is fed: blocks of a queue, with silence before the first sound after a pause. `fill` is
    called by the device's thread alone. Knows no device."""

    def __init__(self, queue: PlayQueue, lead_in_ms: int) -> None:
        self._queue = queue
        self._lead_in = int(lead_in_ms / 1000 * queue.rate)
        self._pause = int(PAUSE_S * queue.rate)
        self._leading = 0  # samples of the lead-in still to come
        self._restarts = RESTARTS
        self.quiet = self._pause
        """Samples of silence since the last sound; a device that was just opened slept until now."""

    def fill(self, frames: int, *, ran_empty: bool = False) -> tuple[NDArray[np.float32], list[tuple[int, Reached]]]:
        """The next `frames` samples, and what is reached in them; see `PlayQueue.pull`. `ran_empty` says that the
        device has lost what it was given last: then a lead-in begins anew, for the sound after it would be lost too."""
        _, marks = self._queue.pull(0)  # marks before any sound need no lead-in
        silent = self._queue.empty
        if self.quiet >= self._pause and (not silent or self._queue.awaited):
            # Also for what may soon be to play: then the device is awake by the time that it is.
            self._leading, self._restarts = self._lead_in, RESTARTS
            silent = silent and not self._leading
        if ran_empty and not silent and self._restarts and (self._leading or self.quiet >= self._pause):
            self._leading, self._restarts = max(self._lead_in, 2 * frames), self._restarts - 1
        led = min(frames, self._leading)
        self._leading -= led
        self.quiet = self.quiet + frames if silent else 0
        block, later = self._queue.pull(frames - led)
        return np.concatenate((np.zeros(led, np.float32), block)), marks + [(led + at, call) for at, call in later]


class DeviceSpeaker:
    """A `Speaker`. PortAudio's thread copies blocks out of the queue; `begun` and `reached` are called in a thread of
    the speaker's own, at the time when their sample leaves the device, so they may take a while without a stutter.

    A device that is lost, or that cannot be opened again after a pause, stops no conversation: what is said goes by
    unheard, in the time that it takes, until the device is back."""

    def __init__(self, device: str, *, lead_in_ms: int) -> None:
        """`device` is a part of its name, empty for the default. Raises AudioError when it cannot be opened."""
        self._name = device
        self._changed = threading.Condition()
        self._poked = self._closed = self._gone = False
        self._generation = 0
        # Bound: the device's delay times what is said; filled by its thread, so there is no one who could wait.
        self._due: deque[tuple[float, Reached]] = deque()
        self._called = 0.0  # when the device last called
        self._retry = -math.inf  # when a lost device is tried again
        self._lead_in_ms = lead_in_ms
        self._feed: Feed | None = None  # none means silence
        self._stream: portaudio.Stream | None = self._open()
        self._queue = PlayQueue(self._stream.rate)
        self._feed = Feed(self._queue, lead_in_ms)
        self._thread = threading.Thread(target=self._run, name="voiced-speaker", daemon=True)
        self._thread.start()

    @property
    def volume(self) -> float:
        return self._queue.volume

    @volume.setter
    def volume(self, gain: float) -> None:
        self._queue.volume = gain

    @property
    def obtained(self) -> tuple[str, int] | None:
        """The device's name and its samples per second; None while it is closed or lost."""
        stream = self._stream
        return (stream.device.name, stream.rate) if stream else None

    def play(self, sound: Sound, generation: int, begun: Callable[[], None] | None = None) -> None:
        """See `Speaker`."""
        self._queue.play(sound, generation, self._unless_stale(generation, begun) if begun else None)
        self._poke()

    def mark(self, generation: int, reached: Callable[[], None]) -> None:
        """See `Speaker`."""
        self._queue.mark(generation, self._unless_stale(generation, reached))
        self._poke()

    def drop(self, generation: int) -> None:
        """See `Speaker`. What the device itself holds, `SPOKEN_LATENCY_S`, is still heard."""
        self._generation = max(self._generation, generation)
        self._queue.drop(generation)
        self._poke()  # perhaps it has something to play now

    def forget(self, generation: int) -> None:
        """See `Speaker`."""
        self._queue.forget(generation)

    def close(self) -> None:
        """See `Speaker`."""
        self._closed = True
        self._queue.close()
        self._poke()
        if self._thread is not threading.current_thread():
            self._thread.join(2.0)

    def _unless_stale(self, generation: int, call: Reached) -> Reached:
        """`call`, unless its generation has gone stale by the time that its sample leaves."""
        return lambda: call() if generation >= self._generation and not self._closed else None

    # --- in PortAudio's thread -----------------------------------------------------------------------------------

    def _give(self, out: NDArray[np.float32], frames: int, times: Any, status: Any) -> None:
        self._called = now = time.monotonic()
        if (feed := self._feed) is None:
            out[:] = 0
            return
        block, marks = feed.fill(frames, ran_empty=status.output_underflow)
        out[:] = block[:, np.newaxis]
        if marks:
            # PortAudio's clock is the wall's on some systems, so only the difference is taken from it.
            delay = times.outputBufferDacTime - times.currentTime
            if not 0 < delay < LONGEST_DELAY_S:
                delay = SPOKEN_LATENCY_S
            self._due.extend((now + delay + at / self._queue.rate, call) for at, call in marks)
            self._poke()

    def _finished(self) -> None:
        self._gone = True
        self._poke()

    # --- in the speaker's thread ---------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._closed:
            self._tell()
            wait_s = self._watch() if self._stream else self._rest()
            with self._changed:
                self._changed.wait_for(lambda: self._poked, wait_s)
                self._poked = False
        if self._stream:
            self._stream.close()

    def _tell(self) -> None:
        """Calls whom it is time to call."""
        while self._due and self._due[0][0] <= time.monotonic():
            self._call(self._due.popleft()[1])

    def _call(self, call: Reached) -> None:
        try:
            call()
        except Exception:
            _LOG.exception("What should happen when a sound had left the speaker failed")

    def _watch(self) -> float | None:
        """Looks after a running stream; the seconds until there is something to do."""
        assert self._stream is not None
        assert self._feed is not None
        now = time.monotonic()
        if self._gone or now - self._called > STALLED_S:
            self._lose(AudioError(f'The speaker "{self._stream.device.name}" was lost.'))
            return 0
        quiet_s = self._feed.quiet / self._queue.rate
        if quiet_s > IDLE_S and not self._due and self._queue.empty and not self._queue.awaited:
            self._stream.close()
            self._stream = None
            return 0
        return max(0.0, self._due[0][0] - now) if self._due else 1.0

    def _rest(self) -> float | None:
        """Without a stream: opens one as soon as there is something to play, or soon may be; or lets it go by
        unheard."""
        for _, call in self._queue.pull(0)[1]:
            self._call(call)
        if self._queue.empty and not self._queue.awaited:
            return None
        if time.monotonic() >= self._retry and self._open_again():
            return 0
        for _, call in self._queue.pull(int(SPOKEN_S * self._queue.rate))[1]:
            self._call(call)
        return SPOKEN_S

    def _open_again(self) -> bool:
        """Whether it worked. What waits in the queue is converted if the device has another rate than before."""
        self._feed = None
        try:
            self._stream = self._open()
        except AudioError as error:
            self._lose(error)
            return False
        self._queue.change_rate(self._stream.rate)
        self._feed = Feed(self._queue, self._lead_in_ms)
        return True

    def _lose(self, error: AudioError) -> None:
        if time.monotonic() >= self._retry + RETRY_S:
            _LOG.warning("%s Nothing is heard until it is back.", error)
        self._retry = time.monotonic() + RETRY_S
        if self._stream:
            self._stream.close()
            self._stream = None
        for _, call in self._due:
            self._call(call)
        self._due.clear()

    def _open(self) -> portaudio.Stream:
        self._gone, self._called = False, time.monotonic()
        return portaudio.open_stream(
            "output",
            self._name,
            self._give,
            self._finished,
            dtype="float32",
            block_s=SPOKEN_S,
            latency_s=SPOKEN_LATENCY_S,
        )

    def _poke(self) -> None:
        with self._changed:
            self._poked = True
            self._changed.notify_all()
