"""A long command flows in, a bar that moves flows out; its own words go to a log."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TextIO

from bootstrap.errors import SetupError, cause

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias


class Step(NamedTuple):
    """How far a command has come."""

    share: float
    """0 to 1."""
    note: str
    """What it is doing."""


Measure: TypeAlias = "Callable[[str], Step | None]"
"""Takes a line of the command's output; None when it says nothing about how far it has come."""

PAUSE = 10.0
"""Seconds between two lines where there is no terminal: a log should show life, not fill up."""

TAIL = 12
"""Lines of the log to show when a command fails for a reason that is not known."""


def ninja(line: str) -> Step | None:
    """Ninja's "[12/79] command": 12 of 79 files are compiled."""
    found = re.match(r"\s*\[(\d+)/(\d+)\]", line)
    return Step(int(found.group(1)) / max(1, int(found.group(2))), "") if found else None


def apt(line: str) -> Step | None:
    """APT's status lines. Downloading is counted as the first half, unpacking and configuring as the second."""
    found = re.match(r"(dl|pm)status:([^:]*):([\d.]+):(.*)", line)
    if not found:
        return None
    half = 0.0 if found.group(1) == "dl" else 0.5
    return Step(half + float(found.group(3)) / 200, found.group(4).strip())


def pip(total: int) -> Measure:
    """Pip's lines, for a requirements file with `total` packages."""
    seen: list[str] = []

    def measure(line: str) -> Step | None:
        found = re.match(r"(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)", line)
        if found:
            seen.append(found.group(1))
            # Installing takes about as long as downloading, and pip is silent meanwhile.
            return Step(min(1.0, len(seen) / max(1, total)) / 2, found.group(1))
        if line.startswith("Installing collected packages"):
            return Step(0.5, "unpacking")
        return None

    return measure


class Bar:
    """Draws the progress of one command: in place on a terminal, on a line now and then elsewhere."""

    def __init__(self, label: str, stream: TextIO) -> None:
        self._label = label
        self._stream = stream
        self._live = stream.isatty()
        self._began = self._shown = time.monotonic()

    def show(self, step: Step) -> None:
        percent = int(100 * min(1.0, max(0.0, step.share)))
        if self._live:
            filled = percent // 5
            text = f"  {self._label}  {'█' * filled}{'░' * (20 - filled)} {percent:3d} %  {step.note}"
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + text[:width].ljust(width))
        elif time.monotonic() - self._shown >= PAUSE:
            self._shown = time.monotonic()
            self._stream.write(f"  {self._label}  {percent:3d} %\n")
        self._stream.flush()

    def done(self, word: str) -> None:
        text = f"  {self._label}  {word} in {time.monotonic() - self._began:.0f} s"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r" + text.ljust(width) + "\n" if self._live else text + "\n")
        self._stream.flush()


def clean_environment(environment: dict[str, str], **more: str) -> dict[str, str]:
    """The environment for the programs we start: without what would lead Python or pip out of the `.venv`."""
    kept = {k: v for k, v in environment.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CMAKE_ARGS")}
    return {**kept, "PIP_USER": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "LC_ALL": "C.UTF-8", **more}


def run(
    label: str,
    command: list[str],
    log: Path,
    measure: Measure | None = None,
    environment: dict[str, str] | None = None,
) -> None:
    """Runs `command` to its end under a bar. Raises SetupError with the sentence that fits its output when it fails."""
    bar = Bar(label, sys.stdout)
    bar.show(Step(0.0, ""))
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as kept:
        try:
            process = subprocess.Popen(
                command,
                stdin=None if sys.stdin is not None and sys.stdin.isatty() else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment if environment is not None else clean_environment(dict(os.environ)),
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise SetupError(f"{command[0]} cannot be started ({error.strerror}).") from error
        assert process.stdout is not None
        for line in process.stdout:
            kept.write(line)
            step = measure(line) if measure else None
            if step:
                bar.show(step)
        status = process.wait()
    if status == 0:
        bar.done("done")
        return
    bar.done("failed")
    output = log.read_text(encoding="utf-8")
    sentence = cause(output)
    if sentence is None:
        for line in output.splitlines()[-TAIL:]:
            print("    " + line[:200], file=sys.stderr)
        sentence = f"{label} failed: the lines above are the end of {log}."
    raise SetupError(sentence)
