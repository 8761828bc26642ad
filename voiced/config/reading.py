"""A TOML file flows in, a frozen dataclass flows out, or one ConfigError that lists every mistake in the file.

Used for the configuration, the voices and the hardware profiles alike. A dataclass says with its annotations what it
takes: `Annotated[float, Range(0, 1)]`. TOML's types are taken at their word: "5" is no number, true is no 1.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, cast, get_args, get_origin

from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override

from voiced.config.plain import plainly
from voiced.config.rules import FROM_FILE_NAME, Clash, NameOrPath, Wrong, did_you_mean, show
from voiced.errors import ConfigError

T = TypeVar("T")

LIMIT = 1_000_000
"""Bytes. Nobody writes a longer configuration; a model or /dev/zero given by mistake is refused at once."""


def load(path: Path, cls: type[T], defaults: Mapping[str, Any] | None = None) -> T:
    """The dataclass `cls` from the TOML file `path`; `defaults` stand in for keys that the file leaves out.

    Raises ConfigError with one line per mistake: file, dotted key, what is wrong, what to do."""
    return build(read_table(path), cls, path, defaults)


def read_table(path: Path) -> dict[str, Any]:
    """The file's contents. Raises ConfigError when it cannot be read or is no TOML."""
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ConfigError(f"{path}: cannot be read ({reason}); name a TOML file that exists and is yours.") from error
    if len(content) > LIMIT:
        raise ConfigError(f"{path}: is larger than a megabyte; it cannot be meant as a configuration.")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))  # some editors begin a text with a byte order mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}: line {line} is not UTF-8 text; save the file as UTF-8.") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: its values are nested too deeply; write them as plain tables.") from error
    except ValueError as error:  # TOMLDecodeError, and numbers of thousands of digits
        told = plainly(content.decode("utf-8-sig").replace("\r\n", "\n"), str(error))
        raise ConfigError(f"{path}: {told or f'is not valid TOML: {error}'}.") from error


def build(table: dict[str, Any], cls: type[T], path: Path, defaults: Mapping[str, Any] | None = None) -> T:
    """The dataclass `cls` from a parsed table; `path` is named in the mistakes, relative paths start in its folder."""
    try:
        return _converter(path.parent).structure(_overlay(defaults or {}, table), cls)
    except ClassValidationError as error:
        lines = [_line(path, _dotted(key), text) for key, text in _mistakes(error, (), cls)]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from error
    except Wrong as error:
        raise ConfigError(_line(path, "", str(error))) from error


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with what `above` says instead, table by table."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = _overlay(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def _line(path: Path, key: str, text: str) -> str:
    return f"{path}: {key + ': ' if key else ''}{text}{'' if text.endswith('?') else '.'}"


def _dotted(key: tuple[str | int, ...]) -> str:
    parts = [f"[{k}]" if isinstance(k, int) else k if re.fullmatch(r"[\w-]+", k, re.A) else json.dumps(k) for k in key]
    return ".".join(parts).replace(".[", "[")


def _mistakes(group: BaseException, key: tuple[str | int, ...], root: type) -> Iterator[tuple[Any, str]]:
    """Walks cattrs's tree of errors: the key's parts, and what is wrong there."""
    if isinstance(group, ClassValidationError | IterableValidationError):
        for error in group.exceptions:
            where: tuple[str | int, ...] = ()
            for note in getattr(error, "__notes__", ()):
                if isinstance(note, AttributeValidationNote):
                    where = (note.name,)
                elif isinstance(note, IterableValidationNote):
                    where = (note.index,)
            yield from _mistakes(error, key + where, root)
    elif isinstance(group, ForbiddenExtraKeysError):
        for unknown in sorted(group.extra_fields):
            yield (*key, unknown), _unknown(unknown, group.cl, root)
    elif isinstance(group, Clash):
        yield (*key, group.key), group.text
    elif isinstance(group, KeyError):
        yield key, "is missing; add it"
    else:
        yield key, str(group)


def _unknown(key: str, cls: type, root: type) -> str:
    """Says what an unknown key of `cls` should have been: a similar one, or the same one in another section."""
    sections = {f.name: cast(type, f.type) for f in fields(cast(Any, root)) if is_dataclass(f.type)}
    homes = [name for name, section in sections.items() if key in _keys(section) and section is not cls]
    if homes:
        return f"there is no such key here; did you mean `{key}` in [{homes[0]}]?"
    if cls is not root and key in _keys(root):
        return f"there is no such key here; move `{key}` above the first [section]"
    return f"there is no such key; {did_you_mean(key, _keys(cls))}"


def _keys(cls: type) -> list[str]:
    return [f.name for f in fields(cast(Any, cls)) if f.metadata != FROM_FILE_NAME]


def _converter(folder: Path) -> Converter:
    """A strict cattrs converter. One per file, because relative paths depend on the file's folder."""
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    for kind, what in ((str, "a text in quotes"), (bool, "true or false"), (int, "a whole number")):
        converter.register_structure_hook(kind, _exactly(kind, what))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_factory(_made_of(Literal), _literal_hook)
    converter.register_structure_hook_factory(_made_of(tuple), lambda t: _list_hook(t, converter))
    converter.register_structure_hook_factory(_made_of(Annotated), lambda t: _annotated_hook(t, converter, folder))
    converter.register_structure_hook_factory(
        lambda t: isinstance(t, type) and is_dataclass(t), lambda t: _table_hook(t, converter)
    )
    return converter


Hook: TypeAlias = Callable[[Any, Any], Any]


def _made_of(origin: Any) -> Callable[[Any], bool]:
    return lambda kind: get_origin(kind) is origin


def _exactly(kind: type, what: str) -> Hook:
    def hook(value: Any, _: Any) -> Any:
        if type(value) is not kind:  # isinstance would take true for 1
            raise Wrong(f"{show(value)} is not {what}")
        return value

    return hook


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        raise Wrong(f"{show(value)} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise Wrong(f"{show(value)} is not a finite number")
    return number


def _literal_hook(kind: Any) -> Hook:
    allowed = [str(a) for a in get_args(kind)]

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, str) or value not in allowed:
            raise Wrong(f"{show(value)} is not possible; {did_you_mean(str(show(value)).strip(chr(34)), allowed)}")
        return value

    return hook


def _list_hook(kind: Any, converter: Converter) -> Hook:
    (element, *_) = get_args(kind)

    def hook(value: Any, _: Any) -> Any:
        if not isinstance(value, list | tuple):
            raise Wrong(f"{show(value)} is not a list; write it in [ ]")
        return tuple(converter.structure(value, list[element]))  # type: ignore[valid-type]

    return hook


def _annotated_hook(kind: Any, converter: Converter, folder: Path) -> Hook:
    base, *rules = get_args(kind)

    def hook(value: Any, _: Any) -> Any:
        result = converter.structure(value, base)
        for rule in rules:
            complaint = rule.complaint(result)
            if complaint:
                raise Wrong(f"{show(value)} {complaint}")
            if isinstance(rule, NameOrPath):
                result = rule.resolve(result, folder)
        return result

    return hook


def _table_hook(cls: Any, converter: Converter) -> Hook:
    hidden: dict[str, Any] = {f.name: override(omit=True) for f in fields(cls) if f.metadata == FROM_FILE_NAME}
    structure: Hook = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **hidden)

    def hook(value: Any, kind: Any) -> Any:
        if not isinstance(value, dict):
            raise Wrong(f"{show(value)} is not a table; write it as a [section]")
        return structure(value, kind)

    return hook
