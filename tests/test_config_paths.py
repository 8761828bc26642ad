"""Where voiced keeps its files."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.errors import ConfigError, StateError
from voiced.paths import Paths, find_paths, make_private


def test_the_home_folder_is_enough() -> None:
    assert find_paths({"HOME": "/home/a"}) == Paths(
        config=Path("/home/a/.config/voiced"),
        data=Path("/home/a/.local/share/voiced"),
        state=Path("/home/a/.local/state/voiced"),
        cache=Path("/home/a/.cache/voiced"),
    )


def test_xdg_variables_win_over_the_home_folder() -> None:
    names = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    paths = find_paths({name: f"/x/{name[4:8]}" for name in names})
    assert paths == Paths(
        Path("/x/CONF/voiced"), Path("/x/DATA/voiced"), Path("/x/STAT/voiced"), Path("/x/CACH/voiced")
    )


def test_relative_xdg_variables_are_ignored() -> None:
    assert find_paths({"HOME": "/h", "XDG_CACHE_HOME": "cache"}).cache == Path("/h/.cache/voiced")


def test_a_system_service_keeps_everything_in_systemds_folders() -> None:
    paths = find_paths(
        {
            "CONFIGURATION_DIRECTORY": "/etc/voiced",
            "STATE_DIRECTORY": "/var/lib/voiced:/var/lib/other",
            "CACHE_DIRECTORY": "/var/cache/voiced",
        }
    )
    assert paths == Paths(
        Path("/etc/voiced"), Path("/var/lib/voiced/data"), Path("/var/lib/voiced"), Path("/var/cache/voiced")
    )


def test_a_users_service_finds_the_models_of_the_users_shell() -> None:
    shell = find_paths({"HOME": "/home/a"})
    service = find_paths({"HOME": "/home/a", "STATE_DIRECTORY": "/home/a/.local/state/voiced"})
    assert service == shell


def test_without_a_home_folder_the_error_says_which_variable_to_set() -> None:
    with pytest.raises(ConfigError, match="set HOME or XDG_CONFIG_HOME"):
        find_paths({})


@given(st.dictionaries(st.sampled_from(["HOME", "XDG_DATA_HOME", "STATE_DIRECTORY", "CACHE_DIRECTORY"]), st.text()))
def test_every_folder_is_absolute_or_there_is_an_error(environment: dict[str, str]) -> None:
    try:
        paths = find_paths(environment)
    except ConfigError:
        return
    assert all(folder.is_absolute() for folder in (paths.config, paths.data, paths.state, paths.cache))


def test_asking_creates_nothing(tmp_path: Path) -> None:
    find_paths({"HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_folders_are_created_for_their_owner_alone(tmp_path: Path) -> None:
    folder = make_private(tmp_path / "a" / "b")
    assert [p.stat().st_mode & 0o777 for p in (folder, folder.parent)] == [0o700, 0o700]


def test_a_folder_that_exists_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0o755)
    make_private(tmp_path / "a")
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("below", ["file", "file/folder"])
def test_a_file_in_the_way_is_an_error_that_names_it(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="file"):
        make_private(tmp_path / below)
