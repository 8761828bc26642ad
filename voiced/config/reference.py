"""The dataclasses of the configuration flow in, the reference in Markdown flows out: one row per key.

`python -m voiced.config.reference docs/configuration.md` renews the tables in that file; a test compares them.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from voiced.config.rules import FROM_FILE_NAME
from voiced.config.settings import Config
from voiced.config.voice import Voice

BLOCK = "<!-- {name}: generated from the code -->\n{body}<!-- end of {name} -->\n"


def tables(cls: type) -> str:
    """One table for the keys of the dataclass `cls` itself, and one for each of its sections."""
    rows = list(_rows(cls))
    text = _table(rows) if rows else ""
    for section in fields(_any(cls)):
        if is_dataclass(section.type):
            text += f"\n### [{section.name}]\n\n{inspect.getdoc(section.type)}\n\n{_table(list(_rows(section.type)))}"
    return text


def renew(text: str) -> str:
    """The document `text` with its generated blocks made anew."""
    for name, cls in (("config.toml", Config), ("voices/NAME.toml", Voice)):
        block = BLOCK.format(name=name, body="\n" + tables(cls) + "\n")
        first, last = (re.escape(mark) for mark in BLOCK.format(name=name, body="|").split("|"))
        text = re.sub(f"{first}.*?{last}", lambda _, block=block: block, text, flags=re.S)  # type: ignore[misc]
    return text


def field_docs(cls: type) -> dict[str, str]:
    """The string under each field of a dataclass, which Python itself throws away."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    body = next(node for node in tree.body if isinstance(node, ast.ClassDef)).body
    docs: dict[str, str] = {}
    for node, after in pairwise(body):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            docs[node.target.id] = " ".join(str(after.value.value).split())
    return docs


def _any(cls: Any) -> Any:
    return cls


def _rows(cls: Any) -> Iterator[tuple[str, str, str, str]]:
    docs = field_docs(cls)
    for entry in fields(cls):
        if not is_dataclass(entry.type) and entry.metadata != FROM_FILE_NAME:
            yield f"`{entry.name}`", _takes(entry.type), _default(entry), docs[entry.name]


def _table(rows: list[tuple[str, str, str, str]]) -> str:
    lines = [("key", "takes", "default", "meaning"), ("---", "---", "---", "---"), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _default(entry: Field[Any]) -> str:
    if entry.default is MISSING:
        return "required"
    return "–" if entry.default is None else f"`{_toml(entry.default)}`"


def _toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, int | float) else f'"{value}"'


def _takes(kind: Any) -> str:
    """What an annotation accepts, in words."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return ", ".join([_takes(arguments[0]), *(str(rule) for rule in arguments[1:] if str(rule))])
    if origin is tuple:
        return f"list of: {_takes(arguments[0])}"
    if origin is Literal:
        return " or ".join(f'`"{a}"`' for a in arguments)
    if origin is UnionType or type(None) in arguments:
        return " or ".join(_takes(a) for a in arguments if a is not type(None))
    return {str: "text", bool: "`true` or `false`", int: "whole number", float: "number"}[kind]


if __name__ == "__main__":
    document = Path(sys.argv[1])
    document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")
