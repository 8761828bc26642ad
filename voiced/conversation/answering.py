"""What was understood flows in; the answer flows, clause by clause, through the mouth, and word of its end flows out.

The thinker's thread carries a command out or pulls the language model's clauses, and hands each to the mouth at once,
so that the first is heard while the next is still being written.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from voiced.conversation.chain import Chain
from voiced.conversation.draft import Draft
from voiced.conversation.floor import Floor, Turn
from voiced.conversation.inbox import Inbox
from voiced.errors import EngineError, VoicedError
from voiced.events import AnswerStarted, Reply, StageFinished, Transcript, TurnFailed
from voiced.memory import give_back
from voiced.mind import Thought, Understanding
from voiced.mouth import CLAUSES, Voicing
from voiced.stages import Answer, Sound
from voiced.text import Clause
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)


class Host(Protocol):
    """Whom the answering side tells; called in the conversation's thread."""

    def judged(self, what: Understanding, finished: float | None) -> None:
        """How likely it is that what was said is all of it; None when that cannot be told."""

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
        self._draft: Draft | None = None
        self._foretold = 0  # how often words were foretold, or were not to be read ahead any more

    @property
    def alive(self) -> bool:
        """Whether the thinker's thread runs."""
        return self._thinker.alive

    def close(self) -> None:
        """Waits for the thinker to stop."""
        self._thinker.close()

    def warm(self) -> None:
        """Has the model read ahead what the next question will stand behind, until somebody takes the floor."""
        cancelled = self._floor.cancelled()
        self._thinker.submit(lambda: None if cancelled() else self._mind.warm(cancelled))

    def tidy(self) -> None:
        """Gives back what the turn's work has freed, unless somebody takes the floor before: engines take it again at
        the next one, while the person still speaks."""
        cancelled = self._floor.cancelled()
        self._thinker.submit(lambda: None if cancelled() else give_back())

    def follow(self, words: str) -> None:
        """Has the model read ahead the first words of what is being said, until there are more, or it is to answer."""
        self._foretold += 1
        number, taken = self._foretold, self._floor.cancelled()

        def cancelled() -> bool:
            return self._foretold != number or taken()

        self._thinker.submit(lambda: None if cancelled() else self._mind.follow(words, cancelled))

    def prepare(self, turn: Turn, what: Understanding) -> None:
        """Drafts the answer to `what`, without any effect, while it is not yet known whether that was all."""
        draft = Draft(turn, what, self._floor.next_generation())
        self._draft = draft
        self._foretold += 1
        voicing, volume, last_said = self._voicing(turn, draft), self._mouth.speaker.volume, self._floor.last_said

        def foresee() -> None:
            if what.command is None:
                finished = self._mind.finished(what, voicing.cancelled)
                self._inbox.post(lambda: None if voicing.cancelled() else self._host.judged(what, finished))
            thought = self._mind.foresee(what, volume, last_said, voicing.cancelled)
            if thought is not None and not (thought.answer.control == "repeat" and not thought.text):
                draft.text = thought.text
                if what.command is None:
                    self._utter(voicing, thought.by, thought.clauses)
                else:  # it waits for the thinker to be carried out, which must not wait for the speaker until then
                    self._utter(voicing, thought.by, islice(thought.clauses, CLAUSES), ends=False)
                    draft.rest = lambda: self._utter(voicing, thought.by, thought.clauses)

        self._work(voicing, "llm" if what.command is None else "intents", foresee)

    def answer(self, turn: Turn, what: Understanding) -> None:
        """Carries out, or answers, what was understood: with the draft, if it is one of this."""
        turn.question = what.text
        turn.committed = turn.committed or what.command is not None
        self._floor.report(Transcript(turn.id, what.text, what.engine))
        draft, self._draft = self._draft, None
        if draft is not None and draft.what is not what:
            draft = None
        if draft is None:
            self._floor.drop_draft()
        elif what.command is None and self._commit(draft):
            return
        voicing, volume, last_said = self._voicing(turn), self._mouth.speaker.volume, self._floor.last_said

        def think() -> None:
            thought = self._mind.think(what, volume, last_said, voicing.cancelled)
            self._inbox.post(lambda: self._host.decided(turn, thought.answer))
            if draft is not None and thought.text and draft.text == thought.text:
                self._inbox.post(lambda: self._deliver(draft, voicing, thought))
            else:
                if draft is not None:
                    self._inbox.post(lambda: self._floor.drop_draft(draft.generation))
                self._utter(voicing, thought.by, thought.clauses)

        self._work(voicing, "llm" if what.command is None else "intents", think)

    def _deliver(self, draft: Draft, voicing: Voicing, thought: Thought) -> None:
        """The draft came true: what has been carried out says just what was foreseen."""
        if voicing.cancelled():
            return
        if not self._commit(draft):  # its sound failed; once more, and it is told why
            self._work(voicing, "text", lambda: self._utter(voicing, thought.by, thought.clauses))
        else:
            self._work(self._voicing(draft.turn), "text", draft.rest)

    def _commit(self, draft: Draft) -> bool:
        """Makes the draft the answer, unless it was dropped."""
        if self._floor.pending != draft.generation:
            return False
        self._floor.begin_generation(draft.generation)
        draft.begin()
        return True

    def ask(self, turn: Turn, text: str) -> None:
        """Answers a text that nobody spoke."""
        voicing = self._voicing(turn)

        def match() -> None:
            what = Understanding(text, self._mind.match(turn.id, text, voicing.report))
            self._inbox.post(lambda: self.answer(turn, what) if self._floor.turn is turn else None)

        self._work(voicing, "intents", match)

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
                voicing.failed(error, stage)
            except Exception:
                _LOG.exception("Answering failed.")
                voicing.failed(EngineError(f"The stage {stage} failed; see the log."), stage)

        self._thinker.submit(guarded)

    def _utter(self, voicing: Voicing, by: str, clauses: Iterator[Clause], *, ends: bool = True) -> None:
        """Says `clauses`, the last of the answer where it `ends` with them."""
        begin = time.perf_counter()
        first = True
        for clause in clauses:
            if voicing.cancelled():
                return
            if first and by == "llm":
                ms = (time.perf_counter() - begin) * 1000
                voicing.report(StageFinished(voicing.turn, "llm", self._mind.model_name, ms))
            first = False
            voicing.reply(Reply(voicing.turn, clause.text, by))
            self._mouth.say(voicing, clause)
        if ends:
            self._mouth.end(voicing)

    def _voicing(self, turn: Turn, draft: Draft | None = None) -> Voicing:
        """The way from the thinker and the mouth back to `turn`: under the present generation, or as `draft`."""
        generation = self._floor.generation if draft is None else draft.generation
        cancelled = self._floor.cancelled(generation)

        def post(handler: Callable[[], None]) -> None:
            tell = handler if draft is None else lambda: draft.tell(handler)
            self._inbox.post(lambda: None if cancelled() else tell())

        def begun() -> None:
            at = self._clock.monotonic()
            post(lambda: self._begun(turn, at))

        def failed(error: VoicedError, stage: str) -> None:
            self._inbox.post(lambda: None if cancelled() else self._fail_present(draft, stage, str(error)))

        def report(event: StageFinished) -> None:
            tell = self._inbox.post if draft is None else post  # of a draft that was dropped nobody wants to know
            tell(lambda: self._floor.stage_finished(event))

        return Voicing(
            turn=turn.id,
            generation=generation,
            cancelled=cancelled,
            begun=begun,
            heard=lambda clause: post(lambda: turn.said.append(clause.text)),
            ended=lambda: post(lambda: self._host.over(turn)),
            failed=failed,
            report=report,
            reply=lambda event: post(lambda: self._floor.report(event)),
        )

    def _fail_present(self, draft: Draft | None, stage: str, reason: str) -> None:
        if draft is not None and not draft.live:
            self._floor.drop_draft(draft.generation)  # whoever answers will meet the same failure, or not
        elif self._floor.turn is not None:
            self.fail(self._floor.turn, stage, reason)

    def _begun(self, turn: Turn, at: float) -> None:
        turn.committed = True
        if turn.speech_end is not None:
            turn.timings.setdefault("response", (at - turn.speech_end) * 1000)
        if self._floor.state in ("thinking", "muted"):
            self._floor.apply(AnswerStarted(), at)
