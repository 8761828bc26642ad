"""Disk, clock, memory, heat and power: in folders laid out like a machine's /proc and /sys, and on a full disk."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.talk import setting
from voiced.doctor import machine
from voiced.doctor.finding import Finding
from voiced.doctor.machine import judge_disk, judge_power
from voiced.doctor.order import Trial, examine
from voiced.doctor.situation import Situation


@contextmanager
def situation(root: Path, home: Path) -> Iterator[Situation]:
    made = Situation(setting(home), {"HOME": str(home)}, root=root)
    try:
        yield made
    finally:
        made.close()


def tried(trial: Trial, root: Path, home: Path) -> list[Finding]:
    with situation(root, home) as there:
        return list(examine(there, [trial]))


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


ZONE = "sys/class/thermal/thermal_zone"
FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.mark.parametrize(
    ("files", "outcome", "words"),
    [
        ({}, "skipped", "does not say"),
        ({f"{ZONE}0/temp": "48312\n", f"{ZONE}0/type": "cpu-thermal\n"}, "ok", "48 °C"),
        ({f"{ZONE}0/temp": "78100\n", f"{ZONE}0/type": "cpu-thermal\n"}, "warning", "78 °C; at 80"),
        ({f"{ZONE}0/temp": "83000\n", f"{ZONE}0/type": "cpu-thermal\n"}, "fault", "83 °C"),
        # A laptop's radio is no processor, and a zone that is switched off says nonsense.
        ({f"{ZONE}0/temp": "95000", f"{ZONE}0/type": "iwlwifi_1", f"{ZONE}1/temp": "50000", f"{ZONE}1/type":
          "x86_pkg_temp"}, "ok", "50 °C"),
        ({f"{ZONE}0/temp": "-274000", f"{ZONE}1/temp": "nonsense"}, "skipped", "does not say"),
    ],
)  # fmt: skip
def test_heat_is_read(tmp_path: Path, files: dict[str, str], outcome: str, words: str) -> None:
    root = lay_out(tmp_path / "root", files)
    with situation(root, tmp_path) as there:
        heat = replace(there.setting.profile.heat, hot_c=80, cool_c=70)
        there.setting = replace(there.setting, profile=replace(there.setting.profile, heat=heat))
        (found,) = examine(there, [machine.heat])
    assert (found.outcome, words in found.result) == (outcome, True), found
    assert ("fan" in found.advice) == (outcome in ("warning", "fault"))


@pytest.mark.parametrize(
    ("files", "outcome", "words"),
    [
        ({}, "skipped", ""),
        ({FIRMWARE: "0\n"}, "ok", ""),
        ({FIRMWARE: "50005\n"}, "fault", "power supply"),
        ({FIRMWARE: "50000\n"}, "warning", "power supply"),
        ({FIRMWARE: "80008\n"}, "fault", "heat sink"),
        ({FIRMWARE: "e0000\n"}, "warning", "heat sink"),
        ({"sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled": "1\n"}, "fault", "power supply"),
        ({"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n", "sys/class/hwmon/hwmon1/name": "rpi_volt\n"}, "fault",
         "power supply"),
        ({"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n", "sys/class/hwmon/hwmon1/name": "other\n"}, "skipped", ""),
    ],
)  # fmt: skip
def test_the_firmwares_flags_are_read(tmp_path: Path, files: dict[str, str], outcome: str, words: str) -> None:
    (found,) = tried(machine.power, lay_out(tmp_path / "root", files), tmp_path)
    assert (found.outcome, words in found.advice) == (outcome, True), found


@given(flags=st.integers(0, 0xFFFFF))
def test_what_is_now_is_worse_than_what_was(flags: int) -> None:
    expected = "fault" if flags & 0xF else "warning" if flags >> 16 & 0xF else "ok"
    found = judge_power(flags)
    assert found.outcome == expected
    assert bool(found.advice) == (expected != "ok")


@pytest.mark.parametrize(
    ("files", "outcome"),
    [
        ({"run/systemd/timesync/synchronized": ""}, "ok"),
        ({"sys/class/rtc/rtc0/name": "rtc_cmos\n"}, "ok"),
        ({}, "warning"),
    ],
)
def test_who_keeps_the_clock_is_found(tmp_path: Path, files: dict[str, str], outcome: str) -> None:
    (found,) = tried(machine.clock, lay_out(tmp_path / "root", files), tmp_path)
    assert found.outcome == outcome


def test_a_clock_that_has_gone_back_is_found(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "root", {"run/systemd/timesync/synchronized": ""})
    with situation(root, tmp_path) as there:
        state = there.setting.paths.state
        state.mkdir(parents=True)
        (state / "timers.sqlite").touch()
        os.utime(state / "timers.sqlite", times=(0, time.time() + 86_400))
        (found,) = examine(there, [machine.clock])
    assert found.outcome == "fault"
    assert "timedatectl" in found.advice


@pytest.mark.parametrize(
    ("text", "outcome"), [("0.05 0.10 0.20 1/300 4242", "ok"), ("812.50 1.0 1.0 1/1 1", "warning"), ("?", "skipped")]
)
def test_a_machine_that_others_keep_busy_is_told_so(tmp_path: Path, text: str, outcome: str) -> None:
    (found,) = tried(machine.load, lay_out(tmp_path / "root", {"proc/loadavg": text}), tmp_path)
    assert (found.outcome, "`top`" in found.advice) == (outcome, outcome == "warning")


@pytest.mark.parametrize(
    ("wanting", "cpus", "outcome"),
    [(2.0, 2, "ok"), (2.4, 2, "ok"), (3.0, 2, "warning"), (1.0, 1, "ok"), (1.6, 1, "warning"), (17.0, 16, "ok")],
)
def test_a_machine_that_is_merely_used_is_not_busy(wanting: float, cpus: int, outcome: str) -> None:
    found = machine.judge_load(wanting, cpus)
    assert found.outcome == outcome
    assert outcome == "ok" or f"{wanting} programs want to run at once, and it has {cpus} processor" in found.result


@pytest.mark.parametrize(("free_kb", "outcome"), [(30_000_000, "ok"), (100_000, "warning")])
def test_free_memory_is_compared_with_what_is_planned(tmp_path: Path, free_kb: int, outcome: str) -> None:
    root = lay_out(tmp_path / "root", {"proc/meminfo": f"MemTotal: 32000000 kB\nMemAvailable:  {free_kb} kB\n"})
    (found,) = tried(machine.memory, root, tmp_path)
    assert found.outcome == outcome
    assert ("smaller models" in found.advice) == (outcome == "warning")


def test_a_disk_that_takes_what_is_written_is_in_order(tmp_path: Path) -> None:
    with situation(tmp_path / "root", tmp_path) as there:
        found = list(examine(there, [machine.disk]))
    assert {each.outcome for each in found} == {"ok"}
    assert not [file for file in tmp_path.rglob("*") if file.stat().st_size == machine.PROBE], "nothing stays"


@pytest.mark.parametrize(
    ("free", "seconds", "outcome", "words"),
    [(50_000_000, 0.1, "fault", "Make room"), (10**10, 9.0, "warning", "replace the card"), (10**10, 0.1, "ok", "")],
)
def test_a_disk_is_judged_by_room_and_pace(free: int, seconds: float, outcome: str, words: str) -> None:
    found = judge_disk(Path("/home/anna"), free, seconds)
    assert (found.outcome, words in found.advice) == (outcome, True)
    assert "anna" not in (found.public or found.result)


def test_a_full_disk_is_found(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs to be allowed to mount")
    try:
        with situation(Path("/nonexistent"), tmp_path) as there:
            there.setting = replace(there.setting, paths=replace(there.setting.paths, cache=tmp_path / "cache"))
            (found,) = examine(there, [machine.disk])
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)
    assert found.outcome == "fault"
    assert "it is full" in found.result
    assert "Make room" in found.advice
