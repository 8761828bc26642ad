"""A configuration's text, a key and its value flow in; the same text with that value flows out, comments and all.

People write their configuration by hand, so nothing but the one line is touched; and since a line can mean something
else than it seems to (inside a text of several lines, say), the outcome is read again and compared before it is kept.
"""

import os
import re
import tempfile
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

from voiced.config.reading import build, read_table
from voiced.config.settings import Config
from voiced.errors import ConfigError
from voiced.paths import make_private


def with_value(text: str, section: str, key: str, value: bool | float) -> str | None:
    """`text` with `key = value` in its [section], which is added if it is missing; None where that cannot be done
    without touching anything else."""
    line = f"{key} = {toml(value)}"
    lines = text.splitlines(keepends=True)
    head = _find(lines, rf"\[\s*{section}\s*\]", 0, len(lines))
    if head is None:
        gap = "" if not text or text.endswith("\n") else "\n"
        changed = f"{text}{gap}{chr(10) if text.strip() else ''}[{section}]\n{line}\n"
    else:
        end = _find(lines, r"\[.*", head + 1, len(lines)) or len(lines)
        old = _find(lines, rf"{key}\s*=.*", head + 1, end)
        if old is None:
            lines[head] = lines[head].rstrip("\r\n") + "\n"
            lines.insert(head + 1, line + "\n")
        else:
            indent, comment = re.fullmatch(r"(\s*)[^#]*?(\s*(?:#.*)?)\s*", lines[old], re.S).groups()  # type: ignore[union-attr]
            lines[old] = f"{indent}{line}{comment.rstrip()}\n"
        changed = "".join(lines)
    return changed if _means(changed, text, section, key, value) else None


def set_value(path: Path, section: str, key: str, value: bool | float, mode: int = 0o600) -> None:
    """Writes the value into the file, which need not exist, and has `mode` when it is new; it changes in one move.
    Raises ConfigError when it cannot, or when the file is wrong already; then it stays as it is."""
    by_hand = f"write {key} = {toml(value)} into [{section}] yourself"
    try:
        place = path.resolve()  # a link stays one
        text = place.read_bytes().decode("utf-8-sig") if place.exists() else ""
        if text:
            build(read_table(place), Config, path)
        changed = with_value(text, section, key, value)
        if changed is None:
            raise ConfigError(f"{path} is written in a way that cannot be changed safely; {by_hand}.")
        build(tomllib.loads(changed), Config, path)
        make_private(place.parent)
        handle, temporary = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(changed)
                file.flush()
                os.fsync(handle)
            if place.exists():
                _be_like(place, temporary)
            else:
                Path(temporary).chmod(mode)
            Path(temporary).replace(place)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except (OSError, UnicodeDecodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or "it is no UTF-8 text"
        raise ConfigError(f"{path} cannot be changed ({reason}); {by_hand}.") from error


def _be_like(place: Path, temporary: str) -> None:
    """Gives `temporary` the owner, the group and the mode of `place`: the system's configuration is root's, and the
    daemon reads it by its group."""
    old = place.stat()
    with suppress(PermissionError):  # only root gives files away
        os.chown(temporary, old.st_uid, old.st_gid)
    Path(temporary).chmod(old.st_mode & 0o777)


def toml(value: bool | float) -> str:
    """A value as TOML has it."""
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"


def _find(lines: list[str], pattern: str, begin: int, end: int) -> int | None:
    """The first line that is `pattern`, but for a comment."""
    matches = (at for at in range(begin, end) if re.fullmatch(rf"\s*{pattern}\s*(#.*)?\s*", lines[at], re.S))
    return next(matches, None)


def _means(changed: str, text: str, section: str, key: str, value: bool | float) -> bool:
    """Whether `changed` says what `text` said, and the value."""
    try:
        before: dict[str, Any] = tomllib.loads(text)
        after = tomllib.loads(changed)
    except tomllib.TOMLDecodeError:
        return False
    table = before.get(section, {})
    return isinstance(table, dict) and after == before | {section: table | {key: value}}
