"""An utterance flows in while it is being said; the words that are sure so far flow out, and at its end all of them.

Whisper cannot read along, only read all that there is so far, so it does that again and again: every so often while the
person speaks, and as soon as they may have fallen silent, before it counts as a pause. In the end it may have heard all
that was said, and the draft of an answer need not wait for it. It has a thread of its own and stands in nobody's way.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from voiced.activity import Activity
from voiced.conversation.floor import Turn
from voiced.conversation.inbox import Inbox
from voiced.errors import VoicedError
from voiced.events import StageFinished
from voiced.mind import Mind, Understanding
from voiced.stages import RATE, Clock, Pcm
from voiced.stt.agreement import Agreement
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)

FIRST_S: Final = 1.2
"""Seconds of an utterance before it is first looked at: what is shorter is over before a glance would help."""

NEW_S: Final = 0.6
"""Seconds of new sound that are worth another glance: two words."""

SHARE: Final = 3.0
"""While somebody goes on speaking, the next glance begins no sooner than this many times as long after the last one as
that took, so that a third of a core is used at most, however slow it is."""

LULL_S: Final = 0.064
"""Seconds of silence after which the person may have stopped: two of the voice detector's pieces. In 240 seconds of
synthetic speech no gap was shorter, and more than half of them became pauses."""


@dataclass(slots=True, eq=False)
class Glance:
    """One reading of an utterance so far. Owned by the conversation's thread, but for `begun`."""

    upto: int
    """Position in the sound up to which it has heard."""
    begun: bool = False
    over: bool = False
    dropped: bool = False
    """Nobody wants to know any more."""
    what: Understanding | None = None
    stages: list[StageFinished] = field(default_factory=list)
    then: "Taken | None" = None
    """Who takes what it finds for the utterance."""


Taken = Callable[[Understanding | None, list[StageFinished]], None]
"""Takes what was understood, and the stages that it took; nothing, where it failed."""


class Glances:
    """Whoever takes them, and the thread. Owned by the conversation's thread."""

    def __init__(
        self, mind: Mind, activity: Activity, clock: Clock, inbox: Inbox, sure: Callable[[Turn, tuple[str, ...]], None]
    ) -> None:
        """`sure` is told the first words of an utterance, in the conversation's thread, whenever there are more."""
        self._mind, self._clock, self._inbox, self._sure = mind, clock, inbox, sure
        self._worker = Worker("glances", activity)
        self._utterance: tuple[Turn, int] | None = None
        self._agreement = Agreement()
        self._glance: Glance | None = None  # the newest
        self._under_way = 0  # that wait or are being taken
        self._took = 0.0  # seconds, the last one

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._worker.alive

    def close(self) -> None:
        """Waits for the present glance to end."""
        self._drop()
        self._worker.close()

    def look(self, turn: Turn, start: int, sound: Pcm, speech_end: int) -> None:
        """Takes a glance at `sound`, all of the utterance so far, which began at the position `start` and was last
        heard speaking at `speech_end`; if it is time for one."""
        if self._utterance != (turn, start):
            self._utterance, self._agreement = (turn, start), Agreement()
            self._drop()
        seconds, upto, last = len(sound) / RATE, start + len(sound), self._glance
        if seconds < FIRST_S or self._took > seconds:  # too slow to be of use; it may do for a longer one
            return
        if self._under_way > 1:  # a thread that hangs is not given more and more to do
            return
        if _covers(upto, speech_end):
            if last is not None and _covers(last.upto, speech_end):
                return
            self._drop()
        elif last is not None and (not last.over or upto - last.upto < max(NEW_S, SHARE * self._took) * RATE):
            return
        self._glance = glance = Glance(upto)
        self._under_way += 1
        after_wake = turn.after_wake
        self._worker.submit(lambda: self._read(glance, turn, sound, after_wake))

    def take(self, start: int, speech_end: int, taken: Taken) -> bool:
        """Has `taken` called with the present glance's find, now or later, if it has heard all of the utterance that
        began at `start` and was last heard speaking at `speech_end`; else forgets it, and says so."""
        glance, glancer = self._glance, self._mind.hearing.glancer
        same = self._utterance is not None and self._utterance[1] == start
        if glance is None or not same or not _covers(glance.upto, speech_end):
            self._drop()
            return False
        if not glance.begun or glance.dropped or glancer is None or not glancer.conclusive:
            self._drop()
            return False
        if not glance.over:
            glance.then = taken
        elif glance.what is not None and glance.what.text:
            taken(glance.what, glance.stages)
        else:
            return False
        return True

    def _drop(self) -> None:
        """Ends the present glance at its next step."""
        if self._glance is not None:
            self._glance.dropped = True

    def _read(self, glance: Glance, turn: Turn, sound: Pcm, after_wake: bool) -> None:
        """In the thread."""
        begin, what = self._clock.monotonic(), None
        try:
            if not glance.dropped:
                glance.begun = True
                what = self._mind.glance(
                    turn.id, sound, glance.stages.append, after_wake=after_wake, cancelled=lambda: glance.dropped
                )
        except VoicedError as error:
            _LOG.warning("%s", error)  # whoever transcribes will be told again
        except Exception:
            _LOG.exception("Looking at what is being said failed.")
        took = self._clock.monotonic() - begin
        self._inbox.post(lambda: self._over(glance, turn, what, took))

    def _over(self, glance: Glance, turn: Turn, what: Understanding | None, took: float) -> None:
        self._under_way -= 1
        glance.over, glance.what = True, what
        if glance.dropped:
            what, took = None, max(took, self._took)  # it may have ended half way
        self._took = took
        if glance.then is not None:
            glance.then(what if what is not None and what.text else None, glance.stages)
        here = self._utterance is not None and self._utterance[0] is turn
        if what is not None and here and self._agreement.hear(what.text):
            self._sure(turn, self._agreement.words)


def _covers(upto: int, speech_end: int) -> bool:
    """Whether who has heard up to a position has heard all that was said, and that it may be over."""
    return upto - speech_end >= LULL_S * RATE
