"""The glossary: everything that happens in a conversation and that two stages must agree on.

Events are nouns or past participles, frozen, and carry their own units. They hold no sound and do no work.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["answered", "nothing_heard", "interrupted", "stopped", "failed", "muted"]
"""How a turn ended: answered aloud (or carried out in silence), no words were heard, another turn took its place,
the person said or pressed "stop", a stage failed, the microphone was muted."""


@dataclass(frozen=True, slots=True)
class WakeDetected:
    """The wake word was said."""

    word: str
    """The wake model's name, such as "hey_jarvis"."""
    score: float
    """The model's confidence, 0 to 1."""


@dataclass(frozen=True, slots=True)
class ListenRequested:
    """A button or a program asks to listen, as if the wake word had been said."""


@dataclass(frozen=True, slots=True)
class AnswerRequested:
    """A program asks for a text to be answered or said, without any speech heard."""


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """A person began to speak."""


@dataclass(frozen=True, slots=True)
class SpeechPaused:
    """A person fell silent, perhaps for good: the moment to start a draft."""


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The silence lasted, or the utterance did for too long: the person's turn is over."""

    cut: bool = False
    """Whether sound goes on, for longer than an utterance may last; it is none of ours until it has paused."""


@dataclass(frozen=True, slots=True)
class NothingHeard:
    """Nobody spoke, or what was heard held no words."""


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    """The first sample of an answer left the speaker."""


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """The answer is over, and its last sample has left the speaker."""


@dataclass(frozen=True, slots=True)
class FollowUpOpened:
    """As `AnswerEnded`, and the person may go on without the wake word."""


@dataclass(frozen=True, slots=True)
class FollowUpExpired:
    """Nobody took the opportunity to go on."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    """A person or a program wants silence."""


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """A stage failed."""

    stage: str
    """The stage's name: "stt", "intents", "llm", "tts"."""
    reason: str
    """One sentence, for the log and the person."""


@dataclass(frozen=True, slots=True)
class Muted:
    """The microphone was closed."""


@dataclass(frozen=True, slots=True)
class Unmuted:
    """The microphone was opened again."""


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The turn's state, as the table in `voiced.turn` says."""

    state: str


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been understood so far, while the person may still go on."""

    turn: int
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """What the person said."""

    turn: int
    text: str
    engine: str
    """The recogniser's name; empty when the words came as text."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One clause of the answer, as it is handed to the synthesiser."""

    turn: int
    text: str
    by: str
    """The intent's name, or "llm"; "voiced" for the assistant's own phrases."""


@dataclass(frozen=True, slots=True)
class StageFinished:
    """A stage did its work, or failed at it."""

    turn: int
    stage: str
    """"stt", "intents", "llm" (to its first clause), "tts" (to its first sound), ..."""
    engine: str
    ms: float
    """Milliseconds from the stage's start."""
    ok: bool = True


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over."""

    turn: int
    outcome: Outcome
    timings: dict[str, float] = field(default_factory=dict)
    """Milliseconds: "wait" (end of speech to the decision that it was the end), each stage, "response" (end of speech
    to the first sample of the answer)."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer came due."""

    id: int
    name: str
    """The name its owner gave it, as it is written; may be empty."""


@dataclass(frozen=True, slots=True)
class VolumeChanged:
    """The speaker's volume is another one now."""

    volume: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class Level:
    """How loud the microphone's last frame was; told only while somebody watches."""

    level: float
    """0 for silence to 1 for the loudest there can be, in proportion to decibels."""


@dataclass(frozen=True, slots=True)
class HealthChanged:
    """A part of the daemon works again, or does not."""

    part: str
    """"microphone", "timers", "bus", "configuration", "machine", or a stage's name."""
    health: str
    """"ok", or one sentence that says what is wrong."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What the conversation runs on from now on: at the start, and after a change of voice or configuration."""

    voice: str
    profile: str
    wake_words: tuple[str, ...]
    """Those that work, such as "hey_jarvis"."""
    health: dict[str, str]
    """Of each stage: as in `HealthChanged`."""


@dataclass(frozen=True, slots=True)
class EngineReplaced:
    """An engine could not be used, and the next one in the row took its place."""

    stage: str
    wanted: str
    used: str
    """The engine that works now; empty when there is none left."""
    reason: str
    """One sentence."""
