"""Clean speech flows in, what a microphone in a room would have heard of it flows out, as Whisper's features.

Everything is drawn anew for each hearing: vocal tract, room, noise, music, other voices, channel, loudness, and where
in the window the speech begins.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from recipe.speech import RATE, TICK, UNKNOWN

Samples = NDArray[np.float32]
MELS: Final = 80
POINTS: Final = 400
"""Samples in a window of the Fourier transform, as Whisper has them."""
_WINDOW: Final = np.hanning(POINTS + 1)[:-1].astype(np.float32)


def filters(warp: float = 1.0) -> Samples:
    """Whisper's mel filters (80 × 201) for a vocal tract `warp` times as short."""
    bins = fft.rfftfreq(POINTS, 1 / RATE)
    mels = np.linspace(0.0, 45.245640471924965, MELS + 2)
    edges = np.where(mels < 15.0, mels * 200.0 / 3, 1000.0 * np.exp(np.log(6.4) / 27.0 * (mels - 15.0)))
    # Above 5.6 kHz the warp runs out, so that 8 kHz stays 8 kHz.
    knee = 5600.0 / max(warp, 1.0)
    warped = np.where(edges <= knee, edges * warp, 8000 - (8000 - knee * warp) / (8000 - knee) * (8000 - edges))
    widths = np.diff(warped)[:, None]
    ramps = warped[:, None] - bins[None, :]
    weights = np.maximum(0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:]))
    return np.asarray(weights * (2.0 / (edges[2:] - edges[:-2]))[:, None], np.float32)


WARPS: Final = np.linspace(0.84, 1.2, 19)
_FILTERS: Final = [filters(float(warp)) for warp in WARPS]
_PLAIN: Final = filters()


def power(audio: Samples) -> Samples:
    """The power spectrum of every 10 ms (frames × 201), the ends mirrored as Whisper does."""
    padded = np.pad(audio, POINTS // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, POINTS)[::TICK][: len(audio) // TICK]
    spectrum = fft.rfft(frames * _WINDOW, axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def features(audio: Samples) -> Samples:
    """What faster-whisper's extractor makes of `audio` (80 × frames)."""
    return scaled(power(audio) @ _PLAIN.T).T


def scaled(energies: Samples) -> Samples:
    """Mel energies as the network takes them."""
    logs = np.log10(np.maximum(energies, 1e-10))
    return np.asarray((np.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0, np.float32)


class Surroundings:
    """Rooms, noises and music to draw from; made once, because making them takes a second."""

    def __init__(self, seed: int, count: int = 60) -> None:
        """`count` of each, the same for the same seed."""
        rng = np.random.default_rng(seed)
        self.rooms = [_room(rng) for _ in range(count)]
        self.noises = [_noise(rng) for _ in range(count)]
        self.music = [_music(rng) for _ in range(count // 2)]

    def sound(self, rng: np.random.Generator, kind: str, length: int, others: list[NDArray[np.int16]]) -> Samples:
        """`length` samples of noise, music or babble, of deviation 1."""
        if kind == "babble" and others:
            mixed = np.zeros(length, np.float32)
            for _ in range(int(rng.integers(2, 7))):
                other = others[rng.integers(len(others))].astype(np.float32)
                mixed += (
                    rng.uniform(0.3, 1) / (other.std() + 1) * np.resize(np.roll(other, rng.integers(length)), length)
                )
        else:
            bank = self.music if kind == "music" else self.noises
            mixed = np.resize(np.roll(bank[rng.integers(len(bank))], rng.integers(RATE * 10)), length)
        return mixed / (mixed.std() + 1e-9)


def _room(rng: np.random.Generator) -> Samples:
    """An impulse response: the direct sound, a few reflections, a tail that dies away in 0.1 to 0.7 s."""
    decay = rng.uniform(0.1, 0.7)
    length = int(RATE * min(decay, 0.45))
    time = np.arange(length) / RATE
    tail = rng.standard_normal(length) * 10 ** (-3 * time / decay)
    tail[: int(rng.uniform(0.001, 0.012) * RATE)] = 0
    answer = tail * rng.uniform(0.05, 0.5) / (np.sqrt((tail**2).sum()) + 1e-9)
    answer[rng.integers(30, 400, 6)] += rng.uniform(-0.3, 0.3, 6)
    answer[0] = 1.0
    return np.asarray(answer, np.float32)


def _noise(rng: np.random.Generator) -> Samples:
    """Ten seconds of hiss, rumble, hum or rattle, steady or swelling."""
    length = RATE * 10
    spectrum = fft.rfft(rng.standard_normal(length))
    hertz = fft.rfftfreq(length, 1 / RATE)
    shape = (hertz + 30.0) ** -rng.uniform(0.0, 1.2)
    for _ in range(int(rng.integers(0, 3))):
        shape *= 1 + rng.uniform(0, 8) * np.exp(-(((hertz - rng.uniform(80, 6000)) / rng.uniform(40, 900)) ** 2))
    noise = fft.irfft(spectrum * shape, length)
    noise /= noise.std()
    time = np.arange(length) / RATE
    if rng.random() < 0.3:
        base = rng.choice([50.0, 60.0, rng.uniform(80, 400)])
        noise += rng.uniform(0.2, 1.5) * sum(np.sin(2 * np.pi * base * k * time) / k for k in range(1, 8))
    if rng.random() < 0.5:
        swell = np.interp(time, np.linspace(0, 10, 25), rng.uniform(0.1, 1.0, 25))
        noise *= swell
    if rng.random() < 0.3:  # clatter
        for at in rng.integers(0, length - 2000, int(rng.integers(3, 40))):
            noise[at : at + 2000] += rng.uniform(1, 6) * rng.standard_normal(2000) * np.exp(-np.arange(2000) / 200)
    return np.asarray(noise, np.float32)


def _music(rng: np.random.Generator) -> Samples:
    """Ten seconds of chords over a bass, plucked or blown, with a beat or without."""
    out = np.zeros(RATE * 10, np.float32)
    beat = int(rng.uniform(0.2, 0.7) * RATE)
    root, scale = rng.uniform(90, 260), np.array([0, 2, 4, 5, 7, 9, 11, 12])
    for at in range(0, len(out) - beat, beat):
        length = min(int(beat * rng.uniform(1, 3)), len(out) - at)
        time = np.arange(length) / RATE
        fades = np.exp(-time * rng.uniform(1, 8)) * np.minimum(1, time * 100)
        for note in rng.choice(scale, int(rng.integers(1, 4))):
            pitch = root * 2 ** (note / 12) * rng.choice([0.5, 1, 2])
            tone = sum(np.sin(2 * np.pi * pitch * k * time) / k ** rng.uniform(1, 2) for k in range(1, 7))
            out[at : at + length] += tone * fades
        if rng.random() < 0.5:
            hit = min(1500, length)
            out[at : at + hit] += 0.8 * rng.standard_normal(hit) * np.exp(-np.arange(hit) / 250)
    return out


@dataclass(frozen=True, slots=True)
class Heard:
    """One clip as the network is given it."""

    features: NDArray[np.float16]
    """80 × frames of 10 ms."""
    phones: NDArray[np.uint8]
    """The phone at every second frame, which is where the encoder has a position."""


def hear(
    audio: NDArray[np.int16],
    phones: NDArray[np.uint8],
    frames: int,
    rng: np.random.Generator,
    surroundings: Surroundings,
    others: list[NDArray[np.int16]],
    hard: float = 1.0,
) -> Heard:
    """`audio`, spoilt and put somewhere into a window of `frames` frames; empty audio is a clip without speech.

    How much it is spoilt goes with `hard`, from 0 to 1: who learns to read begins with large print."""
    length = frames * TICK
    start = int(rng.integers(0, max(1, min(length - len(audio), RATE // 2)))) // TICK * TICK
    labels = np.zeros(frames, np.uint8)
    labels[start // TICK : start // TICK + len(phones)] = phones[: frames - start // TICK]
    window = np.zeros(length, np.float32)
    if len(audio):
        speech = audio.astype(np.float32)
        speech /= np.sqrt((speech**2).mean()) + 1e-9
        if rng.random() < 0.35 * hard:
            room = surroundings.rooms[rng.integers(len(surroundings.rooms))]
            speech = np.asarray(signal.fftconvolve(speech, room), np.float32)
        window[start : start + len(speech)] = speech[: length - start]
    end = length
    if rng.random() < 0.9 or not len(audio):
        # Other voices are all that it may take for words where nobody speaks to it.
        kind = rng.choice(["noise", "music", "babble"], p=[0.7, 0.15, 0.15] if len(audio) else [0.3, 0.15, 0.55])
        # Other voices at the same level are no noise but a riddle: at least 10 dB below.
        below = rng.uniform(10 if kind == "babble" else 5, 40) + 15 * (1 - hard)
        if rng.random() < 0.4:  # the recording ends, zeros follow: so voiced fills what the encoder sees
            end = min(length, start + len(audio) + int(rng.uniform(0.05, 0.4) * RATE))
        window[:end] += 10 ** (-below / 20) * surroundings.sound(rng, str(kind), end, others)
    # From a whisper at the far end of the room to just below clipping: 1 is a deviation of about a tenth of full scale.
    window *= 0.1 * 10 ** rng.uniform(-1.6, 0.3) if rng.random() < 0.97 else 1e-6
    spectrum = power(window)
    warp = _FILTERS[rng.integers(len(_FILTERS))] if rng.random() < 0.8 * hard else _PLAIN
    logs = scaled(spectrum @ warp.T * _channel(rng) ** np.float32(hard)).T
    if rng.random() < hard:
        _mask(logs, rng)
    if end < length and rng.random() < 0.5:
        logs[:, end // TICK :] = 0.0  # faster-whisper pads features, not samples
    halves = labels[::2].copy()
    return Heard(logs.astype(np.float16), halves)


def _channel(rng: np.random.Generator) -> Samples:
    """What microphone and line do to each mel band: a tilt, a few bumps, sometimes no highs or no lows."""
    decibel = np.linspace(-0.5, 0.5, MELS) * rng.uniform(-18, 18)
    decibel += np.interp(np.arange(MELS), np.linspace(0, MELS - 1, 7), rng.uniform(-4, 4, 7))
    if rng.random() < 0.15:
        decibel[int(rng.integers(52, 76)) :] -= rng.uniform(15, 50)
    if rng.random() < 0.15:
        decibel[: int(rng.integers(2, 9))] -= rng.uniform(10, 40)
    return np.asarray(10 ** (decibel / 10), np.float32)


def _mask(logs: Samples, rng: np.random.Generator) -> None:
    """Blanks up to two bands and up to two moments."""
    blank = float(logs.mean())
    for _ in range(int(rng.integers(0, 3))):
        at = int(rng.integers(0, MELS - 12))
        logs[at : at + int(rng.integers(1, 12))] = blank
    for _ in range(int(rng.integers(0, 3))):
        at = int(rng.integers(0, max(1, logs.shape[1] - 12)))
        logs[:, at : at + int(rng.integers(1, 12))] = blank


NO_PHONES: Final = np.zeros(0, np.uint8)
NO_AUDIO: Final = np.zeros(0, np.int16)
__all__ = ["NO_AUDIO", "NO_PHONES", "UNKNOWN", "Heard", "Surroundings", "features", "hear"]
