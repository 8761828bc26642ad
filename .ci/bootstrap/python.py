"""The machine's Python interpreters flow in, the one to build `.venv` with flows out."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import NamedTuple

from bootstrap.errors import SetupError

OLDEST = (3, 11)
NEWEST = (3, 13)

CANDIDATES = ("/usr/bin/python3", "python3", "python3.13", "python3.12", "python3.11")
"""Looked at in this order. The distribution's own comes first: it is kept up to date, and apt can complete it."""

PROBE = """
import json, os, sys, sysconfig
try:
    import ensurepip, venv
    makes = True
except ImportError:
    makes = False
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
print(json.dumps([list(sys.version_info[:2]), sys.executable, makes, os.path.exists(header)]))
"""


class Python(NamedTuple):
    """An interpreter."""

    path: str
    version: tuple[int, int]
    makes_environments: bool
    """Whether venv and ensurepip are there; Debian keeps them in python3-venv."""
    has_headers: bool
    """Whether C code can be compiled against it; Debian keeps the headers in python3-dev."""

    @property
    def fits(self) -> bool:
        return OLDEST <= self.version <= NEWEST

    @property
    def complete(self) -> bool:
        return self.makes_environments and self.has_headers

    @property
    def debians(self) -> bool:
        return self.path.startswith("/usr/bin/")


def probe(command: str) -> Python | None:
    """Looks at the interpreter `command`; None when there is no such thing or it does not run."""
    try:
        output = subprocess.run(
            [command, "-I", "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        version, path, makes, headers = json.loads(output.stdout.decode())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return None
    return Python(path, (version[0], version[1]), makes, headers)


def candidates(wanted: str) -> list[Python]:
    """The interpreters to choose from: `wanted` alone unless it is empty. Raises SetupError when that does not run."""
    found = [python for python in map(probe, [wanted] if wanted else CANDIDATES) if python]
    if wanted and not found:
        raise SetupError(f"PYTHON={wanted} does not run: name a Python interpreter from 3.11 to 3.13.")
    return found


def choose(found: Sequence[Python]) -> Python:
    """The interpreter to use: one that lacks nothing before one that apt completes before any other that fits.

    Raises SetupError when none fits."""
    fitting = [python for python in found if python.fits]
    for wish in ("complete", "debians", "makes_environments"):
        for python in fitting:
            if getattr(python, wish):
                return python
    if fitting:
        raise SetupError(f"{fitting[0].path} cannot make virtual environments: install its modules venv and ensurepip.")
    if not found:
        raise SetupError("There is no Python here: install Debian's python3, or name an interpreter with PYTHON=.")
    versions = ", ".join(f"{major}.{minor}" for major, minor in sorted({p.version for p in found}))
    verdict = "too old" if all(p.version < OLDEST for p in found) else "not among them"
    raise SetupError(
        f"voiced needs Python 3.11, 3.12 or 3.13, and what is here ({versions}) is {verdict}: "
        "install one of these, or name it with PYTHON=."
    )
