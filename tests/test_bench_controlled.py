"""How quickly programs are answered, where that cannot be measured; where it can, `voiced bench` is tested with it."""

from pathlib import Path

import pytest

from voiced.bench.alone import Job
from voiced.bench.controlled import Answers, measure


def test_without_a_bus_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = "There is no dbus-daemon on this machine; install it (Debian: the package dbus-daemon)."
    assert measure(Job(None, None, None, ("command",))) == Answers(missing=missing)
