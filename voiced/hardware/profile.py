"""hardware/NAME.toml flows in, a profile flows out: what a class of machines can run, and what to expect of it."""

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from voiced.config.reading import build, read_table
from voiced.config.rules import FROM_FILE_NAME, Clash, Length, Range, did_you_mean, show
from voiced.config.settings import Model
from voiced.errors import ConfigError

ThreadCount: TypeAlias = Annotated[int, Range(1, 64)]
Megabytes: TypeAlias = Annotated[int, Range(10, 1_000_000)]
Celsius: TypeAlias = Annotated[int, Range(40, 110)]


@dataclass(frozen=True, slots=True)
class Match:
    """Which machines a profile is for."""

    names: tuple[Annotated[str, Length(1, 80)], ...] = ()
    """Words in the board's or the processor's name; whoever is named so, and has the memory, gets this profile."""
    architectures: tuple[str, ...] = ()
    """Otherwise: one of these; empty for any."""
    features: tuple[str, ...] = ()
    """Otherwise: all of these instruction sets."""
    cores: ThreadCount = 1
    """Otherwise: at least so many physical cores."""
    portable: bool | None = None
    """Otherwise: whether it is carried about; left out where that is all the same."""
    gpu: Literal["none", "nvidia"] = "none"
    """Otherwise: a graphics processor that it has to have."""
    memory_mb: Megabytes = 100
    """In any case: at least so much memory."""


@dataclass(frozen=True, slots=True)
class Threads:
    """How many threads each stage may use while it works."""

    wake: ThreadCount
    """The wake word; it runs all day (M7), so one."""
    stt: ThreadCount
    """The recogniser: at each pause, while nothing but the wake word and the voice detector runs."""
    llm_prefill: ThreadCount
    """The language model while it reads: ahead at the wake word, then what was said. Bound by arithmetic."""
    llm_decode: ThreadCount
    """The language model while it writes, and the voice speaks beside it. Bound by memory."""
    tts: ThreadCount
    """The synthesiser: from the first clause on, beside the language model."""


@dataclass(frozen=True, slots=True)
class Models:
    """The models that are recommended, by the catalogue's names. Left out: there is no room, and none is loaded unless
    config.toml names one."""

    stt: Model | None = None
    """For faster-whisper; left out, pocketsphinx hears."""
    llm: Model | None = None
    """For llama.cpp; left out, commands alone are answered."""
    tts: Model | None = None
    """For Piper, where the voice names none; left out, espeak-ng speaks."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the daemon may use."""

    context_tokens: Annotated[int, Range(512, 131072)]
    """Tokens of conversation that the language model holds."""
    memory_mb: Megabytes
    """Resident memory with all stages loaded: the sum of `voiced.hardware.needs`, rounded up."""
    storage_mb: Megabytes
    """Models on disk: their sum, and a fifth to spare."""


@dataclass(frozen=True, slots=True)
class Heat:
    """When it is too hot."""

    hot_c: Celsius
    """Degrees Celsius at which the machine is about to slow itself down: the daemon then does less."""
    cool_c: Celsius
    """Degrees Celsius under which it does more again."""

    def __post_init__(self) -> None:
        if self.cool_c >= self.hot_c:
            raise Clash("cool_c", f"must be below hot_c, which is {self.hot_c}")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, and where it is from."""

    value: Annotated[float, Range(0.001, 1_000_000)]
    origin: Literal["measured", "published", "estimated"]
    """With `voiced bench` on such a machine; by others, on such a machine; from figures of either kind."""
    source: Annotated[str, Length(1, 400)]
    """Whose, or how it was derived."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What its stages are to be expected to do; the times of whole answers follow (`voiced.hardware.estimate`)."""

    recognise_ms: Figure
    """Milliseconds from a pause to the words of an utterance as long as the benchmark's."""
    voice_rtf: Figure
    """Seconds that the voice takes for one second of speech."""
    prefill_tokens_s: Figure | None = None
    """Tokens that the language model reads in a second."""
    decode_tokens_s: Figure | None = None
    """Tokens that it writes in a second; no more than the bandwidth by the size of its file."""
    bandwidth_gb_s: Figure | None = None
    """1,000,000,000 bytes that the memory delivers in a second where the language model's weights are."""


@dataclass(frozen=True, slots=True)
class Profile:
    """All of hardware/NAME.toml."""

    summary: Annotated[str, Length(1, 100)]
    """The class of machines, for people."""
    drafts: bool
    """Whether to work on an answer before it is sure that the person has finished."""
    match: Match
    threads: Threads
    models: Models
    budget: Budget
    heat: Heat
    expected: Expected
    like: str | None = None
    """Another profile, whose values stand in for all that this file leaves out."""
    gpu: bool = False
    """Whether the recogniser and the language model use CUDA, where CTranslate2 and llama.cpp were built with it."""
    notes: tuple[str, ...] = ()
    """Why the numbers are what they are."""
    name: str = field(default="", metadata=FROM_FILE_NAME)
    """The file's name without its ending."""

    def __post_init__(self) -> None:
        expected = self.expected
        told = (expected.prefill_tokens_s, expected.decode_tokens_s, expected.bandwidth_gb_s)
        if any((figure is None) != (self.models.llm is None) for figure in told):
            raise Clash("expected", "has to tell how fast a language model is where there is one, and only there")


def load_profile(name: str, folder: Path) -> Profile:
    """The profile `name` in `folder`.

    Raises ConfigError when there is none of that name, or with all mistakes in its file."""
    files = {file.stem: file for file in sorted(folder.glob("*.toml"))}
    if name not in files:
        raise ConfigError(f"There is no hardware profile {show(name)}; {did_you_mean(name, list(files))}")
    table = read_table(files[name])
    like, below = table.get("like"), {}
    if isinstance(like, str):
        if like == name or like not in files:
            others = did_you_mean(like, [each for each in files if each != name])
            raise ConfigError(f"{files[name]}: like: there is no other profile {show(like)}; {others}")
        below = read_table(files[like])
    return replace(build(table, Profile, files[name], below), name=name)


def load_profiles(folder: Path) -> list[Profile]:
    """All profiles in `folder`, which is read once: a configuration that is read again is not to wait for what never
    changes. Raises ConfigError when there is none, or with all mistakes in the first wrong one."""
    return [*_all(folder)]


@cache
def _all(folder: Path) -> tuple[Profile, ...]:
    profiles = tuple(load_profile(file.stem, folder) for file in sorted(folder.glob("*.toml")))
    if not profiles:
        raise ConfigError(f"{folder} holds no hardware profiles; install voiced again.")
    return profiles
