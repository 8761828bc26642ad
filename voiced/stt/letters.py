"""What a recogniser's encoder heard flows in, how well some texts explain it flows out, letter by letter.

A Whisper's decoder foretells each letter from the sound and from the letters before, and what has begun in the wrong
word goes on in it. This second opinion knows nothing but the sound: a head on the encoder says at each place which
letter is heard there, if any, and a text is as likely as all ways together to lay its letters along the places (CTC;
Graves and others, 2006). The two err differently, as in hybrid recognisers (Watanabe and others, 2017).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from voiced.errors import EngineError

FILE: Final = "letters.npz"
"""Where the head is, in a recogniser's folder: `letters`, one string; `weight` (letters + 1 × width), the last row for
"no letter here"; `bias` (letters + 1)."""

LEAST: Final = 1e-12
"""Probability of a letter at a place, at least."""

Numbers = NDArray[np.float64]


class Letters:
    """The head. Immutable; may be used from any thread."""

    def __init__(self, folder: Path) -> None:
        """Of the recogniser in `folder`. Raises EngineError when its file is damaged."""
        try:
            with np.load(folder / FILE, allow_pickle=False) as file:
                self.known = str(file["letters"])
                """The letters."""
                self._weight, self._bias = file["weight"].astype(np.float64), file["bias"].astype(np.float64)
            shapes = self._weight.shape[:1], self._bias.shape
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise EngineError(f"{folder / FILE} is damaged; get the recogniser again.") from error
        if shapes != ((len(self.known) + 1,),) * 2:
            raise EngineError(f"{folder / FILE} is damaged; get the recogniser again.")

    def likely(self, heard: NDArray[np.float32], texts: Sequence[str]) -> list[float]:
        """The log probability, in nepers, of each of `texts` where the encoder heard `heard` (places × width); letters
        that it does not know are left out. What is less likely than its own beginning by 700 counts as just that.
        Raises ValueError where the width is another one."""
        if not texts:
            return []
        chances = self.chances(heard)
        rows = [[self.known.find(letter) for letter in text.lower() if letter in self.known] for text in texts]
        longest = max(map(len, rows))
        none = len(self.known)
        # Every text with "no letter" before, between and behind its letters.
        states = np.full((len(rows), 2 * longest + 1), none)
        for state, row in zip(states, rows, strict=True):
            state[1 : 2 * len(row) : 2] = row
        # Straight on from one letter to the next, unless it is the same twice.
        skips = np.zeros(states.shape)
        skips[:, 3::2] = states[:, 3::2] != states[:, 1:-2:2]
        ways = np.zeros(states.shape)
        ways[:, :2] = chances[0, states[:, :2]]
        total = np.zeros(len(rows))
        for place in chances[1:]:
            further = ways.copy()
            further[:, 1:] += ways[:, :-1]
            further[:, 2:] += ways[:, :-2] * skips[:, 2:]
            further *= place[states]
            scale = further.sum(1, keepdims=True) + np.finfo(float).tiny
            total += np.log(scale[:, 0])
            ways = further / scale
        index = np.arange(len(rows))
        ends = np.array([2 * len(row) for row in rows])
        last = ways[index, ends] + np.where(ends > 0, ways[index, ends - 1], 0.0)
        found: Numbers = total + np.log(last + np.finfo(float).tiny)
        return [float(each) for each in found]

    def chances(self, heard: NDArray[np.float32]) -> Numbers:
        """How likely each letter is at each place, and in the last column none (places × letters + 1). Raises
        ValueError where the width is another one."""
        scores = heard.astype(np.float64) @ self._weight.T + self._bias
        chances = np.exp(scores - scores.max(1, keepdims=True))
        found: Numbers = np.maximum(chances / chances.sum(1, keepdims=True), LEAST)
        return found


def of(folder: Path) -> Letters | None:
    """The head of the recogniser in `folder`, if it has one. Raises EngineError when that is damaged."""
    return Letters(folder) if (folder / FILE).is_file() else None
