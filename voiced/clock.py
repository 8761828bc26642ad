"""The system's time, as a `Clock`."""

import time


class SystemClock:
    """Wall-clock time; `monotonic` is not affected when the date is set."""

    def monotonic(self) -> float:
        return time.monotonic()

    def time(self) -> float:
        return time.time()
