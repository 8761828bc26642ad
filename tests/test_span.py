"""How long a piece of work took, told also when it failed."""

import pytest

from voiced.events import StageFinished
from voiced.span import span


def test_what_was_done_is_told_once_with_its_milliseconds() -> None:
    told: list[StageFinished] = []
    with span(told.append, 7, "stt", "pocketsphinx"):
        assert told == []
    [event] = told

    assert (event.turn, event.stage, event.engine, event.ok) == (7, "stt", "pocketsphinx", True)
    assert 0 <= event.ms < 1000


def test_what_failed_is_told_as_well_and_fails_all_the_same() -> None:
    told: list[StageFinished] = []
    with pytest.raises(ValueError, match="no"), span(told.append, 1, "tts"):
        raise ValueError("no")

    assert [event.ok for event in told] == [False]
