"""A piece of work flows through; how long it took flows out, in milliseconds, also when it fails."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from voiced.events import StageFinished


@contextmanager
def span(report: Callable[[StageFinished], None], turn: int, stage: str, engine: str = "") -> Iterator[None]:
    """Reports a `StageFinished` when the block ends. Real time, whatever clock the conversation runs on: it tells what
    the stage costs on this machine."""
    begin = time.perf_counter()
    try:
        yield
    except BaseException:
        report(StageFinished(turn, stage, engine, (time.perf_counter() - begin) * 1000, ok=False))
        raise
    report(StageFinished(turn, stage, engine, (time.perf_counter() - begin) * 1000))
