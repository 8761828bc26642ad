"""A name and a size flow in, a place to work in flows out: seeded, resumable, with progress that a person can follow.

Checkpoints and data lie outside the repository, under `$XDG_CACHE_HOME/voiced/starter`, so that history never keeps an
intermediate weight and a training that was interrupted goes on from its last checkpoint.
"""

import os
import random
import signal
import sys
import tempfile
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import torch

SAVE_EVERY_S = 120.0
"""Seconds between two checkpoints: what an interruption may cost."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where one model is made."""

    folder: Path
    """Data and checkpoints of this model at this size."""
    smoke: bool
    """Toy size: minutes instead of hours, to see that the recipe still works."""
    seed: int

    @property
    def device(self) -> torch.device:
        """A GPU where there is one."""
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def checkpoint(self, name: str) -> Path:
        """The file of the checkpoint `name`."""
        return self.folder / f"{name}.pt"

    def save(self, name: str, state: dict[str, Any]) -> None:
        """Keeps `state`, whole or not at all."""
        handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=self.folder)
        os.close(handle)
        torch.save(state, temporary)
        Path(temporary).replace(self.checkpoint(name))

    def load(self, name: str) -> dict[str, Any] | None:
        """What was kept under `name`; None when there is nothing, or nothing whole."""
        try:
            state: dict[str, Any] = torch.load(self.checkpoint(name), map_location="cpu", weights_only=True)
        except (OSError, RuntimeError, EOFError, ValueError):
            return None
        return state


def workplace(model: str, *, smoke: bool, seed: int = 0) -> Workplace:
    """The place where `model` ("recogniser", "language", "voice") is made, with all random numbers from `seed`: another
    seed has a folder of its own, so that two trainings of one model may run side by side."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    cache = Path(base) if base.startswith("/") else Path.home() / ".cache"
    name = model + ("-smoke" if smoke else "") + (f"-{seed}" if seed else "")
    folder = cache / "voiced" / "starter" / name
    folder.mkdir(parents=True, exist_ok=True)
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    return Workplace(folder, smoke, seed)


def finish(main: Callable[[], int | None]) -> NoReturn:
    """Ends this process with what `main` returns; without a trace when it was interrupted, or told to end."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)


def uninterrupted() -> None:
    """Has this process, a worker of one that was begun from a terminal, leave it to that one to end it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def a_share(text: str) -> float:
    """How much of a plan is to be done, from a command line. Raises argparse.ArgumentTypeError for what is no share."""
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise ArgumentTypeError(f"{text} is not more than 0 and at most 1.")
    return share


class Progress:
    """Prints where a training stands, and says when it is time for a checkpoint."""

    def __init__(self, label: str, total: int, *, every_s: float = 20.0, clock: Callable[[], float] = time.monotonic):
        """`total` steps are to be done; a line is printed at most every `every_s` seconds."""
        self._label, self._total, self._every, self._clock = label, total, every_s, clock
        self._began = self._printed = self._saved = clock()
        self._first: int | None = None

    def step(self, done: int, **figures: float) -> None:
        """Step `done` (counted from 1, resumed steps included) has been taken; `figures` are worth a look."""
        now = self._clock()
        if self._first is None:
            self._first = done - 1
        if now - self._printed < self._every and done < self._total:
            return
        self._printed = now
        left = (now - self._began) / max(1, done - self._first) * (self._total - done)
        told = "  ".join(f"{name} {value:.3f}" for name, value in figures.items())
        print(f"{self._label}  {done}/{self._total}  {told}  {left / 60:.0f} min left", flush=True)

    def time_to_save(self) -> bool:
        """Whether the last checkpoint is old enough for a new one."""
        now = self._clock()
        if now - self._saved < SAVE_EVERY_S:
            return False
        self._saved = now
        return True
