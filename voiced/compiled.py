"""The environment and the machine flow in; where the set-up keeps what it compiled, and for what, flows out.

The set-up (.ci/bootstrap) knows it from here too. It runs before anything is installed, under whatever Python 3 the
machine has, so this imports nothing but the standard library and keeps to what Python 3.7 understands.
"""

from __future__ import annotations

import platform
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

WHEELS = "wheels"
"""The folder in the cache that has a folder for each wheel, whose name tells all that it was compiled for."""

ISA = re.compile(
    r"(sse|ssse|avx|fma|f16c|bmi|amx|popcnt|movbe|abm|adx|aes|vaes|gfni|sha|pclmul|vpclmul|asimd|fp|sve|i8mm|bf16)"
)
"""Those of /proc/cpuinfo's flags that a compiler makes use of; the others come and go with the kernel."""


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where wheels and logs are kept, outside the tree, so that a second checkout finds them."""
    base = environment.get("XDG_CACHE_HOME", "")
    if not base.startswith("/"):
        base = str(Path(environment.get("HOME") or Path.home()) / ".cache")
    return Path(base) / "voiced"


def processor(cpuinfo: str) -> str:
    """What in /proc/cpuinfo decides which machine code runs: the model of the processor and its instruction sets."""
    kept = set()
    for line in cpuinfo.splitlines():
        key, _, value = (part.strip() for part in line.partition(":"))
        if key in (
            "vendor_id",
            "cpu family",
            "model",
            "CPU implementer",
            "CPU architecture",
            "CPU variant",
            "CPU part",
        ):
            kept.add(f"{key}={value}")
        elif key in ("flags", "Features"):
            kept.update(flag for flag in value.split() if ISA.match(flag))
    return " ".join(sorted(kept))


def read_cpuinfo() -> str:
    """What the kernel says of the processor; empty when it says nothing."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def c_library() -> str:
    """The C library and its version: "glibc-2.36"."""
    return "-".join(platform.libc_ver())


def kept(folder: Path) -> Path | None:
    """The wheel in a folder of the cache; None when there is none that is whole."""
    for wheel in sorted(folder.glob("*.whl")):
        try:
            with zipfile.ZipFile(wheel) as archive:
                if archive.testzip() is None:
                    return wheel
        # RuntimeError: encrypted, or packed in a way that Python does not know.
        except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error):
            continue
    return None
