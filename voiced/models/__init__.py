"""A model's name or path flows in, the file or folder to load flows out, if it is there.

Three places are looked at, one after the other: the model that was asked for; any other that the user installed; the
starter model that comes with voiced, small and trained by this project, so that there is one in every house.
"""

from operator import itemgetter
from pathlib import Path
from typing import Final, Literal, TypeAlias

from voiced.paths import Paths

Kind: TypeAlias = Literal["stt", "llm", "tts", "wake"]

ENDINGS: Final[dict[Kind, str]] = {"stt": "", "llm": ".gguf", "tts": ".onnx", "wake": ".onnx"}
"""What the kinds' files end in; a recogniser is a folder."""

STARTERS: Final[dict[Kind, str]] = {"stt": "recogniser", "llm": "language.gguf", "tts": "voice.onnx"}
"""Files and folders of the starter models; wake words come with openWakeWord instead."""

STARTER_LANGUAGE: Final = "en"
"""What they hear, think and speak."""


def folder(kind: Kind, paths: Paths) -> Path:
    """Where models of this kind are installed."""
    return paths.data / "models" / kind


def find(kind: Kind, wanted: str, paths: Paths) -> Path | None:
    """The model called `wanted`, by name or by path; None when there is no such file or folder."""
    if wanted in ("", ".", ".."):  # no names, but folders that exist
        return None
    if "/" in wanted:
        place = Path(wanted)
    else:
        place = folder(kind, paths) / (wanted if wanted.endswith(ENDINGS[kind]) else wanted + ENDINGS[kind])
    return place if there(place) else None


def there(place: Path) -> bool:
    """Whether there is anything; where nobody may look, or under a name that no file can have, there is not."""
    try:
        return place.exists()
    except OSError:  # ENAMETOOLONG, EACCES
        return False


def others(kind: Kind, language: str, paths: Paths) -> list[Path]:
    """Installed models of `kind` that suit `language` (such as "en"), by their names, the largest first: of two that
    somebody chose to install, the larger is the better one."""
    try:
        names = [each.name for each in folder(kind, paths).iterdir()]
    except OSError:  # there is none, or nobody may look into it
        return []
    fit = [name for name in names if name.endswith(ENDINGS[kind]) and suits(kind, name, language)]
    places = {place: size(kind, place) for place in (folder(kind, paths) / name for name in fit)}
    found = [(place, its) for place, its in places.items() if its is not None]
    return [place for place, _ in sorted(found, key=itemgetter(1), reverse=True)]


def starter(kind: Kind, language: str, folder: Path) -> Path | None:
    """The starter model of `kind` in `folder`; None where there is none that knows `language` (such as "en")."""
    place = folder / STARTERS.get(kind, "")
    return place if kind in STARTERS and language == STARTER_LANGUAGE and there(place) else None


def suits(kind: Kind, name: str, language: str) -> bool:
    """Whether a model with this name may be for `language` (such as "en"): Piper's voices begin with theirs, English
    Whispers are called so, and hidden files are none."""
    if kind == "tts":
        return name.startswith((f"{language}_", f"{language}-"))
    return not name.startswith(".") and (kind == "llm" or language == "en" or not name.endswith((".en", "-en")))


def size(kind: Kind, place: Path) -> int | None:
    """Bytes of a model's file, or of all in a recogniser's folder; None where there is neither, but a link to a disk
    that was taken away, or what nobody may look at."""
    try:
        if ENDINGS[kind]:
            return place.stat().st_size if place.is_file() else None
        files = [file for file in place.rglob("*") if file.is_file()]
        return sum(file.stat().st_size for file in files) if place.is_dir() else None
    except OSError:
        return None
