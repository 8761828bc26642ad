"""The kernel's files flow in, how hot and how short of memory the machine is flows out; cheap enough to be done often.

Raspberry Pis tell through their firmware that they are too hot or have too little power; the kernel's own file for that
is called deprecated in its log, once, but the one that is to take its place knows of the power alone.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiced.hardware.machine import read_text

CPU_ZONE: Final = re.compile(r"cpu|soc|pkg|package|big|little|core", re.I)
"""In the type of a thermal zone that is the processor's, and not a battery's, a disk's or a radio's."""

CPU_SENSORS: Final = ("k10temp", "coretemp", "zenpower")
"""Drivers of processors whose temperature is in no thermal zone."""

FLAGS: Final = {0: "too little voltage", 1: "a capped clock", 2: "throttling", 3: "the soft limit of the temperature"}
"""The lowest bits of the Raspberry Pi's firmware: what is so now. From 16 on: what has been since the start."""


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was read at one moment; None and empty where the machine does not tell."""

    temperature_c: float | None = None
    """Of the processor, in degrees Celsius."""
    throttled: tuple[str, ...] = ()
    """Why the machine slows itself down now, as nouns: "throttling"."""
    available_mb: int | None = None
    """Megabytes of memory that programs could still get."""
    stalled: float = 0.0
    """Per cent of the last ten seconds in which something waited for memory."""


def read_vitals(root: Path = Path("/")) -> Vitals:
    """The state of the machine whose /proc and /sys lie below `root`. Never fails."""
    memory = re.search(r"^MemAvailable:\s+(\d+) kB", read_text(root / "proc/meminfo"), re.M)
    waited = re.search(r"^some avg10=(\d+\.\d+)", read_text(root / "proc/pressure/memory"), re.M)
    return Vitals(
        temperature_c=_temperature(root),
        throttled=_throttled(root),
        available_mb=int(memory[1]) * 1024 // 1_000_000 if memory else None,
        stalled=float(waited[1]) if waited else 0.0,
    )


def _temperature(root: Path) -> float | None:
    zones = [zone for zone in root.glob("sys/class/thermal/thermal_zone*") if CPU_ZONE.search(read_text(zone / "type"))]
    files = [zone / "temp" for zone in zones]
    if not files:
        sensors = [each for each in root.glob("sys/class/hwmon/hwmon*") if read_text(each / "name") in CPU_SENSORS]
        files = [file for sensor in sensors for file in sensor.glob("temp*_input")]
    read = [int(text) / 1000 for file in files if re.fullmatch(r"\d{1,6}", text := read_text(file))]
    # A sensor that is switched off says 0, one that is broken says anything.
    return max((celsius for celsius in read if 0 < celsius < 130), default=None)


def _throttled(root: Path) -> tuple[str, ...]:
    for file in root.glob("sys/devices/platform/*/*:firmware/get_throttled"):
        if re.fullmatch(r"(0x)?[0-9a-fA-F]{1,8}", text := read_text(file)):
            bits = int(text, 16)
            return tuple(name for bit, name in FLAGS.items() if bits >> bit & 1)
    alarms = root.glob("sys/class/hwmon/hwmon*/in0_lcrit_alarm")
    low = any(read_text(alarm) == "1" for alarm in alarms if read_text(alarm.parent / "name") == "rpi_volt")
    return (FLAGS[0],) if low else ()
