"""Where voiced is flows in; how systemd and D-Bus write that, or why a service could not start it, flows out."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from voiced.errors import InstallError

HIDDEN: Final = {"user": ("/tmp", "/var/tmp"), "system": ("/tmp", "/var/tmp", "/home", "/root", "/run/user")}
"""What the units do not see of the file system: PrivateTmp= and ProtectHome=."""


def own() -> Path:
    """The program beside this interpreter."""
    return Path(sys.executable).with_name("voiced")


def check(program: Path, kind: Literal["user", "system"], *, here: bool) -> None:
    """Raises InstallError when the unit could not start `program`; only `here`, not in a tree, is it looked at."""
    if not program.is_absolute() or ".." in program.parts:
        raise InstallError(f"A unit needs the whole path of the program, beginning with /, which {program} is not.")
    if not str(program).isprintable() or set(str(program)) & set("\"'`\\$"):
        raise InstallError(
            f"No unit can start {str(program)!r}: put voiced where no quote, \\, $ or the like is needed."
        )
    for place in _needed(program) if here else (program,):
        for folder in HIDDEN[kind]:
            if place.is_relative_to(folder):
                raise InstallError(
                    f"The {kind}'s service could not start voiced: it is walled off from {folder}, where {place} is; "
                    "install the package, or put the checkout or the environment under /opt and install from there."
                )
    if here and not (program.is_file() and os.access(program, os.X_OK)):
        raise InstallError(f"There is no program {program}; say where voiced is with --program FILE.")


def in_unit(program: Path) -> str:
    """As ExecStart= has it, where a percent sign begins a specifier."""
    return in_activation(program).replace("%", "%%")


def from_unit(text: str) -> str | None:
    """The program that a unit starts; None when it names none."""
    found = re.search(r'^ExecStart=[-+!:@]*(?:"([^"\n]+)"|(\S+))', text, re.M)
    return (found[1] or found[2]).replace("%%", "%") if found else None


def in_activation(program: Path) -> str:
    """As Exec= of D-Bus has it."""
    return str(program) if re.fullmatch(r"[\w@%+=:,./-]+", str(program)) else f'"{program}"'


def _needed(program: Path) -> Iterator[Path]:
    """The files without which it does not start, as far as can be told from outside."""
    yield program
    yield program.resolve()
    yield program.resolve().with_name("python").resolve()
    if program == own():
        yield Path(__file__).resolve()  # elsewhere than the environment, when that was made of a checkout
