"""The bus and the units flow in, whether voiced can be reached and will start again flows out."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import voiced
from voiced.dbus.address import Which, find_address
from voiced.doctor.finding import Finding, Fix, refused
from voiced.doctor.situation import Seen, Situation
from voiced.errors import BusError, InstallError
from voiced.install import commands
from voiced.install.layout import Place
from voiced.install.program import from_unit

UNIT: Final = "voiced.service"

OFTEN: Final = 3
"""Restarts from which on they are worth a word: one is an unplugged microphone."""

WHY: Final = "Look why: `journalctl {user}-u voiced -n 30`."


def bus(situation: Situation) -> Iterator[Finding]:
    """Whether programs can reach voiced, and whether it is there."""
    which = _usual(situation)
    address = find_address(which, situation.environment)
    if address is None:
        yield Finding(
            "bus", "warning", "There is no session bus here, so that no program can control voiced.",
            "Log in on the machine itself, or set DBUS_SESSION_BUS_ADDRESS; over SSH a lingering user has one.",
        )  # fmt: skip
    try:
        from voiced.voicectl.remote import Remote
    except (ImportError, ValueError) as error:  # ValueError: GLib's description is not installed
        yield Finding("bus", "fault", f"D-Bus cannot be used ({error}).", "Install voiced again.")
        return
    if address is not None:
        try:
            Remote(which, address)
        except BusError as error:
            # The address may hold a person's name.
            yield refused("bus", error, public=f"The {which} bus cannot be reached.")
        else:
            yield Finding("bus", "ok", f"The {which} bus answers.")
    yield from _daemon(situation, which)


def _usual(situation: Situation) -> Which:
    """The bus on which this person's voiced would be."""
    person = os.geteuid() != 0 or find_address("session", situation.environment) is not None
    return "session" if situation.kind == "user" and person else "system"


def _daemon(situation: Situation, which: Which) -> Iterator[Finding]:
    from voiced.voicectl.remote import NoDaemonError, RefusedError, find

    try:
        remote = find("system" if which == "system" else None, situation.environment)
        situation.daemon = Seen(remote.process(), remote.properties())
    except NoDaemonError:
        yield Finding("daemon", "skipped", "voiced does not run; what follows is tried without it.")
    except RefusedError as error:
        yield refused("daemon", error)
    except BusError:
        pass  # there is no such bus, which was told of
    else:
        yield from judge_daemon(situation.daemon)


def judge_daemon(seen: Seen) -> Iterator[Finding]:
    """What a running voiced says of itself."""
    state, version = str(seen.properties.get("State", "")), seen.properties.get("Version", "")
    if version != voiced.__version__:
        yield Finding("daemon", "warning", f"voiced runs, but is version {version}, and this is {voiced.__version__}.",
                      "Start it again.")  # fmt: skip
    elif state == "muted":
        yield Finding("daemon", "warning", "voiced runs and is muted: it hears nothing.", "`voicectl unmute`.")
    else:
        told = f"voiced runs ({state.replace('_', ' ')}); it is not disturbed, and what it alone may use is left out."
        yield Finding("daemon", "ok", told)
    for stage, health in dict(seen.properties.get("Health", {})).items():
        if health != "ok":
            result, _, todo = str(health).partition("; ")
            yield Finding(f"daemon's {stage}", "warning", result, todo[:1].upper() + todo[1:],
                          public="An engine was replaced, or is missing.")  # fmt: skip


def unit(situation: Situation) -> Iterator[Finding]:
    """Whether voiced starts with the machine, or the session, and goes on when nobody is logged in."""
    place = situation.place
    file = unit_file(place)
    if file is None or not enabled(place):
        install = "`voiced install`" if place.kind == "user" else "`sudo voiced install --system`"
        yield Finding("unit", "skipped", "voiced does not start by itself.", f"{install} makes it do so.")
        return
    if place.kind == "user" and _wanted(place.inside("/etc/systemd/system")):
        yield Finding("unit", "fault", "voiced is installed for you and for the system: both want the microphone.",
                      "Remove one: `voiced uninstall`, or `sudo voiced uninstall --system`.")  # fmt: skip
        return
    program = from_unit(_text(file))
    if program and not _runs(place.inside(program) if program.startswith("/") else None):
        yield Finding("unit", "fault", f"The unit starts {program}, which is not there.", "`voiced install` again.",
                      public="The unit starts a program that is not there.")  # fmt: skip
        return
    yield judge_unit(place, _shown(place) if situation.live else {}, running=situation.daemon is not None)
    yield from _linger(situation)


def unit_file(place: Place) -> Path | None:
    """The unit that counts: one's own before the package's."""
    own = place.units / UNIT
    if own.exists():
        return own
    return place.inside(place.packaged) if place.packaged else None


def enabled(place: Place) -> bool:
    """Whether something wants the unit to be started."""
    return _wanted(place.units)


def _wanted(units: Path) -> bool:
    # Not glob("*.wants/NAME"), which does not see links that lead out of a tree.
    return any((folder / UNIT).is_symlink() for folder in units.glob("*.wants"))


def judge_unit(place: Place, shown: dict[str, str], *, running: bool) -> Finding:
    """What systemd says of the unit; nothing, where there is no systemd to ask."""
    user = "--user " if place.kind == "user" else ""
    start = f"`{'' if user else 'sudo '}systemctl {user}restart voiced`."
    state, restarts = shown.get("ActiveState", ""), int(shown.get("NRestarts", "") or 0)
    figures = {"restarts": restarts}
    if shown.get("ExecMainStatus") == "78":
        return Finding("unit", "fault", "The unit has stopped: the configuration has mistakes.",
                       f"Mend what is told above, then {start}", figures)  # fmt: skip
    if state == "failed":
        return Finding(
            "unit", "fault", f"The unit has failed ({shown.get('Result', '')}).", WHY.format(user=user), figures
        )
    if restarts >= OFTEN:
        return Finding(
            "unit", "warning", f"The unit was started again {restarts} times.", WHY.format(user=user), figures
        )
    if shown.get("NeedDaemonReload") == "yes":
        return Finding("unit", "warning", "The unit has changed, and systemd does not know yet.",
                       f"`systemctl {user}daemon-reload`, then {start}", figures)  # fmt: skip
    if shown and state != "active" and not running:
        return Finding("unit", "warning", "The unit is installed, but does not run.", start, figures)
    return Finding("unit", "ok", f"voiced starts with the {'session' if user else 'machine'}.", "", figures)


def _linger(situation: Situation) -> Iterator[Finding]:
    """M4: without it a person's services end when they log out."""
    place = situation.place
    if place.kind != "user":
        return
    if place.inside(Path("/var/lib/systemd/linger") / place.person.name).exists():
        yield Finding("linger", "ok", "voiced goes on when you log out.")
        return
    enable = ["loginctl", "enable-linger", place.person.name]
    fix = Fix("let your services go on when you log out", lambda: commands.run(enable)) if situation.live else None
    yield Finding("linger", "fault", "voiced ends when you log out, and does not start before you log in.",
                  f"`{' '.join(enable)}`.", fix=fix)  # fmt: skip


def walls(situation: Situation) -> tuple[str, ...] | None:
    """The families of sockets that the unit allows, by all its files; None where there is no unit or no wall."""
    place = situation.place
    if (file := unit_file(place)) is None:
        return None
    folders = {place.units / f"{UNIT}.d", file.parent / f"{UNIT}.d"}
    files = [file, *sorted((each for folder in folders for each in folder.glob("*.conf")), key=lambda each: each.name)]
    allowed: list[str] | None = None
    for line in "\n".join(map(_text, files)).splitlines():
        if line.startswith("RestrictAddressFamilies="):
            value = line.partition("=")[2].split()
            # An empty value takes back all that was said before; one with "~" forbids instead, which is no wall.
            allowed = None if not value or value[0].startswith("~") else [*(allowed or []), *value]
    return tuple(dict.fromkeys(allowed)) if allowed is not None else None


def _shown(place: Place) -> dict[str, str]:
    """What systemd says of the unit; nothing where no systemd runs."""
    names = ("ActiveState", "Result", "NRestarts", "ExecMainStatus", "NeedDaemonReload")
    user = ["--user"] if place.kind == "user" else []
    shown: dict[str, str] = {}
    with suppress(InstallError):
        for line in commands.run(["systemctl", *user, "show", UNIT, f"--property={','.join(names)}"]).splitlines():
            name, _, value = line.partition("=")
            shown[name] = value
    return shown


def _runs(program: Path | None) -> bool:
    return program is not None and program.is_file() and os.access(program, os.X_OK)


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
