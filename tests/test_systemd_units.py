"""The units, as systemd's own tools see them, and the system bus's policy, as a real bus applies it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

import pytest

from voiced.audio.room import RoomClock
from voiced.dbus.bus import Bus
from voiced.errors import BusError
from voiced.events import StateChanged, Transcript
from voiced.resources import systemd_dir

UNITS = {kind: systemd_dir() / kind / "voiced.service" for kind in ("system", "user")}

EXPOSURE = 1.5
"""The most that the system's unit may be exposed, on systemd's scale of ten."""


def settings(unit: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in unit.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = ["systemd-analyze", "--no-pager", *arguments]
    surroundings = os.environ | {"LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": tempfile.gettempdir()}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=surroundings)


@pytest.mark.parametrize("kind", UNITS)
def test_the_units_verify(kind: str, tmp_path: Path) -> None:
    unit = tmp_path / "voiced.service"
    unit.write_text(UNITS[kind].read_text("utf-8").replace("/usr/bin/voiced", shutil.which("true") or ""))
    done = analyze("verify", "--man=no", *(["--user"] if kind == "user" else []), str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_systems_unit_is_hardly_exposed_and_says_what_the_rest_is_for() -> None:
    done = analyze("security", "--offline=true", f"--threshold={EXPOSURE * 10:.0f}", str(UNITS["system"]))
    assert done.returncode == 0, done.stdout
    score = re.search(r"Overall exposure level for voiced.service: ([\d.]+)", done.stdout)
    assert score is not None
    assert float(score[1]) <= EXPOSURE
    remaining = re.findall(r"^✗ (\w+)=", done.stdout, re.M)
    text = UNITS["system"].read_text("utf-8")
    for name in remaining:
        assert re.search(rf"# Exposure: .*\n(#.*\n)*{name}=|# Exposure: {name}=", text), f"{name} is not argued for"


@pytest.mark.parametrize("kind", UNITS)
def test_no_unit_has_a_way_out_of_the_house(kind: str) -> None:
    assert settings(UNITS[kind])["RestrictAddressFamilies"] == ["AF_UNIX"]


@pytest.mark.parametrize("kind", UNITS)
def test_a_wrong_configuration_is_not_restarted_and_everything_else_is(kind: str) -> None:
    there = settings(UNITS[kind])
    assert there["Type"] == ["notify"]
    assert there["Restart"] == ["always"]
    assert {"69", "78"} <= set(there["RestartPreventExitStatus"][0].split())
    assert there["WatchdogSec"] == ["60"]
    assert there["StartLimitIntervalSec"] == ["0"]


@pytest.mark.parametrize("kind", UNITS)
def test_only_state_and_cache_are_writable(kind: str) -> None:
    there = settings(UNITS[kind])
    assert there["ProtectSystem"] == ["strict"]
    places = " ".join(there.get("ReadWritePaths", [])).split()
    assert all(re.fullmatch(r"-%h/\.(cache|local/state)/voiced", place) for place in places)
    assert bool(places) is (kind == "user")
    assert "ConfigurationDirectory" not in there


@pytest.mark.parametrize("name", ["session.service", "system.service"])
def test_bus_activation_leads_to_the_unit(name: str) -> None:
    there = settings(systemd_dir() / "dbus" / name)
    assert (there["Name"], there["SystemdService"]) == (["org.voiced.Voiced1"], ["voiced.service"])


# The policy

OWNER = """
import sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags
bus = Gio.DBusConnection.new_for_address_sync(
    sys.argv[1], flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
loop = GLib.MainLoop()
Gio.bus_own_name_on_connection(bus, "org.voiced.Voiced1", 0,
    lambda *_: print("owned", flush=True), lambda *_: (print("refused", flush=True), loop.quit()))
loop.run()
"""

BUS = """<busconfig>
  <type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/><allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/><allow receive_type="method_call"/>
    <allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
  </policy>
  <include>{policy}</include>
</busconfig>"""

OWN_ACCOUNT, MEMBERS, STRANGER = "daemon", "audio", "nobody"
"""Accounts that every Debian has, in the roles of the user `voiced`, the group `voiced` and anybody else."""


def as_user(user: str, *groups: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", "--regid=nogroup", f"--groups={','.join(groups or ('nogroup',))}"]


@pytest.fixture
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if os.geteuid() != 0:
        pytest.skip("needs root, to call as somebody else")
    policy = (systemd_dir() / "dbus" / "system.conf").read_text("utf-8")
    policy = policy.replace('group="voiced"', f'group="{MEMBERS}"').replace('user="voiced"', f'user="{OWN_ACCOUNT}"')
    with system_bus(tmp_path_factory.mktemp("bus"), policy) as address:
        yield address


@contextmanager
def system_bus(folder: Path, policy: str) -> Iterator[str]:
    """The address of a bus with the system's policy, and this one."""
    place = folder
    while place.is_relative_to(tempfile.gettempdir()) and place != Path(tempfile.gettempdir()):
        place.chmod(0o755)
        place = place.parent
    (folder / "policy.conf").write_text(policy)
    (folder / "bus.conf").write_text(BUS.format(socket=folder / "socket", policy=folder / "policy.conf"))
    command = ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--print-address"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        yield daemon.stdout.readline().strip()
        daemon.terminate()


@pytest.fixture
def owned(bus: str) -> Iterator[str]:
    """The bus, with somebody at the name who answers to `Ping`."""
    with subprocess.Popen([sys.executable, "-c", OWNER, bus], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "owned\n"
        yield bus
        owner.kill()


def called(
    bus: str, *caller: str, method: str = "org.freedesktop.DBus.Peer.Ping", arguments: Sequence[str] = ()
) -> str:
    """What came of a call: "()" or an error."""
    command = [*caller, "gdbus", "call", "--address", bus, "--dest", "org.voiced.Voiced1", "--object-path"]
    command += ["/org/voiced/Voiced1", "--method", method, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    return done.stdout.strip() or done.stderr.strip()


def test_root_and_the_group_may_call(owned: str) -> None:
    assert called(owned) == "()"
    assert called(owned, *as_user(STRANGER, MEMBERS)) == "()"
    assert called(owned, *as_user(OWN_ACCOUNT)) == "()"


@pytest.mark.parametrize(
    "method",
    [
        "org.freedesktop.DBus.Peer.Ping",
        "org.freedesktop.DBus.Introspectable.Introspect",
        "org.freedesktop.DBus.Properties.GetAll",
        "org.voiced.Voiced1.Listen",
    ],
)
def test_everybody_else_is_refused_whatever_they_ask(owned: str, method: str) -> None:
    assert "org.freedesktop.DBus.Error.AccessDenied" in called(owned, *as_user(STRANGER), method=method)


def test_nobody_else_can_take_the_name(bus: str) -> None:
    command = [*as_user(STRANGER, MEMBERS), "gdbus", "call", "--address", bus, "--dest", "org.freedesktop.DBus"]
    command += ["--object-path", "/", "--method", "org.freedesktop.DBus.RequestName", "org.voiced.Voiced1", "uint32 0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=60)
    assert "AccessDenied" in done.stderr


LISTENER = """
import grp, os, pwd, sys
from gi.repository import Gio, GLib
address, user, groups = sys.argv[1:]
os.setgroups([grp.getgrnam(group).gr_gid for group in groups.split(",")])
os.setgid(grp.getgrnam("nogroup").gr_gid)
os.setuid(pwd.getpwnam(user).pw_uid)
flags = Gio.DBusConnectionFlags
bus = Gio.DBusConnection.new_for_address_sync(
    address, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
loop = GLib.MainLoop()
def hear(con, sender, path, interface, name, arguments):
    print(name, flush=True)
    if name == "NameOwnerChanged":
        loop.quit()
bus.signal_subscribe(None, None, None, "/org/voiced/Voiced1", None, 0, hear)
bus.signal_subscribe(None, None, "NameOwnerChanged", None, "org.voiced.Voiced1", 0, hear)
bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "GetId", None, None, 0, -1, None)
print("listening", flush=True)
loop.run()
"""
"""Prints the names of all signals of the daemon, the last of which is that it has left, which everybody may know."""


@contextmanager
def listener(bus: str, user: str, group: str = "nogroup") -> Iterator[IO[str]]:
    """What somebody hears."""
    command = [sys.executable, "-c", LISTENER, bus, user, group]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "listening\n"
        yield program.stdout
        program.kill()


def test_nobody_but_root_and_the_group_hears_what_is_said_in_the_house(bus: str) -> None:
    """M9; the daemon's own end of the bus, so that it is whatever the daemon sends."""
    with closing(Bus("system", bus, RoomClock(0))) as daemon:
        daemon.start()
        with (
            listener(bus, STRANGER) as stranger,
            listener(bus, STRANGER, MEMBERS) as member,
            listener(bus, OWN_ACCOUNT) as own,
            listener(bus, "root") as root,
        ):
            daemon.tell(StateChanged("thinking"), 0.0)
            daemon.tell(Transcript(1, "My pin is 1234.", ""), 0.0)
            daemon.close()
            for invited in (member, own, root):
                assert invited.read().split() == ["PropertiesChanged", "Transcript", "NameOwnerChanged"]
            assert stranger.read().split() == ["NameOwnerChanged"]


def test_a_member_is_answered_by_the_daemon_and_told_what_is_wrong(bus: str) -> None:
    member = as_user(STRANGER, MEMBERS)
    with closing(Bus("system", bus, RoomClock(0))) as daemon:
        daemon.start()
        properties = called(
            bus, *member, method="org.freedesktop.DBus.Properties.GetAll", arguments=["org.voiced.Voiced1"]
        )
        assert "'State': <'starting'>" in properties
        assert "org.voiced.Error.NotReady" in called(bus, *member, method="org.voiced.Voiced1.Listen")


def test_a_bus_without_the_policy_is_not_taken_for_one_with_another_daemon(tmp_path: Path) -> None:
    with (
        system_bus(tmp_path, "<busconfig/>") as address,
        closing(Bus("system", address, RoomClock(0))) as daemon,
        pytest.raises(BusError, match=r"^The system bus does not let this user be voiced: .*install --system"),
    ):
        daemon.start()
