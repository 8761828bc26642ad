"""catalogue.toml flows in, the models worth having flow out: where each is from, its weight, what it may be used for.

Facts only: what no source says is left out, and `pinned` tells whether a digest is known before the first pull.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Annotated, Final, Literal, TypeAlias

from voiced.config.reading import load
from voiced.config.rules import Clash, Length, Pattern, Range, show
from voiced.config.settings import Name
from voiced.errors import ModelError
from voiced.hardware.profile import Profile
from voiced.models import ENDINGS, Kind

FILE: Final = Path(__file__).parent / "catalogue.toml"

Text: TypeAlias = Annotated[str, Length(1, 300)]
Sha256: TypeAlias = Annotated[str, Pattern(r"[0-9a-f]{64}", "64 hexadecimal digits")]
Md5: TypeAlias = Annotated[str, Pattern(r"[0-9a-f]{32}", "32 hexadecimal digits")]

ANY_LANGUAGE: Final = "*"


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a model on the hub."""

    path: Annotated[str, Pattern(r"[A-Za-z0-9][\w.+-]*(/[\w.+-]*[\w+-][\w.+-]*)*", "folder/model.bin")]
    """In its repository there."""
    size: Annotated[int, Range(1, 100_000_000_000)]
    """Bytes."""
    sha256: Sha256 | None = None
    """As the hub or a project that pins it says."""
    md5: Md5 | None = None
    """As Piper's own list says."""

    @property
    def name(self) -> str:
        """Without its folders."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Entry:
    """One model."""

    name: Name
    """What config.toml, voices and profiles call it."""
    kind: Literal["stt", "llm", "tts"]
    summary: Text
    repo: Annotated[str, Pattern(r"[\w.-]+/[\w.-]+", "owner/name")]
    """Its repository on the hub."""
    revision: Annotated[str, Pattern(r"[\w.-]+", "main")]
    """A commit, or a branch where no source names a commit."""
    licence: Text
    languages: Annotated[tuple[Annotated[str, Pattern(r"[a-z]{2,3}|\*", "en")], ...], Length(1, 50)]
    """"*" stands for many."""
    speed: Literal["light", "middle", "heavy"]
    """Keeps up on a Raspberry Pi 4; on a Raspberry Pi 5 or a mini PC; on a desktop."""
    memory_mb: Annotated[int, Range(10, 100_000)]
    """Megabytes that the loaded engine takes, without the conversation."""
    source: Text
    """Who says so."""
    files: Annotated[tuple[HubFile, ...], Length(1, 12)]
    free: bool = True
    """Whether it may be used, changed and passed on for every purpose."""
    token_bytes: Annotated[int, Range(1, 10_000_000)] | None = None
    """Of a language model: memory that one token of conversation takes; None where no source says."""

    def __post_init__(self) -> None:
        places = [self.place(file) for file in self.files]
        wanted = {"llm": 1, "tts": 2}.get(self.kind, len(places))
        if len(set(places)) != len(places) or len(places) != wanted:
            raise Clash("files", f"are not those that a model of the kind {self.kind} has")

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.size for file in self.files)

    @property
    def pinned(self) -> bool:
        """Whether the digest of every file is known before the first pull."""
        return all(file.sha256 or file.md5 for file in self.files)

    @property
    def origin(self) -> str:
        """Repository and revision."""
        return f"{self.repo}@{self.revision}"

    def memory_with(self, context_tokens: int) -> int:
        """Megabytes that the loaded engine takes with so many tokens of conversation, as far as that is known."""
        return self.memory_mb + (self.token_bytes or 0) * context_tokens // 1_000_000

    def speaks(self, language: str) -> bool:
        """Whether it is for `language` (such as "en")."""
        return language in self.languages or ANY_LANGUAGE in self.languages

    def place(self, file: HubFile) -> str:
        """What a file is called below the folder of its kind, as voiced.models looks for it."""
        if self.kind == "stt":
            return f"{self.name}/{file.name}"
        return self.name + ENDINGS[self.kind] + (".json" if file.name.endswith(".json") else "")


@dataclass(frozen=True, slots=True)
class WakeWord:
    """One wake word that comes along."""

    name: Name
    """What config.toml and voices call it."""
    summary: Text
    origin: Text
    """The package that brings it, and its version."""
    file: Annotated[str, Pattern(r"[A-Za-z0-9][\w.-]*\.onnx", "word.onnx")]
    """What it is called there."""
    size: Annotated[int, Range(1, 100_000_000)]
    """Bytes."""
    sha256: Sha256
    licence: Text
    free: bool
    """As of an `Entry`."""
    languages: Annotated[tuple[Annotated[str, Pattern(r"[a-z]{2,3}", "en")], ...], Length(1, 50)]
    memory_mb: Annotated[int, Range(1, 1000)]
    """Megabytes that the first of them takes, once it has been used."""
    source: Text
    """Who says so."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All of catalogue.toml."""

    models: Annotated[tuple[Entry, ...], Length(1, 500)]
    wake_words: Annotated[tuple[WakeWord, ...], Length(0, 100)] = ()

    def __post_init__(self) -> None:
        names = [*(entry.name for entry in self.models), *(word.name for word in self.wake_words)]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise Clash("models", f"has {twice[0]} twice")


def load_catalogue(file: Path = FILE) -> dict[str, Entry]:
    """The models by name; the file is read once. Raises ConfigError with every mistake in it."""
    return {entry.name: entry for entry in _read(file).models}


def load_wake_words(file: Path = FILE) -> dict[str, WakeWord]:
    """The wake words that come along, in the same way."""
    return {word.name: word for word in _read(file).wake_words}


@cache
def _read(file: Path) -> Catalogue:
    return load(file, Catalogue)


def find_entry(catalogue: Mapping[str, Entry], name: str) -> Entry:
    """The model called `name`. Raises ModelError with a suggestion."""
    if name in catalogue:
        return catalogue[name]
    close = get_close_matches(name, catalogue, n=1)
    meant = f"did you mean `{close[0]}`?" if close else "`voiced models list` shows those that it has."
    raise ModelError(f"The catalogue has no model {show(name)}; {meant}")


def recommended(
    catalogue: Mapping[str, Entry], profile: Profile, language: str, chosen: Mapping[Kind, str | None]
) -> dict[Kind, str]:
    """The name of the model of each kind that suits the machine and the `language` (such as "de"); `chosen` are those
    that configuration and voice name, which win. Paths, and names that the catalogue lacks, are left out, and so is
    what the machine has no room for."""
    wanted: dict[Kind, str | None] = {
        "stt": chosen.get("stt") or profile.models.stt,
        "llm": chosen.get("llm") or profile.models.llm,
        "tts": chosen.get("tts") or profile.models.tts,
    }
    found: dict[Kind, str] = {}
    for kind, name in wanted.items():
        if name is None:
            continue
        # A profile knows English recognisers; each has a sibling for all languages.
        siblings: Iterable[str] = (name, name.removesuffix(".en"))
        suits = [each for each in siblings if each in catalogue and catalogue[each].speaks(language)]
        if not suits and kind == "tts":  # and an English voice
            suits = [
                each.name for each in catalogue.values() if each.kind == kind and each.free and each.speaks(language)
            ]
        if suits and catalogue[suits[0]].kind == kind:
            found[kind] = suits[0]
    return found
