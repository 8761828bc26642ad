"""The fixtures that several modules share: a daemon on a bus, and a hub with models to pull.

A module that wants its own puts one of the same name in the place of these.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Each is imported where it is wanted, so that a test of a table does not wait for engines.
if TYPE_CHECKING:
    from tests.bus import BusDaemon, Client
    from tests.house import House
    from tests.hub import LocalHub
    from voiced.models.hub import Hub
    from voiced.models.store import Store

# --- a daemon on a bus -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bus() -> Iterator["BusDaemon"]:
    from tests.bus import bus_daemon

    with bus_daemon() as bus:
        yield bus


@pytest.fixture(scope="module")
def home(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, bus: "BusDaemon"
) -> Iterator["House"]:
    """One daemon for all tests of a module, with its CONFIG; each leaves it as it found it."""
    from tests.house import house

    with house(tmp_path_factory.mktemp("home"), bus.address, request.module.CONFIG) as home:
        yield home


@pytest.fixture
def program(bus: "BusDaemon", home: "House") -> Iterator["Client"]:
    """A client, once the daemon sleeps."""
    from tests.bus import client

    with client(bus.address) as program:
        program.wait_for_property("State", "asleep")
        assert home.failure is None
        program.catch_up().clear()
        yield program
        program.wait_for_property("State", "asleep")


# --- models to pull --------------------------------------------------------------------------------------------------


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine goes through, a hub on it is reached."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def content() -> dict[str, bytes]:
    """The files of one model of each kind."""
    from tests.shelf import on_a_hub

    return on_a_hub()


@pytest.fixture(scope="module")
def running(content: dict[str, bytes]) -> Iterator["LocalHub"]:
    from tests.hub import serving

    with serving(content) as hub:
        yield hub


@pytest.fixture
def local(running: "LocalHub") -> "LocalHub":
    """A hub with `content`, behaving itself."""
    from tests.hub import Order

    running.begin(lambda _path, _number: Order())
    running.digests = True
    return running


@pytest.fixture
def client(request: pytest.FixtureRequest, local: "LocalHub") -> Iterator["Hub"]:
    """A client of it; an impatient one where it falls silent."""
    from tests.pulling import IMPATIENT, QUICK
    from voiced.models.hub import Hub

    hub = Hub(local.address, IMPATIENT if "[stall" in request.node.name else QUICK)
    yield hub
    hub.close()


@pytest.fixture
def store(tmp_path: Path) -> "Store":
    from tests.shelf import store_in

    return store_in(tmp_path)
