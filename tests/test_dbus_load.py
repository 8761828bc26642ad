"""Ten thousand calls from twenty programs while people talk: nothing breaks, nothing is left behind."""

import gc
import random
import threading
from pathlib import Path

import pytest

from tests import speech
from tests.bus import Client, Refusal, bus_daemon, memory_kb
from tests.house import House, house
from tests.talk import pause
from voiced.events import Configured

PROGRAMS = 20
CALLS = 500
"""Of each program."""

WHAT = [
    "Say",
    "Ask",
    "Stop",
    "Listen",
    "ListTimers",
    "CancelTimer",
    "ListVoices",
    "Reload",
    "read",
    "volume",
    "mute",
    "voice",
]

VOICES = ["default", "terse", "warm", "nobody"]
"""Of which the last does not exist; resting goes by way of another."""

KNOWN = ("Busy", "Muted", "InvalidArgument", "UnknownTimer", "UnknownVoice")


def call_at_random(program: Client, seed: int, calls: int, failures: list[str]) -> None:
    chance = random.Random(seed)
    for _ in range(calls):
        what = chance.choice(WHAT)
        try:
            if what in ("Say", "Ask"):
                program.call(what, "(s)", chance.choice(["hello", "what time is it", "set a timer for a minute", ""]))
            elif what == "volume":
                program.set("Volume", "d", chance.choice([0.2, 0.4, 0.6, 2.0]))
            elif what == "mute":
                program.set("Muted", "b", chance.random() < 0.3)
            elif what == "voice":
                program.set("Voice", "s", chance.choice(VOICES))
            elif what == "CancelTimer":
                program.call(what, "(u)", chance.randrange(1, 400))
            elif what == "read":
                program.get_all()
            else:
                program.call(what)
        except Refusal as refused:
            if refused.name.removeprefix("org.voiced.Error.") not in KNOWN:
                failures.append(str(refused))


def calm(program: Client) -> None:
    """Waits until the requests have been taken up, and ends what they began."""
    while True:
        try:
            program.set("Muted", "b", False)
            program.call("Stop")
        except Refusal as refused:
            if not refused.name.endswith(".Busy"):
                raise
            program.wait_for_next("TurnEnded")
        else:
            return


def change_voice(home: House, program: Client, name: str) -> None:
    """Returns when the daemon speaks with it."""
    home.events.clear()
    program.set("Voice", "s", name)
    home.wait_for(lambda event: isinstance(event, Configured) and event.voice == name)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_ten_thousand_calls_leave_nothing_behind(tmp_path: Path) -> None:
    with bus_daemon() as bus:
        with house(tmp_path, bus.address, "[conversation]\nfollow_up_s = 0\n") as home:
            programs = [Client(bus.address) for _ in range(PROGRAMS)]
            failures: list[str] = []

            def storm(seed: int, calls: int) -> None:
                threads = [
                    threading.Thread(target=call_at_random, args=(each, seed + number, calls, failures))
                    for number, each in enumerate(programs)
                ]
                for thread in threads:
                    thread.start()
                home.play(pause(1.0), speech.say("Hey Jarvis, what time is it?"), pause(1.0))
                for thread in threads:
                    thread.join()

            def rest() -> int:
                calm(programs[0])
                home.wait_until_heard()  # what was played while nobody listened, too
                programs[0].wait_for_property("State", "asleep")
                for number, *_ in programs[0].call("ListTimers"):
                    programs[0].call("CancelTimer", "(u)", number)
                programs[0].wait_for_property("State", "asleep")
                for voice in ("british", VOICES[0]):  # behind whatever was wished for in the storm
                    change_voice(home, programs[0], voice)
                spoken = programs[0].call("Say", "(s)", "Now it is quiet.")
                programs[0].wait_for(lambda told: told.name == "TurnEnded" and told.arguments[0] == spoken)
                programs[0].wait_for_property("State", "asleep")
                home.wait_until_kept()
                for each in programs:
                    each.told.clear()
                home.events.clear()
                home.room.recording.person.clear()
                home.room.recording.assistant.clear()
                gc.collect()
                return memory_kb()

            for seed in (0, 500):  # engines and allocators take what they take once; the second round takes 8 MB more
                storm(seed, CALLS // 8)
                before = rest()
            storm(1000, CALLS)
            after = rest()
            turn = programs[1].call("Say", "(s)", "Still here.")
            ended = programs[1].wait_for(lambda told: told.name == "TurnEnded" and told.arguments[0] == turn)
            for each in programs:
                each.close()
        assert failures == []
        assert ended.arguments[1] == "answered"
        assert home.failure is None
        assert after < before * 1.02, f"{before} kB before, {after} kB after"
