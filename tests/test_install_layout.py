"""For whom `voiced install` installs, and within which limits."""

import os

import pytest

from voiced.hardware import load_profile
from voiced.install.layout import limits
from voiced.install.person import caller
from voiced.resources import hardware_dir


def test_who_has_no_account_is_known_by_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000)
    assert caller({}).name == "4000000"


@pytest.mark.parametrize("name", ["desktop", "mini-pc", "raspberry-pi-zero-2-w", "raspberry-pi-5"])
def test_the_limits_leave_room_for_what_is_planned(name: str) -> None:
    profile = load_profile(name, hardware_dir())
    values = dict(line.split("=") for line in limits(profile, 4).splitlines() if line[0] not in "#[")
    high, most = (int(values[key].removesuffix("M")) for key in ("MemoryHigh", "MemoryMax"))
    assert profile.budget.memory_mb < high < most
    assert int(values["TasksMax"]) >= 64
