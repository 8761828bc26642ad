"""The service manager's end of sd_notify, for the tests: a socket that keeps what a service tells."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 60.0
"""Seconds after which something that should be told has failed to be."""


class Manager:
    """Receives what is sent to `address`."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)

    def told(self) -> list[str]:
        """All lines that have come and were not read yet."""
        self._socket.setblocking(False)
        lines: list[str] = []
        while True:
            try:
                lines += self._socket.recv(65_536).decode().splitlines()
            except BlockingIOError:
                return lines

    def wait_for(self, line: str) -> list[str]:
        """The lines until and with `line`."""
        self._socket.settimeout(PATIENCE_S)
        lines: list[str] = []
        while line not in lines:
            lines += self._socket.recv(65_536).decode().splitlines()
        return lines

    def close(self) -> None:
        self._socket.close()


@contextmanager
def manager(folder: Path) -> Iterator[Manager]:
    """A manager that listens in `folder`."""
    there = Manager(str(folder / "notify"))
    try:
        yield there
    finally:
        there.close()
