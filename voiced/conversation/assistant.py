"""Frames and requests flow in, events flow out: the shell around the turn's table.

One thread, the one that calls `run`, owns all the state. Whatever happens elsewhere (a frame was captured, words were
recognised, a sample left the speaker, a program asks for something) is posted to its inbox and handled in order. Long
work is done by three workers: the scribe recognises, the thinker answers, the mouth speaks.
"""

import itertools
import logging
from collections.abc import Callable

from voiced.capture import Capture
from voiced.conversation.answering import Answering
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor, Listener, Turn
from voiced.conversation.inbox import Inbox
from voiced.conversation.listening import Listening
from voiced.errors import AudioError
from voiced.events import (
    AnswerEnded,
    AnswerRequested,
    FollowUpOpened,
    Muted,
    StopRequested,
    TimerFired,
    Unmuted,
)
from voiced.llm.prompt import said
from voiced.mind import Understanding
from voiced.stages import Answer, Pcm
from voiced.turn import State

_LOG = logging.getLogger(__name__)

TICK_S = 0.25
"""Seconds between looks at the clock when no frame comes, as with a muted microphone."""


class Assistant:
    """The conversation. `run` holds it; the requests (`listen`, `stop`, `ask`, `say`, `mute`, `close`) may come from
    any thread at any time and return at once."""

    def __init__(self, chain: Chain, listener: Listener) -> None:
        """`listener` receives every event, in the thread of `run`."""
        self._chain = chain
        self._inbox = Inbox(chain.activity)
        self._turns = itertools.count(1)
        self._floor = Floor(chain.clock, chain.mouth.speaker, listener)
        self._listening = Listening(self._floor, chain, self._inbox, self._turns, self)
        self._answering = Answering(self._floor, chain, self._inbox, self)
        self._floor.entered = self._listening.entered
        self._floor.finished = self._finished
        self._capture: Capture | None = None
        self._running = False

    # --- requests, from any thread -------------------------------------------------------------------------------

    @property
    def state(self) -> State:
        """The turn's state."""
        return self._floor.state

    def listen(self) -> None:
        """As if the wake word had been said; nothing while muted."""
        self._inbox.post(lambda: None if self._floor.state == "muted" else self._listening.listen())

    def stop(self) -> None:
        """Silence: ends what is being said, rings or is listened to."""
        self._inbox.post(self._stop)

    def ask(self, text: str) -> int:
        """Answers `text` aloud, as if it had been said; the turn's number."""
        return self._request(lambda turn: self._answering.ask(turn, text))

    def say(self, text: str) -> int:
        """Says `text`; the turn's number."""
        return self._request(lambda turn: self._answering.say(turn, text))

    def mute(self, muted: bool) -> None:
        """Closes the microphone, or opens it again."""
        self._inbox.post(self._mute if muted else self._unmute)

    def close(self) -> None:
        """Ends `run`."""
        self._inbox.post(self._leave)

    def _request(self, begin: Callable[[Turn], None]) -> int:
        turn = Turn(next(self._turns))

        def handle() -> None:
            self._floor.begin(turn)
            self._floor.apply(AnswerRequested())
            begin(turn)

        self._inbox.post(handle)
        return turn.id

    # --- the conversation's thread -------------------------------------------------------------------------------

    def run(self) -> None:
        """Holds the conversation until `close`, or until the recording has ended. Raises AudioError when the
        microphone cannot be opened."""
        self._running = True
        try:
            self._chain.mind.warm()
            self._open_capture()
            while self._running:
                if not self._inbox.handle_next(TICK_S):
                    self._tick()
                if self._floor.state == "muted":
                    self._sign_of_life()
        finally:
            self._floor.silence()
            if self._capture is not None:
                self._capture.close()
            self._listening.close()
            self._answering.close()
            self._chain.mouth.close()

    def _leave(self) -> None:
        self._running = False

    def _open_capture(self) -> None:
        def frame(pcm: Pcm, done: Callable[[], None]) -> None:
            self._inbox.post(lambda: self._hear(pcm, done))

        self._capture = Capture(
            self._chain.open_microphone,
            frame,
            ended=lambda: self._inbox.post(self._leave),
            lost=lambda error: self._inbox.post(lambda: self._lost(error)),
            regained=lambda: self._inbox.post(self._regained),
        )

    def _hear(self, pcm: Pcm, done: Callable[[], None]) -> None:
        done()
        if self._floor.state != "muted":
            self._listening.hear(pcm)
            self._sign_of_life()
            self._tick()

    def _sign_of_life(self) -> None:
        if self._listening.alive and self._answering.alive and self._chain.mouth.alive:
            self._chain.alive()

    def _tick(self) -> None:
        self._listening.tick()
        self._look_at_timers()

    def _lost(self, error: AudioError) -> None:
        _LOG.warning("%s Waiting for it to come back.", error)
        if self._floor.state == "listening":
            self._stop()
        self._listening.forget()

    def _regained(self) -> None:
        _LOG.info("The microphone is back.")
        self._listening.forget()

    def _mute(self) -> None:
        if self._floor.state == "muted":
            return
        self._floor.silence()
        self._floor.apply(Muted())
        self._floor.finish("muted")
        if self._capture is not None:
            self._capture.close()
            self._capture = None

    def _unmute(self) -> None:
        if self._floor.state != "muted":
            return
        try:
            self._open_capture()
        except AudioError as error:
            _LOG.warning("The microphone stays muted: %s", error)
            return
        self._listening.forget()
        self._floor.finish("interrupted")
        self._floor.silence()
        self._floor.apply(Unmuted())

    def _stop(self) -> None:
        self._chain.alarm.acknowledge()
        self._floor.silence()
        self._floor.apply(StopRequested())
        self._floor.finish("stopped")

    # --- word from listening and answering -----------------------------------------------------------------------

    def understood(self, turn: Turn, what: Understanding) -> None:
        self._answering.answer(turn, what)

    def failed(self, turn: Turn, stage: str, reason: str) -> None:
        _LOG.error("%s failed: %s", stage, reason)
        self._answering.fail(turn, stage, reason)

    def interjected(self, what: Understanding) -> None:
        if what.command is not None and what.command.stops:
            self._stop()

    def decided(self, turn: Turn, answer: Answer) -> None:
        if self._floor.turn is not turn:
            return
        turn.answer = answer
        if answer.volume is not None:
            self._chain.mouth.speaker.volume = answer.volume
        if answer.control in ("stop", "never_mind"):
            self._chain.alarm.acknowledge()

    def over(self, turn: Turn) -> None:
        if self._floor.turn is not turn:
            return
        turn.complete = True
        manners = self._chain.manners
        stopped = turn.answer.control in ("stop", "never_mind")
        patience = manners.question_s if turn.answer.asks else manners.follow_up_s
        ringing = self._chain.alarm.ringing
        if ringing:
            self._chain.alarm.rang(self._chain.clock.time())
        spoken_to = turn.speech_end is not None
        if ringing or (patience > 0 and spoken_to and not stopped and not turn.failures):
            self._floor.apply(FollowUpOpened())
            if not ringing:
                self._listening.wait_for_more(patience)
        else:
            self._floor.apply(AnswerEnded())
        self._floor.finish("failed" if turn.failures else "stopped" if stopped else "answered")

    def _finished(self, turn: Turn) -> None:
        """What was heard of an answer is what the model remembers having said."""
        if turn.question and turn.said:
            self._chain.mind.history.commit(turn.question, said(" ".join(turn.said), interrupted=not turn.complete))

    # --- timers --------------------------------------------------------------------------------------------------

    def _look_at_timers(self) -> None:
        """Rings when nobody speaks: announces what came due, then repeats the ring until it is stopped."""
        alarm, state = self._chain.alarm, self._floor.state
        for timer in alarm.came_due(self._chain.clock.time()):
            self._floor.report(TimerFired(timer.id, timer.name))
        if state == "follow_up" and not alarm.ringing:
            self._listening.wait_no_longer()
        if state not in ("asleep", "follow_up", "muted") or self._floor.turn or self._listening.speech_under_way:
            return
        ring = alarm.next_ring(self._chain.clock.time())
        if ring is not None:
            sounds = [self._chain.chimes.ring] if ring.sound else []
            turn = Turn(next(self._turns))
            self._floor.begin(turn)
            self._floor.apply(AnswerRequested())
            self._answering.say(turn, ring.text, sounds)
