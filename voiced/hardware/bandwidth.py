"""Nothing flows in, how fast memory can be read and written flows out: what bounds a language model that writes.

For each token that it writes, a model reads all of its weights once. They fit into no cache, so the memory's bandwidth
divided by their size is a bound that no processor can beat. A copy reads as much as it writes; both count.
"""

import os
import threading
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]

SECONDS: Final = 2.0
"""How long it takes, in all, on a machine that is not busy."""

LEAST_BYTES: Final = 64_000_000
"""Source and target together: twenty times what small boards have as cache."""

MOST_BYTES: Final = 256_000_000
"""The same, where caches are large: a pass still takes but a twentieth of a second or two."""

PASSES: Final = 3
"""At least so many, of which the best counts: whatever else runs can only make one slower."""


@dataclass(frozen=True, slots=True)
class Bandwidth:
    """Gigabytes a second, read and written together."""

    one: float
    """With one thread."""
    all: float
    """With a thread for each CPU that this process may use."""
    threads: int
    """How many those were."""


def measure(cache_bytes: int = 0, free_bytes: int = 0, seconds: float = SECONDS) -> Bandwidth:
    """Copies for `seconds`: half of them with one thread, half with all. `cache_bytes` is the size of the largest
    cache, `free_bytes` the free memory, of which a quarter is used at most; 0 where that is not known."""
    size = min(max(LEAST_BYTES, 8 * cache_bytes), MOST_BYTES, free_bytes // 4 or MOST_BYTES)
    threads = len(os.sched_getaffinity(0))
    # Both are written before they are measured: memory that was never touched is not there yet.
    source, target = np.ones(size // 2, np.uint8), np.ones(size // 2, np.uint8)
    one = _best(source, target, 1, seconds / 2)
    return Bandwidth(one, max(one, _best(source, target, threads, seconds / 2)), threads)


def _best(source: Bytes, target: Bytes, threads: int, seconds: float) -> float:
    """The best pass of all `threads`, each over its share, in GB/s. numpy lets go of the interpreter's lock while it
    copies, so they do run at once."""
    until = time.perf_counter() + seconds
    marks: list[float] = []  # when all were ready for each pass

    def look() -> None:
        marks.append(time.perf_counter())

    ready = threading.Barrier(threads, action=look)

    def work(ours: Bytes, theirs: Bytes) -> None:
        while True:
            ready.wait()
            if len(marks) > PASSES and marks[-1] > until:
                return  # each of the threads sees the same marks, so they leave together
            np.copyto(theirs, ours)

    shares = zip(np.array_split(source, threads), np.array_split(target, threads), strict=True)
    workers = [threading.Thread(target=work, args=share) for share in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    took = min(after - before for before, after in pairwise(marks))
    return 2 * source.nbytes / took / 1e9
