"""A plan of lines flows in, a conversation is held in real time, and what happened in each turn flows out.

voiced and the sequential chain take turns in one room: while one is spoken to the other hears silence, and the person
speaks again when both are done. The sound path is that of `voiced converse`; the chain is the daemon's.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from voiced.activity import Activity
from voiced.audio.room import OUT_RATE, Pace, Recording, Room, RoomSpeaker
from voiced.bench.lines import Line
from voiced.bench.person import Air, Utterance
from voiced.bench.prompted import Prompter, endings, prompted
from voiced.bench.sequential import AUDIBLE, Exchange, Sequential
from voiced.bench.watched import Log, Work, watched
from voiced.compose import Composer, conversation_of
from voiced.conversation.assistant import Assistant
from voiced.conversation.chain import Chain
from voiced.conversation.floor import Event
from voiced.events import AnswerStarted, Transcript, TurnEnded
from voiced.models import starter
from voiced.setting import Setting
from voiced.stages import FRAME, RATE, Message, Pcm

LEAD_IN_S = 2.0
"""Silence before the first line: the wake word detector is deaf for its first 1.28 s."""

BREATH_S = 1.0
"""Silence between two turns, and at least that long after a line before its turn can be over."""

PATIENCE_S = 90.0
"""Seconds for which the person waits for an answer to be over."""


@dataclass(slots=True)
class Turn:
    """What voiced made of one utterance; seconds on the room's clock."""

    utterance: Utterance
    events: list[tuple[Event, float]]
    audible: float | None = None
    """When the first audible sample of the answer left the speaker; None when there was no answer."""
    read: int = 0
    """Tokens of prompts that were read from the first word to the first sound."""
    ahead: int = 0
    """Of these, tokens that were read while the person spoke."""
    vain: int = 0
    """Of those, tokens that turned out to be others."""
    asked: list[Message] = field(default_factory=list)
    """What the language model was to answer; nothing, where it was not asked."""
    work: list[Work] = field(default_factory=list)
    """What the engines did."""

    @property
    def cut_off(self) -> bool:
        """Whether the person was answered, or not listened to any more, before they had said all. A turn that was
        decided to be over and opened again in time is none."""
        end = self.utterance.end
        answered = any(at < end for event, at in self.events if isinstance(event, AnswerStarted))
        understood = [at for event, at in self.events if isinstance(event, Transcript)]
        return answered or (bool(understood) and understood[-1] < end)

    @property
    def whole(self) -> bool:
        """Whether all went as it should: one turn, all words, an answer."""
        ended = [event.outcome for event, _ in self.events if isinstance(event, TurnEnded)]
        return ended == ["answered"] and self.audible is not None and not self.cut_off


class Ears:
    """What left the speaker, forgotten once it has been looked at."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._before = 0  # samples that have been forgotten

    def audible(self, since: float) -> float | None:
        """The second of the first audible sample after `since`. To be called in the thread that reads the room."""
        samples = self._recording.assistant_samples()
        begin = max(0, int(since * OUT_RATE) - self._before)
        loud = np.flatnonzero(np.abs(samples[begin:]) > AUDIBLE)
        return (self._before + begin + int(loud[0])) / OUT_RATE if len(loud) else None

    def forget(self) -> None:
        """Everything so far."""
        self._before += sum(len(block) for block in self._recording.assistant)
        self._recording.assistant.clear()
        self._recording.person.clear()


class Session:
    """A conversation with both."""

    def __init__(self, chain: Chain, room: Room, air: Air, prompter: Prompter) -> None:
        self.log: Log = []
        self.chain, self.air, self.prompter = watched(chain, self.log), air, prompter
        self.events: list[tuple[Event, float]] = []
        self.assistant = Assistant(self.chain, lambda event, at: self.events.append((event, at)))
        self._ears = Ears(room.recording)

    def turn(self, utterance: Utterance, done: list[Turn]) -> Iterator[Pcm]:
        """One exchange with voiced; what happened is appended to `done`."""
        self._ears.forget()
        begun, before = len(self.events), self._tokens
        self.prompter.asked = []
        self.log.clear()
        yield from self._say(utterance)
        first = before
        for _ in range(int(PATIENCE_S * RATE / FRAME)):
            yield from self.air.silence(0)
            if not self._answers(begun):
                first = self._tokens  # all that was read before the first sound
            if self.assistant.state in ("asleep", "follow_up", "muted") and self.air.seconds > utterance.end + BREATH_S:
                break
        work = [work for work in self.log if work.intervals]  # what was asked for and taken up
        turn = Turn(utterance, self.events[begun:], asked=self.prompter.asked, work=work)
        turn.read, turn.ahead, turn.vain = (now - then for now, then in zip(first, before, strict=True))
        started = self._answers(begun)
        if started:
            turn.audible = self._ears.audible(started[0])
        done.append(turn)
        while self.assistant.state != "asleep":
            yield from self.air.silence(0)
        yield from self.air.silence(BREATH_S)

    def exchange(self, utterance: Utterance, sequential: Sequential, done: list[Exchange]) -> Iterator[Pcm]:
        """One exchange with the sequential chain, while voiced hears silence."""
        exchange = sequential.listen(utterance)
        other = Air(seed=1)
        utterance.begin = self.air.seconds
        for frame in other.speech(utterance.pcm):
            yield from self.air.silence(0)
            sequential.hear(frame)  # now that its time has passed
        for _ in range(int(PATIENCE_S * RATE / FRAME)):
            for frame in other.silence(0):
                yield from self.air.silence(0)
                sequential.hear(frame)
            if not sequential.busy:
                break
        done.append(exchange)
        yield from self.air.silence(BREATH_S)

    def _say(self, utterance: Utterance) -> Iterator[Pcm]:
        utterance.begin = self.air.seconds
        self.prompter.utterance = utterance
        yield from self.air.speech(utterance.pcm)

    def _answers(self, begun: int) -> list[float]:
        return [at for event, at in self.events[begun:] if isinstance(event, AnswerStarted)]

    @property
    def _tokens(self) -> tuple[int, int, int]:
        """How many the language model has read by now: all, while the person spoke, and of these in vain."""
        read, ahead, vain = (
            int(getattr(self.chain.mind.model, f"{name}_tokens", 0)) for name in ("read", "ahead", "vain")
        )
        return read, ahead, vain


@contextmanager
def session(
    setting: Setting,
    script: Callable[[Session], Iterator[Pcm]],
    *,
    telling: bool,
    pace: Pace,
    lines: Sequence[Line] = (),
) -> Iterator[Session]:
    """A conversation about `lines`, ready to be held by its assistant's `run`. `telling` gives the models the words.
    Raises EngineError or StateError."""
    activity, air = Activity(), Air()
    prompter = Prompter(air, telling)
    if telling:
        system = conversation_of(setting.voice).history()[0].content
        prompter.endings = endings(lines, system, starter("llm", setting.voice.language, setting.starter))
    frames: Iterator[Pcm] | None = None

    def next_frame() -> Pcm | None:
        nonlocal frames
        frames = frames or script(held)
        return next(frames, None)

    room = Room(next_frame, activity, pace)

    def opened(_: Setting) -> RoomSpeaker:
        return room.speaker

    with tempfile.TemporaryDirectory(prefix="voiced-bench-") as folder:
        apart = replace(setting, paths=replace(setting.paths, state=Path(folder)))  # the user's timers are not touched
        room.speaker.volume = setting.config.speaker.volume
        composer = Composer(room.clock, activity, lambda _: room, opened, lambda chain: prompted(chain, prompter))
        with closing(composer):
            held = Session(composer.compose(apart), room, air, prompter)
            yield held
