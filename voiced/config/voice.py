"""A voice's name flows in, a `Voice` flows out: who the assistant is, how it speaks and what it listens to.

One TOML file each. A file may be `like` another one and say only what differs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from voiced.config.reading import build, read_table
from voiced.config.rules import FROM_FILE_NAME, Length, Pattern, Placeholders, Range, did_you_mean, show
from voiced.config.settings import Model, Name, Words
from voiced.errors import ConfigError

Said: TypeAlias = Annotated[str, Length(1, 300), Placeholders()]
"""A sentence to be spoken. 300 characters take twenty seconds."""

Melody: TypeAlias = Annotated[tuple[Annotated[float, Range(100, 8000)], ...], Length(0, 12)]
"""Tones after each other, in Hz; none is silence. 8,000 is what a 16 kHz speaker can still play."""


@dataclass(frozen=True, slots=True)
class Speech:
    """How the voice sounds."""

    model: Model | None = None
    """Piper's voice: its name, or the path of an .onnx file beside its .onnx.json. Left out: as the hardware
    profile says, which knows English only."""
    speaker: Annotated[int, Range(0, 100_000)] | None = None
    """Which of a Piper voice's several speakers, by number. Left out: the first."""
    speed: Annotated[float, Range(0.5, 2)] = 1.0
    """How fast, as a multiple of the model's own pace."""
    variation: Annotated[float, Range(0, 2)] | None = None
    """How lively Piper speaks, as a multiple of what the model's file says: 0 says a sentence the same way each time.
    Left out: 1."""
    espeak: Annotated[str, Pattern(r"[a-z]{2,3}[A-Za-z0-9+_-]{0,40}", "en-us")] | None = None
    """espeak-ng's voice, which stands in where Piper cannot be used. Left out: that of the language."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What the assistant says of its own accord, in the voice's language. Fill in with `str.format`."""

    failed: Said
    """A stage failed, and the turn with it."""
    no_model: Said
    """A question came, and there is no language model on this machine."""
    not_understood: Said
    """Words were heard, but made no sense."""
    nothing_to_repeat: Said
    """Asked to repeat, before anything was said."""
    timer_ended: Said
    """A timer without a name rings."""
    named_timer_ended: Annotated[str, Length(1, 300), Placeholders("name")]
    """A timer with a name rings."""
    missed_timer: Annotated[str, Length(1, 300), Placeholders("time")]
    """A timer without a name came due while the daemon was down; `time` is the time of day in words."""
    missed_named_timer: Annotated[str, Length(1, 300), Placeholders("name", "time")]
    """A timer with a name came due while the daemon was down."""
    engine_replaced: Annotated[str, Length(1, 300), Placeholders("wanted", "used")]
    """The engine `wanted` cannot be used, and `used` took its place."""
    engine_missing: Annotated[str, Length(1, 300), Placeholders("wanted")]
    """The engine `wanted` cannot be used, and there is none left."""


@dataclass(frozen=True, slots=True)
class ChimeTones:
    """Short sounds that are no words, as tones to play. An empty list is silence."""

    wake_hz: Melody = (660.0, 880.0)
    """It listens: a fourth upwards, as a question ends."""
    failed_hz: Melody = (440.0, 330.0)
    """Something failed: the same downwards, lower."""
    ring_hz: Melody = (880.0, 1109.0, 1319.0, 1109.0)
    """A timer is over; repeated until somebody stops it. A major chord, in the band in which ears are keenest."""
    tone_ms: Annotated[int, Range(20, 1000)] = 90
    """Milliseconds per tone: two take less time than the gap between two people's turns."""


@dataclass(frozen=True, slots=True)
class Voice:
    """All of voices/NAME.toml."""

    language: Annotated[str, Pattern(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", "en")]
    """What is spoken, by people and by the assistant: "en", "de", "pt-BR"."""
    wake_words: Words
    """Wake words, by name or as paths of .onnx files."""
    persona: Annotated[str, Length(1, 4000)]
    """The instruction that every conversation with the language model begins with. Short: it costs memory, and time
    whenever it changes; 4,000 characters are about 1,000 tokens, half of a small machine's context."""
    phrases: Phrases
    like: Name | None = None
    """Another voice, whose values stand in for all that this file leaves out."""
    description: Annotated[str, Length(0, 200)] = ""
    """One line for the list of voices."""
    speech: Speech = field(default_factory=Speech)
    chimes: ChimeTones = field(default_factory=ChimeTones)
    name: str = field(default="", metadata=FROM_FILE_NAME)
    """The file's name without its ending."""

    @property
    def base_language(self) -> str:
        """The language without its variant: "en" for "en-GB"."""
        return self.language.split("-", maxsplit=1)[0]

    @property
    def espeak(self) -> str:
        """espeak-ng's voice for it."""
        return self.speech.espeak or ("en-us" if self.language == "en" else self.language.lower())


def list_voices(folders: Iterable[Path]) -> dict[str, Path]:
    """The voices' names and files, by name. Earlier folders win; missing ones are passed over."""
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.glob("*.toml")):
            found.setdefault(file.stem, file)
    return dict(sorted(found.items()))


def load_voice(name: str, folders: Sequence[Path]) -> Voice:
    """The voice `name` from the first of `folders` that has it: the user's own first.

    Raises ConfigError when there is none of that name, or with all mistakes in its file."""
    # The name is looked up in a list and never made into a path: over D-Bus it comes from other programs.
    file = list_voices(folders).get(name)
    if file is None:
        raise ConfigError(f"There is no voice {show(name)}; {did_you_mean(name, list(list_voices(folders)))}")
    return read_voice(file, folders)


def read_voice(file: Path, folders: Sequence[Path]) -> Voice:
    """The voice in `file`, wherever that is; voices that it is `like` come from `folders`.

    Raises ConfigError with all mistakes in it."""
    return _load(file, folders, (file,))


def _load(file: Path, folders: Sequence[Path], chain: tuple[Path, ...]) -> Voice:
    """The voice in `file`; `chain` holds the files that lead to it by `like`, and itself."""
    table = read_table(file)
    defaults: dict[str, Any] = {}
    if "like" in table:
        like = table["like"] if isinstance(table["like"], str) else ""
        # A user's own "default" may be like the "default" that it replaces, so files are told apart, not names.
        others = [{n: f for n, f in list_voices([folder]).items() if f not in chain} for folder in folders]
        parent = next((voices[like] for voices in others if like in voices), None)
        if parent is None:
            hint = did_you_mean(like, sorted({name for voices in others for name in voices}))
            raise ConfigError(f"{file}: like: there is no other voice {show(table['like'])}; {hint}")
        defaults = asdict(_load(parent, folders, (*chain, parent)))
        del defaults["name"], defaults["like"], defaults["description"]
    return replace(build(table, Voice, file, defaults), name=file.stem)
