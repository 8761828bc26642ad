"""What is read about a machine, from folders that are laid out like real machines' /proc and /sys."""

from dataclasses import replace
from pathlib import Path

from tests.boards import A76, AVX2, BOARDS, HYPER_THREADS, Board
from voiced.hardware import Machine, look_at


def test_a_raspberry_pi_is_read_from_its_files(tmp_path: Path) -> None:
    assert BOARDS["raspberry-pi-5-8gb"].lay_out(tmp_path) == Machine(
        board="Raspberry Pi 5 Model B Rev 1.0",
        architecture="aarch64",
        features=frozenset(A76.split()),
        cores=4,
        cpus=4,
        kinds=("4 Cortex-A76",),
        memory_mb=8443,
        fan=True,
    )


def test_hyper_threads_are_no_cores(tmp_path: Path) -> None:
    machine = Board(AVX2, 12, 1, processor="AMD Ryzen 5", siblings=HYPER_THREADS).lay_out(tmp_path)
    assert (machine.cores, machine.cpus) == (6, 12)


def test_kinds_of_cores_are_told_apart(tmp_path: Path) -> None:
    rock = Board(A76, 8, 8_000_000, "Radxa ROCK 5B", parts=["0xd05"] * 4 + ["0xd0b"] * 4)
    hybrid = {"sys/devices/cpu_core/cpus": "0-7\n", "sys/devices/cpu_atom/cpus": "8-15\n"}
    intel = Board(AVX2, 16, 16_000_000, processor="Intel(R) Core(TM) i5-13400", files=hybrid)
    unknown = Board(A76, 1, 8_000_000, parts=["0xfff"])

    assert rock.lay_out(tmp_path / "rock").kinds == ("4 Cortex-A55", "4 Cortex-A76")
    assert intel.lay_out(tmp_path / "intel").kinds == ("8 fast", "8 thrifty")
    assert unknown.lay_out(tmp_path / "unknown").kinds == ("1 0xfff",)


def test_a_laptop_is_known_by_its_case_or_by_its_battery(tmp_path: Path) -> None:
    pc = Board(AVX2, 4, 8_000_000, processor="A processor")
    supply = "sys/class/power_supply/"
    battery = replace(pc, files={f"{supply}BAT0/type": "Battery\n"})
    mouse = replace(pc, files={f"{supply}hidpp_0/type": "Battery\n", f"{supply}hidpp_0/scope": "Device\n"})
    mains = replace(pc, files={f"{supply}AC/type": "Mains\n"})

    assert BOARDS["laptop"].lay_out(tmp_path / "case").portable
    assert battery.lay_out(tmp_path / "battery").portable
    assert not mouse.lay_out(tmp_path / "mouse").portable
    assert not mains.lay_out(tmp_path / "mains").portable


def test_graphics_processors_and_fans_are_found(tmp_path: Path) -> None:
    assert BOARDS["desktop-nvidia"].lay_out(tmp_path / "a").gpus == ("NVIDIA GeForce RTX 3060",)
    wordless = Board(AVX2, 4, 1, files={"proc/driver/nvidia/gpus/0000:01:00.0/information": "?"})
    assert wordless.lay_out(tmp_path / "b").gpus == ("NVIDIA",)
    spinning = Board(AVX2, 4, 1, files={"sys/class/hwmon/hwmon2/fan1_input": "1200\n"})
    assert spinning.lay_out(tmp_path / "c").fan
    assert not BOARDS["raspberry-pi-4"].lay_out(tmp_path / "d").fan


def test_an_empty_folder_is_a_machine_of_which_nothing_is_known(tmp_path: Path) -> None:
    assert look_at(tmp_path) == Machine()


def test_files_full_of_nonsense_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree/model").mkdir(parents=True)
    (tmp_path / "proc/cpuinfo").write_bytes(bytes(range(256)))
    (tmp_path / "proc/meminfo").write_text("MemTotal: many kB")
    machine = look_at(tmp_path)
    assert (machine.board, machine.architecture, machine.memory_mb) == ("", "", 0)


def test_cpus_are_counted_in_sys_when_proc_is_hidden(tmp_path: Path) -> None:
    (tmp_path / "sys/devices/system/cpu").mkdir(parents=True)
    (tmp_path / "sys/devices/system/cpu/online").write_text("0-2,5\n")
    assert look_at(tmp_path).cpus == 4


def test_this_very_machine_can_be_looked_at() -> None:
    machine = look_at()
    assert machine.cpus >= machine.cores >= 1
    assert machine.memory_mb > 100
