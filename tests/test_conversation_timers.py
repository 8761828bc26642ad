"""Timers in a conversation whose database fails: they ring and can be stopped, and the conversation goes on."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plain import Lengths, fitted, tone
from tests.talk import Talk, pause, setting
from tests.test_timers_faults import refuse_changes
from voiced.alarm import RETRY_S
from voiced.events import HealthChanged, TimerFired
from voiced.stages import Pcm

STOP_S = 0.45


@pytest.mark.parametrize("how", ["by voice", "by a program"])
def test_a_timer_rings_and_is_stopped_although_the_disk_is_full(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)

    def lines(talk: Talk) -> Iterator[Pcm]:
        database = talk.setting.paths.state / "timers.sqlite"
        yield pause(0.2)
        talk.assistant.ask("set a timer for five seconds")
        yield from talk.until("speaking")
        yield from talk.until("asleep")
        refuse_changes(database, True)
        yield from talk.until("speaking")
        yield from talk.until("follow_up")
        yield pause(0.3)
        if how == "by voice":
            yield tone(STOP_S)
        else:
            talk.assistant.stop()
        yield pause(2.0)
        yield pause(2 * RETRY_S)
        states.append(talk.assistant.state)
        rung.append(len(talk.replies))
        refuse_changes(database, False)
        yield pause(2 * RETRY_S)
        talk.assistant.ask("what time is it")
        yield from talk.until("speaking")
        yield from talk.until("asleep")

    states, rung = list[str](), list[int]()
    talk = Talk(setting(tmp_path), lines, change=fitted(Lengths(lambda _: "stop"))).run()

    assert len(talk.all(TimerFired)) == 1
    assert talk.replies[1] == "Your timer is over."
    assert (states, rung) == (["asleep"], [2])
    assert talk.by[-1] == "HassGetCurrentTime"
    assert talk.timers == []
    health = [event.health for event in talk.all(HealthChanged) if event.part == "timers"]
    assert len(health) == 2
    assert "cannot be kept" in health[0]
    assert health[1] == "ok"
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
