"""Blocks of sound of any length flow in, frames of the length that a wake detector takes flow out. Pure."""

import numpy as np

from voiced.stages import FRAME, Pcm


class Frames:
    """What has not made a whole frame yet."""

    def __init__(self) -> None:
        self._pending: Pcm = np.zeros(0, np.int16)

    def push(self, block: Pcm) -> list[Pcm]:
        """The frames of `FRAME` samples that `block` completes."""
        whole = np.concatenate((self._pending, block)) if len(self._pending) else block
        end = len(whole) - len(whole) % FRAME
        self._pending = whole[end:]
        return [whole[at : at + FRAME] for at in range(0, end, FRAME)]

    @property
    def pending(self) -> int:
        """Samples that have not made a whole frame yet."""
        return len(self._pending)

    def clear(self) -> None:
        """Forgets what is not a whole frame."""
        self._pending = self._pending[:0]
