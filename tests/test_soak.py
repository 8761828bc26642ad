"""Two hundred turns in one process: memory stays, and no thread is left over (M8)."""

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import speech
from tests.home import home, install_model, install_voice
from tests.talk import Talk, pause
from voiced.stages import Pcm

TURNS = 200

SETTLED = 20
"""Turns after which caches are filled: the grammar's, the allocators' and each engine's own."""

GROWTH = 0.02
"""Growth from there to the end, as a share: a day of 200 turns would then take three months to double it."""

COMMANDS = ("Set a timer for five minutes.", "What time is it?", "Cancel the timer.")


def resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


@pytest.mark.long
@pytest.mark.timeout(1200)  # two minutes on two idle cores, ten where five others compete for them
def test_two_hundred_turns_leave_memory_and_threads_as_they_were(tmp_path: Path) -> None:
    setting = home(tmp_path, "[conversation]\nfollow_up_s = 0")
    install_model(setting, "The sky is blue. It was grey yesterday.")
    install_voice(setting)
    before = set(threading.enumerate())
    sizes: list[int] = []
    outcomes: list[str] = []

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(1.6)
        for turn in range(TURNS):
            if turn % 4 == 3:
                talk.assistant.ask("why is the sky blue")  # written: pocketsphinx hears questions badly
                yield pause(0.1)
            else:
                yield speech.say("Hey Jarvis, " + COMMANDS[turn % 4])
            yield from talk.until("speaking")
            yield from talk.until("asleep")
            yield pause(1.0)
            sizes.append(resident())
            talk.room.recording.person.clear()
            talk.room.recording.assistant.clear()
            outcomes.extend(talk.outcomes)
            talk.events.clear()

    Talk(setting, lines).run()

    assert outcomes == ["answered"] * TURNS
    assert set(threading.enumerate()) <= before
    settled, end = min(sizes[SETTLED : SETTLED + 5]), min(sizes[-5:])
    assert end <= settled * (1 + GROWTH), f"{settled / 1e6:.1f} MB after {SETTLED} turns, {end / 1e6:.1f} MB at the end"
