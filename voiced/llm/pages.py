"""A file flows in, and what this process holds of it in memory is handed back: it stays in the kernel's cache.

llama.cpp maps the whole model and reads all of it. Most weights are then copied into an order that suits the processor
(repacking), and what was mapped of them is not looked at again, yet counts as this process's memory: of Qwen2.5-0.5B in
Q4_0, 194 of 346 MB. What is still needed comes back page by page, from the cache, as soon as it is touched.
"""

import ctypes
import mmap
import os
from pathlib import Path


def hand_back(file: Path) -> None:
    """Hands back what is mapped of `file`, where nobody can have changed it; does nothing where that cannot be told."""
    name = os.fsencode(file.resolve())
    try:
        mappings = Path("/proc/self/maps").read_bytes().splitlines()
    except OSError:
        return
    for mapping in mappings:
        parts = mapping.split(maxsplit=5)
        # Pages that were written to would lose what was written; a model is mapped to be read.
        if len(parts) == 6 and parts[5] == name and b"w" not in parts[1]:
            begin, end = (int(edge, 16) for edge in parts[0].split(b"-"))
            ctypes.CDLL(None).madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), mmap.MADV_DONTNEED)
