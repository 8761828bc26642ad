"""A person's service or the system's, in this system or in a tree: flows in; the plan that installs or removes it, out.

With a tree nothing is run but what can work on a tree, so that images for devices are made, and tests look at them,
without a running systemd.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from voiced.hardware import Profile
from voiced.install import commands, files
from voiced.install.person import Person
from voiced.install.plan import Step
from voiced.install.program import in_activation, in_unit
from voiced.install.seal import is_sealed, sealed
from voiced.manual import files as manual_files
from voiced.paths import Paths
from voiced.resources import systemd_dir

Kind: TypeAlias = Literal["user", "system"]

PROGRAM: Final = "/usr/bin/voiced"
"""What the units start as they come; replaced by where voiced is."""

BUS_NAME: Final = "org.voiced.Voiced1"

DROP_IN: Final = "50-hardware.conf"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to install."""

    kind: Kind
    root: Path
    """The tree; "/" is this system."""
    program: Path
    """The program voiced, as it is called inside the tree: `PROGRAM`, or another."""
    paths: Paths
    """Whose files are removed by a purge, inside the tree."""
    person: Person
    """Whom a person's service belongs to."""

    @property
    def live(self) -> bool:
        """Whether this is the system that runs, rather than a tree."""
        return self.root == Path("/")

    def inside(self, path: Path | str) -> Path:
        """The absolute `path` in the tree."""
        return self.root / Path(path).relative_to("/")

    @property
    def units(self) -> Path:
        """Where the administrator's, or the person's own, units go."""
        folder = Path("/etc/systemd/system") if self.kind == "system" else self.person.config_home / "systemd/user"
        return self.inside(folder)

    @property
    def packaged(self) -> Path | None:
        """The unit that a Debian package has brought; None without one."""
        unit = Path("/usr/lib/systemd") / self.kind / "voiced.service"
        return unit if self.inside(unit).exists() else None


SYSTEM_PATHS: Final = Paths(
    config=Path("/etc/voiced"),
    data=Path("/var/lib/voiced/data"),
    state=Path("/var/lib/voiced"),
    cache=Path("/var/cache/voiced"),
)
"""As systemd hands them to the system's unit."""


def limits(profile: Profile, cpus: int) -> str:
    """The drop-in that holds the daemon to its hardware profile's budget."""
    memory, threads = profile.budget.memory_mb, 48 + 8 * max(1, cpus)
    return (
        f"# From the hardware profile {profile.name}: {memory} MB are planned. A fifth more is slowed down,\n"
        "# half more is a leak, and ends in a restart before it ends the machine (M8). Written by `voiced install`.\n"
        f"[Service]\nMemoryHigh={memory * 12 // 10}M\nMemoryMax={memory * 15 // 10}M\nTasksMax={threads}\n"
    )


def installing(place: Place, drop_in: str | None, *, linger: bool = True) -> list[Step]:
    """The plan that installs. `drop_in` holds the limits, None where the machine is not known."""
    return [*_files(place, drop_in), *(_running(place) if place.live else ()), *(_linger(place) if linger else ())]


def limiting(place: Place, drop_in: str) -> list[Step]:
    """The plan that writes the limits alone."""
    return [files.write(place.units / "voiced.service.d" / DROP_IN, drop_in, owner=place.person.owner)]


def removing(place: Place, *, purge: bool) -> list[Step]:
    """The plan that removes all that `installing` has brought, and with `purge` all that a person has, too."""
    plan: list[Step] = []
    if place.live and (place.units / "voiced.service").exists():
        plan.append(commands.call([*_systemctl(place), "stop", "voiced.service"], done=lambda: not _active(place)))
    ours = [place.units / _wants(place), place.units / "voiced.service.d" / DROP_IN]
    if place.packaged is None:
        ours += [path for path, _ in _templates(place)]
    ours += [path for path, _ in _manual(place) if is_sealed(path)]
    if place.kind == "user" and not place.live and is_sealed(mark := linger_mark(place)):
        ours.append(mark)  # a person who lives may have other things that linger
    plan += [files.remove(path) for path in ours]
    plan.append(files.remove_empty(_folders(place)))
    if place.live:
        plan.append(_reload(place))
    if purge:
        plan += [files.remove(folder) for folder in _data(place)]
        if place.kind == "system" and _account(place):
            plan.append(commands.call(["userdel", *_prefix(place), "voiced"], done=lambda: not _account(place)))
    return plan


def _files(place: Place, drop_in: str | None) -> Iterator[Step]:
    owner = place.person.owner
    if place.packaged is None:
        for path, source in _templates(place):
            text = (systemd_dir() / source).read_text("utf-8")
            called = in_activation(place.program) if source.startswith("dbus/") else in_unit(place.program)
            yield files.write(path, text.replace(PROGRAM, called), owner=owner)
        for path, text in _manual(place):
            if is_sealed(path) or not (path.is_symlink() or path.exists()):
                yield files.write(path, text, owner=owner)
    if place.kind == "system":
        yield _create_account(place)
    if drop_in is not None:
        yield from limiting(place, drop_in)
    yield files.link(place.units / _wants(place), str(place.packaged or "../voiced.service"), owner)


def _templates(place: Place) -> list[tuple[Path, str]]:
    """The files, and which of ours each is made from."""
    if place.kind == "user":
        services = place.inside(place.person.data_home / "dbus-1/services")
        return [
            (place.units / "voiced.service", "user/voiced.service"),
            (services / f"{BUS_NAME}.service", "dbus/session.service"),
        ]
    services = place.inside("/usr/local/share/dbus-1/system-services")
    return [
        (place.units / "voiced.service", "system/voiced.service"),
        (place.inside("/etc/sysusers.d/voiced.conf"), "system/voiced.sysusers"),
        (place.inside(f"/etc/dbus-1/system.d/{BUS_NAME}.conf"), "dbus/system.conf"),
        (services / f"{BUS_NAME}.service", "dbus/system.service"),
    ]


def _manual(place: Place) -> Iterator[tuple[Path, str]]:
    """Man pages and completion: the files, and what they hold."""
    share = Path("/usr/local/share") if place.kind == "system" else place.person.data_home
    for name, text in manual_files().items():
        comment = '.\\"' if "/man/" in name else "#"
        yield place.inside(share / Path(name).relative_to("share")), sealed(text, comment)


def _folders(place: Place) -> Iterator[Path]:
    """The folders that installing may have made, but for those that the system's packages bring."""
    yield place.units / "voiced.service.d"
    tops = [place.inside("/usr/local/share")]
    if place.kind == "user":
        tops = [place.inside(place.person.config_home), place.inside(place.person.data_home)]
    linked = place.units / _wants(place)
    for path in (linked, *(path for path, _ in (*_templates(place), *_manual(place)))):
        for top in tops:
            if path.is_relative_to(top) and (place.kind == "user" or "man" not in path.relative_to(top).parts):
                yield from (folder for folder in path.parents if top in folder.parents)


def _wants(place: Place) -> str:
    target = "multi-user.target" if place.kind == "system" else "default.target"
    return f"{target}.wants/voiced.service"


def _account(place: Place) -> bool:
    """Whether the user and the group `voiced` exist."""
    names = (place.inside(f"/etc/{name}") for name in ("passwd", "group"))
    return all(file.exists() and "\nvoiced:" in "\n" + file.read_text("utf-8", "replace") for file in names)


def _create_account(place: Place) -> Step:
    """By systemd-sysusers, which works on trees as well."""
    root = [] if place.live else [f"--root={place.root}"]
    made = commands.call(["systemd-sysusers", *root, "voiced.conf"], done=lambda: _account(place))

    def undo() -> None:
        if _account(place):  # it is only made when it was not there
            commands.run(["userdel", *_prefix(place), "voiced"])

    return replace(made, undo=undo)


def _prefix(place: Place) -> list[str]:
    return [] if place.live else ["--prefix", str(place.root)]


def linger_mark(place: Place) -> Path:
    """The file that is there while the person lingers."""
    return place.inside(Path("/var/lib/systemd/linger") / place.person.name)


def _linger(place: Place) -> Iterator[Step]:
    """A person's services end when they log out, unless they linger (M4)."""
    if place.kind != "user":
        return
    mark = linger_mark(place)
    if not place.live:
        if not mark.exists():  # logind asks for no more than that it is there
            yield files.write(mark, sealed("", "#"))
    elif shutil.which("loginctl"):
        undo = ["loginctl", "disable-linger", place.person.name]
        yield commands.call(["loginctl", "enable-linger", place.person.name], undo=undo, done=mark.exists)


def _running(place: Place) -> Iterator[Step]:
    """What makes a running manager notice."""
    if not _manager(place):
        return
    if place.kind == "system":
        yield commands.call(["systemctl", "reload", "dbus.service"], done=lambda: not _bus_runs(), follows=True)
    yield _reload(place)
    yield commands.call(
        [*_systemctl(place), "start", "--no-block", "voiced.service"],
        undo=[*_systemctl(place), "stop", "voiced.service"],
        done=lambda: _active(place),
    )


def _active(place: Place) -> bool:
    """Whether the unit runs already: a repetition changes nothing."""
    return commands.works([*_systemctl(place), "is-active", "--quiet", "voiced.service"])


def _reload(place: Place) -> Step:
    command = [*_systemctl(place), "daemon-reload"]
    return commands.call(command, undo=command, done=lambda: not _manager(place), follows=True)


def _systemctl(place: Place) -> list[str]:
    return ["systemctl", "--user"] if place.kind == "user" else ["systemctl"]


def _manager(place: Place) -> bool:
    """Whether a systemd runs that could be told."""
    return commands.works([*_systemctl(place), "show", "--property=Version"])


def _bus_runs() -> bool:
    return commands.works(["systemctl", "is-active", "--quiet", "dbus.service"])


def _data(place: Place) -> list[Path]:
    """The folders with a person's data, none inside another."""
    paths = place.paths
    folders = [place.inside(path) for path in (paths.config, paths.state, paths.cache, paths.data)]
    return [folder for folder in folders if not any(other in folder.parents for other in folders)]
