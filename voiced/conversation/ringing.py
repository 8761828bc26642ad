"""Time flows in; the rings of timers that came due flow to the answering side, word of the timers to the listener."""

import logging
from collections.abc import Iterator

from voiced.conversation.answering import Answering
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor, Turn
from voiced.conversation.listening import Listening
from voiced.events import AnswerRequested, HealthChanged, TimerFired

_LOG = logging.getLogger(__name__)


class Ringing:
    """The conversation's timers. Owned by the conversation's thread."""

    def __init__(self, floor: Floor, turns: Iterator[int]) -> None:
        """`turns` numbers the turns that begin here."""
        self._floor, self._turns = floor, turns
        self._trouble = ""  # what the listener knows
        self.turn: Turn | None = None
        """The last ring."""

    def use(self, chain: Chain, listening: Listening, answering: Answering) -> None:
        """From now on it is the timers of `chain` that ring."""
        self._chain, self._listening, self._answering = chain, listening, answering

    @property
    def now(self) -> bool:
        """Whether a timer rings now."""
        return self._chain.alarm.ringing

    def look(self) -> None:
        """Rings when nobody speaks: announces what came due, then repeats the ring until it is stopped."""
        alarm, state = self._chain.alarm, self._floor.state
        came = alarm.came_due(self._chain.clock.time())
        self._tell()
        for timer in came:
            self._floor.report(TimerFired(timer.id, alarm.words.written(timer.name)))
        if state == "follow_up" and not alarm.ringing:
            self._listening.wait_no_longer()
        if state not in ("asleep", "follow_up", "muted") or self._floor.turn or self._listening.speech_under_way:
            return
        ring = alarm.next_ring(self._chain.clock.time())
        if ring is not None:
            sounds = [self._chain.chimes.ring] if ring.sound else []
            turn = self.turn = Turn(next(self._turns))
            self._floor.begin(turn)
            self._floor.apply(AnswerRequested())
            self._answering.say(turn, ring.text, sounds)

    def rang(self) -> None:
        """A ring has left the speaker."""
        self._chain.alarm.rang(self._chain.clock.time())

    def stop(self) -> None:
        """Ends all ringing."""
        self._chain.alarm.acknowledge()
        self._tell()

    def cancel(self, id_: int) -> bool:
        """Forgets a timer; whether that ended the ringing. Raises StateError when a timer that does not ring cannot be
        forgotten."""
        ended = self._chain.alarm.cancel(id_)
        self._tell()
        return ended

    def _tell(self) -> None:
        """Says, once, that the timers cannot be kept, and once that they can again."""
        trouble = self._chain.alarm.trouble
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if trouble:
            _LOG.error("%s", trouble)
        else:
            _LOG.info("The timers can be kept again.")
        self._floor.report(HealthChanged("timers", trouble or "ok"))
