"""Sound files flow in as heard sound, spoken sound flows out into files: whatever libsndfile reads, as 16-bit WAV."""

import io
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voiced.audio.resample import resample
from voiced.errors import AudioError
from voiced.stages import RATE, Pcm

LONGEST_S = 3600
"""Seconds of sound that are read from a file at most; a longer one is no conversation."""


def read_pcm(path: Path) -> Pcm:
    """The sound in `path`, of any rate, channels and sample format, as mono 16 kHz int16.

    A file that ends before its header says is read as far as it goes. Raises AudioError when there is no sound."""
    try:
        with path.open("rb") as file:
            samples, rate = _decode(file, path)
    except OSError as error:
        raise AudioError(f"{path} cannot be read ({error.strerror}); name a sound file.") from error
    if not len(samples):
        raise AudioError(f"{path} holds no sound; record it again.")
    mono = resample(samples.mean(axis=1, dtype=np.float32), rate, RATE)
    pcm: Pcm = np.clip(np.rint(np.nan_to_num(mono) * 32768), -32768, 32767).astype(np.int16)
    return pcm


def write_sound(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Writes `samples`, shape (n,) or (n, channels), in [-1, 1], as 16-bit WAV; the file appears whole or not at all.

    Raises AudioError when it cannot be written."""
    temporary = None
    path = path.resolve()  # a link stays one, and leads to the new file
    try:
        if path.exists() and not path.is_file():
            _write_through(path, samples, rate)
            return
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".wav", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            soundfile.write(file, np.clip(samples, -1, 1), rate, format="WAV", subtype="PCM_16")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except (OSError, soundfile.SoundFileError) as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AudioError(f"{path} cannot be written ({reason}); name a file in a folder of yours.") from error


def _write_through(path: Path, samples: NDArray[np.float32], rate: int) -> None:
    """Into a device or a pipe, such as /dev/null or /dev/stdout: a file must not take its place."""
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1, 1), rate, format="WAV", subtype="PCM_16")
    with path.open("wb") as device:
        device.write(file.getbuffer())


def _decode(file: Any, path: Path) -> tuple[NDArray[np.float32], int]:
    try:
        with soundfile.SoundFile(file) as sound:
            if sound.frames > LONGEST_S * sound.samplerate:
                raise AudioError(f"{path} is longer than an hour; cut out the part that matters.")
            return sound.read(dtype="float32", always_2d=True), sound.samplerate
    except soundfile.SoundFileError as error:
        raise AudioError(f"{path} is no sound file that can be read; use WAV, FLAC or Ogg.") from error
