"""Bus, daemon, unit and linger: a real bus or none, units as `voiced install` writes them into a tree."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import voiced
from tests.bus import BusDaemon, bus_daemon
from tests.home import home, install_ears
from tests.house import house
from tests.talk import setting
from voiced.cli import main
from voiced.doctor import promise, service
from voiced.doctor.finding import Finding
from voiced.doctor.order import Trial, examine
from voiced.doctor.service import judge_daemon, judge_unit
from voiced.doctor.situation import Seen, Situation
from voiced.doctor.sockets import Watch, internet_sockets


@pytest.fixture
def bus() -> Iterator[BusDaemon]:
    with bus_daemon() as running:
        yield running


@contextmanager
def situation(home: Path, root: Path = Path("/nonexistent"), **environment: str) -> Iterator[Situation]:
    made = Situation(setting(home), {"HOME": str(home)} | environment, root=root)
    try:
        yield made
    finally:
        made.close()


NO_SYSTEM = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}


def tried(trial: Trial, home: Path, root: Path = Path("/nonexistent"), **environment: str) -> list[Finding]:
    with situation(home, root, **NO_SYSTEM | environment) as there:
        return list(examine(there, [trial]))


# --- the bus -----------------------------------------------------------------------------------------------------


def test_a_bus_without_a_daemon_is_no_fault(tmp_path: Path, bus: BusDaemon) -> None:
    found = tried(service.bus, tmp_path, DBUS_SESSION_BUS_ADDRESS=bus.address)
    assert [(each.what, each.outcome) for each in found] == [("bus", "ok"), ("daemon", "skipped")]


def test_a_bus_that_is_down_is_found(tmp_path: Path, bus: BusDaemon) -> None:
    bus.stop()
    found = tried(service.bus, tmp_path, DBUS_SESSION_BUS_ADDRESS=bus.address)[0]
    assert (found.outcome, found.advice) == ("fault", "Log in, or start it.")
    assert "session bus cannot be reached" in found.result
    assert bus.address not in (found.public or found.result)


def test_no_session_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)  # root's voiced is on the system bus
    found = tried(service.bus, tmp_path)[0]
    assert (found.outcome, "Log in" in found.advice) == ("warning", True)


def test_a_running_daemon_is_asked(tmp_path: Path, bus: BusDaemon) -> None:
    """And its sockets are looked at: it is this very process."""
    place, config = tmp_path / "house", '[stt]\nengines = ["faster-whisper"]\n'
    place.mkdir()
    install_ears(home(place, config), "hello")
    with (
        house(place, bus.address, config),
        situation(tmp_path, Path("/"), DBUS_SESSION_BUS_ADDRESS=bus.address, **NO_SYSTEM) as there,
    ):
        found = list(examine(there, [service.bus]))
        assert there.daemon is not None
        assert there.daemon.process == os.getpid()
        assert there.daemon.quiet
        assert [each.outcome for each in found[:2]] == ["ok", "ok"]
        assert "voiced runs (asleep)" in found[1].result
        assert "daemon's llm" in [each.what for each in found]
        offline = {each.what: each.outcome for each in examine(there, [promise.offline])}
        assert offline["daemon offline"] == "ok"


@pytest.mark.parametrize(
    ("properties", "outcomes", "words"),
    [
        ({"State": "asleep", "Version": voiced.__version__, "Health": {"stt": "ok"}}, ["ok"], "asleep"),
        ({"State": "muted", "Version": voiced.__version__}, ["warning"], "voicectl unmute"),
        ({"State": "asleep", "Version": "0.0.1"}, ["warning"], "Start it again"),
        (
            {"State": "asleep", "Version": voiced.__version__, "Health": {"tts": "piper is damaged; get it again."}},
            ["ok", "warning"],
            "Get it again.",
        ),
    ],
)
def test_what_a_daemon_says_of_itself_is_judged(properties: dict[str, object], outcomes: list[str], words: str) -> None:
    found = list(judge_daemon(Seen(1, properties)))
    assert [each.outcome for each in found] == outcomes
    assert words in f"{found[-1].result} {found[-1].advice}"


# --- the unit ----------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree in which somebody has installed voiced for themselves, with a program where the unit looks for it."""
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    root = tmp_path / "root"
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/voiced").touch(0o755)
    assert main(["install", "--root", str(root), "--yes"]) == 0
    return root


def unit(tree: Path) -> Path:
    return tree / str(tree.parent / "home/.config/systemd/user/voiced.service")[1:]


def test_a_unit_as_it_was_installed_is_in_order(tree: Path) -> None:
    found = tried(service.unit, tree.parent / "home", tree)
    assert [(each.what, each.outcome) for each in found] == [("unit", "ok"), ("linger", "ok")]
    wall = tried(promise.offline, tree.parent / "home", tree)[-1]
    assert (wall.what, wall.outcome) == ("unit offline", "ok")


def test_no_unit_is_told_and_no_fault(tmp_path: Path) -> None:
    (found,) = tried(service.unit, tmp_path, tmp_path)
    assert (found.outcome, found.advice) == ("skipped", "`voiced install` makes it do so.")


def test_a_person_who_does_not_linger_is_found(tree: Path) -> None:
    """M4."""
    for mark in (tree / "var/lib/systemd/linger").iterdir():
        mark.unlink()
    found = tried(service.unit, tree.parent / "home", tree)[-1]
    assert (found.what, found.outcome) == ("linger", "fault")
    assert found.advice.startswith("`loginctl enable-linger ")
    assert found.fix is None, "a tree has no logind"


def test_a_program_that_has_moved_is_found(tree: Path) -> None:
    (tree / "usr/bin/voiced").unlink()
    (found,) = tried(service.unit, tree.parent / "home", tree)
    assert (found.outcome, found.advice) == ("fault", "`voiced install` again.")
    assert "/usr/bin/voiced" in found.result


def test_two_daemons_that_want_one_microphone_are_found(tree: Path) -> None:
    wants = tree / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    (wants / "voiced.service").symlink_to("../voiced.service")
    (found,) = tried(service.unit, tree.parent / "home", tree)
    assert (found.outcome, "voiced uninstall" in found.advice) == ("fault", True)


@pytest.mark.parametrize(
    ("shown", "running", "outcome", "words"),
    [
        ({}, False, "ok", ""),
        ({"ActiveState": "active", "NRestarts": "0"}, True, "ok", ""),
        ({"ActiveState": "inactive"}, False, "warning", "systemctl --user restart voiced"),
        ({"ActiveState": "failed", "Result": "exit-code"}, False, "fault", "journalctl --user -u voiced"),
        ({"ActiveState": "failed", "ExecMainStatus": "78"}, False, "fault", "Mend what is told above"),
        ({"ActiveState": "active", "NRestarts": "12"}, True, "warning", "journalctl --user -u voiced"),
        ({"ActiveState": "active", "NeedDaemonReload": "yes"}, True, "warning", "daemon-reload"),
    ],
)
def test_what_systemd_says_is_judged(
    tmp_path: Path, shown: dict[str, str], running: bool, outcome: str, words: str
) -> None:
    with situation(tmp_path) as there:
        found = judge_unit(replace(there.place, root=tmp_path), shown, running=running)
    assert (found.outcome, words in found.advice) == (outcome, True), found


# --- the promise -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drop_in", "outcome", "words"),
    [
        ("RestrictAddressFamilies=AF_INET AF_INET6", "warning", "AF_INET, AF_INET6"),
        ("RestrictAddressFamilies=", "warning", "does not keep"),
        ("RestrictAddressFamilies=\nRestrictAddressFamilies=~AF_PACKET", "warning", "does not keep"),
        ("RestrictAddressFamilies=\nRestrictAddressFamilies=AF_UNIX AF_NETLINK", "ok", ""),
    ],
)
def test_a_drop_in_that_opens_the_wall_is_found(tree: Path, drop_in: str, outcome: str, words: str) -> None:
    folder = Path(f"{unit(tree)}.d")
    folder.mkdir(exist_ok=True)
    (folder / "60-mine.conf").write_text(f"[Service]\n{drop_in}\n")
    wall = tried(promise.offline, tree.parent / "home", tree)[-1]
    assert (wall.outcome, words in wall.result) == (outcome, True), wall


def test_an_internet_socket_is_seen_even_after_it_was_closed(tmp_path: Path) -> None:
    with situation(tmp_path) as there:
        assert [each.outcome for each in examine(there, [promise.offline])] == ["ok"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
            opened.bind(("127.0.0.1", 0))
            there.watch.found()
            assert internet_sockets() == ["udp"]
        assert internet_sockets() == []
        (found,) = examine(there, [promise.offline])
        assert (found.outcome, "(udp)" in found.result) == ("fault", True)
        (found,) = examine(there, [lambda _: iter([promise.judge_sockets(there.watch.found(), "tcp:10.0.0.1")])])
        assert (found.outcome, "PULSE_SERVER" in found.result) == ("warning", True)


def test_sockets_that_reach_nobody_outside_are_none() -> None:
    watch = Watch()
    with socket.socket(socket.AF_UNIX), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW):
        assert watch.found() == []
    watch.close()
