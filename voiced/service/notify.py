"""What a service has to tell flows in, datagrams to systemd flow out: the protocol of `sd_notify`.

Twenty lines of our own, because the protocol is a promise of systemd's and all that is needed of it is one datagram of
`NAME=value` lines to the socket that `NOTIFY_SOCKET` names.
"""

import socket
from collections.abc import Mapping

KINDS = ("/", "@")
"""What the address of a socket begins with: a path, or a name in Linux's abstract space."""


class Notifier:
    """Tells systemd; tells nobody when there is none. May be called from any thread, never waits, never fails."""

    def __init__(self, address: str | None) -> None:
        """`address` is the value of `NOTIFY_SOCKET`."""
        self.there = address is not None and address.startswith(KINDS)
        """Whether somebody wants to know."""
        self._address = f"\0{address[1:]}" if address is not None and address.startswith("@") else address or ""
        self._socket: socket.socket | None = None
        if self.there:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)

    def tell(self, **assignments: str | int) -> bool:
        """Sends `NAME=value` for each of `assignments`; whether it has arrived."""
        if self._socket is None:
            return False
        lines = (f"{name}={str(value).replace(chr(10), ' ')}" for name, value in assignments.items())
        try:
            # Addressed anew each time: a systemd that was executed again listens on a new socket at the old place.
            self._socket.sendto("\n".join(lines).encode(errors="replace"), self._address)
        except OSError:
            return False  # nobody listens, or the queue is full: the next sign of life comes in a moment
        return True

    def close(self) -> None:
        """Sends no more. May be called twice."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def watchdog_s(environment: Mapping[str, str], process: int) -> float | None:
    """Seconds within which systemd wants a sign of life from `process`; None when it does not watch."""
    meant_for, period = environment.get("WATCHDOG_PID", str(process)), environment.get("WATCHDOG_USEC", "")
    if meant_for != str(process) or not (period.isascii() and period.isdigit()) or int(period) == 0:
        return None
    return int(period) / 1_000_000
