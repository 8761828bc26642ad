"""A model's name or path flows in, the file or folder to load flows out, if it is there."""

from pathlib import Path
from typing import Final, Literal, TypeAlias

from voiced.paths import Paths

Kind: TypeAlias = Literal["stt", "llm", "tts"]

ENDINGS: Final[dict[Kind, str]] = {"stt": "", "llm": ".gguf", "tts": ".onnx"}
"""What the kinds' files end in; a recogniser is a folder."""


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
    return place if place.exists() else None
