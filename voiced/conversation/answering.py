"""What was understood flows in; the answer flows, clause by clause, through the mouth, and word of its end flows out.

The thinker's thread carries a command out or pulls the language model's clauses, and hands each to the mouth at once,
so that the first is heard while the next is still being written.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor, Turn
from voiced.conversation.inbox import Inbox
from voiced.errors import EngineError, VoicedError
from voiced.events import AnswerStarted, Reply, StageFinished, Transcript, TurnFailed
from voiced.mind import Understanding
from voiced.mouth import Voicing
from voiced.stages import Answer, Sound
from voiced.text import Clause
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)


class Host(Protocol):
    """Whom the answering side tells; called in the conversation's thread."""

    def decided(self, turn: Turn, answer: Answer) -> None:
        """A command has been carried out, and this is its outcome."""

    def over(self, turn: Turn) -> None:
        """The answer is over, and its last sample has left the speaker."""


class Answering:
    """The conversation's speaking half. Owned by the conversation's thread."""

    def __init__(self, floor: Floor, chain: Chain, inbox: Inbox, host: Host) -> None:
        self._floor, self._inbox, self._host = floor, inbox, host
        self._mind, self._mouth, self._clock = chain.mind, chain.mouth, chain.clock
        self._manners, self._chimes = chain.manners, chain.chimes
        self._thinker = Worker("thinker", chain.activity)

    @property
    def alive(self) -> bool:
        """Whether the thinker's thread runs."""
        return self._thinker.alive

    def close(self) -> None:
        """Waits for the thinker to stop."""
        self._thinker.close()

    def warm(self) -> None:
        """Has the model read ahead what every conversation begins with."""
        self._thinker.submit(self._mind.warm)

    def answer(self, turn: Turn, what: Understanding) -> None:
        """Carries out, or answers, what was understood."""
        turn.question = what.text
        turn.committed = turn.committed or what.command is not None
        self._floor.report(Transcript(turn.id, what.text, what.engine))
        voicing, volume, last_said = self._voicing(turn), self._mouth.speaker.volume, self._floor.last_said

        def think() -> None:
            thought = self._mind.think(what, volume, last_said, voicing.cancelled)
            self._inbox.post(lambda: self._host.decided(turn, thought.answer))
            self._utter(voicing, thought.by, thought.clauses)

        self._work(voicing, "llm" if what.command is None else "intents", think)

    def ask(self, turn: Turn, text: str) -> None:
        """Answers a text that nobody spoke."""

        def match() -> None:
            what = Understanding(text, self._mind.match(turn.id, text, self._report))
            self._inbox.post(lambda: self.answer(turn, what) if self._floor.turn is turn else None)

        self._work(self._voicing(turn), "intents", match)

    def say(self, turn: Turn, text: str, sounds: Sequence[Sound] = ()) -> None:
        """Says `text` after `sounds`, in the assistant's own name."""
        voicing = self._voicing(turn)

        def utter() -> None:
            for sound in sounds:
                self._mouth.play(voicing, sound)
            self._utter(voicing, "voiced", self._mind.phrase(text))

        self._work(voicing, "text", utter)

    def fail(self, turn: Turn, stage: str, reason: str) -> None:
        """Apologises; when even that fails, in a sound instead of words."""
        if self._floor.turn is not turn:
            return
        turn.failures += 1
        turn.committed = True
        self._floor.silence()
        self._floor.apply(TurnFailed(stage, reason))
        if turn.failures == 1:
            self.say(turn, self._manners.failed)
        elif turn.failures == 2 and self._manners.chimes:
            self.say(turn, "", [self._chimes.failed])
        else:
            self._host.over(turn)

    # --- the thinker's and the mouth's threads -------------------------------------------------------------------

    def _work(self, voicing: Voicing, stage: str, work: Callable[[], None]) -> None:
        """Has the thinker do `work`, unless it was interrupted before it began."""

        def guarded() -> None:
            if voicing.cancelled():
                return
            try:
                work()
            except VoicedError as error:
                self._failed(voicing, stage, error)
            except Exception:
                _LOG.exception("Answering failed.")
                self._failed(voicing, stage, EngineError(f"The stage {stage} failed; see the log."))

        self._thinker.submit(guarded)

    def _utter(self, voicing: Voicing, by: str, clauses: Iterator[Clause]) -> None:
        begin = time.perf_counter()
        first = True
        for clause in clauses:
            if voicing.cancelled():
                return
            if first and by == "llm":
                ms = (time.perf_counter() - begin) * 1000
                self._report(StageFinished(voicing.turn, "llm", self._mind.model_name, ms))
            first = False
            self._tell(voicing, Reply(voicing.turn, clause.text, by))
            self._mouth.say(voicing, clause)
        self._mouth.end(voicing)

    def _tell(self, voicing: Voicing, event: Reply) -> None:
        """What reaches the conversation after its turn has ended is nobody's answer any more."""
        self._inbox.post(lambda: None if voicing.cancelled() else self._floor.report(event))

    def _report(self, event: StageFinished) -> None:
        self._inbox.post(lambda: self._floor.stage_finished(event))

    def _failed(self, voicing: Voicing, stage: str, error: VoicedError) -> None:
        reason = str(error)
        self._inbox.post(lambda: None if voicing.cancelled() else self._fail_present(stage, reason))

    def _fail_present(self, stage: str, reason: str) -> None:
        if self._floor.turn is not None:
            self.fail(self._floor.turn, stage, reason)

    def _voicing(self, turn: Turn) -> Voicing:
        """The way from the mouth back to `turn`, under the present generation."""
        cancelled = self._floor.cancelled()

        def unless_stale(handler: Callable[[], None]) -> None:
            self._inbox.post(lambda: None if cancelled() else handler())

        def begun() -> None:
            at = self._clock.monotonic()
            unless_stale(lambda: self._begun(turn, at))

        def heard(clause: Clause) -> None:
            unless_stale(lambda: turn.said.append(clause.text))

        voicing = Voicing(
            turn=turn.id,
            generation=self._floor.generation,
            cancelled=cancelled,
            begun=begun,
            heard=heard,
            ended=lambda: unless_stale(lambda: self._host.over(turn)),
            failed=lambda error: self._failed(voicing, "tts", error),
            report=self._report,
        )
        return voicing

    def _begun(self, turn: Turn, at: float) -> None:
        turn.committed = True
        if turn.speech_end is not None:
            turn.timings.setdefault("response", (at - turn.speech_end) * 1000)
        if self._floor.state in ("thinking", "muted"):
            self._floor.apply(AnswerStarted(), at)
