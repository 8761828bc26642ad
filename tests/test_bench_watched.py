"""When an engine worked: what it was asked, piece by piece."""

from collections.abc import Iterator

from voiced.bench.watched import Log, Watched, Work


class HandClock:
    """Time goes by as the engine says."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


class Engine:
    """Takes a second for a word and for each piece."""

    name = "an engine"

    def __init__(self, clock: HandClock) -> None:
        self._clock = clock
        self.closed = False

    def word(self) -> str:
        self._clock.now += 1
        return "word"

    def pieces(self, count: int) -> Iterator[int]:
        try:
            for number in range(count):
                self._clock.now += 1
                yield number
        finally:
            self.closed = True

    def other(self) -> str:
        return "other"


def engine() -> tuple[HandClock, Engine, Watched, Log]:
    clock, log = HandClock(), Log()
    engine = Engine(clock)
    return clock, engine, Watched(engine, "llm", ("word", "pieces"), clock, log), log


def test_a_result_takes_one_interval() -> None:
    clock, _, watched, log = engine()
    clock.now = 5.0
    assert watched.word() == "word"
    assert [(work.stage, work.intervals) for work in log] == [("llm", [(5.0, 6.0)])]


def test_pieces_take_one_each_unless_they_follow_at_once() -> None:
    clock, _, watched, log = engine()
    for number in watched.pieces(3):
        clock.now += 4.0 if number == 0 else 0.0
    [work] = log
    assert work.intervals == [(0.0, 1.0), (5.0, 7.0)]


def test_who_needs_no_more_pieces_ends_the_work() -> None:
    _, engine_, watched, log = engine()
    pieces = watched.pieces(100)
    assert next(pieces) == 0
    pieces.close()
    assert engine_.closed
    assert log[0].intervals == [(0.0, 1.0)]


def test_the_rest_of_the_engine_is_as_it_was() -> None:
    _, engine_, watched, log = engine()
    assert (watched.name, watched.other()) == (engine_.name, "other")
    assert log == []


def test_intervals_that_touch_are_one() -> None:
    work = Work("stt")
    for begin, end in [(0.0, 1.0), (1.01, 2.0), (3.0, 4.0)]:
        work.worked(begin, end)
    assert work.intervals == [(0.0, 2.0), (3.0, 4.0)]
