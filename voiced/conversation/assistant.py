"""Frames and requests flow in, events flow out: the shell around the turn's table.

One thread, the one that calls `run`, owns all the state. Whatever happens elsewhere (a frame was captured, words were
recognised, a sample left the speaker, a program asks for something) is posted to its inbox and handled in order. Long
work is done by three workers: the scribe recognises, the thinker answers, the mouth speaks.
"""

import itertools
import logging
import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from voiced.audio.level import loudness
from voiced.capture import Capture
from voiced.conversation.answering import Answering
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor, Listener, Turn
from voiced.conversation.inbox import Inbox
from voiced.conversation.listening import Listening
from voiced.conversation.ringing import Ringing
from voiced.errors import AudioError, StateError
from voiced.events import (
    AnswerEnded,
    AnswerRequested,
    FollowUpOpened,
    HealthChanged,
    Level,
    Muted,
    StopRequested,
    Unmuted,
    VolumeChanged,
)
from voiced.frames import Frames
from voiced.llm.prompt import said
from voiced.mind import Understanding
from voiced.stages import Answer, Pcm
from voiced.turn import State

_LOG = logging.getLogger(__name__)

TICK_S = 0.25
"""Seconds between looks at the clock when no frame comes, as with a muted microphone."""


WATCHED_S = 10.0
"""Seconds for which the level is told to whoever has asked for it: who is gone costs nothing any more soon."""


class Assistant:
    """The conversation. `run` holds it; the requests (`listen`, `stop`, `ask`, `say`, `mute`, `renew`, `close` and the
    like) may come from any thread at any time and return at once."""

    def __init__(self, chain: Chain, listener: Listener, *, muted: bool = False) -> None:
        """`listener` receives every event, in the thread of `run`. `muted` begins with the microphone closed."""
        self._inbox = Inbox(chain.activity)
        self._turns = itertools.count(1)
        self._floor = Floor(chain.clock, chain.mouth.speaker, listener)
        self._floor.finished = self._finished
        self._ringing = Ringing(self._floor, self._turns)
        self._use(chain)
        self._capture: Capture | None = None
        self._renewal: tuple[Chain, Callable[[], None]] | None = None
        self._begins_muted = muted
        self._watched_until = -math.inf
        self._levels = Frames()
        self._running = False

    def _use(self, chain: Chain) -> None:
        """From now on the conversation runs on `chain`."""
        self._chain = chain
        self._floor.speaker = chain.mouth.speaker
        self._listening = Listening(self._floor, chain, self._inbox, self._turns, self)
        self._answering = Answering(self._floor, chain, self._inbox, self)
        self._ringing.use(chain, self._listening, self._answering)
        self._floor.entered = self._entered

    def _entered(self, state: State) -> None:
        self._listening.entered(state)
        if state == "listening":  # a reading ahead that the wake word interrupted goes on while the person speaks
            self._answering.warm()

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

    def set_volume(self, volume: float) -> None:
        """Makes the speaker as loud as `volume` says, 0 to 1."""
        self._inbox.post(lambda: self._set_volume(volume))

    def watch_level(self) -> None:
        """Tells how loud each frame is, for the next WATCHED_S seconds."""
        self._inbox.post(self._watch_level)

    def cancel_timer(self, id_: int) -> None:
        """Forgets the timer with this number; silence, if it was the one that rings."""
        self._inbox.post(lambda: self._cancel_timer(id_))

    def renew(self, chain: Chain, done: Callable[[], None]) -> None:
        """Goes on with `chain` as soon as nobody has the floor and nothing rings, and then calls `done` in the
        conversation's thread. Chains are handed over one at a time."""

        def handle() -> None:
            self._renewal = chain, done
            self._renew_between_turns()

        self._inbox.post(handle, lambda: self._forgo(chain))

    @property
    def backlog(self) -> int:
        """How much of what was posted waits to be handled; never more than a few, unless a stage hangs."""
        return self._inbox.backlog

    def close(self) -> None:
        """Ends `run`."""
        self._inbox.post(self._leave)

    def _request(self, begin: Callable[[Turn], None]) -> int:
        turn = Turn(next(self._turns), committed=True)  # what somebody says meanwhile is no part of it

        def handle() -> None:
            self._floor.begin(turn)
            self._floor.apply(AnswerRequested())
            begin(turn)

        self._inbox.post(handle)
        return turn.id

    # --- the conversation's thread -------------------------------------------------------------------------------

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Holds the conversation until `close`, or until the recording has ended; calls `ready` when it begins. Raises
        AudioError when the microphone cannot be opened."""
        self._running = True
        try:
            self._chain.mind.warm()
            if self._begins_muted:
                self._floor.apply(Muted())
            else:
                self._capture = self._open_capture(self._chain)
            ready()
            while self._running:
                if not self._inbox.handle_next(TICK_S):
                    self._tick()
                if self._floor.state == "muted":
                    self._sign_of_life()
        finally:
            self._end()

    def _end(self) -> None:
        """Closes everything, in any case: a listener that fails, such as one whose disk is full, must not leave a
        microphone open."""
        with ExitStack() as ending:
            # The last named is closed first.
            ending.callback(self._chain.mouth.close)
            ending.callback(self._answering.close)
            ending.callback(self._listening.close)
            if self._capture is not None:
                ending.callback(self._capture.close)
            if self._renewal is not None:
                ending.callback(self._forgo, self._renewal[0])
            ending.callback(self._inbox.close)
            self._floor.silence()
            self._floor.finish("stopped")

    def _leave(self) -> None:
        self._running = False

    def _open_capture(self, chain: Chain) -> Capture:
        def block(pcm: Pcm, done: Callable[[], None]) -> None:
            self._inbox.post(lambda: self._hear(pcm, done))

        return Capture(
            chain.open_microphone,
            block,
            attentive=lambda: self._listening.attentive,
            ended=lambda: self._inbox.post(self._leave),
            lost=lambda error: self._inbox.post(lambda: self._lost(error)),
            regained=lambda: self._inbox.post(self._regained),
        )

    def _hear(self, pcm: Pcm, done: Callable[[], None]) -> None:
        done()
        if self._floor.state != "muted":
            if self._chain.clock.monotonic() < self._watched_until:
                for frame in self._levels.push(pcm):
                    self._floor.report(Level(loudness(frame)))
            self._listening.hear(pcm)
            self._sign_of_life()
            self._tick()

    def _sign_of_life(self) -> None:
        if self._listening.alive and self._answering.alive and self._chain.mouth.alive:
            self._chain.alive()

    def _tick(self) -> None:
        self._listening.tick()
        self._ringing.look()
        self._renew_between_turns()

    def _lost(self, error: AudioError) -> None:
        _LOG.warning("%s Waiting for it to come back.", error)
        if self._floor.state == "listening":
            self._stop()
        self._listening.forget()
        self._floor.report(HealthChanged("microphone", str(error)))

    def _regained(self) -> None:
        _LOG.info("The microphone is back.")
        self._listening.forget()
        self._floor.report(HealthChanged("microphone", "ok"))

    def _mute(self) -> None:
        if self._floor.state == "muted":
            return
        self._floor.silence()
        # Closed first: who is told that nobody listens must be able to rely on it.
        if self._capture is not None:
            self._capture.close()
            self._capture = None
        self._floor.apply(Muted())
        self._floor.finish("muted")

    def _unmute(self) -> None:
        if self._floor.state != "muted":
            return
        self._floor.report(HealthChanged("microphone", "ok"))  # so that what fails again is told of again
        try:
            self._capture = self._open_capture(self._chain)
        except AudioError as error:
            _LOG.warning("The microphone stays muted: %s", error)
            self._floor.report(HealthChanged("microphone", str(error)))
            return
        self._listening.forget()
        self._floor.finish("interrupted")
        self._floor.silence()
        self._floor.apply(Unmuted())

    def _stop(self) -> None:
        self._floor.silence()  # first: telling the timers' database may take a while
        self._ringing.stop()
        self._floor.apply(StopRequested())
        self._floor.finish("stopped")

    def _set_volume(self, volume: float) -> None:
        speaker = self._chain.mouth.speaker
        if speaker.volume != volume:
            speaker.volume = volume
            self._floor.report(VolumeChanged(volume))

    def _watch_level(self) -> None:
        self._watched_until = self._chain.clock.monotonic() + WATCHED_S

    def _cancel_timer(self, id_: int) -> None:
        try:
            if self._ringing.cancel(id_):
                self._stop()
        except StateError as error:
            _LOG.error("%s", error)

    def _renew_between_turns(self) -> None:
        """Takes the next chain, if there is one and this is the moment. The old workers end at their next step, and
        what they still post is stale."""
        idle = self._floor.turn is None and self._floor.state in ("asleep", "muted") and not self._ringing.now
        if self._renewal is None or not idle:
            return
        (chain, done), old = self._renewal, self._chain
        self._renewal = None
        same = self._capture is not None
        if self._capture is not None and chain.open_microphone is not old.open_microphone:
            try:
                new = self._open_capture(chain)
            except AudioError as error:
                _LOG.warning("The microphone stays the one it was: %s", error)
                chain = replace(chain, open_microphone=old.open_microphone)
            else:
                self._capture.close()
                self._capture, same = new, False
                self._floor.report(HealthChanged("microphone", "ok"))
        self._floor.silence()
        self._listening.close()
        self._answering.close()
        old.mouth.close()
        if chain.mouth.speaker is not old.mouth.speaker:
            old.mouth.speaker.close()
        self._use(chain)
        if same:
            self._listening.take_over(old.ear)  # somebody may be about to say the wake word
        else:
            self._listening.forget()
        self._answering.warm()
        done()

    def _forgo(self, chain: Chain) -> None:
        """Closes what only `chain` has, which comes too late."""
        chain.mouth.close()
        if chain.mouth.speaker is not self._chain.mouth.speaker:
            chain.mouth.speaker.close()

    # --- word from listening and answering -----------------------------------------------------------------------

    def foretold(self, words: str) -> None:
        *sure, _ = words.split()
        if sure and self._chain.manners.drafts:
            self._answering.follow(" ".join(sure))

    def guessed(self, turn: Turn, what: Understanding) -> None:
        if self._chain.manners.drafts:
            self._answering.prepare(turn, what)

    def judged(self, what: Understanding, finished: float | None) -> None:
        self._listening.judged(what, finished)

    def understood(self, turn: Turn, what: Understanding) -> None:
        self._answering.answer(turn, what)

    def failed(self, turn: Turn, stage: str, reason: str) -> None:
        _LOG.error("%s failed: %s", stage, reason)
        self._answering.fail(turn, stage, reason)

    def interjected(self, turn: Turn, what: Understanding) -> None:
        present = self._floor.turn
        others = present not in (None, turn, self._ringing.turn)  # somebody else has taken the floor
        if what.command is not None and what.command.stops and not others:
            self._stop()

    def decided(self, turn: Turn, answer: Answer) -> None:
        if self._floor.turn is not turn:
            return
        turn.answer = answer
        if answer.volume is not None:
            self._set_volume(answer.volume)
        if answer.control in ("stop", "never_mind"):
            self._ringing.stop()

    def over(self, turn: Turn) -> None:
        if self._floor.turn is not turn:
            return
        turn.complete = True
        manners = self._chain.manners
        stopped = turn.answer.control in ("stop", "never_mind")
        patience = manners.question_s if turn.answer.asks else manners.follow_up_s
        ringing = self._ringing.now
        if ringing:
            self._ringing.rang()
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
            self._answering.warm()
        self._answering.tidy()
