"""Nothing flows in, memory that nothing uses any more flows back to the system."""

import ctypes
from contextlib import suppress


def give_back() -> None:
    """Returns what engines have freed, which glibc keeps in pieces for each of the threads that loaded them: a tenth of
    the process after some changes of voice, 20 to 30 MB after the first loading or after a turn. Milliseconds, and
    other threads go on; elsewhere than on glibc nothing."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
