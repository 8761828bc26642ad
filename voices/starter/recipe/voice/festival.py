"""Sentences flow in, what festival's slt says flows out: a waveform and the time of every sound in it.

The voice is Debian's festvox-us-slt-hts: 32 kHz, a model of the CMU Arctic speaker slt. Its licence lets anybody use,
change and give away what is made with it, as long as names and notices stay.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BATCH = 60
"""Sentences per call: starting takes 0.7 s, saying one 0.05 s, and an interruption costs a batch at most."""

RATE = 32_000
"""Samples per second of what it says."""

SPELT = {"…": "...", " – ": ", ", "—": ", ", ";": ","}
"""Festival reads ASCII, and says the name of a mark that it does not know."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence as festival says it."""

    samples: NDArray[np.float32]
    """At `RATE`, in [-1, 1]."""
    sounds: list[tuple[str, float]]
    """Each sound's name, in festival's Radio phone set, and the second at which it ends."""


def say(sentences: list[str]) -> list[Said]:
    """Each of `sentences`, in order; `BATCH` of them at a time are a good number."""
    with tempfile.TemporaryDirectory() as folder:
        script = ["(voice_cmu_us_slt_arctic_hts)"]
        for number, sentence in enumerate(sentences):
            place = f"{folder}/{number}"
            script.append(
                f'(set! u (Utterance Text "{_spelt(sentence)}")) (utt.synth u)'
                f' (utt.save.wave u "{place}.wav" \'riff) (utt.save.segs u "{place}.seg")'
            )
        (Path(folder) / "say.scm").write_text("\n".join(script), "ascii")
        subprocess.run(["festival", "-b", f"{folder}/say.scm"], check=True, capture_output=True)
        return [_read(Path(folder) / str(number)) for number in range(len(sentences))]


def _spelt(sentence: str) -> str:
    for mark, plain in SPELT.items():
        sentence = sentence.replace(mark, plain)
    return sentence.replace('"', "").encode("ascii", "ignore").decode()


def _read(place: Path) -> Said:
    from scipy.io import wavfile

    _, samples = wavfile.read(f"{place}.wav")
    lines = [line.split() for line in Path(f"{place}.seg").read_text("utf-8").splitlines()]
    sounds = [(line[2], float(line[0])) for line in lines if len(line) == 3]
    return Said(samples.astype(np.float32) / 32768, sounds)
