"""The kernel's files flow in, how hot and short of memory the machine is flows out; cheap enough to be done often."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiced.hardware.firmware import NAMES, throttled
from voiced.hardware.machine import read_text

CPU_ZONE: Final = re.compile(r"cpu|soc|pkg|package|big|little|core", re.I)
"""In the type of a thermal zone that is the processor's, and not a battery's, a disk's or a radio's."""

CPU_SENSORS: Final = ("k10temp", "coretemp", "zenpower")
"""Drivers of processors whose temperature is in no thermal zone."""


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
    slowed = throttled(root) or 0
    waited = re.search(r"^some avg10=(\d+\.\d+)", read_text(root / "proc/pressure/memory"), re.M)
    return Vitals(
        temperature_c=_temperature(root),
        throttled=tuple(name for bit, name in NAMES.items() if slowed & bit),
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
