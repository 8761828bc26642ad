"""A wake word flows in; the chime that asks for more flows out, unless a command has begun by then.

What the microphone hears of the chime counts as silence: the ear is masked for as long as it lasts.
"""

from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor
from voiced.conversation.inbox import Inbox
from voiced.stages import Sound

INVITE_S = 0.35
"""Seconds from the wake word to the chime that asks for more. Who goes straight on, as behind a comma, would have the
beginning of the command mixed with it, where the microphone hears the speaker; who waits for it does not mind."""

OVERTONE_S = 0.1
"""Seconds for which a chime may still be heard after its last sample has left the speaker: the buffers of the
microphone and the room's first echoes."""


class Invitation:
    """Owned by the conversation's thread."""

    def __init__(self, floor: Floor, chain: Chain, inbox: Inbox) -> None:
        self._floor, self._inbox = floor, inbox
        self._ear, self._speaker, self._clock, self._chimes = chain.ear, chain.mouth.speaker, chain.clock, chain.chimes
        self._at: float | None = None  # when the chime asks for a command, if none has begun by then
        self._masked_under = 0  # the generation whose chime the ear is masked for
        self._unmask_at: float | None = None

    def come(self, delay_s: float) -> None:
        """Comes in `delay_s` seconds."""
        self._at = self._clock.monotonic() + delay_s

    def withdraw(self) -> None:
        """Does not come any more."""
        self._at = None

    def tick(self) -> None:
        """Looks at the clock."""
        now = self._clock.monotonic()
        stale = self._masked_under != self._floor.generation
        if self._ear.masked and (stale or (self._unmask_at is not None and now >= self._unmask_at)):
            self._ear.masked, self._unmask_at = False, None
        if self._at is not None and now >= self._at:
            self._at = None
            if not self._ear.speaking:
                self._chime(self._chimes.wake)

    def _chime(self, sound: Sound) -> None:
        self._masked_under, self._unmask_at = self._floor.generation, None
        self._ear.masked = True
        self._speaker.play(sound, self._floor.generation)
        self._speaker.mark(self._floor.generation, lambda: self._inbox.post(self._chimed))

    def _chimed(self) -> None:
        self._unmask_at = self._clock.monotonic() + OVERTONE_S
