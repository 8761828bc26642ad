"""Which bus, by the environment."""

import pytest

from voiced.dbus.address import SYSTEM, default_bus, find_address


def test_root_is_on_the_systems_bus_and_everybody_else_on_their_own() -> None:
    assert (default_bus(0), default_bus(1000)) == ("system", "session")


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, None),
        ({"XDG_RUNTIME_DIR": "/run/user/1000"}, "unix:path=/run/user/1000/bus"),
        ({"XDG_RUNTIME_DIR": "/tmp/a b,c"}, "unix:path=/tmp/a%20b%2cc/bus"),
        ({"XDG_RUNTIME_DIR": "run"}, None),
        ({"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x", "XDG_RUNTIME_DIR": "/run/user/1000"}, "unix:path=/x"),
        ({"DBUS_SESSION_BUS_ADDRESS": ""}, None),
    ],
)
def test_the_session_bus_is_where_the_environment_says(environment: dict[str, str], address: str | None) -> None:
    assert find_address("session", environment) == address


def test_the_system_bus_is_where_it_always_is_unless_the_environment_knows_better() -> None:
    assert find_address("system", {}) == SYSTEM
    assert find_address("system", {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/x"}) == "unix:path=/x"
    assert find_address("none", {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}) is None
