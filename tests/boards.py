"""Boards and PCs for the tests, laid out as the folders that a kernel would show: /proc, /sys and the device tree.

Memory is what kernels of such machines report, or, where no report was at hand, the nominal size less what firmware and
graphics take.
"""

from dataclasses import dataclass, field
from pathlib import Path

from voiced.hardware.machine import Machine, look_at

A53 = "fp asimd evtstrm crc32 cpuid"
A72 = "fp asimd evtstrm crc32 cpuid"
A76 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"
AVX2 = "fpu vme de pse tsc msr lm sse4_2 avx avx2 avx_vnni"
AVX = "fpu vme de pse tsc msr lm sse4_2 avx"


@dataclass
class Board:
    """A machine to be laid out in files."""

    features: str
    cpus: int
    memory_kb: int
    model: str = ""
    processor: str = ""
    parts: list[str] = field(default_factory=list)
    """Of ARM cores, one for each CPU."""
    siblings: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Further files, by their paths."""

    def lay_out(self, root: Path) -> Machine:
        """Writes the files below `root` and looks at them."""
        label = "flags" if self.processor else "Features"
        name = f"model name\t: {self.processor}\n" if self.processor else ""
        blocks = [
            f"processor\t: {n}\n{name}{label}\t: {self.features}\n"
            + (f"CPU implementer\t: 0x41\nCPU part\t: {self.parts[n]}\n" if self.parts else "")
            for n in range(self.cpus)
        ]
        (root / "proc/device-tree").mkdir(parents=True)
        (root / "proc/cpuinfo").write_text("\n".join(blocks))
        (root / "proc/meminfo").write_text(f"MemTotal:       {self.memory_kb} kB\nMemFree:          100000 kB\n")
        if self.model:
            (root / "proc/device-tree/model").write_bytes(self.model.encode() + b"\0")
        siblings = {
            f"sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list": f"{each}\n"
            for n, each in enumerate(self.siblings)
        }
        for path, text in (siblings | self.files).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return look_at(root)


def _pi(features: str, part: str, memory_kb: int, model: str, **files: str) -> Board:
    thermal = {
        "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": "48312\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": "0\n",
    }
    return Board(features, 4, memory_kb, model, parts=[part] * 4, files=thermal | files)


PI_FAN = {"sys/class/thermal/cooling_device0/type": "pwm-fan\n"}
HYPER_THREADS = [f"{n % 6},{n % 6 + 6}" for n in range(12)]
LAPTOP_CASE = {"sys/class/dmi/id/chassis_type": "10\n"}
TOWER_CASE = {"sys/class/dmi/id/chassis_type": "3\n"}
NVIDIA = {"proc/driver/nvidia/gpus/0000:01:00.0/information": "Model: \t\t NVIDIA GeForce RTX 3060\nIRQ:   \t\t 154\n"}

BOARDS = {
    "raspberry-pi-zero-2-w": _pi(A53, "0xd03", 426_876, "Raspberry Pi Zero 2 W Rev 1.0"),
    "raspberry-pi-4": _pi(A72, "0xd08", 1_894_000, "Raspberry Pi 4 Model B Rev 1.2"),
    "raspberry-pi-4-4gb": _pi(A72, "0xd08", 3_884_480, "Raspberry Pi 4 Model B Rev 1.4"),
    "raspberry-pi-4-8gb": _pi(A72, "0xd08", 7_998_760, "Raspberry Pi 4 Model B Rev 1.5"),
    "raspberry-pi-5": _pi(A76, "0xd0b", 4_137_000, "Raspberry Pi 5 Model B Rev 1.0"),
    "raspberry-pi-5-8gb": _pi(A76, "0xd0b", 8_245_824, "Raspberry Pi 5 Model B Rev 1.0", **PI_FAN),
    "raspberry-pi-5-16gb": _pi(A76, "0xd0b", 16_600_000, "Raspberry Pi 5 Model B Rev 1.1", **PI_FAN),
    "mini-pc": Board(AVX2, 4, 7_900_000, processor="Intel(R) N100", files={"sys/class/dmi/id/chassis_type": "35\n"}),
    "laptop": Board(
        AVX2, 8, 15_900_000, processor="Intel(R) Core(TM) i5-1135G7 @ 2.40GHz",
        siblings=[f"{n % 4},{n % 4 + 4}" for n in range(8)], files=LAPTOP_CASE,
    ),
    "desktop": Board(
        AVX2, 12, 32_700_000, processor="AMD Ryzen 5 5600G with Radeon Graphics", siblings=HYPER_THREADS,
        files=TOWER_CASE,
    ),
    "desktop-nvidia": Board(
        AVX2, 12, 32_700_000, processor="AMD Ryzen 5 5600X 6-Core Processor", siblings=HYPER_THREADS,
        files=TOWER_CASE | NVIDIA,
    ),
}  # fmt: skip
"""One machine of each class, by its profile's name."""
