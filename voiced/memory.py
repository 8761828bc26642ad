"""Nothing flows in, memory that nothing uses any more flows back to the system."""

import ctypes
from contextlib import suppress
from typing import Final

ARENAS: Final = 2
"""Heaps of glibc, at most. By itself it makes one for each thread up to eight per core, and what a thread has freed no
thread of another heap can use. With the models of the benchmark 308 MB beyond their files became 286, and no less with
one."""

_M_ARENA_MAX: Final = -8
"""From malloc.h."""


def share_heaps() -> None:
    """Has all threads that are yet to begin allocate from a few heaps. Elsewhere than on glibc nothing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL("libc.so.6").mallopt(_M_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Returns what engines have freed, which glibc keeps in pieces for each of the threads that loaded them: a tenth of
    the process after some changes of voice, 20 to 30 MB after the first loading or after a turn. Milliseconds, and
    other threads go on; elsewhere than on glibc nothing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
