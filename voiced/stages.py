"""The boundaries of the chain, in the order in which sound passes them: one narrow Protocol per stage.

Two formats cross them. *Heard* sound is `Pcm`: mono, 16,000 Hz, int16; the wake word model takes it in frames of
1,280 samples (80 ms). *Spoken* sound is `Sound`: mono float32 in [-1, 1] at the rate of the voice
that made it; the speaker converts it to the rate of the device.

Whatever a stage says aloud carries a generation number. Interrupting increments the number; a speaker drops what was
born under an older one, and keeps what is born under a later one until that has come, or never will: so a draft of an
answer waits.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from voiced.events import WakeDetected

RATE = 16_000
"""Samples per second of everything heard."""

FRAME = 1_280
"""Samples per frame of heard sound, 80 ms: what a wake detector takes."""

BLOCK = 320
"""Samples that are read at once while somebody is listened to, 20 ms: with whole frames the end of what they say would
be noticed up to 80 ms late, and 40 on average. While nobody is, a block would be for nothing."""

Pcm: TypeAlias = NDArray[np.int16]
"""Heard sound: one dimension, 16 kHz, int16."""

Cancelled: TypeAlias = Callable[[], bool]
"""Asked between two steps of long work; True means: stop, nobody waits for the result any more."""


def never() -> bool:
    """A `Cancelled` for work that nobody interrupts."""
    return False


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of sound to be played."""

    samples: NDArray[np.float32]
    """One dimension, in [-1, 1]."""
    rate: int
    """Samples per second."""

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


class Clock(Protocol):
    """Time as a parameter: the system's, or that of a recording played faster than life."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""

    def time(self) -> float:
        """Seconds since 1970 (UTC), for due times that outlive the process."""


class Microphone(Protocol):
    """Where sound comes in."""

    def read(self, samples: int = FRAME) -> Pcm | None:
        """The next `samples` of them, waiting for them; None when there will be no more.

        Raises AudioError when the device is lost."""

    def close(self) -> None:
        """Stops capturing; a `read` that waits returns None. May be called twice, from any thread."""


class Speaker(Protocol):
    """Where sound goes out. One queue; every entry carries the generation that it was born under."""

    volume: float
    """Gain applied to everything played, 0 to 1."""

    def play(self, sound: Sound, generation: int, begun: Callable[[], None] | None = None) -> None:
        """Queues `sound`; waits while the queue is full; does nothing when `generation` is stale, and keeps it until
        `drop` when it is still to come. Calls `begun`, in the speaker's thread, when the first sample leaves the
        device."""

    def mark(self, generation: int, reached: Callable[[], None]) -> None:
        """Calls `reached`, in the speaker's thread, once all that was queued before has *left* the device: at once when
        nothing is left to play. A mark that goes stale is never called."""

    def drop(self, generation: int) -> None:
        """From now on everything born before `generation` is stale: silence within one block of the device. What was
        born under `generation` is played."""

    def forget(self, generation: int) -> None:
        """`generation`, which is still to come, never will, nor will one before it that has not come yet: their sound
        takes no room any more."""

    def close(self) -> None:
        """Stops at once. May be called twice, from any thread."""


class WakeDetector(Protocol):
    """Listens for the wake word."""

    def hear(self, frame: Pcm) -> WakeDetected | None:
        """Takes the next frame of `FRAME` samples; the wake word, when it has just been said."""

    def reset(self) -> None:
        """Forgets what it heard: after a gap in the sound, after un-muting."""


class VoiceActivity(Protocol):
    """Tells speech from everything else."""

    chunk: int
    """Samples per call of `probability`, at 16 kHz."""

    def probability(self, samples: Pcm) -> float:
        """How likely the next `chunk` samples are speech, 0 to 1."""

    def reset(self) -> None:
        """Forgets what it heard."""


@dataclass(frozen=True, slots=True)
class Transcription:
    """What a recogniser made of an utterance."""

    text: str
    """The words; empty when there were none worth answering."""
    alternatives: tuple[str, ...] = ()
    """Other readings, most likely first, where the engine offers them."""
    beginning: str = ""
    """What may be the beginning of a command, where that explains the sound better than `text` does."""
    logprob: float = 0.0
    """Average log probability of a token of `text`, also where it was too low to be believed; 0 where the engine does
    not say."""


class Recogniser(Protocol):
    """Speech to text."""

    name: str
    """The engine, as a person would know it: "faster-whisper", "pocketsphinx"."""

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`. Raises EngineError when the engine fails."""


class Glancer(Protocol):
    """A recogniser that can be asked about what is still being said."""

    conclusive: bool
    """Whether it makes of a whole utterance what the recogniser would make of it."""

    def glance(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, which may end in the middle of one. One call at a time, which may come while the
        recogniser transcribes in another thread. Raises EngineError when the engine fails."""


class Reader(Protocol):
    """A recogniser that reads along while the person speaks, so that little is left to do when they stop."""

    name: str

    def follow(self, start: int, speech: Pcm) -> None:
        """Reads what is new in `speech`, which is all of an utterance so far; `start`, a position in the sound, tells
        one utterance from another. Raises EngineError when the engine fails."""

    def finish(self, start: int, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, as `Recogniser.transcribe` would read them; silence that was followed behind it does
        no harm. The utterance may go on all the same: then it is read again from its beginning. Raises EngineError when
        the engine fails."""


@dataclass(frozen=True, slots=True)
class Command:
    """A sentence understood as something to do. Matching has no effect; `Commands.perform` does it."""

    intent: str
    """The intent's name, such as "HassStartTimer"."""
    slots: dict[str, str | int | float] = field(default_factory=dict)
    """What was filled in, such as {"minutes": 5, "name": "pizza"}."""
    response: str = "default"
    """Which of the intent's responses fits."""
    stops: bool = False
    """Whether it means "be quiet", and may be said into the assistant's own speech without a wake word."""
    whole: bool = True
    """Whether it is all that a person would say: "pause" and "set a timer" are understood, but mostly more follows."""


Control: TypeAlias = Literal["stop", "never_mind", "repeat"]
"""What only the conversation itself can do, because it owns the sound and the last answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a command."""

    text: str
    """What to say; may be empty."""
    control: Control | None = None
    asks: bool = False
    """True when the answer is a question, so that the microphone stays open for the reply."""
    volume: float | None = None
    """The new volume, 0 to 1, when the command changed it."""


class Commands(Protocol):
    """The deterministic path: sentences that are understood without a language model."""

    def match(self, text: str) -> Command | None:
        """The command that `text` is, or None. Has no effects, takes milliseconds, may be called for a draft."""

    def foresee(self, command: Command, volume: float) -> Answer | None:
        """What `perform` would answer at this moment, without doing it; None where only doing it can tell. Has no
        effects, takes milliseconds, is called for drafts."""

    def perform(self, command: Command, volume: float) -> Answer:
        """Carries `command` out; `volume` is the present one, 0 to 1. Raises StateError when it could not be kept."""


MediaOrder: TypeAlias = Literal["Pause", "Play", "Next", "Previous"]
"""What media players can be told, as MPRIS calls it; "Play" goes on with what was paused."""


class MediaPlayers(Protocol):
    """Whatever plays music on this machine."""

    def order(self, order: MediaOrder) -> bool:
        """Has the player that is heard do it; whether there is one. May take as long as players take to answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the conversation, as chat templates know them."""

    role: Literal["system", "user", "assistant"]
    content: str


class LanguageModel(Protocol):
    """Answers what no command covers."""

    name: str

    def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Iterator[str]:
        """Pieces of the answer to the last message, as they are generated; ends within one token of `cancelled`.

        Raises EngineError when the engine fails."""

    def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
        """The probability that the last message is said to its end; None when the model cannot tell. Reads nothing that
        a `stream` of these messages would not read. Raises EngineError when the engine fails."""

    def warm(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """Reads `messages` ahead, so that a later `stream` that begins with them starts at once."""

    def follow(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        """The same where the last message is still being said: its words are whole, and more will follow."""


class Synthesiser(Protocol):
    """Text to speech."""

    name: str

    def synthesise(self, text: str, cancelled: Cancelled = never) -> Iterator[Sound]:
        """`text`, already made speakable, as sound in pieces that follow each other without a gap.

        Yields nothing for a text without anything to pronounce. Raises EngineError when the engine fails."""
