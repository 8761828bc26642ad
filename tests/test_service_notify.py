"""The protocol of sd_notify, on real sockets."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.systemd import Manager, manager
from voiced.service.notify import Notifier, watchdog_s


def test_what_is_told_arrives_as_lines(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd, closing(Notifier(systemd.address)) as notifier:
        assert notifier.tell(READY=1, STATUS="Listens.")
        assert systemd.told() == ["READY=1", "STATUS=Listens."]


def test_a_socket_in_abstract_space_is_reached() -> None:
    address = f"@voiced-test-{os.getpid()}"
    with closing(Manager(address)) as systemd, closing(Notifier(address)) as notifier:
        assert notifier.tell(WATCHDOG=1)
        assert systemd.told() == ["WATCHDOG=1"]


@pytest.mark.parametrize("address", [None, "", "relative", "vsock:2:1"])
def test_without_a_manager_nothing_is_told(address: str | None) -> None:
    notifier = Notifier(address)
    assert not notifier.there
    assert not notifier.tell(READY=1)


def test_a_manager_that_is_gone_harms_nothing_and_one_that_comes_back_is_told(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd:
        notifier = Notifier(systemd.address)
    assert not notifier.tell(WATCHDOG=1)
    Path(systemd.address).unlink()
    with manager(tmp_path) as systemd, closing(notifier):
        assert notifier.tell(WATCHDOG=1)
        assert systemd.told() == ["WATCHDOG=1"]


def test_a_manager_that_reads_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd, closing(Notifier(systemd.address)) as notifier:
        sent = 0
        while notifier.tell(STATUS="x" * 1000):
            sent += 1
        assert sent
        assert not notifier.tell(WATCHDOG=1)
        assert len(systemd.told()) == sent
        assert notifier.tell(WATCHDOG=1)


def test_closed_it_tells_nothing(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd:
        notifier = Notifier(systemd.address)
        notifier.close()
        notifier.close()
        assert not notifier.tell(READY=1)


@given(st.text())
def test_a_status_stays_one_line_and_adds_no_assignment(text: str) -> None:
    address = f"@voiced-test-status-{os.getpid()}"
    with closing(Manager(address)) as systemd, closing(Notifier(address)) as notifier:
        assert notifier.tell(STATUS=text)
        datagram = systemd._socket.recv(1 << 20)
    assert datagram.startswith(b"STATUS=")
    assert b"\n" not in datagram


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "17"}, 60.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "18"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "²"}, None),
    ],
)
def test_the_watchdogs_period_is_read_for_the_process_that_it_is_meant_for(
    environment: dict[str, str], expected: float | None
) -> None:
    assert watchdog_s(environment, 17) == expected


def test_the_socket_is_not_inherited(tmp_path: Path) -> None:
    with manager(tmp_path) as systemd, closing(Notifier(systemd.address)) as notifier:
        assert isinstance(notifier._socket, socket.socket)
        assert not notifier._socket.get_inheritable()
