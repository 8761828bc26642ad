"""The kernel's files flow in, the bits in which a Raspberry Pi's firmware says that it slows the board down flow out.

Bits 0 to 3 tell what is so now, and 16 to 19 what has been since the start:
https://www.raspberrypi.com/documentation/computers/os.html#get_throttled. The board's kernel shows them in a file, as a
hexadecimal number (its patch "firmware/raspberrypi: Add a get_throttled sysfs file"). It calls that file deprecated in
its log, once, but the one that is to take its place knows of the power alone.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from voiced.hardware.machine import read_text

UNDER_VOLTAGE, CAPPED, THROTTLED, HOT = 1 << 0, 1 << 1, 1 << 2, 1 << 3

SINCE_START: Final = 16
"""By how many places the bits for what has been are shifted."""

NAMES: Final = {
    UNDER_VOLTAGE: "too little voltage",
    CAPPED: "a capped clock",
    THROTTLED: "throttling",
    HOT: "the soft limit of the temperature",
}
"""What each bit means, as a noun."""

FILES: Final = ("*firmware*/get_throttled", "*/*firmware*/get_throttled")
"""Where the kernel's file may be among the platform's devices."""


def throttled(root: Path, ask: Callable[[], str] = str) -> int | None:
    """The bits, by the /sys below `root`; None where there are none. `ask` gets what `vcgencmd get_throttled` prints,
    where there is no file to read."""
    for pattern in FILES:
        for file in root.glob(f"sys/devices/platform/{pattern}"):
            if re.fullmatch(r"(0x)?[0-9a-fA-F]{1,8}", text := read_text(file)):
                return int(text, 16)
    if found := re.search(r"throttled=(0x[0-9a-fA-F]{1,8})", ask()):
        return int(found[1], 16)
    # The kernel's driver asks every other second, and makes the firmware forget what has been: the alarm is about now.
    for alarm in root.glob("sys/class/hwmon/hwmon*/in0_lcrit_alarm"):
        if read_text(alarm.with_name("name")) == "rpi_volt":
            return UNDER_VOLTAGE if read_text(alarm) == "1" else 0
    return None
