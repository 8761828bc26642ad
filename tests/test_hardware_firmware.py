"""Why a Raspberry Pi slows itself down, from the kernel's file, from vcgencmd, or from the alarm of its driver."""

from pathlib import Path

import pytest

from voiced.hardware.firmware import CAPPED, SINCE_START, UNDER_VOLTAGE, throttled

FILE = "sys/devices/platform/soc/soc:firmware/get_throttled"
ALARM = "sys/class/hwmon/hwmon1"


def lay_out(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text + "\n")
    return root


@pytest.mark.parametrize(
    ("files", "said", "bits"),
    [
        ({FILE: "50000"}, "throttled=0x1", (1 << SINCE_START) | (4 << SINCE_START)),  # nobody has to be asked
        ({FILE: "nonsense"}, "throttled=0x2\n", CAPPED),
        ({f"{ALARM}/name": "rpi_volt", f"{ALARM}/in0_lcrit_alarm": "1"}, "throttled=0x0", 0),
        ({f"{ALARM}/name": "rpi_volt", f"{ALARM}/in0_lcrit_alarm": "1"}, "VCHI initialization failed", UNDER_VOLTAGE),
        ({f"{ALARM}/name": "rpi_volt", f"{ALARM}/in0_lcrit_alarm": "0"}, "", 0),
        ({f"{ALARM}/name": "another", f"{ALARM}/in0_lcrit_alarm": "1"}, "", None),
        ({}, "", None),
    ],
)
def test_the_best_source_that_answers_is_believed(
    tmp_path: Path, files: dict[str, str], said: str, bits: int | None
) -> None:
    assert throttled(lay_out(tmp_path, files), lambda: said) == bits
