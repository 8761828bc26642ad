"""Names of sound devices flow in, running PortAudio streams flow out: all that voiced knows of sounddevice is here.

PortAudio looks for devices once, when it is initialised. So it is initialised anew whenever a stream is opened while no
other is open: a device that came later is found then, and no running stream is torn down for it. Importing this module
does nothing; sounddevice, which initialises PortAudio at its import, is imported by the first call.
"""

import atexit
import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias, TypeVar

from voiced.errors import AudioError

Kind: TypeAlias = Literal["input", "output"]

WORDS = {"input": "microphone", "output": "speaker"}

RATES = (48_000, 44_100, 32_000, 16_000)
"""Tried in this order when a device refuses the rate that it calls its own: what USB audio devices have, best first."""

ANSWER_S = 8.0
"""Seconds that PortAudio has for what it is asked. It waits without a limit for a device that disappears just while it
is started, and whoever waits with it hears no signal; Bluetooth takes three seconds to wake up."""

T = TypeVar("T")

_asking = threading.Lock()  # held by whoever asks
_lock = threading.Lock()  # held while PortAudio works: for ever when it hangs
_streams: set["Stream"] = set()
_fresh = False  # whether PortAudio's list of devices is as new as its initialisation, just now


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device as PortAudio sees it."""

    index: int
    name: str
    host: str
    """The system through which it is reached, such as "ALSA"."""
    inputs: int
    """Channels."""
    outputs: int
    """Channels."""
    rate: float
    """Its own sample rate, samples per second."""
    default_input: bool
    default_output: bool


class Stream:
    """A running stream of one device, mono or stereo. Its callback is called in PortAudio's own thread."""

    def __init__(self, device: Device, native: Any) -> None:
        self.device = device
        self.native = native
        self.rate = int(native.samplerate)

    def close(self) -> None:
        """Stops at once; sound that the device has not played yet is lost. May be called twice."""
        with contextlib.suppress(AudioError):
            _ask(self._close)

    def _close(self) -> None:
        if self in _streams:
            _streams.discard(self)
            self.native.abort(ignore_errors=True)
            self.native.close(ignore_errors=True)


def devices() -> list[Device]:
    """All sound devices, as new as they can be had. Raises AudioError when the library is missing."""
    return _ask(_devices)


def open_stream(
    kind: Kind,
    name: str,
    callback: Callable[..., None],
    finished: Callable[[], None],
    *,
    dtype: str,
    block_s: float,
    latency_s: float,
) -> Stream:
    """A started stream of the device whose name contains `name` (the default for ""), at the device's own rate.

    `callback` gets sounddevice's arguments, with an array of one or two columns; `finished` is called when the stream
    stops by itself or by `close`. Raises AudioError."""

    def work() -> Stream:
        device = find(_devices(), kind, name)
        stream = Stream(device, _start(kind, device, callback, finished, dtype, block_s, latency_s))
        _streams.add(stream)
        return stream

    return _ask(work, Stream._close)


def find(known: list[Device], kind: Kind, name: str) -> Device:
    """The device meant by `name`: an exact name before a part of one, the first of several. Raises AudioError."""
    word = WORDS[kind]
    usable = [device for device in known if (device.inputs if kind == "input" else device.outputs)]
    if not usable:
        raise AudioError(f"There is no {word} on this machine; plug one in, then look at `voiced devices`.")
    if not name:
        preset = [device for device in usable if (device.default_input if kind == "input" else device.default_output)]
        return preset[0] if preset else usable[0]
    wanted = name.lower()
    matches = [device for device in usable if device.name.lower() == wanted]
    matches += [device for device in usable if wanted in device.name.lower()]
    if matches:
        return matches[0]
    names = {device.name.lower(): device.name for device in usable}
    words = {part: part for key in names for part in key.replace(":", " ").replace(",", " ").split()}
    close = get_close_matches(wanted, [*names, *words], n=1)
    meant = f'did you mean "{(words | names)[close[0]]}"? ' if close else ""
    raise AudioError(f'There is no {word} named "{name}"; {meant}`voiced devices` lists those there are.')


def _start(
    kind: Kind,
    device: Device,
    callback: Callable[..., None],
    finished: Callable[[], None],
    dtype: str,
    block_s: float,
    latency_s: float,
) -> Any:
    """Mono, else stereo; at the device's rate, else at a usual one. Raises AudioError with the first refusal."""
    sounddevice = _library()
    make = sounddevice.InputStream if kind == "input" else sounddevice.OutputStream
    channels = device.inputs if kind == "input" else device.outputs
    refusal: Exception | None = None
    # A device that is opened without a mixer between has its own number of channels only: all of them is the last try.
    for rate in dict.fromkeys((int(device.rate), *RATES)):
        for count in sorted({1, min(2, channels), channels}):
            try:
                stream = make(
                    device=device.index,
                    channels=count,
                    samplerate=rate,
                    dtype=dtype,
                    blocksize=int(block_s * rate),
                    latency=latency_s,
                    callback=callback,
                    finished_callback=finished,
                )
                stream.start()
            except (sounddevice.PortAudioError, ValueError) as error:
                refusal = refusal or error
            else:
                return stream
    raise AudioError(
        f'The {WORDS[kind]} "{device.name}" cannot be opened ({_reason(refusal)}); is another program using it?'
    ) from refusal


def _reason(error: Exception | None) -> str:
    """PortAudio's own words, without the name of its stream class and its number."""
    text = str(error)
    return text.split(": ", 1)[-1].split(" [PaErrorCode", maxsplit=1)[0].strip() or "for no given reason"


def _devices() -> list[Device]:
    """The list, with PortAudio initialised anew if that ends no stream. The lock is held."""
    global _fresh  # noqa: PLW0603 (PortAudio is one per process, whatever we do)
    sounddevice = _library()
    try:
        if not _streams and not _fresh:
            # sounddevice offers no public way; these two are what its own import and exit do.
            sounddevice._terminate()
            sounddevice._initialize()
        _fresh = False
        hosts = sounddevice.query_hostapis()
        return [
            Device(
                index=entry["index"],
                name=entry["name"],
                host=hosts[entry["hostapi"]]["name"],
                inputs=entry["max_input_channels"],
                outputs=entry["max_output_channels"],
                rate=entry["default_samplerate"],
                default_input=entry["index"] == sounddevice.default.device["input"],
                default_output=entry["index"] == sounddevice.default.device["output"],
            )
            for entry in sounddevice.query_devices()
        ]
    except sounddevice.PortAudioError as error:
        raise AudioError(f"The sound system cannot be reached ({_reason(error)}); is the sound server running?") from (
            error
        )


def _library() -> Any:
    """sounddevice, with ALSA kept from writing to the terminal. Raises AudioError when PortAudio is missing."""
    global _fresh  # noqa: PLW0603
    first = "sounddevice" not in sys.modules
    try:
        import sounddevice  # type: ignore[import-untyped]
    except OSError as error:
        raise AudioError("PortAudio is not installed; run `sudo apt install libportaudio2`.") from error
    if first:
        _fresh = True
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libasound.so.2").snd_lib_error_set_handler(_HANDLER)
    return sounddevice


def _ask(work: Callable[[], T], undo: Callable[[T], None] | None = None) -> T:
    """What `work` returns; one at a time has PortAudio to itself. Raises AudioError, also when `work` takes too long;
    `undo` then gets what it returns after all."""
    results: list[T | Exception] = []
    given_up = False
    decision = threading.Lock()  # guards the two above: a result is either returned or undone

    def answer(result: T | Exception) -> bool:
        with decision:
            if not given_up:
                results.append(result)
            return not given_up

    def run() -> None:
        if not _lock.acquire(timeout=ANSWER_S):
            return
        try:
            if given_up:
                return
            found = work()
            if not answer(found) and undo is not None:
                undo(found)
        except Exception as error:
            answer(error)
        finally:
            _lock.release()

    thread = threading.Thread(target=run, name="voiced-portaudio", daemon=True)
    with _asking:
        thread.start()
        thread.join(ANSWER_S)
        with decision:
            given_up = True
    if not results:
        if "sounddevice" in sys.modules:
            atexit.unregister(_library()._exit_handler)  # it would wait too
        raise AudioError("The sound system does not answer; start voiced again.")
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


def _unheard(*_: object) -> None:
    """What ALSA tells its error handler: its lines about devices that it tried and that are not there confuse people,
    and whatever matters comes back as an error anyway. PortAudio's own lines ("Expression ... failed", when a device
    refuses or is lost) stay: closing standard error meanwhile would lose lines of the log."""


_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p)(
    _unheard
)
"""`_unheard` for ALSA, which keeps its address for as long as the process lives."""
