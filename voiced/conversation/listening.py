"""What the ear hears flows in; turns begin, and what was understood flows to the answering side.

A short silence starts a draft: the words so far are recognised and matched, without effects, while the silence goes
on. If it lasts, the words are there already; if speech resumes, the draft is dropped and the turn goes on (a pause
inside a sentence is not its end).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from voiced.conversation.chain import Chain
from voiced.conversation.floor import Floor, Turn
from voiced.conversation.following import Following
from voiced.conversation.glances import Glances
from voiced.conversation.inbox import Inbox
from voiced.conversation.invitation import INVITE_S, Invitation
from voiced.ear import Ear, Heard
from voiced.errors import VoicedError
from voiced.events import (
    FollowUpExpired,
    ListenRequested,
    NothingHeard,
    Partial,
    SpeechEnded,
    SpeechPaused,
    SpeechStarted,
    StageFinished,
    WakeDetected,
)
from voiced.mind import Understanding
from voiced.stages import RATE, Pcm
from voiced.stt.agreement import agreed
from voiced.turn import State
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)

INTERJECTION_S = 2.5
"""Longest utterance, in seconds, that is checked for "stop" while the assistant speaks: a stop word is short, and
whoever talks longer is talking to somebody else or is our own voice."""

PERSISTS_S = 0.3
"""Seconds for which speech that began in our own sound has to go on behind it to be said to us. What ends sooner may be
our own voice in the room, whose echo and the detector's doubts last as long, and is checked for "stop" alone."""


class Host(Protocol):
    """Whom the listening side tells; called in the conversation's thread."""

    def foretold(self, words: str) -> None:
        """How an utterance begins that is still being said; whole words, the last of which may yet be another."""

    def guessed(self, turn: Turn, what: Understanding) -> None:
        """The words so far, at a pause that may be the end; never empty."""

    def understood(self, turn: Turn, what: Understanding) -> None:
        """The words of a finished utterance; never empty. The same object as was guessed, if there was no more."""

    def failed(self, turn: Turn, stage: str, reason: str) -> None:
        """A stage failed."""

    def interjected(self, turn: Turn, what: Understanding) -> None:
        """What was said, without a wake word, into the sound of `turn`, which may be over by now."""


class Listening:
    """The conversation's hearing half. Owned by the conversation's thread."""

    def __init__(self, floor: Floor, chain: Chain, inbox: Inbox, turns: Iterator[int], host: Host) -> None:
        """`turns` numbers the turns that begin here."""
        self._floor, self._inbox, self._turns, self._host = floor, inbox, turns, host
        self._ear, self._mind, self._clock = chain.ear, chain.mind, chain.clock
        self._manners = chain.manners
        self._invitation = Invitation(floor, chain, inbox)
        self._scribe = Worker("scribe", chain.activity)
        reader, glancer, clock = self._mind.hearing.reader, self._mind.hearing.glancer, chain.clock
        self._following = None if reader is None else Following(reader, chain.activity)
        self._glances = None if glancer is None else Glances(self._mind, chain.activity, clock, inbox, self._sure)
        self._draft = 0
        self._drafting = False
        self._understanding: Understanding | None = None
        self._interjection = False  # what is being read was said into our own sound
        self._across: tuple[Turn, float] | None = None  # in whose sound the utterance began, and when that ended
        self._entered: State = "asleep"  # the last state that was
        self._shown: tuple[int, Sequence[str]] = 0, ()  # the last turn that was told words so far, and those
        self._deadline: float | None = None  # when listening or the follow-up ends for want of speech

    @property
    def alive(self) -> bool:
        """Whether the recognisers' threads run."""
        others = [each for each in (self._following, self._glances) if each is not None]
        return self._scribe.alive and all(each.alive for each in others)

    def close(self) -> None:
        """Waits for the recognisers to stop."""
        self._drop_draft()
        self._scribe.close()
        for each in (self._following, self._glances):
            if each is not None:
                each.close()

    def entered(self, state: State) -> None:
        """What a new state means for the ear."""
        before, self._entered = self._entered, state
        self._deadline = self._across = None
        self._invitation.withdraw()
        if state in ("asleep", "muted"):
            self._ear.close()
        elif (before, state) == ("speaking", "follow_up") and self._ear.speaking and self._floor.turn is not None:
            self._across = self._floor.turn, self._clock.monotonic()
        elif state in ("follow_up", "speaking"):
            self._ear.open()

    def listen(self) -> None:
        """Begins a turn as if the wake word had been said."""
        self._floor.begin(Turn(next(self._turns)))
        self._drop_draft()
        self._floor.apply(ListenRequested())
        self._ear.open()
        self._invite()

    def wait_for_more(self, seconds: float) -> None:
        """Ends the follow-up when nobody speaks for `seconds`."""
        self._deadline = self._clock.monotonic() + seconds

    def wait_no_longer(self) -> None:
        """Ends the follow-up that a ringing timer had opened, once it rings no more; one with a time of its own goes
        on until that is over."""
        if self._deadline is None and not self._ear.speaking:
            self._floor.apply(FollowUpExpired())

    def forget(self) -> None:
        """After a gap in the sound: begins with a clean window. What was said before it, and is being read, counts."""
        state = self._floor.state
        if state not in ("thinking", "speaking"):
            self._drop_draft()
        self._ear.reset()
        if state in ("listening", "speaking", "follow_up"):
            self._open_anew()

    @property
    def attentive(self) -> bool:
        """Whether each block of sound counts, because somebody may be speaking to us. May be asked in any thread."""
        return self._ear.following

    @property
    def speech_under_way(self) -> bool:
        """Whether somebody is speaking to us."""
        return self._ear.speaking

    def hear(self, block: Pcm) -> None:
        """Takes the next sound of the microphone."""
        self._take(self._ear.hear(block))
        self._cross()
        self._glance()
        self.tick()

    def _cross(self) -> None:
        """Lets whoever began to speak in our own sound, and goes on behind it, have the floor."""
        spoke = self._clock.monotonic() - self._ear.silence_s
        if self._across is not None and self._ear.speaking and spoke - self._across[1] >= PERSISTS_S:
            self._speech_started(SpeechStarted())

    def take_over(self, ear: Ear) -> None:
        """Goes on hearing where `ear` has left off, which is that of the chain before."""
        self._take(self._ear.take_over(ear))

    def _take(self, events: Sequence[Heard]) -> None:
        if self._following is not None and self._floor.state in ("listening", "follow_up") and self._ear.speaking:
            self._following.follow(*self._ear.so_far())
        for event in events:
            self._heard(event)
        if any(isinstance(event, WakeDetected) for event in events) and not self._ear.speaking:
            self._invite(INVITE_S)

    def tick(self) -> None:
        """Looks at the clock."""
        self._invitation.tick()
        now = self._clock.monotonic()
        if self._deadline is not None and now >= self._deadline and not self._ear.speaking:
            self._deadline = None
            if self._floor.state == "follow_up":
                self._floor.apply(FollowUpExpired())
            elif self._floor.state == "listening":
                self._nothing_heard()

    def _glance(self) -> None:
        """Has a look at what is being said."""
        turn = self._floor.turn
        if self._glances is None or turn is None or self._floor.state != "listening" or not self._ear.speaking:
            return
        if not self._drafting and self._understanding is None:
            self._glances.look(turn, *self._ear.so_far(), self._ear.speech_end)

    def _sure(self, turn: Turn, words: tuple[str, ...]) -> None:
        """These are the first words of what is being said."""
        idle = not self._drafting and self._understanding is None
        if idle and self._floor.turn is turn and self._floor.state == "listening":
            if self._shown[0] != turn.id or agreed(words, self._shown[1]) < len(words):
                self._show(turn, words)
            self._host.foretold(" ".join(words))

    def _show(self, turn: Turn, words: Sequence[str]) -> None:
        self._shown = turn.id, words
        self._floor.report(Partial(turn.id, " ".join(words)))

    # --- events of the ear ---------------------------------------------------------------------------------------

    def _heard(self, event: Heard) -> None:
        state = self._floor.state
        if isinstance(event, WakeDetected):
            self._floor.begin(Turn(next(self._turns), after_wake=True))
            self._drop_draft()
            self._floor.apply(event)
        elif isinstance(event, SpeechStarted):
            self._speech_started(event)
        elif isinstance(event, SpeechPaused):
            if state == "listening":
                self._floor.apply(event)
            if state in ("listening", "speaking") or self._across is not None:
                self._start_draft()
            if self._across is not None:
                self._open_anew()
        elif state == "listening":
            self._speech_ended(event)
        elif state == "speaking" or self._across is not None:
            self._open_anew()

    def _open_anew(self) -> None:
        """What is said next is no part of what was said into our own sound."""
        self._across = None
        self._ear.open()

    def _speech_started(self, event: SpeechStarted) -> None:
        turn, state = self._floor.turn, self._floor.state
        if state == "follow_up":
            self._floor.begin(Turn(next(self._turns)))
        elif state == "thinking" and turn is not None and not turn.committed:
            self._floor.silence()  # it was only a pause: the turn re-opens
        elif state != "listening":
            return
        self._drop_draft()
        self._floor.apply(event)

    def _speech_ended(self, event: SpeechEnded) -> None:
        turn = self._floor.turn
        if turn is None:
            return
        turn.committed = turn.committed or event.cut
        turn.speech_end = self._clock.monotonic() - self._ear.silence_s
        turn.timings["wait"] = self._ear.silence_s * 1000
        self._floor.apply(event)
        if self._understanding is not None:
            self._words(turn, self._understanding)
        elif not self._drafting:
            self._start_draft()

    def _invite(self, delay_s: float = 0.0) -> None:
        """Waits for a command, and says with a chime that now is the time to speak, unless it has begun by then."""
        if self._manners.chimes:
            self._invitation.come(delay_s)
        self._deadline = self._clock.monotonic() + self._manners.no_speech_s
        self.tick()

    # --- drafts --------------------------------------------------------------------------------------------------

    def _drop_draft(self) -> None:
        """Forgets the words so far, and the answer that may have been drafted to them."""
        self._floor.drop_draft()
        self._settle()

    def _settle(self) -> None:
        self._draft += 1
        self._drafting, self._interjection, self._understanding = False, False, None

    def _start_draft(self) -> None:
        """Recognises and matches the utterance so far."""
        turn, sound = self._floor.turn if self._across is None else self._across[0], self._ear.utterance()
        interjection = self._floor.state == "speaking" or self._across is not None
        if turn is None or (interjection and len(sound) > INTERJECTION_S * RATE):
            return
        self._drop_draft()
        self._drafting, self._interjection = True, interjection
        draft, after_wake = self._draft, turn.after_wake and not interjection

        def cancelled() -> bool:
            return self._draft != draft

        def understand() -> Understanding:
            return self._mind.understand(turn.id, sound, self._report, after_wake=after_wake, cancelled=cancelled)

        start, _ = self._ear.so_far()

        def read() -> None:
            self._scribe.submit(lambda: self._try(turn, draft, understand))

        def taken(what: Understanding | None, stages: Sequence[StageFinished]) -> None:
            if self._draft != draft:
                return
            if what is None:
                read()
                return
            for stage in stages:
                self._floor.stage_finished(stage)
            self._drafted(turn, draft, what)

        if interjection or self._glances is None or not self._glances.take(start, self._ear.speech_end, taken):
            read()
        if self._following is None or interjection or not self._drafting or self._draft != draft:
            return

        def finish() -> Understanding | None:
            return self._mind.finish(turn.id, start, sound, self._report, after_wake=after_wake, cancelled=cancelled)

        self._following.then(lambda: self._try(turn, draft, finish))

    def _try(self, turn: Turn, draft: int, understand: Callable[[], Understanding | None]) -> None:
        """Understands, in a worker's thread, unless nobody waits any more."""
        if self._draft != draft:
            return
        try:
            what = understand()
        except VoicedError as error:
            reason = str(error)
            self._inbox.post(lambda: self._failed_draft(turn, draft, reason))
        except Exception:
            _LOG.exception("Recognising failed.")
            self._inbox.post(lambda: self._failed_draft(turn, draft, "The recogniser failed; see the log."))
        else:
            if what is not None:
                self._inbox.post(lambda: self._drafted(turn, draft, what))

    def _report(self, event: StageFinished) -> None:
        self._inbox.post(lambda: self._floor.stage_finished(event))

    def _failed_draft(self, turn: Turn, draft: int, reason: str) -> None:
        if draft == self._draft and self._interjection:
            self._settle()
        elif draft == self._draft and self._floor.turn is turn:
            self._drop_draft()
            self._host.failed(turn, "stt", reason)

    def _drafted(self, turn: Turn, draft: int, what: Understanding) -> None:
        if draft != self._draft:
            return
        if self._interjection:
            self._settle()
            self._host.interjected(turn, what)
            return
        if self._floor.turn is not turn:  # a program's request has taken the turn's place
            return
        before, reader = self._understanding, self._mind.hearing.reader
        if before is not None:  # by the reader, and there is a second opinion now; or the other way round
            if what.command == before.command or (reader is not None and what.engine == reader.name):
                return
            self._floor.drop_draft()
        self._drafting, self._understanding = False, what
        if self._floor.state == "thinking":
            self._words(turn, what)
        elif what.text:
            self._show(turn, what.text.split())
            self._host.guessed(turn, what)
            self._wait(what)
        elif turn.after_wake:
            self._only_wake_word(turn)

    def judged(self, what: Understanding, finished: float | None) -> None:
        """`finished` is how likely it is, by the language model, that `what` is all."""
        if what is self._understanding and self._floor.state == "listening":
            self._wait(what, finished)

    def _wait(self, what: Understanding, finished: float | None = None) -> None:
        """Decides how long the silence after `what` has to last."""
        whole = what.command is not None and what.command.whole
        words = what.beginning or what.text
        for event in self._ear.wait(self._manners.patience.after(words, whole, self._mind.language, finished)):
            self._heard(event)

    def _words(self, turn: Turn, what: Understanding) -> None:
        """The silence lasted, and this is what was said."""
        self._settle()
        if what.text:
            self._host.understood(turn, what)
        elif turn.after_wake:
            self._floor.apply(ListenRequested())
            self._only_wake_word(turn)
        else:
            self._nothing_heard()

    def _only_wake_word(self, turn: Turn) -> None:
        """Nothing but the wake word was said: the command is still to come."""
        turn.after_wake = turn.committed = False
        self._drop_draft()
        self._ear.open()
        self._invite(INVITE_S)

    def _nothing_heard(self) -> None:
        self._floor.apply(NothingHeard())
        self._floor.finish("nothing_heard")
