"""`voiced devices`, on a card without hardware and on a machine without any."""

import sys
import tempfile
from pathlib import Path

from tests.soundcard import Child, environment, soundcard


def test_the_devices_are_listed_with_their_rate_and_the_defaults() -> None:
    with tempfile.TemporaryDirectory(prefix="card") as folder, soundcard(Path(folder)) as card:
        child = card.child("-m", "voiced", "devices")
        assert child.end(patience_s=60) == 0, child.lines
    header, *rows = child.lines
    assert header.split()[:2] == ["device", "through"]
    default = next(row.split() for row in rows if row.startswith("default "))
    assert default[:2] == ["default", "ALSA"]
    assert default[4:] == ["44100", "Hz", "in,", "out"]


def test_a_machine_without_sound_is_told_so_in_one_sentence(tmp_path: Path) -> None:
    child = Child([sys.executable, "-m", "voiced", "devices"], environment(tmp_path))
    assert child.end(patience_s=60) == 1
    assert child.lines == ["voiced: There is no sound device on this machine; plug one in, or start the sound server."]
