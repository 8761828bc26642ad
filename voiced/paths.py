"""The environment's variables flow in, the four folders that voiced uses flow out. Nothing is created by asking.

platformdirs knows these rules too, but reads the process's own environment; a pure function of a mapping can be tested
and can serve the system's daemon (systemd's variables) and a person's shell (XDG's) alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voiced.errors import ConfigError, StateError

NAME = "voiced"
"""The folder's name below each of XDG's."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where voiced keeps its files; the folders need not exist."""

    config: Path
    """config.toml, and voices/ with the user's own voices."""
    data: Path
    """Models and other downloads."""
    state: Path
    """Timers and what else must outlive the process."""
    cache: Path
    """What can be made again."""

    @property
    def config_file(self) -> Path:
        """The configuration that is read when no other is named; it may be missing."""
        return self.config / "config.toml"

    @property
    def voices(self) -> Path:
        """The user's own voices; they win over those that voiced brings along."""
        return self.config / "voices"


def find_paths(environment: Mapping[str, str]) -> Paths:
    """The folders for this environment: systemd's where it names them, else XDG's, else XDG's defaults below HOME.

    Raises ConfigError when neither a folder nor HOME is given as an absolute path."""
    state_given = _systemd(environment, "STATE_DIRECTORY")
    return Paths(
        config=_systemd(environment, "CONFIGURATION_DIRECTORY") or _xdg(environment, "XDG_CONFIG_HOME", ".config"),
        data=_service_data(state_given) or _xdg(environment, "XDG_DATA_HOME", ".local/share"),
        state=state_given or _xdg(environment, "XDG_STATE_HOME", ".local/state"),
        cache=_systemd(environment, "CACHE_DIRECTORY") or _xdg(environment, "XDG_CACHE_HOME", ".cache"),
    )


def make_private(folder: Path) -> Path:
    """Creates `folder` and whatever is missing above it, for its owner alone (0700); returns it.

    To be called right before the first write. What exists keeps its permissions. Raises StateError when it fails."""
    try:
        for missing in reversed([folder, *folder.parents]):
            if not missing.exists():
                # Path.mkdir(parents=True) would give the mode to the last one only; XDG asks for 0700 on all.
                missing.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise StateError(f"{folder} is in the way: voiced needs a folder there; move the file elsewhere.")
    except OSError as error:
        raise StateError(
            f"The folder {folder} cannot be created ({error.strerror}); create it, or make its parent writable."
        ) from error
    return folder


def _systemd(environment: Mapping[str, str], variable: str) -> Path | None:
    """The first of the folders in one of systemd's colon-separated lists; None when it is not set."""
    first = environment.get(variable, "").split(":")[0]
    return Path(first) if first.startswith("/") else None


def _service_data(state: Path | None) -> Path | None:
    """The data folder of a system service: systemd has no variable for data, so it goes below the state's.

    A *user's* service keeps XDG's data folder although systemd names a state folder, so that it sees the models which
    the same person downloads in a shell. systemd puts the state of system services, and of no other, in /var/lib."""
    return state / "data" if state is not None and state.is_relative_to("/var/lib") else None


def _xdg(environment: Mapping[str, str], variable: str, default: str) -> Path:
    """XDG's folder for us. Relative values are ignored, as the XDG base directory specification demands."""
    base = environment.get(variable, "")
    if base.startswith("/"):
        return Path(base) / NAME
    home = environment.get("HOME", "")
    if not home.startswith("/"):
        raise ConfigError(f"There is no place for voiced's files: set HOME or {variable} to an absolute path.")
    return Path(home) / default / NAME
