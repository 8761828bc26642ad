"""Timers that are changed while the process is killed: what was acknowledged holds, to the second."""

import json
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

from tests.test_timers import HandClock
from voiced.intents.timers import Timers

MOMENTS = 50

CHANGES = """
import json, random, sys
from pathlib import Path
from voiced.intents.timers import Timers

class Clock:
    def monotonic(self): return 0.0
    def time(self): return 1_700_000_000.0

timers, chance = Timers(Path(sys.argv[1]), Clock()), random.Random(int(sys.argv[2]))
while True:
    there = timers.all()
    do = chance.choice(["start", "extend", "pause", "resume", "cancel"] if len(there) > 3 else ["start"])
    if do == "start":
        timer = timers.start(chance.randrange(600, 6000), "pizza")
    else:
        timer = chance.choice(there)
        print(json.dumps(["changing", timer.id]), flush=True)
        if do == "extend":
            timers.extend(timer.id, 60)
        else:
            getattr(timers, do)(timer.id)
    now = {each.id: [each.due, each.left] for each in timers.all()}
    print(json.dumps(["done", timer.id, now.get(timer.id)]), flush=True)
"""


def killed(path: Path, seed: int, lines: int) -> list[list[object]]:
    """What a process said that changed timers until it was killed, after `lines` lines and somewhere in the next."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHANGES, str(path), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    with child:
        assert child.stdout is not None
        said = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        said += child.stdout.readlines()
    return [json.loads(line) for line in said if line.endswith("\n")]


def test_every_acknowledged_change_survives_kill_9_at_fifty_random_moments(tmp_path: Path) -> None:
    path, chance, clock = tmp_path / "timers.sqlite", Random(11), HandClock()
    expected: dict[int, list[float | None]] = {}
    acknowledged = 0
    for moment in range(MOMENTS):
        under_way: int | None = None
        for what, id_, *state in killed(path, moment, chance.randrange(1, 12)):
            assert isinstance(id_, int)
            if what == "changing":
                under_way = id_
                continue
            under_way = None
            acknowledged += 1
            if state[0] is None:
                expected.pop(id_, None)
            else:
                assert isinstance(state[0], list)
                expected[id_] = state[0]
        with closing(Timers(path, clock)) as timers:
            assert timers.trouble == ""
            there: dict[int, list[float | None]] = {each.id: [each.due, each.left] for each in timers.all()}
        for id_, state_ in expected.items():
            # The one that was being changed when the blow fell may be as before or as after, and nothing else.
            assert id_ == under_way or there.get(id_) == state_, f"moment {moment}, timer {id_}"
        expected = there

    assert acknowledged > 2 * MOMENTS
