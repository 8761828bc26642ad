"""A process flows in, its internet sockets flow out: those that are open now, or that a `Watch` has seen."""

import threading
from pathlib import Path
from typing import Final

TABLES: Final = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6")
"""Where the kernel lists them, below /proc/PID/net."""

STEP_S: Final = 0.05
"""Seconds between two looks. A connection that sends something to the other side of a street lives longer."""


def internet_sockets(process: str = "self", root: Path = Path("/")) -> list[str]:
    """Of the process: its kinds, such as "tcp". Raises OSError when it may not be looked at."""
    folder = root / "proc" / process
    return _kinds(folder, _open(folder))


def _open(folder: Path) -> set[str]:
    """The numbers of a process's sockets."""
    numbers = set()
    for entry in (folder / "fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:  # closed meanwhile
            continue
        if target.startswith("socket:["):
            numbers.add(target[8:-1])
    return numbers


def _kinds(folder: Path, numbers: set[str]) -> list[str]:
    found = []
    for table in TABLES:
        try:
            lines = (folder / "net" / table).read_text().splitlines()[1:]
        except OSError:  # a kernel without this kind
            continue
        # The number is the tenth column: proc(5), /proc/net/tcp.
        found += [table for line in lines if len(columns := line.split()) > 9 and columns[9] in numbers]
    return found


class Watch:
    """Looks at this process's sockets again and again, in a thread of its own, until it is closed."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._found: list[str] = []
        self._closed = threading.Event()
        self._looking = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="voiced-sockets", daemon=True)
        self._thread.start()

    def found(self) -> list[str]:
        """The kinds of all internet sockets until now; empty when there were none."""
        self._look()
        return list(self._found)

    def close(self) -> None:
        """Stops looking."""
        self._closed.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._closed.wait(STEP_S):
            self._look()

    def _look(self) -> None:
        """A socket that was seen once is not looked up again: it keeps its kind."""
        folder = Path("/proc/self")
        with self._looking:
            try:
                new = _open(folder) - self._known
            except OSError:
                return
            if new:
                self._found += _kinds(folder, new)
                self._known |= new
