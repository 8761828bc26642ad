"""What is written down of an installed model flows in, checked, a `Record` flows out: its files and their digests.

The same stands beside the models and in bundles, which other people write.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from voiced.config.reading import build
from voiced.config.rules import Length, Pattern, Range
from voiced.config.settings import Name
from voiced.errors import ConfigError, ModelError
from voiced.models import ENDINGS

FORMAT: Final = 1
"""Of the records."""

NAMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
"""What a model may be called."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One file of an installed model, and what it has to be."""

    path: Annotated[str, Pattern(r"[^/\0]+(/[^/\0]+)?", "base.en/model.bin")]
    """Below the folder of its kind."""
    size: Annotated[int, Range(0, 1_000_000_000_000)]
    """Bytes."""
    sha256: Annotated[str, Pattern(r"[0-9a-f]{64}", "64 hexadecimal digits")]


@dataclass(frozen=True, slots=True)
class Record:
    """An installed model: what stands in its record, and in a bundle."""

    kind: Literal["stt", "llm", "tts", "wake"]
    name: Name
    files: Annotated[tuple[Pin, ...], Length(1, 20)]
    origin: Annotated[str, Length(0, 300)] = ""
    """Repository and revision; empty when nobody knows."""
    licence: Annotated[str, Length(0, 300)] = ""
    """Empty when nobody knows."""
    format: Annotated[int, Range(FORMAT, FORMAT)] = FORMAT


def read_record(table: Any) -> Record:
    """The record in a parsed JSON text. Raises ModelError when it is none, or could lead anywhere else."""
    if not isinstance(table, dict):
        raise ModelError("That is no record of a model.")
    try:
        record = build(table, Record, Path("record"))
    except ConfigError as error:
        raise ModelError(f"That is no record of a model: {str(error).splitlines()[0]}") from error
    places = [pin.path for pin in record.files]
    if len(set(places)) != len(places) or not all(_harmless(record, place) for place in places):
        raise ModelError(f"The record of {record.name} names files that a model of its kind does not have.")
    return record


def _harmless(record: Record, place: str) -> bool:
    """Whether a model of that kind and name has a file in this place."""
    if record.kind == "stt":
        folder, _, file = place.partition("/")
        return folder == record.name and not file.startswith(".") and file != ""
    whole = record.name + ENDINGS[record.kind]
    return place == whole or (record.kind == "tts" and place == f"{whole}.json")
