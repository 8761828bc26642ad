"""A line of the screenplay flows in, a person's speech flows out.

The person is a synthesiser too, and not the assistant's: flite's, whose English recognisers like best, or espeak-ng's
British voice where flite is not installed.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from voiced.audio.files import read_pcm
from voiced.audio.resample import resample
from voiced.errors import EngineError
from voiced.stages import RATE, Pcm
from voiced.tts.espeak import EspeakSynthesiser

LEVEL = 0.3
"""Peak of the person's speech, as a share of full scale: somebody a metre away."""


class Person:
    """Says lines."""

    def __init__(self) -> None:
        """Raises EngineError when neither flite nor espeak-ng is installed."""
        self._flite = shutil.which("flite")
        self._espeak = None if self._flite else EspeakSynthesiser("en-gb", speed=0.9)
        self.voice = "flite" if self._flite else "espeak-ng"

    def say(self, text: str) -> Pcm:
        """`text` as speech, without silence at its ends."""
        return _level(_trimmed(self._say_flite(text) if self._flite else self._say_espeak(text)))

    def _say_flite(self, text: str) -> Pcm:
        with tempfile.TemporaryDirectory(prefix="voiced-demo-") as folder:
            file = Path(folder) / "line.wav"
            try:
                subprocess.run(
                    [str(self._flite), "-voice", "slt", "-t", text, "-o", str(file)], check=True, capture_output=True
                )
            except (OSError, subprocess.CalledProcessError) as error:
                raise EngineError("flite failed; install the package flite again.") from error
            return read_pcm(file)

    def _say_espeak(self, text: str) -> Pcm:
        assert self._espeak is not None
        sounds = list(self._espeak.synthesise(text))
        samples = np.concatenate([sound.samples for sound in sounds])
        pcm: Pcm = (resample(samples, sounds[0].rate, RATE) * 32767).astype(np.int16)
        return pcm


def _trimmed(speech: Pcm) -> Pcm:
    loud = np.flatnonzero(np.abs(speech) > 0.01 * np.abs(speech).max(initial=1))
    return speech[loud[0] : loud[-1] + 1] if len(loud) else speech


def _level(speech: Pcm) -> Pcm:
    peak = np.abs(speech.astype(np.float32)).max(initial=1.0)
    levelled: Pcm = (speech * (LEVEL * 32767 / peak)).astype(np.int16)
    return levelled
