"""Letters that were heard flow in, the likeliest commands flow out: `voiced.stt.search` along all that they may be."""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from voiced.stt.search import NEVER, either, searched

WIDE: Final = 60
"""Ways that are followed at once. Of 50 commands by unheard synthesisers 45 were the best of all then, and as many with
150 ways; with 30, and with `RARE` at 1e-3, 44."""

RARE: Final = 1e-4
"""Probability of a letter at a place under which it is not heard there."""

Way = tuple[str, int]
"""What has been written, and the state that it led to."""


class Automaton(Protocol):
    """Says which letters may follow each other, state by state."""

    def begin(self) -> int:
        """The state before the first letter."""

    def on(self, state: int, letter: str) -> int | None:
        """The state behind `letter`; None where it cannot be there."""

    def ends(self, state: int) -> bool:
        """Whether it may be over."""

    def agreed(self, text: str) -> str:
        """A whole text as it is to be written."""


class Phrases:
    """The commands as far as the search is concerned. One thread at a time."""

    def __init__(self, automaton: Automaton) -> None:
        self._automaton = automaton

    def sentences(self, chances: NDArray[np.float64], letters: str, count: int) -> list[str]:
        """The best `count` of them, the best first, where `chances` (places × letters + 1) tells how likely each of
        `letters` is heard at each place, and none in the last column."""
        found: dict[str, float] = {}
        for (written, state), (pause, letter, _) in searched(self, chances, letters, wide=WIDE, rare=RARE).items():
            if self._automaton.ends(state):
                text = self._automaton.agreed(written)
                found[text] = max(found.get(text, NEVER), either(pause, letter))
        return sorted(found, key=lambda text: -found[text])[:count]

    def begin(self) -> Way:
        """Nothing yet."""
        return "", self._automaton.begin()

    def last(self, way: Way) -> str:
        """The last letter of `way`."""
        return way[0][-1:]

    def on(self, way: Way, letter: str, worth: float) -> tuple[Way, float] | None:
        """`way` with `letter` behind it; None where no command goes on like this. All are worth the same."""
        text, state = way
        further = self._automaton.on(state, letter)
        return None if further is None else ((text + letter, further), worth)
