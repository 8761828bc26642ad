"""Sockets flow in, whether anything could have left the house flows out: of this process, the daemon, and its unit."""

from collections.abc import Iterator

from voiced.doctor.finding import Finding
from voiced.doctor.service import unit_file, walls
from voiced.doctor.situation import Situation
from voiced.doctor.sockets import internet_sockets

ALLOWED = {"AF_UNIX", "AF_NETLINK"}
"""Families of sockets that reach nobody outside this machine."""


def offline(situation: Situation) -> Iterator[Finding]:
    """To be tried last, when all engines have run."""
    yield judge_sockets(situation.watch.found(), situation.environment.get("PULSE_SERVER", ""))
    if situation.daemon is not None:
        try:
            found = internet_sockets(str(situation.daemon.process))
        except OSError:
            yield Finding("daemon offline", "skipped", "The daemon's sockets can be seen by its owner and root alone.")
        else:
            kinds = ", ".join(sorted(set(found)))
            if found:
                yield Finding("daemon offline", "fault", f"The voiced that runs has internet sockets open ({kinds}).",
                              "Start it by its unit, which allows none; and please report it.")  # fmt: skip
            else:
                yield Finding("daemon offline", "ok", "The voiced that runs has no internet socket open.")
    if unit_file(situation.place) is not None:
        yield judge_walls(walls(situation))


def judge_sockets(found: list[str], sound_server: str) -> Finding:
    """What to think of the internet sockets that were seen while all engines ran."""
    if not found:
        return Finding("offline", "ok", "Everything above was done without an internet socket.")
    kinds = ", ".join(sorted(set(found)))
    result = f"An internet socket was opened ({kinds})"
    if any(scheme in sound_server for scheme in ("tcp:", "tcp4:", "tcp6:")):
        return Finding("offline", "warning", f"{result}: PULSE_SERVER names a sound server that is reached by one.",
                       "Use this machine's own sound server.")  # fmt: skip
    return Finding("offline", "fault", f"{result}.",
                   "Nothing of voiced's own does that: look what is loaded into it, and please report it.")  # fmt: skip


def judge_walls(families: tuple[str, ...] | None) -> Finding:
    """What to think of the families of sockets that a unit allows."""
    if families is None:
        return Finding("unit offline", "warning", "The unit does not keep voiced from the network.",
                       "`voiced install` again, and see `systemctl cat voiced`: RestrictAddressFamilies.")  # fmt: skip
    if more := [family for family in families if family not in ALLOWED and family != "none"]:
        return Finding("unit offline", "warning", f"The unit allows more than it needs: {', '.join(more)}.",
                       "Take away the drop-in that says so: `systemctl cat voiced` names it.")  # fmt: skip
    return Finding("unit offline", "ok", "The unit allows no internet socket.")
