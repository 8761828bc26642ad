"""Pieces of sound flow in, the same sound flows out with little silence before it and after it.

Silence before the first word is latency that the person hears; silence after the last one keeps the microphone of a
follow-up closed. What lies between two pieces is left alone: those pauses belong to the speech.
"""

import unicodedata
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from voiced.stages import Sound

QUIET = 0.005
"""Amplitude under which a sample is silence, -46 dBFS: above the noise floor of Piper's voices, below any consonant."""

LEAD_S = 0.01
"""Seconds kept before the first sound: a plosive needs its onset."""

TAIL_S = 0.15
"""Seconds kept after the last sound: the pause between two clauses, which are spoken one call at a time. Piper adds
about as much by itself, espeak-ng twice that."""


def pronounceable(text: str) -> bool:
    """Whether `text` has a letter, a digit or a symbol that is said by its name."""
    # Unicode counts these four as punctuation, but nobody passes over them: "50 %", "R&D", "@home", "#3".
    return any(unicodedata.category(each)[0] in "LNS" or each in "%&@#" for each in text)


def trimmed(pieces: Iterator[Sound]) -> Iterator[Sound]:
    """`pieces` without the silence at the ends; nothing at all when they are silent throughout.

    Never waits longer than the pieces do: silence is held back only until it is known whether sound follows."""
    held: list[Sound] = []
    started = False
    for piece in pieces:
        loud = np.flatnonzero(np.abs(piece.samples) >= QUIET)
        if not len(loud):
            held.append(piece)
            continue
        end = int(loud[-1]) + 1
        begin = 0
        if started:
            yield from held
        else:
            begin = max(0, int(loud[0]) - int(LEAD_S * piece.rate))
            started = True
        yield Sound(piece.samples[begin:end], piece.rate)
        held = [Sound(piece.samples[end:], piece.rate)] if end < len(piece.samples) else []
    if started and held:
        tail: NDArray[np.float32] = np.concatenate([piece.samples for piece in held])
        yield Sound(tail[: int(TAIL_S * held[0].rate)], held[0].rate)
