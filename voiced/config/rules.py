"""A value of a configuration file flows in, what is wrong with it flows out: the rules that annotations hold.

`Annotated[float, Range(0, 1)]` is a number with a rule. The texts are ends of sentences that begin with the value.
"""

import json
import re
import string
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

FROM_FILE_NAME = {"from_file_name": True}
"""Metadata of a field that is not a key: it is filled in from the file's name."""


class Wrong(ValueError):  # noqa: N818 - an answer inside the reader, no error of voiced's
    """What is wrong with one value; never leaves this module."""


class Clash(ValueError):  # noqa: N818
    """Raised by a dataclass's `__post_init__` when two of its values do not fit together.

    No frozen dataclass itself: Python attaches notes and tracebacks to exceptions."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(key, text)
        self.key = key
        """The field to name."""
        self.text = text
        """What is wrong, without a full stop."""


class Check(Protocol):
    """A rule for a value, to be put into `Annotated`."""

    def complaint(self, value: Any) -> str | None:
        """What is wrong with `value`, as the end of a sentence that begins with it; None when nothing is."""

    def __str__(self) -> str:
        """The rule in a few words, for the reference."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included."""

    low: float
    high: float

    def complaint(self, value: Any) -> str | None:
        return None if self.low <= value <= self.high else f"is out of range; choose a value from {self}"

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text that matches `expression` as a whole."""

    expression: str
    example: str

    def complaint(self, value: Any) -> str | None:
        if re.fullmatch(self.expression, value):
            return None
        if re.fullmatch(self.expression, dashed := value.replace("_", "-")):
            return f'is not understood; did you mean "{dashed}"?'
        return f"is not understood; write it {self}"

    def __str__(self) -> str:
        return f'like "{self.example}"'


@dataclass(frozen=True, slots=True)
class Length:
    """From `low` to `high` characters or entries, spaces at the ends of a text not counted."""

    low: int
    high: int

    def complaint(self, value: Any) -> str | None:
        size = len(value.strip()) if isinstance(value, str) else len(value)
        if self.low <= size <= self.high:
            return None
        return "must not be empty" if size == 0 else f"is too long; {self.high} are the limit"

    def __str__(self) -> str:
        return "" if self.high >= 4096 else f"at most {self.high} long"


@dataclass(frozen=True, slots=True)
class Distinct:
    """A list that names nothing twice."""

    def complaint(self, value: Any) -> str | None:
        return None if len(set(value)) == len(value) else "names something twice; leave it out once"

    def __str__(self) -> str:
        return "each once"


@dataclass(frozen=True, slots=True, init=False)
class Placeholders:
    """A text for `str.format` that fills in none but these names."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def complaint(self, value: Any) -> str | None:
        try:
            parts = list(string.Formatter().parse(value))
        except ValueError:
            return "has a single brace; write {{ or }} for a brace that is spoken"
        for _, name, specification, conversion in parts:
            if name is not None and (name not in self.names or specification or conversion):
                return f"fills in {{{name}}}, which is unknown here ({self})"
        return None

    def __str__(self) -> str:
        if not self.names:
            return "with nothing to fill in"
        return "may fill in " + " and ".join(f"{{{name}}}" for name in self.names)


@dataclass(frozen=True, slots=True)
class NameOrPath:
    """The name of a model, kept as it is, or a path, made absolute: `~` is expanded, and a relative path starts at the
    folder of the file that names it. It is a path when it begins with `~`, holds a slash or ends like a model."""

    endings: tuple[str, ...] = (".onnx", ".gguf")

    def resolve(self, value: str, folder: Path) -> str:
        """Raises ValueError when `~NAME` names nobody."""
        if not (value.startswith("~") or "/" in value or value.endswith(self.endings)):
            return value
        try:
            return str(folder.absolute() / Path(value).expanduser())
        except RuntimeError as error:
            raise Wrong(f"{show(value)} begins with a home folder that does not exist") from error

    def complaint(self, value: Any) -> str | None:
        return "must not hold a NUL character" if "\0" in value else None

    def __str__(self) -> str:
        return "a name or a path"


def did_you_mean(word: str, known: list[str]) -> str:
    """The end of a sentence that says which of `known` was probably meant, else lists them all."""
    close = get_close_matches(word.lower(), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    return "choose one of " + ", ".join(f"`{k}`" for k in known) if known else "leave it out"


def show(value: object) -> str:
    """A value for a message: short, and with nothing in it that a terminal would obey."""
    if isinstance(value, dict):
        return "the table"
    if isinstance(value, list):
        return "the list"
    try:
        text = json.dumps(value) if isinstance(value, bool | str) else str(value)
    except ValueError:  # Python writes out no integer of more than 4,300 digits
        return "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."
