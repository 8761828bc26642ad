"""The files that describe a machine flow in, what can be read about it flows out.

Nothing is asked of a program: /proc and /sys say all of it, so that folders laid out like them are machines too.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CORES: Final = {
    "0xd03": "Cortex-A53",
    "0xd05": "Cortex-A55",
    "0xd07": "Cortex-A57",
    "0xd08": "Cortex-A72",
    "0xd09": "Cortex-A73",
    "0xd0b": "Cortex-A76",
    "0xd0c": "Neoverse-N1",
    "0xd40": "Neoverse-V1",
    "0xd41": "Cortex-A78",
    "0xd49": "Neoverse-N2",
    "0xd4f": "Neoverse-V2",
}
"""Arm's numbers for its cores, as /proc/cpuinfo has them."""

PORTABLE: Final = frozenset({"8", "9", "10", "11", "14", "30", "31", "32"})
"""Forms of case, by the numbers of SMBIOS, that are carried about: laptops, notebooks, tablets, convertibles."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What can be read about a machine; what can not is empty or 0."""

    board: str = ""
    """The name in the device tree, such as "Raspberry Pi 5 Model B Rev 1.0"; empty on PCs."""
    processor: str = ""
    """The processor's name, such as "Intel(R) N100"; empty on most ARM machines."""
    architecture: str = ""
    """"x86_64", "aarch64", "arm"."""
    features: frozenset[str] = frozenset()
    """Instruction sets, by the kernel's names: "avx2", "asimddp"."""
    cores: int = 0
    """Physical cores."""
    cpus: int = 0
    """What the kernel schedules on: cores, times two with hyper-threading."""
    kinds: tuple[str, ...] = ()
    """The kinds of cores, where that is known: "4 Cortex-A76"; of a hybrid x86, its CPUs: "12 fast", "8 thrifty"."""
    memory_mb: int = 0
    """Memory that the kernel has, in units of 1,000,000 bytes."""
    cache_kb: int = 0
    """The largest cache, in units of 1,024 bytes."""
    gpus: tuple[str, ...] = ()
    """Graphics processors that NVIDIA's driver serves, by name."""
    portable: bool = False
    """Whether it is carried about: it has a laptop's case, or a battery."""
    fan: bool = False
    """Whether there is a fan that the kernel knows of."""


def look_at(root: Path = Path("/")) -> Machine:
    """The machine whose /proc and /sys lie below `root`. Never fails: what cannot be read is left empty."""
    info = _cpu_info(read_text(root / "proc/cpuinfo"))
    features = frozenset((info.get("flags") or info.get("Features") or [""])[0].split())
    cpus = len(info.get("processor", [])) or _count(read_text(root / "sys/devices/system/cpu/online"))
    # Hyper-threads share a core's file content ("0,4"), so the distinct contents are the cores.
    topologies = root.glob("sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list")
    cores = len({read_text(file) for file in topologies} - {""})
    memory = re.search(r"^MemTotal:\s+(\d+) kB", read_text(root / "proc/meminfo"), re.M)
    return Machine(
        board=read_text(root / "proc/device-tree/model") or info.get("Model", [""])[0],
        processor=info.get("model name", [""])[0],
        architecture=_architecture(features),
        features=features,
        cores=min(cores, cpus) or cpus,
        cpus=cpus,
        kinds=_kinds(root, info),
        memory_mb=int(memory[1]) * 1024 // 1_000_000 if memory else 0,
        cache_kb=_cache_kb(root),
        gpus=_gpus(root),
        portable=_portable(root),
        fan=_fan(root),
    )


def read_text(file: Path) -> str:
    """A file's text without the NUL that ends the device tree's, at most 1 MB; empty when it cannot be read."""
    try:
        with file.open("rb") as stream:
            return stream.read(1_000_000).decode("utf-8", "replace").strip("\0 \n")
    except OSError:
        return ""


def _cpu_info(text: str) -> dict[str, list[str]]:
    """/proc/cpuinfo's keys, and each one's values in order."""
    info: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            info.setdefault(key.strip(), []).append(value.strip())
    return info


def _architecture(features: frozenset[str]) -> str:
    """From the instruction sets, and not from this process's own kernel, so that folders can be looked at in tests."""
    marks = {"x86_64": "lm", "aarch64": "asimd", "arm": "half"}
    return next((name for name, mark in marks.items() if mark in features), "")


def _kinds(root: Path, info: dict[str, list[str]]) -> tuple[str, ...]:
    if parts := info.get("CPU part"):
        return tuple(f"{count} {CORES.get(part, part)}" for part, count in Counter(parts).items())
    hybrid = {"fast": "cpu_core", "thrifty": "cpu_atom"}  # the kernel's names for the two kinds of a hybrid x86
    found = {kind: _count(read_text(root / "sys/devices" / name / "cpus")) for kind, name in hybrid.items()}
    return tuple(f"{count} {kind}" for kind, count in found.items() if count)


def _cache_kb(root: Path) -> int:
    sizes = (read_text(file) for file in root.glob("sys/devices/system/cpu/cpu0/cache/index*/size"))
    return max((int(size[:-1]) for size in sizes if re.fullmatch(r"\d{1,7}K", size)), default=0)


def _gpus(root: Path) -> tuple[str, ...]:
    """NVIDIA's driver keeps a folder for each that it serves."""
    files = sorted(root.glob("proc/driver/nvidia/gpus/*/information"))
    names = [re.search(r"^Model:\s*(.+)", read_text(file), re.M) for file in files]
    return tuple(name[1].strip() if name else "NVIDIA" for name in names)


def _portable(root: Path) -> bool:
    if read_text(root / "sys/class/dmi/id/chassis_type") in PORTABLE:
        return True
    supplies = list(root.glob("sys/class/power_supply/*"))
    # The battery of a mouse or a headset has the scope "Device"; that of the machine has none.
    return any(read_text(each / "type") == "Battery" and read_text(each / "scope") != "Device" for each in supplies)


def _fan(root: Path) -> bool:
    cooled_by = (read_text(file) for file in root.glob("sys/class/thermal/cooling_device*/type"))
    return any("fan" in kind.casefold() for kind in cooled_by) or any(root.glob("sys/class/hwmon/hwmon*/fan*_input"))


def _count(ranges: str) -> int:
    """How many CPUs a list such as "0-3,8" names."""
    pairs = re.findall(r"(\d+)(?:-(\d+))?", ranges)
    return sum(int(last or first) - int(first) + 1 for first, last in pairs)
