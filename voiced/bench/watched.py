"""An engine flows in, the same engine flows out, and when it worked: for an answer, or for a draft that was dropped."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from voiced.conversation.chain import Chain
from voiced.stages import Clock

TOGETHER_S = 0.02
"""Seconds between two pieces of work that are shown as one: twice the step of a room's clock."""


@dataclass(slots=True)
class Work:
    """One call of an engine."""

    stage: str
    """"stt", "intents", "llm", "tts"."""
    intervals: list[tuple[float, float]] = field(default_factory=list)
    """From when to when it worked, on the room's clock; while nobody took its next piece it did not."""
    first_s: float = 0.0
    """Seconds of real time to its first piece, or to its result."""

    def worked(self, begin: float, end: float) -> None:
        """Adds an interval, to the last one where hardly anything lies between them."""
        if self.intervals and begin - self.intervals[-1][1] < TOGETHER_S:
            begin = self.intervals.pop()[0]
        self.intervals.append((begin, end))


Log = list[Work]


class Watched:
    """Any engine, some of whose methods are watched."""

    def __init__(self, engine: object, stage: str, methods: tuple[str, ...], clock: Clock, log: Log) -> None:
        self._engine, self._stage, self._methods = engine, stage, methods
        self._clock, self._log = clock, log

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        return self._watching(found) if name in self._methods else found

    def _watching(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            work = Work(self._stage)
            self._log.append(work)
            begin, at = time.perf_counter(), self._clock.monotonic()
            result = method(*arguments, **options)
            if hasattr(result, "__next__"):
                return self._pieces(work, result)
            work.first_s = time.perf_counter() - begin
            work.worked(at, self._clock.monotonic())
            return result

        return call

    def _pieces(self, work: Work, pieces: Any) -> Iterator[Any]:
        begin = time.perf_counter()
        with closing(pieces):
            while True:
                at = self._clock.monotonic()
                try:
                    piece = next(pieces)
                except StopIteration:
                    return
                finally:
                    work.worked(at, self._clock.monotonic())
                    work.first_s = work.first_s or time.perf_counter() - begin
                yield piece


def watched(chain: Chain, log: Log) -> Chain:
    """`chain`, whose engines are watched; what they do is appended to `log`."""
    mind, mouth, clock = chain.mind, chain.mouth, chain.clock
    replaced: Any = mind
    hearing: Any = mind.hearing
    glancer = hearing.glancer and Watched(hearing.glancer, "stt", ("glance",), clock, log)
    recogniser = Watched(hearing.recogniser, "stt", ("transcribe",), clock, log)
    replaced.hearing = replace(hearing, recogniser=recogniser, glancer=glancer)
    replaced.commands = Watched(mind.commands, "intents", ("match", "perform"), clock, log)
    if mind.model is not None:
        replaced.model = Watched(mind.model, "llm", ("stream", "finished"), clock, log)
    replaced = mouth
    replaced.synthesiser = Watched(mouth.synthesiser, "tts", ("synthesise",), clock, log)
    return chain
