"""What people changed is there after a restart, unless the configuration has changed since, and after any accident."""

import json
import logging
import stat
from pathlib import Path

import pytest

from voiced.activity import Activity
from voiced.remembered import Remembered, replace_file


def reopened(path: Path) -> Remembered:
    return Remembered(path, Activity())


def test_what_was_changed_last_is_recalled(tmp_path: Path) -> None:
    path = tmp_path / "state" / "remembered.json"
    first = reopened(path)
    for volume in (0.1, 0.2, 0.3):
        first.remember("volume", volume, 0.8)
    first.remember("voice", "terse", "default")
    first.remember("muted", True, False)
    first.close()

    again = reopened(path)
    assert again.recall("volume", 0.8) == 0.3
    assert again.recall("voice", "default") == "terse"
    assert again.recall("muted", False) is True
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_newer_configuration_wins(tmp_path: Path) -> None:
    remembered = reopened(tmp_path / "remembered.json")
    remembered.remember("volume", 0.3, 0.8)

    assert remembered.recall("volume", 0.5) == 0.5
    assert remembered.recall("volume", 0.8) == 0.3
    remembered.close()


def test_what_is_as_configured_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "remembered.json"
    remembered = reopened(path)
    remembered.remember("volume", 0.8, 0.8)
    remembered.remember("muted", False, False)
    remembered.close()

    assert not path.exists()


def put_there(path: Path, volume: float) -> None:
    """Another file in the place of the one that is there, as `voiced restore` puts it."""
    other = reopened(path.with_name("other.json"))
    other.remember("volume", volume, 0.8)
    other.remember("voice", "terse", "default")
    other.close()
    path.with_name("other.json").replace(path)


def test_what_somebody_else_has_put_there_is_taken_up_when_asked_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "remembered.json"
    remembered = reopened(path)
    assert not remembered.reread()
    put_there(path, 0.2)
    assert remembered.recall("volume", 0.8) == 0.8
    assert remembered.reread()
    assert remembered.recall("volume", 0.8) == 0.2
    assert not remembered.reread()

    put_there(path, 0.3)
    remembered.remember("muted", True, False)
    remembered.close()
    assert {key: entry["value"] for key, entry in json.loads(path.read_text()).items()} == {
        "volume": 0.3,
        "voice": "terse",
        "muted": True,
    }
    assert remembered.reread()


def test_what_was_changed_since_the_last_reading_stays_when_nobody_else_wrote(tmp_path: Path) -> None:
    remembered = reopened(tmp_path / "remembered.json")
    for volume in (0.1, 0.2, 0.3):
        remembered.remember("volume", volume, 0.8)
        assert not remembered.reread()
        assert remembered.recall("volume", 0.8) == volume
    remembered.close()
    assert not remembered.reread()


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '"x"', '{"volume": 3}', '{"volume": {"value": "loud", "instead_of": 0.8}}', "\0" * 100,
     '{"volume": {"value": NaN, "instead_of": 0.8}}', '{"volume": {"value": [1], "instead_of": 0.8}}'],
)  # fmt: skip
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "remembered.json"
    path.write_text(content)
    remembered = reopened(path)

    assert remembered.recall("volume", 0.8) == 0.8
    remembered.remember("volume", 0.4, 0.8)
    remembered.close()
    assert json.loads(path.read_text())["volume"]["value"] == 0.4


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, "old")
    (tmp_path / "file.new").write_text("half a new o")  # left by a power cut

    replace_file(path, "new")

    assert path.read_text() == "new"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_place_that_cannot_be_written_is_told_of_and_nothing_else_happens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "state").write_text("in the way")
    remembered = reopened(tmp_path / "state" / "remembered.json")
    with caplog.at_level(logging.WARNING):
        remembered.remember("volume", 0.4, 0.8)
        remembered.close()

    assert remembered.recall("volume", 0.8) == 0.4
    assert "state" in caplog.text
