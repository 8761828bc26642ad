"""`voiced run`, spoken to: a child on a sound card without hardware hears synthesised speech and answers aloud."""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests import speech
from tests.bus import NAME, BusDaemon, bus_daemon, client
from tests.soundcard import RECORD_RATE, SIGNALS, Child, SoundCard, environment, soundcard
from voiced.audio.resample import resample
from voiced.stages import RATE

CONFIG = """
[log]
transcripts = true

[conversation]
follow_up_s = 0
"""

PROMPT_S = 5.0
"""Seconds in which a signal must end it; systemd would wait for ninety."""


@pytest.fixture
def card() -> Iterator[SoundCard]:
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card:
        yield card


def start(card: SoundCard, *options: str) -> Child:
    """`voiced run`, once it listens."""
    config = card.home / "config.toml"
    config.write_text(CONFIG, encoding="utf-8")
    listening = card.watch_for_microphones()
    child = card.child("-m", "voiced", "run", "--config", str(config), *options)
    child.wait_for('Say "hey jarvis".', patience_s=90)
    listening.wait_for("'new' on source-output")
    return child


def end(child: Child, name: str) -> None:
    """Sends the signal `name`, and sees that it works."""
    begin = time.monotonic()
    assert child.end(SIGNALS[name]) == 0, child.lines
    assert time.monotonic() - begin < PROMPT_S
    assert not [line for line in child.lines if "Traceback" in line or "leaked" in line]


@pytest.mark.long
def test_a_command_spoken_into_the_room_is_answered_aloud(card: SoundCard) -> None:
    """M1 and S7 through the whole chain, on a card with a rate of its own; SIGTERM ends it."""
    child = start(card)
    words = speech.say("Hey Jarvis, set a timer for five minutes.")
    # The detector needs a second and a half before it can hear its word.
    card.play(np.concatenate((speech.silence(2.5), words, speech.silence(1.5))))
    child.wait_for("Woken by hey_jarvis")
    heard = child.wait_for("Heard: ")
    child.wait_for("answered")
    spoken = resample(card.recorded(), RECORD_RATE, RATE)
    end(child, "SIGTERM")
    assert "timer" in heard
    assert "five minutes" in heard
    assert np.abs(spoken).max() > 0.05
    # Of espeak-ng's "timer set for five minutes" this recogniser hears no more even in the file that `say -o` writes.
    assert "set for five" in speech.answer_in((spoken * 32767).astype(np.int16))


def test_an_unplugged_microphone_is_waited_for_until_ctrl_c(card: SoundCard) -> None:
    """M2: it says so, and opens it again by itself."""
    child = start(card)
    card.listen(1.0)
    card.stop()
    assert "The microphone" in child.wait_for("Waiting for it to come back")
    card.start()
    child.wait_for("The microphone is back", patience_s=30)
    end(child, "Ctrl-C")


@pytest.mark.long
def test_a_microphone_that_goes_away_while_it_is_opened_hangs_nothing(card: SoundCard) -> None:
    """M3: PortAudio waits for such a device without a limit."""
    child = start(card)
    card.stop()
    # Which of the three depends on how far it has got.
    said = child.wait_for(("does not answer", "cannot be opened", "Waiting for it to come back"))
    if "Waiting" in said:
        end(child, "SIGTERM")
    else:
        assert child.end() == 1


def test_a_machine_without_sound_is_told_so_in_one_sentence(tmp_path: Path) -> None:
    child = Child([sys.executable, "-m", "voiced", "run"], environment(tmp_path))
    assert child.end(patience_s=60) == 1
    assert child.lines == ["voiced: There is no speaker on this machine; plug one in, then look at `voiced devices`."]


@pytest.fixture
def bus(card: SoundCard) -> Iterator[BusDaemon]:
    """A session bus on the card's machine."""
    with bus_daemon() as bus:
        card.environment["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        yield bus


def microphones(card: SoundCard) -> int:
    """How many programs record from the room, but for the card's own tapes."""
    listed = card.ask("pactl", "list", "source-outputs")
    return listed.count("Source Output #") - listed.count('application.name = "parec"')


def test_a_muted_daemon_is_not_recording_and_is_so_again_after_a_restart(card: SoundCard, bus: BusDaemon) -> None:
    """Seen in the sound server. The second daemon on the bus leaves, and says why."""
    child = start(card, "--bus", "session")
    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        assert microphones(card) == 1
        second = card.child("-m", "voiced", "run", "--bus", "session")
        assert second.end() == 69
        assert second.lines[-1].startswith("voiced: Another voiced is on the session bus already")
        program.set("Muted", "b", True)
        program.wait_for_property("Muted", True)
        assert microphones(card) == 0
        end(child, "SIGTERM")
        assert program.call_bus("NameHasOwner", "(s)", NAME) is False

        child = card.child("-m", "voiced", "run", "--bus", "session")
        program.wait_for_property("State", "muted")
        assert microphones(card) == 0
        program.set("Muted", "b", False)
        program.wait_for_property("State", "asleep")
        assert microphones(card) == 1
        end(child, "SIGTERM")


@pytest.mark.parametrize("state", ["asleep", "speaking"])
def test_what_has_spoken_leaves_nothing_behind_that_a_library_would_complain_of(
    card: SoundCard, bus: BusDaemon, state: str
) -> None:
    child = start(card, "--bus", "session")
    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        card.listen(1.0)
        text = "This is a story about a king who had three daughters. "
        program.call("Say", "(s)", text if state == "asleep" else text * 9)
        program.wait_for(lambda told: told.arguments[1:2] == ({"State": "speaking"},))
        if state == "asleep":
            program.wait_for(lambda told: told.name == "TurnEnded")
        end(child, "SIGTERM")
        assert program.call_bus("NameHasOwner", "(s)", NAME) is False


def test_a_daemon_that_is_killed_leaves_the_bus(card: SoundCard, bus: BusDaemon) -> None:
    child = start(card, "--bus", "session")
    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        child.process.kill()
        child.process.wait(10)
        gone = program.wait_for_owner(NAME)
    assert gone == ""
