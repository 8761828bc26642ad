"""`voiced doctor` on a sound card without hardware: each fault of the sound is made, and has to be found."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.soundcard import Child, SoundCard, environment, soundcard
from tests.talk import setting
from voiced.doctor import sound
from voiced.doctor.order import examine
from voiced.doctor.situation import Seen, Situation

EXAMINE = """
import json, os, sys
from voiced.compose import settle
from voiced.doctor import hearing, sound
from voiced.doctor.order import examine
from voiced.doctor.situation import Situation

for line in sys.stdin:
    situation = Situation(settle(None, None, os.environ), os.environ, silent="silent" in line)
    for finding in examine(situation, [sound.sound, *([hearing.wake_word] if "wake" in line else [])]):
        print(json.dumps(finding.told()))
    situation.close()
    print("done")
"""

NOISE = 8_000
"""What pacat takes for its volume: white noise of -59 dBFS, a quiet room."""

Findings = dict[str, dict[str, Any]]


class Doctor:
    """A process on the card that examines it whenever it is asked."""

    def __init__(self, card: SoundCard) -> None:
        self.card = card
        self._child = card.child("-c", EXAMINE)

    def examine(self, how: str = "aloud") -> Findings:
        """Every finding by what was tried."""
        before = len(self._child.lines)
        self._child.tell(how)
        self._child.wait_for("done")
        found = [json.loads(line) for line in self._child.lines[before:] if line.startswith("{")]
        return {each["what"]: each for each in found}

    @contextmanager
    def changed(self, *commands: str) -> Iterator[None]:
        """With something done to the card by pactl, and undone."""
        try:
            self.card.ask("pactl", *commands[0].split())
            yield
        finally:
            self.card.ask("pactl", *commands[1].split())


@pytest.fixture(scope="module")
def doctor() -> Iterator[Doctor]:
    """In a quiet room, in which the microphone hears the speaker."""
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card:
        noise = ["pacat", "-d", "room", "--raw", "--channels=1", f"--volume={NOISE}", "/dev/urandom"]
        room = subprocess.Popen(noise, env=card.environment, stderr=subprocess.DEVNULL)
        try:
            card.ask(*LOOP)
            yield Doctor(card)
        finally:
            room.kill()
            room.wait(10)


LOOP = ("pactl", "load-module", "module-loopback", "source=speaker.monitor", "sink=room", "latency_msec=60")


def outcomes(found: Findings) -> dict[str, str]:
    return {what: each["outcome"] for what, each in found.items()}


def test_what_works_is_found_to_work(doctor: Doctor) -> None:
    found = doctor.examine("wake")
    assert set(outcomes(found).values()) == {"ok"}, found
    assert len(found) == 6
    assert found["microphone"]["result"] == 'The microphone "default" (ALSA) brings 16 bits, 44100 Hz, mono.'
    # A busy machine may not be able to tell.
    assert found["microphone"]["figures"].get("measured_rate", 44_100) == pytest.approx(44_100, rel=0.03)
    assert -65 < found["level"]["figures"]["noise_dbfs"] < -53
    assert 20 < found["echo"]["figures"]["delay_ms"] < 400
    assert found["echo"]["figures"]["echo_dbfs"] == pytest.approx(-14.1, abs=1)
    assert found["wake word heard"]["figures"]["score"] > 0.5


@pytest.mark.long
def test_nothing_is_played_when_nobody_may_be_disturbed(doctor: Doctor) -> None:
    before = len(doctor.card.recorded())
    found = doctor.examine("silent")
    assert np.abs(doctor.card.recorded()[before:]).max() == 0
    assert outcomes(found) == {"microphone": "ok", "level": "ok", "speaker": "ok", "echo": "skipped"}


def test_a_muted_microphone_is_found(doctor: Doctor) -> None:
    with doctor.changed("set-source-mute room.monitor 1", "set-source-mute room.monitor 0"):
        found = doctor.examine()
    assert found["level"]["outcome"] == "fault"
    assert "muted" in found["level"]["result"]
    assert "`pactl set-source-mute @DEFAULT_SOURCE@ 0`" in found["level"]["advice"]
    assert "echo" not in found, "what comes of it is not told as well"


def test_an_overdriven_microphone_is_found(doctor: Doctor) -> None:
    with doctor.changed("set-source-volume room.monitor 1200%", "set-source-volume room.monitor 100%"):
        found = doctor.examine()
    assert found["level"]["outcome"] == "fault"
    assert "overdriven" in found["level"]["result"]
    assert "`pactl set-source-volume @DEFAULT_SOURCE@ 50%`" in found["level"]["advice"]


@pytest.mark.long
def test_a_speaker_that_overdrives_the_microphone_is_found(doctor: Doctor) -> None:
    with doctor.changed("set-source-volume room.monitor 220%", "set-source-volume room.monitor 100%"):
        found = doctor.examine()
    assert found["level"]["outcome"] == "ok"
    assert (found["echo"]["outcome"], found["echo"]["result"][:34]) == ("warning", "The speaker overdrives the microph")
    assert "further apart" in found["echo"]["advice"]


def test_a_muted_speaker_is_found(doctor: Doctor) -> None:
    with doctor.changed("set-sink-mute speaker 1", "set-sink-mute speaker 0"):
        found = doctor.examine()
    assert (found["speaker"]["outcome"], found["speaker"]["result"]) == ("fault", "The speaker is muted.")
    assert "`pactl set-sink-mute @DEFAULT_SINK@ 0`" in found["speaker"]["advice"]
    assert found["echo"]["outcome"] == "warning"


@pytest.mark.long
def test_headphones_are_no_fault(doctor: Doctor) -> None:
    with doctor.changed("unload-module module-loopback", " ".join(LOOP[1:])):
        found = doctor.examine()
    assert outcomes(found) == {"microphone": "ok", "level": "ok", "speaker": "ok", "echo": "warning"}
    assert "headphones" in found["echo"]["advice"]


@contextmanager
def pipe(doctor: Doctor, rate: int) -> Iterator[Path]:
    """A microphone that says that it has `rate` samples per second, and brings what is written into a file."""
    file = doctor.card.home / f"microphone{rate}"
    load = f"load-module module-pipe-source source_name=pipe file={file} rate={rate} channels=1 format=s16le"
    with (
        doctor.changed(load, "unload-module module-pipe-source"),
        doctor.changed("set-default-source pipe", "set-default-source room.monitor"),
    ):
        yield file


def test_a_device_that_brings_another_rate_than_it_says_is_found(doctor: Doctor) -> None:
    with pipe(doctor, 44_100) as file, slow_writer(file, 30_000):
        found = doctor.examine()
    assert found["microphone"]["outcome"] == "fault"
    assert found["microphone"]["figures"]["measured_rate"] == pytest.approx(30_000, rel=0.08)
    assert "says 44100 samples per second" in found["microphone"]["result"]
    assert "the device's own rate" in found["microphone"]["advice"]


@contextmanager
def slow_writer(file: Path, rate: int) -> Iterator[None]:
    """Somebody who writes noise into it, at `rate` samples per second."""
    over, noise = threading.Event(), np.random.default_rng(0).normal(0, 40, rate // 50).astype(np.int16).tobytes()

    def write() -> None:
        with file.open("wb", buffering=0) as stream:
            begin = time.monotonic()
            for count in range(1, 50 * 60):
                stream.write(noise)
                if over.wait(max(0.0, begin + count / 50 - time.monotonic())):
                    return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


@pytest.mark.long
def test_a_headset_in_telephone_mode_is_found(doctor: Doctor) -> None:
    with pipe(doctor, 8_000) as file:
        parec = "exec parec -d speaker.monitor --raw --format=s16le --channels=1 --rate=8000 --latency-msec=20"
        line = subprocess.Popen(["sh", "-c", f"{parec} > {file}"], env=doctor.card.environment)
        try:
            found = doctor.examine()
        finally:
            line.kill()
            line.wait(10)
    assert found["echo"]["outcome"] == "warning"
    assert "nothing above 4,000 Hz" in found["echo"]["result"]
    assert "Bluetooth" in found["echo"]["advice"]


@pytest.mark.long
def test_devices_that_are_unplugged_meanwhile_are_found() -> None:
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card:
        child = card.child("-c", EXAMINE)
        child.tell("aloud")
        card.wait_for_sound()
        card.stop()
        child.wait_for("done")
        found = {each["what"]: each for each in map(json.loads, (line for line in child.lines if line.startswith("{")))}
    assert found["speaker"]["outcome"] == "fault"
    assert "lost" in found["speaker"]["result"]
    assert found["microphone"]["outcome"] == "fault"
    assert "unplug" in found["microphone"]["advice"].lower()


def test_a_machine_without_sound_is_told_to_get_some(tmp_path: Path) -> None:
    child = Child([sys.executable, "-u", "-c", EXAMINE], environment(tmp_path))
    child.tell("aloud")
    child.wait_for("done")
    child.process.kill()
    found = {each["what"]: each for each in map(json.loads, (line for line in child.lines if line.startswith("{")))}
    assert outcomes(found) == {"microphone": "fault", "speaker": "fault"}
    assert found["microphone"]["result"] == "There is no microphone on this machine."
    assert found["microphone"]["advice"] == "Plug one in, then look at `voiced devices`."


def test_sound_devices_that_may_not_be_used_are_told_from_missing_ones(tmp_path: Path) -> None:
    (tmp_path / "dev/snd").mkdir(parents=True)
    assert not sound.forbidden(tmp_path)
    (tmp_path / "dev/snd/pcmC0D0c").touch(0o000)
    assert sound.forbidden(tmp_path) == (os.geteuid() != 0)


def test_a_daemon_that_talks_is_not_disturbed(tmp_path: Path) -> None:
    situation = Situation(setting(tmp_path), {"HOME": str(tmp_path)})
    situation.daemon = Seen(1, {"State": "speaking"})
    found = list(examine(situation, [sound.sound]))
    situation.close()
    assert [each.outcome for each in found] == ["skipped"]
    assert "conversation" in found[0].result
