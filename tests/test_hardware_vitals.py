"""How hot, and how short of memory, from files like those of a kernel; and the thread that reads them."""

import threading
from pathlib import Path

import pytest

from tests.boards import BOARDS
from voiced.clock import SystemClock
from voiced.hardware.vitals import Vitals, read_vitals
from voiced.service.warden import Warden

FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"


def write(root: Path, **files: str) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text + "\n")


def test_a_raspberry_pi_that_is_well(tmp_path: Path) -> None:
    BOARDS["raspberry-pi-4"].lay_out(tmp_path)
    assert read_vitals(tmp_path) == Vitals(temperature_c=48.312)


@pytest.mark.parametrize(
    ("text", "throttled"),
    [
        ("0", ()),
        ("50005", ("too little voltage", "throttling")),
        ("0x80008", ("the soft limit of the temperature",)),
        ("2", ("a capped clock",)),
        ("f0000", ()),  # it has been, since it booted, and is no more
        ("", ()),
        ("nonsense", ()),
    ],
)
def test_the_firmware_of_a_raspberry_pi_says_why_it_slows_down(
    tmp_path: Path, text: str, throttled: tuple[str, ...]
) -> None:
    write(tmp_path, **{FIRMWARE: text})
    assert read_vitals(tmp_path).throttled == throttled


def test_where_the_firmwares_file_is_gone_the_voltage_is_still_told(tmp_path: Path) -> None:
    hwmon = "sys/class/hwmon/hwmon1"
    write(tmp_path, **{f"{hwmon}/name": "rpi_volt", f"{hwmon}/in0_lcrit_alarm": "1"})
    assert read_vitals(tmp_path).throttled == ("too little voltage",)
    write(tmp_path, **{f"{hwmon}/name": "another"})
    assert read_vitals(tmp_path).throttled == ()


def test_the_processors_thermometer_counts_and_no_other(tmp_path: Path) -> None:
    zones = {"0": ("acpitz", "27800"), "1": ("x86_pkg_temp", "61000"), "2": ("iwlwifi_1", "90000")}
    for number, (kind, temperature) in zones.items():
        zone = f"sys/class/thermal/thermal_zone{number}"
        write(tmp_path, **{f"{zone}/type": kind, f"{zone}/temp": temperature})
    assert read_vitals(tmp_path).temperature_c == 61.0


def test_a_processor_without_a_thermal_zone_has_a_sensor(tmp_path: Path) -> None:
    for number, (name, temperature) in enumerate([("nvme", "80000"), ("k10temp", "55125")]):
        hwmon = f"sys/class/hwmon/hwmon{number}"
        write(tmp_path, **{f"{hwmon}/name": name, f"{hwmon}/temp1_input": temperature})
    assert read_vitals(tmp_path).temperature_c == 55.125


@pytest.mark.parametrize("text", ["0", "-40000", "255000", "hot", ""])
def test_a_thermometer_that_is_broken_says_nothing(tmp_path: Path, text: str) -> None:
    zone = "sys/class/thermal/thermal_zone0"
    write(tmp_path, **{f"{zone}/type": "cpu-thermal", f"{zone}/temp": text})
    assert read_vitals(tmp_path).temperature_c is None


def test_memory_is_what_programs_could_still_get_and_how_long_they_wait_for_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "proc/meminfo": "MemTotal: 1000000 kB\nMemFree: 5 kB\nMemAvailable:    250000 kB",
            "proc/pressure/memory": "some avg10=12.34 avg60=1.00 avg300=0.00 total=1\nfull avg10=3.21 avg60=0 total=1",
        },
    )
    assert read_vitals(tmp_path) == Vitals(available_mb=256, stalled=12.34)


def test_this_very_machine_can_be_read() -> None:
    vitals = read_vitals()
    assert vitals.available_mb is not None
    assert vitals.available_mb > 10


def test_the_warden_reads_on_whatever_happens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It tells what it has read, survives whoever it tells, and leaves when it is closed."""
    BOARDS["raspberry-pi-4"].lay_out(tmp_path)
    told: list[Vitals] = []
    enough = threading.Event()

    def observe(vitals: Vitals, _at: float) -> None:
        told.append(vitals)
        if len(told) == 3:
            enough.set()
        raise ValueError("nobody expected that")

    warden = Warden(observe, SystemClock(), tmp_path, period_s=0.001)
    assert enough.wait(60)
    warden.close()
    assert told[0] == Vitals(temperature_c=48.312)
    assert caplog.records[0].getMessage() == "The state of the machine could not be taken up."
