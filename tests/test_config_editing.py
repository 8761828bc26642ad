"""A value written into a configuration that people wrote by hand: nothing else of it changes."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.config.editing import set_value, with_value
from voiced.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[wake]\nthreshold = 0.4\n"),
        ('voice = "terse"', 'voice = "terse"\n\n[wake]\nthreshold = 0.4\n'),
        ("[wake]\n", "[wake]\nthreshold = 0.4\n"),
        ("[wake] # how sure\n\n[llm]\n", "[wake] # how sure\nthreshold = 0.4\n\n[llm]\n"),
        ("[wake]\nthreshold = 0.5  # as it was\n", "[wake]\nthreshold = 0.4  # as it was\n"),
        ("[wake]\n  threshold=0.5\n[llm]\n", "[wake]\n  threshold = 0.4\n[llm]\n"),
        ("[llm]\ntemperature = 1\n[wake]", "[llm]\ntemperature = 1\n[wake]\nthreshold = 0.4\n"),
    ],
)
def test_one_line_changes_and_comments_stay(before: str, after: str) -> None:
    assert with_value(before, "wake", "threshold", 0.4) == after


@pytest.mark.parametrize("text", ["wake.threshold = 0.5", "wake = { threshold = 0.5 }", "[wake", 'wake = "x"'])
def test_what_cannot_be_changed_safely_is_left_alone(text: str) -> None:
    assert with_value(text, "wake", "threshold", 0.4) is None


LINES = (
    "[wake]",
    "[llm]",
    "threshold = 0.5",
    "temperature = 1 # threshold = 2",
    'voice = """',
    '"""',
    "[wake.x]",
    "# [wake]",
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES)).map("\n".join))
def test_whatever_the_text_the_outcome_means_the_same_but_for_the_value(text: str) -> None:
    changed = with_value(text, "wake", "threshold", 0.4)
    if changed is not None:
        before, after = tomllib.loads(text), tomllib.loads(changed)
        assert after.pop("wake") == before.pop("wake", {}) | {"threshold": 0.4}
        assert after == before


def test_a_file_is_made_for_its_owner_alone_and_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    new = tmp_path / "voiced" / "config.toml"
    set_value(new, "wake", "verifier", True)
    assert new.read_text() == "[wake]\nverifier = true\n"
    assert new.stat().st_mode & 0o777 == 0o600
    new.chmod(0o644)
    (tmp_path / "link.toml").symlink_to(new)
    set_value(tmp_path / "link.toml", "wake", "threshold", 0.35)
    assert (tmp_path / "link.toml").is_symlink()
    assert new.stat().st_mode & 0o777 == 0o644
    assert tomllib.loads(new.read_text()) == {"wake": {"threshold": 0.35, "verifier": True}}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
def test_a_file_keeps_its_owner_and_its_group(tmp_path: Path) -> None:
    """The system's configuration is root's, and the daemon reads it by its group."""
    file = tmp_path / "config.toml"
    file.touch()
    file.chmod(0o640)
    os.chown(file, 12345, 54321)
    set_value(file, "wake", "threshold", 0.35)
    assert file.read_text() == "[wake]\nthreshold = 0.35\n"
    assert (file.stat().st_uid, file.stat().st_gid, file.stat().st_mode & 0o777) == (12345, 54321, 0o640)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[wake]\nthresold = 1\n", "did you mean"),
        (b"wake.threshold = 0.5\n", "write threshold = 0.4 into [wake] yourself"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_a_wrong_file_is_told_of_and_stays(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as told:
        set_value(file, "wake", "threshold", 0.4)
    assert sentence in str(told.value)
    assert file.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["config.toml"]


def test_a_folder_in_its_place_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be changed"):
        set_value(tmp_path, "wake", "threshold", 0.4)
