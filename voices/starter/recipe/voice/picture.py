"""Sounds flow in, a picture flows out: their spectrograms one below the other, to be looked at side by side."""

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recipe.voice.features import RATE
from recipe.voice.festival import say
from recipe.voice.measure import Sounds, spoken
from recipe.voice.sentences import heldout

RANGE_DB = 70.0
"""From black to white."""


def picture(model: Path, file: Path) -> None:
    """Draws the source (above) and the voice `model` (below) saying one sentence that was not learnt from."""
    sentence = heldout(1)[0]
    source = say([sentence])[0]
    draw([(source.samples, 32_000), *spoken(model, [sentence])], file)


def draw(sounds: Sounds, file: Path) -> None:
    """Writes `file`, a PNG: 0 Hz below, `RATE` / 2 above, 5.8 ms a column."""
    from scipy.signal import resample_poly

    rows = []
    for samples, rate in sounds:
        divisor = int(np.gcd(RATE, rate))
        rows.append(_spectrogram(np.asarray(resample_poly(samples, RATE // divisor, rate // divisor))))
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 4), (0, width - row.shape[1]))) for row in rows]
    _write(np.concatenate(padded), file)


def _spectrogram(samples: NDArray[np.float64]) -> NDArray[np.uint8]:
    window, hop = 512, 128
    starts = np.arange(0, max(1, len(samples) - window), hop)
    frames = np.stack([samples[start : start + window] for start in starts]) * np.hanning(window)
    loud = 20 * np.log10(np.abs(np.fft.rfft(frames, 1024)) + 1e-9).T[::-1]
    scaled = (loud - loud.max() + RANGE_DB) / RANGE_DB
    return np.asarray(scaled.clip(0, 1) * 255, np.uint8)


def _write(grey: NDArray[np.uint8], file: Path) -> None:
    """A PNG by hand: three chunks do not need a library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width = grey.shape
    lines = b"".join(b"\0" + line.tobytes() for line in grey)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    file.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    )
