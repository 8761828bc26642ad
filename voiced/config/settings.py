"""What can be configured: config.toml flows in, a `Config` flows out, whose sections go each to one stage.

Every key has a default, so that no file is needed. The strings under the fields are the reference in
docs/configuration.md.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from voiced.config.reading import load
from voiced.config.rules import Clash, Distinct, Length, NameOrPath, Pattern, Range
from voiced.errors import ConfigError
from voiced.paths import Paths

Name: TypeAlias = Annotated[str, Pattern(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", "default")]
"""The name of a voice or a profile: a file's name without its ending."""

Words: TypeAlias = Annotated[tuple[Annotated[str, Length(1, 4096), NameOrPath()], ...], Length(1, 8), Distinct()]
"""Wake words: names of models that openWakeWord brings along, or paths of .onnx files. Each costs its share of one
core all day, and each one more is one more chance of a false wake: eight are plenty."""

Address: TypeAlias = Annotated[str, Pattern(r"(https?://[^\s/]\S*)?", "https://mirror.example")]
"""Where something is on the network; empty for none."""

Model: TypeAlias = Annotated[str, Length(1, 4096), NameOrPath()]
"""A model's name in the catalogue, or an absolute path."""

SttEngine: TypeAlias = Literal["faster-whisper", "pocketsphinx"]
WhileTalking: TypeAlias = Literal["lower", "pause", "leave"]
TtsEngine: TypeAlias = Literal["piper", "espeak-ng"]


@dataclass(frozen=True, slots=True)
class MicrophoneSettings:
    """Where sound comes in."""

    device: str = ""
    """A part of the device's name, as `voiced devices` lists it. Empty: the system's default, which follows the
    desktop's own settings."""


@dataclass(frozen=True, slots=True)
class SpeakerSettings:
    """Where sound goes out."""

    device: str = ""
    """A part of the device's name, as `voiced devices` lists it. Empty: the system's default."""
    volume: Annotated[float, Range(0, 1)] = 0.8
    """Gain, 0 to 1. What people change by voice or over D-Bus holds until this value is edited. Not 1, so that "louder"
    has somewhere to go."""
    lead_in_ms: Annotated[int, Range(0, 3000)] = 60
    """Milliseconds of silence before the first sound after a pause. Sleeping devices swallow the first 50 to 500 ms
    (USB) or 1000 to 1500 ms (HDMI); 60 covers the quick ones and delays an answer by less than a person notices."""


@dataclass(frozen=True, slots=True)
class WakeSettings:
    """How sure the wake word must be."""

    threshold: Annotated[float, Range(0.05, 0.99)] = 0.5
    """Confidence that two frames in a row must reach, 0.05 to 0.99. At 0.5 "alexa" woke for 311 of 315 people and
    never falsely in 89 minutes of speech; "hey_jarvis" misses one voice in four there and none of these at 0.3.
    `voiced wake test` finds the one for your voice and room."""
    verifier: bool = False
    """Whether the wake word has to come in a voice that `voiced wake verify-me` has learnt. It keeps most others and
    the television from waking it, and is no lock. A word for which no voice was learnt is obeyed in any."""


@dataclass(frozen=True, slots=True)
class EndpointingSettings:
    """When a person has finished speaking."""

    silence_ms: Annotated[int, Range(200, 5000)] = 750
    """Milliseconds of silence that end a turn of which it cannot be told whether it is complete. People take turns
    after 200 ms, but pause inside a sentence for longer, and are noticed to go on a little after they do:
    with 700, one pause of 0.7 s in six ended the turn. Comparable assistants wait 500 to 800."""
    complete_ms: Annotated[int, Range(200, 5000)] = 300
    """The same after a whole command, and after what the language model takes for a whole sentence."""
    unfinished_ms: Annotated[int, Range(200, 5000)] = 1200
    """The same after a word such as "for", which asks for another."""
    pause_ms: Annotated[int, Range(50, 5000)] = 180
    """Milliseconds of silence after which work on an answer starts in the hope that the turn is over; thrown away when
    the person goes on. Stops inside a word are shorter; the gap between people's turns is 200."""
    max_utterance_s: Annotated[float, Range(2, 30)] = 30
    """Seconds after which a turn ends although sound goes on. Whisper reads 30 at most."""
    no_speech_s: Annotated[float, Range(1, 60)] = 8
    """Seconds to wait for the first word after the wake word, before going back to sleep: time to think, and short
    enough that a false wake passes unnoticed."""

    def __post_init__(self) -> None:
        for name in ("silence_ms", "complete_ms"):
            if self.pause_ms > (longer := getattr(self, name)):
                raise Clash("pause_ms", f"{self.pause_ms} is longer than {name} ({longer}); it must not be longer")


@dataclass(frozen=True, slots=True)
class ConversationSettings:
    """How the assistant behaves between turns."""

    follow_up_s: Annotated[float, Range(0, 60)] = 5
    """Seconds after an answer in which the person may go on without the wake word, counted from the moment the speaker
    is silent. 0: only when the assistant has asked something. Long enough to think of a reply, short enough that talk
    to others in the room is rarely taken for one."""
    question_s: Annotated[float, Range(1, 60)] = 8
    """Seconds in which a question of the assistant's own may be answered without the wake word: as long as it waits
    after the wake word itself."""
    chimes: bool = True
    """Whether short sounds tell that it listens, or that something failed."""
    ring_minutes: Annotated[float, Range(0.1, 60)] = 5
    """Minutes that a timer rings when nobody stops it: long enough to come in from the garden, short enough not to
    ring into an empty house."""


@dataclass(frozen=True, slots=True)
class SttSettings:
    """Speech to text."""

    engines: Annotated[tuple[SttEngine, ...], Length(1, 2), Distinct()] = ("faster-whisper", "pocketsphinx")
    """The recognisers, the best first; when one cannot be used, the next takes over."""
    model: Model | None = None
    """For faster-whisper: the model's name, or the path of a CTranslate2 folder. Left out: as the hardware profile
    says."""
    partials: bool = True
    """For faster-whisper: whether it looks at what is said while it is being said, so that less is left to do at the
    end. Takes about a third of a core while somebody speaks to voiced; not done where the hardware profile drafts
    nothing."""


@dataclass(frozen=True, slots=True)
class LlmSettings:
    """The language model, which answers what no command covers."""

    model: Model | None = None
    """The model's name, or the path of a .gguf file. Left out: as the hardware profile says."""
    context_tokens: Annotated[int, Range(512, 131072)] | None = None
    """Tokens of conversation that the model can hold; each costs memory. Left out: as the hardware profile says."""
    max_tokens: Annotated[int, Range(16, 4096)] = 200
    """Tokens of one answer at most. About 200 take a minute to speak, more than anybody listens to."""
    temperature: Annotated[float, Range(0, 2)] | None = None
    """How freely words are chosen: 0 is always the likeliest, 1 as the model was trained. Left out: 0.3, low, because a
    spoken answer has to be right rather than original, and not 0, at which small models fall into loops; 0.1 for the
    starter model, which is right more often then."""

    def __post_init__(self) -> None:
        if self.context_tokens is not None and self.max_tokens > self.context_tokens // 2:
            raise Clash(
                "max_tokens",
                f"{self.max_tokens} is more than half of context_tokens ({self.context_tokens}); the question and the "
                "conversation need the other half",
            )


@dataclass(frozen=True, slots=True)
class TtsSettings:
    """Text to speech."""

    engines: Annotated[tuple[TtsEngine, ...], Length(1, 2), Distinct()] = ("piper", "espeak-ng")
    """The synthesisers, the best first; when one cannot be used, the next takes over."""
    model: Model | None = None
    """For Piper: the voice's name, or the path of an .onnx file beside its .onnx.json. Left out: as the voice says."""


@dataclass(frozen=True, slots=True)
class ModelsSettings:
    """How `voiced models pull` gets at models. The daemon itself never goes there."""

    mirror: Address = ""
    """The address of a mirror. Empty: the model hub. `--mirror`, VOICED_MODELS_MIRROR and HF_ENDPOINT win."""
    proxy: Address = ""
    """The address of the proxy on the way. Empty: none. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY win."""


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """Media players on the desktop's session bus."""

    while_talking: WhileTalking = "lower"
    """What is done to players that play while voiced listens and speaks, and undone afterwards: lowered to a fifth
    (paused, where a player has no volume), paused, or left alone."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is written to the log."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severity that is written."""
    transcripts: bool = False
    """Whether what people say, and what they are answered, is written too. Off: the log is nobody's diary."""


@dataclass(frozen=True, slots=True)
class Config:
    """All of config.toml."""

    voice: Name = "default"
    """The voice: a file in voices/, the user's own or one that voiced brings along; `voiced voices` lists them. One
    that is chosen over D-Bus holds until this value is edited."""
    wake_words: Words | None = None
    """Wake words, by name or as paths of .onnx files. Left out: as the voice says."""
    profile: Name | None = None
    """The hardware profile. Left out: chosen by looking at the machine; `voiced hardware` says which and why."""
    microphone: MicrophoneSettings = field(default_factory=MicrophoneSettings)
    speaker: SpeakerSettings = field(default_factory=SpeakerSettings)
    wake: WakeSettings = field(default_factory=WakeSettings)
    endpointing: EndpointingSettings = field(default_factory=EndpointingSettings)
    conversation: ConversationSettings = field(default_factory=ConversationSettings)
    stt: SttSettings = field(default_factory=SttSettings)
    llm: LlmSettings = field(default_factory=LlmSettings)
    tts: TtsSettings = field(default_factory=TtsSettings)
    models: ModelsSettings = field(default_factory=ModelsSettings)
    media: MediaSettings = field(default_factory=MediaSettings)
    log: LogSettings = field(default_factory=LogSettings)


def load_config(path: Path | None, paths: Paths) -> Config:
    """The configuration in `path`, as `--config` names it, else in the usual place, where it may be missing.

    Raises ConfigError that lists every mistake."""
    if path is not None:
        return load(path, Config)
    usual = paths.config_file
    try:
        usual.lstat()  # not exists(): a link that leads nowhere is a mistake worth telling
    except FileNotFoundError:
        return Config()
    except OSError as error:
        raise ConfigError(f"{usual}: cannot be read ({error.strerror}); make it readable, or remove it.") from error
    return load(usual, Config)
