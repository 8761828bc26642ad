"""The parts that a conversation drives, ready to work: what the composition root hands over."""

from collections.abc import Callable
from dataclasses import dataclass, field

from voiced.activity import Activity
from voiced.alarm import Alarm
from voiced.audio.chimes import Chimes
from voiced.ear import Ear
from voiced.mind import Mind
from voiced.mouth import Mouth
from voiced.patience import Patience
from voiced.stages import Clock, Microphone


@dataclass(frozen=True, slots=True)
class Manners:
    """How the assistant behaves."""

    no_speech_s: float = 8.0
    """Seconds of listening after the wake word when nobody speaks."""
    follow_up_s: float = 4.0
    """Seconds after an answer during which the wake word is not needed; 0 for never."""
    question_s: float = 8.0
    """The same after a question of the assistant's own."""
    chimes: bool = True
    """Whether a sound tells that it listens, or that something failed; a timer rings in any case."""
    patience: Patience = field(default_factory=Patience)
    """How long a silence has to last before it is the end of what is said."""
    drafts: bool = True
    """Whether an answer is prepared at a pause that may be the end of what is said."""
    failed: str = "Sorry, something went wrong."
    """The apology for a turn that failed."""


@dataclass(frozen=True, slots=True)
class Chain:
    """From the microphone to the speaker."""

    open_microphone: Callable[[], Microphone]
    ear: Ear
    mind: Mind
    mouth: Mouth
    alarm: Alarm
    chimes: Chimes
    """The assistant's own sounds."""
    clock: Clock
    activity: Activity
    manners: Manners
    advice: str = ""
    """What the person should know about the engines in use; empty where they are as good as any."""
    alive: Callable[[], None] = lambda: None
    """Called, in the conversation's thread, for each frame that the wake detector has heard, and several times a second
    while the microphone is closed on purpose; not when a thread is dead."""
