"""Programs of the system flow in, steps that run them flow out."""

import shutil
import subprocess
from collections.abc import Callable, Sequence

from voiced.errors import InstallError
from voiced.install.plan import Step

PATIENCE_S = 60
"""Seconds that a program of the system may take."""


def run(command: Sequence[str]) -> str:
    """The output of a program. Raises InstallError when it is not there or fails, in its own words."""
    if shutil.which(command[0]) is None:
        raise InstallError(f"there is no {command[0]} on this machine")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{command[0]} does not return") from error
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise InstallError(lines[-1] if lines else f"{command[0]} failed with status {done.returncode}")
    return done.stdout


def works(command: Sequence[str]) -> bool:
    """Whether a program is there and succeeds."""
    try:
        run(command)
    except InstallError:
        return False
    return True


def call(
    command: Sequence[str],
    *,
    undo: Sequence[str] = (),
    done: Callable[[], bool] = lambda: False,
    follows: bool = False,
) -> Step:
    """Runs a program; `undo` is the program that takes it back."""

    def take_back() -> None:
        if undo:
            run(undo)

    def do() -> None:
        run(command)

    return Step(f"run {' '.join(command)}", done, do, take_back, follows=follows)
