"""An answer flows in while it is only a bet that the person has finished; when the bet is won, it flows on at once.

Its sound waits in the speaker, under a generation that is still to come. What it would report waits here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from voiced.conversation.floor import Turn
from voiced.mind import Understanding


@dataclass(slots=True)
class Draft:
    """Owned by the conversation's thread, but for `text` and `rest`."""

    turn: Turn
    what: Understanding
    generation: int
    text: str | None = None
    """What a command's answer says; None until that is known, and for what cannot be known. Written by the thinker."""
    rest: Callable[[], None] = lambda: None
    """Says what a command's answer has beyond the clauses that wait for nobody, and ends it. Written by the thinker,
    and called by it once the draft is live."""
    live: bool = False
    """It is no draft any more."""
    _told: list[Callable[[], None]] = field(default_factory=list)

    def tell(self, tell: Callable[[], None]) -> None:
        """Calls `tell` once the draft is live, in the order of these calls."""
        if self.live:
            tell()
        else:
            self._told.append(tell)

    def begin(self) -> None:
        """From here on it is the answer."""
        self.live = True
        told, self._told = self._told, []
        for tell in told:
            tell()
