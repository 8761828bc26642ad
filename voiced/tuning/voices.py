"""A wake word flows in, how others would say it flows out: espeak-ng's voices, and the person's own made others.

espeak-ng's alone would teach the difference between a person and a machine: told of 24 of its words, and of nobody
else's, the verifier of flite's "slt" let in 24 of 48 words of flite's four other voices. Told of the person's own tries
as well, played faster and slower so that they come from a smaller and a larger head, it let in 3. It does not part all:
that of "awb" let in every word of "rms", with them or without.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from voiced.audio.resample import resample
from voiced.errors import EngineError
from voiced.stages import RATE, Pcm
from voiced.tts.espeak import EspeakSynthesiser

SHIFTS: Final = (0.75, 0.82, 0.88, 1.12, 1.2, 1.3)
"""How much faster the person's own tries are played, to be other people's. Heads differ by a fifth between women and
men, by a tenth among either; one's own voice does not change its size."""

VARIANTS: Final = ("m1", "m3", "m5", "m7", "f1", "f2", "f3", "f5", "klatt", "croak")
"""espeak-ng's variants of voice that differ most from each other."""

ACCENTS: Final = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp")

SPEEDS: Final = (0.9, 1.1)


def shifted(sound: Pcm) -> list[Pcm]:
    """A person's try as others with the same microphone would have said it."""
    plain = sound.astype(np.float32)
    return [resample(plain, round(RATE * shift), RATE).clip(-32768, 32767).astype(np.int16) for shift in SHIFTS]


def strangers(word: str, most: int = 12) -> Iterator[tuple[str, list[Pcm]]]:
    """The names of up to `most` of espeak-ng's voices, and how each says `word`, in words; none without espeak-ng."""
    names = [f"{ACCENTS[at % len(ACCENTS)]}+{variant}" for at, variant in enumerate(VARIANTS)]
    for name in [*names, *ACCENTS][:most]:
        try:
            yield name, [_said(word, name, speed) for speed in SPEEDS]
        except EngineError:  # one that this version of espeak-ng does not have
            continue


def _said(word: str, voice: str, speed: float) -> Pcm:
    sounds = list(EspeakSynthesiser(voice, speed=speed).synthesise(word))
    if not sounds:
        raise EngineError(f"espeak-ng cannot say {word!r}.")
    samples = resample(np.concatenate([sound.samples for sound in sounds]), sounds[0].rate, RATE)
    pcm: Pcm = (samples * (0.3 * 32767 / max(float(np.abs(samples).max()), 0.001))).astype(np.int16)
    return pcm
