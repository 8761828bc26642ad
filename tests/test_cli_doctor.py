"""`voiced doctor` as a person uses it, in a house without a sound card, and in one where everything works."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.bus import bus_daemon
from tests.home import cache_folder, home, install_ears, install_voice
from tests.soundcard import Child, environment, soundcard
from voiced.cli import main
from voiced.cli.outputs import check_ours
from voiced.doctor.hearing import SENTENCE
from voiced.doctor.report import TITLE
from voiced.shapes.gguf import write_talker

CONFIG = '[stt]\nengines = ["faster-whisper"]\n'


def house(folder: Path) -> dict[str, str]:
    """A person's home in which every engine has a model; their environment."""
    settled = home(folder, CONFIG)
    install_ears(settled, SENTENCE)
    voice = install_voice(settled)
    models = voice.parent.parent / "llm"
    models.mkdir()
    write_talker(models / "talker.gguf", "It is the air.")
    (folder / ".config/voiced").mkdir(parents=True)
    (folder / ".config/voiced/config.toml").write_text(CONFIG)
    root = Path(__file__).parent.parent
    return environment(folder) | {"XDG_CACHE_HOME": str(cache_folder()), "PYTHONPATH": str(root)}


def doctor(surroundings: dict[str, str], *options: str) -> tuple[int, list[str]]:
    child = Child([sys.executable, "-m", "voiced", "doctor", *options], surroundings)
    status = child.end(patience_s=110)
    return status, child.lines


def test_every_finding_is_a_line_and_a_fault_is_the_exit_status(tmp_path: Path) -> None:
    surroundings = house(tmp_path)
    status, lines = doctor(surroundings, "--json", "--fix", "--report", str(tmp_path / "report.md"))
    assert status == 1
    found = [json.loads(line) for line in lines if not line.startswith("Fixed: ")]
    assert {each["outcome"] for each in found} <= {"ok", "warning", "fault", "skipped"}
    outcomes = {each["what"]: each["outcome"] for each in found}
    assert outcomes["microphone"] == outcomes["speaker"] == "fault"
    engines = ("wake word", "voice detector", "speech to text", "commands", "text to speech")
    assert {outcomes[name] for name in engines} <= {"ok", "warning"}, found  # a busy machine is told that it is slow
    assert "language model" in outcomes
    assert list(outcomes)[-1] == "offline"
    assert outcomes["offline"] == "ok"
    assert all(each["advice"] for each in found if each["outcome"] in ("warning", "fault")), found
    assert any(line.startswith(f"Fixed: make {tmp_path}/.local/state/voiced") for line in lines)
    assert (tmp_path / ".local/state/voiced").is_dir()
    report = (tmp_path / "report.md").read_text()
    assert report.count("\n| ") == len(found) + 2
    assert str(tmp_path) not in report


@pytest.mark.long
def test_a_wrong_configuration_is_one_finding_of_many(tmp_path: Path) -> None:
    surroundings = environment(tmp_path) | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    (tmp_path / "my.toml").write_text("vioce = 3\n")
    status, lines = doctor(surroundings, "--silent", "--config", str(tmp_path / "my.toml"))
    assert status == 1
    assert lines[0].startswith("FAULT   configuration ")
    assert "did you mean `voice`" in lines[0]
    assert any("language model" in line for line in lines)
    assert " fault" in lines[-1]


def test_a_mistake_in_ones_own_default_voice_is_one_finding_of_many(tmp_path: Path) -> None:
    surroundings = environment(tmp_path) | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    voice = tmp_path / ".config/voiced/voices/default.toml"
    voice.parent.mkdir(parents=True)
    voice.write_text("langauge = 3\n")
    status, lines = doctor(surroundings, "--silent")
    assert status == 1
    assert lines[0].startswith(f"FAULT   configuration    {voice}")
    assert any("language model" in line for line in lines)


def test_a_report_that_cannot_be_written_is_told_before_anything_is_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert main(["doctor", "--report", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", f"voiced: {tmp_path} cannot be written (it is a folder); name a file in a "
                                   "folder of yours.\n")  # fmt: skip


def test_a_report_takes_the_place_of_a_report_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    diary = tmp_path / "diary.md"
    diary.write_text("# voiced and I\n")
    assert main(["doctor", "--report", str(diary)]) == 1
    told = f"voiced: There is {diary} already, which voiced did not write; name another file. It is as it was.\n"
    assert capsys.readouterr() == ("", told)
    assert diary.read_text() == "# voiced and I\n"
    diary.write_text(f"{TITLE}\n\nolder\n")
    check_ours(diary, TITLE)
    check_ours(tmp_path / "new.md", TITLE)
    check_ours(Path("/dev/null"), TITLE)


@pytest.mark.long
def test_where_everything_works_it_says_so_within_a_minute() -> None:
    with tempfile.TemporaryDirectory(prefix="card") as name, soundcard(Path(name)) as card, bus_daemon() as bus:
        noise = ["pacat", "-d", "room", "--raw", "--channels=1", "--volume=8000", "/dev/urandom"]
        room = subprocess.Popen(noise, env=card.environment, stderr=subprocess.DEVNULL)
        try:
            loop = ["pactl", "load-module", "module-loopback", "source=speaker.monitor", "sink=room"]
            card.ask(*loop, "latency_msec=60")
            begin = time.monotonic()
            surroundings = house(card.home) | card.environment | {"DBUS_SESSION_BUS_ADDRESS": bus.address}
            status, lines = doctor(surroundings)
        finally:
            room.kill()
            room.wait(10)
    assert status == 0, lines
    assert time.monotonic() - begin < 60
    assert not any(line.startswith("FAULT") for line in lines)
    assert any("from the speaker, wakes it" in line for line in lines)
