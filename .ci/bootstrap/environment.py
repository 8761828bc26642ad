"""Locked requirements and compiled wheels flow in, a `.venv` that holds them and this checkout flows out."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bootstrap import progress
from bootstrap.python import Python, probe
from bootstrap.wheels import LEAN, Workshop, pins

LOCKS = {"demo": "run.txt", "test": "dev.txt"}
"""What each goal installs; the second holds the first."""

TRY = """
import gi, llama_cpp, sounddevice
from gi.repository import GLib
import voiced
"""
"""Loads what was compiled, and what needs a Debian package, once: better now than in the middle of a conversation."""


class Environment:
    """The `.venv` of a checkout."""

    def __init__(self, root: Path, cache: Path) -> None:
        self._root = root
        self._cache = cache
        self._folder = root / ".venv"
        self._interpreter = self._folder / "bin" / "python"

    def digest(self, goal: str) -> str:
        """What the environment for `goal` is made from. It changes when anything does that asks for a new set-up."""
        parts = [str(self._root).encode(), LEAN.read_bytes()]
        for name in ("pyproject.toml", f"requirements/{LOCKS[goal]}"):
            parts.append((self._root / name).read_bytes())
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    def ready(self, goal: str, wanted: str = "") -> bool:
        """Whether everything for `goal` is installed, in an environment that runs and has the version of `wanted`."""
        enough = ["test"] if goal == "test" else ["demo", "test"]
        done = any(_read(self._stamp(name)) == self.digest(name) for name in enough)
        return done and self.python(wanted) is not None

    def python(self, wanted: str = "") -> Python | None:
        """The environment's interpreter; None when it does not run, is too old or another one than `wanted`."""
        found = probe(str(self._interpreter))
        if found is None or not found.fits:
            return None
        other = probe(wanted) if wanted else None
        return None if other and other.version != found.version else found

    def _stamp(self, goal: str) -> Path:
        return self._folder / f"ready-for-{goal}"

    def make(self, goal: str, python: Python, workshop: Workshop, wanted: str = "") -> None:
        """Installs everything for `goal`. Raises SetupError when that fails."""
        log = self._cache / "setup"
        wheels = workshop.wheels()
        if self.python(wanted) is None or _read(self._folder / "made-in") != str(self._root):
            # An environment holds absolute paths: one that was moved here starts the programs of its old place.
            create = [python.path, "-m", "venv", "--clear", str(self._folder)]
            progress.run("virtual environment .venv", create, log / "venv.log")
            (self._folder / "made-in").write_text(str(self._root), encoding="utf-8")
        for name in LOCKS:
            if self._stamp(name).exists():
                self._stamp(name).unlink()
        pip = [str(self._interpreter), "-m", "pip", "install", "--no-deps"]
        own = [str(wheel) for wheel in wheels]
        progress.run("compiled packages", [*pip, "--no-index", "--force-reinstall", *own], log / "compiled.log")
        lock = self._root / "requirements" / LOCKS[goal]
        total = len(pins(lock.read_text(encoding="utf-8")))
        progress.run(
            f"{total} Python packages",
            [*pip, "--require-hashes", "--requirement", str(lock)],
            log / "packages.log",
            progress.pip(total),
        )
        here = ["--no-index", "--no-build-isolation", "--editable", str(self._root)]
        progress.run("voiced itself", [*pip, *here], log / "voiced.log")
        progress.run("trying what was compiled", [str(self._interpreter), "-c", TRY], log / "try.log")
        self._stamp(goal).write_text(self.digest(goal), encoding="utf-8")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
