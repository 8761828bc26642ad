"""Events of the turn flow in; the state, the present turn and the generation flow out to whoever asks.

Interrupting begins a new generation. Whatever was begun under an older one finds itself cancelled at its next step,
and the speaker drops its sound. A draft is begun under the next generation, while the present one goes on; to commit
it is to let that generation come, and to drop it is to say that it never will.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from voiced.events import (
    Configured,
    HealthChanged,
    Level,
    Outcome,
    Partial,
    Reply,
    StageFinished,
    StateChanged,
    TimerFired,
    Transcript,
    TurnEnded,
    VolumeChanged,
)
from voiced.stages import Answer, Cancelled, Clock, Speaker
from voiced.turn import State, TurnEvent, next_state

Event: TypeAlias = (
    TurnEvent
    | StateChanged
    | Partial
    | Transcript
    | Reply
    | StageFinished
    | TurnEnded
    | TimerFired
    | VolumeChanged
    | Level
    | HealthChanged
    | Configured
)

Listener: TypeAlias = Callable[[Event, float], None]
"""Receives every event with the clock's time at which it happened, in the conversation's thread."""


@dataclass(slots=True)
class Turn:
    """One exchange, from the wake word to the last sample of the answer."""

    id: int
    after_wake: bool = False
    """The recording may begin with the wake word."""
    speech_end: float | None = None
    """When the person's last speech ended, on the clock; None when nobody spoke."""
    committed: bool = False
    """Something has been carried out or said, or the utterance was too long: speech that resumes is no longer part of
    this turn."""
    question: str = ""
    """The person's words."""
    said: list[str] = field(default_factory=list)
    """The clauses that have left the speaker."""
    complete: bool = False
    """The answer was heard to its end."""
    answer: Answer = field(default_factory=lambda: Answer(""))
    """What a command's outcome asks of the conversation."""
    failures: int = 0
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds, as in `TurnEnded`."""


class Floor:
    """Who has the floor. Owned by the conversation's thread; others may read the generations, which only grow."""

    def __init__(self, clock: Clock, speaker: Speaker, listener: Listener) -> None:
        self.state: State = "asleep"
        self.turn: Turn | None = None
        self.generation = 0
        self.pending: int | None = None
        """The generation of the draft that may still come."""
        self._newest = 0
        self.last_said = ""
        """The last answer that was heard, for "repeat that"."""
        self.entered: Callable[[State], None] = lambda _: None
        """Called after the state has changed."""
        self.finished: Callable[[Turn], None] = lambda _: None
        """Called when a turn is over, however it ended."""
        self._speaker = speaker
        self._clock = clock
        self._listener = listener

    def report(self, event: Event, at: float | None = None) -> None:
        """Tells the listener."""
        self._listener(event, self._clock.monotonic() if at is None else at)

    def apply(self, event: TurnEvent, at: float | None = None) -> None:
        """Moves along the table."""
        before, self.state = self.state, next_state(self.state, event)
        self.report(event, at)
        if self.state != before:
            self.entered(self.state)
            self.report(StateChanged(self.state), at)

    def stage_finished(self, event: StageFinished) -> None:
        """Notes the time that a stage took for the turn, the first time it does."""
        if self.turn is not None and self.turn.id == event.turn and event.ok:
            self.turn.timings.setdefault(event.stage, event.ms)
        self.report(event)

    @property
    def speaker(self) -> Speaker:
        """Whose sound is dropped by an interruption."""
        return self._speaker

    @speaker.setter
    def speaker(self, speaker: Speaker) -> None:
        self._speaker = speaker
        speaker.drop(self.generation)  # a new one does not know the time

    def silence(self) -> None:
        """Cancels whatever is being recognised, thought or said, or drafted."""
        self.begin_generation(self.next_generation())

    def next_generation(self) -> int:
        """A generation for a draft, which takes the place of the one before."""
        self.drop_draft()
        self._newest += 1
        self.pending = self._newest
        return self._newest

    def begin_generation(self, generation: int) -> None:
        """Lets the `generation` come, which was the newest: all that is older is cancelled."""
        self.generation = generation
        self.pending = None
        self.speaker.drop(generation)

    def drop_draft(self, generation: int | None = None) -> None:
        """Cancels the draft, or only that of `generation`, if there is one, and nothing else."""
        dropped = self.pending
        if dropped is not None and generation in (None, dropped):
            self.pending = None  # first: who waits for room must find itself cancelled once it has some
            self.speaker.forget(dropped)

    def cancelled(self, generation: int | None = None) -> Cancelled:
        """Tells, from any thread, whether what is being done under `generation`, the present one unless given, has been
        cancelled since."""
        wanted = self.generation if generation is None else generation
        # In this order: a draft that is being committed is always found in one of the two places.
        return lambda: wanted not in (self.pending, self.generation)

    def begin(self, turn: Turn) -> None:
        """Makes `turn` the present one, in silence; the one before it, if it is not over, was interrupted."""
        self.finish("interrupted")
        self.silence()
        self.turn = turn

    def finish(self, outcome: Outcome) -> None:
        """Ends the present turn, if there is one."""
        turn, self.turn = self.turn, None
        if turn is None:
            return
        if turn.said and turn.answer.control != "repeat":
            self.last_said = " ".join(turn.said)
        self.finished(turn)
        self.report(TurnEnded(turn.id, outcome, dict(turn.timings)))
