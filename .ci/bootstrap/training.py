"""A `.venv` that holds voiced flows in, `.venv-starter` flows out: it sees that one, and has torch on top.

The packages for training are pinned, without hashes: docs/decisions/torch.md.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bootstrap import progress
from bootstrap.python import Python
from bootstrap.wheels import pins

WANTED = "voices/starter/requirements.txt"


class Training:
    """The `.venv-starter` of a checkout."""

    def __init__(self, root: Path, cache: Path) -> None:
        self._root = root
        self._cache = cache
        self._folder = root / ".venv-starter"
        self._interpreter = self._folder / "bin" / "python"
        self._stamp = self._folder / "ready"

    def digest(self) -> str:
        """What it is made from; changes when something else is wanted."""
        return hashlib.sha256(str(self._root).encode() + (self._root / WANTED).read_bytes()).hexdigest()

    def ready(self) -> bool:
        """Whether all is installed."""
        return self._stamp.is_file() and self._stamp.read_text(encoding="utf-8") == self.digest()

    def make(self, python: Python) -> None:
        """Installs what training needs. Raises SetupError when that fails."""
        log = self._cache / "setup"
        create = [python.path, "-m", "venv", "--clear", str(self._folder)]
        progress.run("virtual environment .venv-starter", create, log / "venv-starter.log")
        wanted = self._root / WANTED
        total = len(pins(wanted.read_text(encoding="utf-8")))
        progress.run(
            f"{total} packages for training",
            [str(self._interpreter), "-m", "pip", "install", "--requirement", str(wanted)],
            log / "training.log",
        )
        name = f"python{python.version[0]}.{python.version[1]}"
        own = Path("lib") / name / "site-packages"
        (self._folder / own / "voiced.pth").write_text(f"{self._root / '.venv' / own}\n", encoding="utf-8")
        self._stamp.write_text(self.digest(), encoding="utf-8")
