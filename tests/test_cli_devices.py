"""`voiced devices`, on a card without hardware and on a machine without any."""

import argparse
import sys
import tempfile
from pathlib import Path

import pytest

from tests.soundcard import Child, environment, soundcard
from voiced.audio.portaudio import Device
from voiced.cli import devices


def test_the_devices_are_listed_with_their_rate_and_the_defaults() -> None:
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card:
        child = card.child("-m", "voiced", "devices")
        assert child.end(patience_s=60) == 0, child.lines
    header, *rows = child.lines
    assert header.split()[:2] == ["device", "through"]
    default = next(row.split() for row in rows if row.startswith("default "))
    assert default[:2] == ["default", "ALSA"]
    assert default[4:] == ["44100", "Hz", "in,", "out"]


def test_names_in_brackets_are_shown_as_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    names = ("Samsung [tv] Speaker: USB Audio (hw:1,0)", "Mic [/front]")
    found = [Device(number, name, "ALSA", 1, 0, 48_000, False, False) for number, name in enumerate(names)]
    monkeypatch.setattr(devices, "list_devices", lambda: found)
    assert devices.run(argparse.Namespace()) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.partition("  ")[0] for row in rows] == list(names)


def test_a_machine_without_sound_is_told_so_in_one_sentence(tmp_path: Path) -> None:
    child = Child([sys.executable, "-m", "voiced", "devices"], environment(tmp_path))
    assert child.end(patience_s=60) == 1
    assert child.lines == ["voiced: There is no sound device on this machine; plug one in, or start the sound server."]
