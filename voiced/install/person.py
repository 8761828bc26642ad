"""Who is meant flows in; whose folders and files a person's service is made of flows out."""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voiced.errors import InstallError
from voiced.install.files import Owner


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a service may belong to."""

    name: str
    environment: Mapping[str, str]
    """As their session has it."""
    owner: Owner | None = None
    """Whom what is written for them is given to; None for whoever writes it."""

    @property
    def config_home(self) -> Path:
        """Where the configuration of all programs is."""
        return self._folder("XDG_CONFIG_HOME", ".config")

    @property
    def data_home(self) -> Path:
        """Where all programs keep what they bring along."""
        return self._folder("XDG_DATA_HOME", ".local/share")

    def _folder(self, variable: str, usual: str) -> Path:
        """XDG's folder. Relative values are ignored, as the XDG base directory specification demands."""
        named = self.environment.get(variable, "")
        return Path(named) if named.startswith("/") else Path(self.environment.get("HOME", "/root")) / usual


def caller(environment: Mapping[str, str]) -> Person:
    """Whoever runs this process; by number, where that is all that is known of them."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return Person(name, environment)


def inhabitant(root: Path, name: str) -> Person:
    """The person whom the tree `root` knows by this name. Raises InstallError when there is none, or when nothing can
    be made for them."""
    accounts = root / "etc/passwd"
    try:
        lines = accounts.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise InstallError(f"Nobody knows who {name} is: {accounts} cannot be read ({error.strerror}).") from error
    found = [fields for line in lines if len(fields := line.split(":")) == 7 and fields[0] == name]
    if not found or not all(number.isdecimal() for number in found[0][2:4]):
        raise InstallError(f"There is no {name} in {accounts}; create that person in the tree first.")
    _, _, user, group, _, home, _ = found[0]
    owner, folder = Owner(int(user), int(group)), root / home.lstrip("/")
    if not home.startswith("/") or not folder.is_dir():
        raise InstallError(f"{name} has no home in the tree; make the folder {folder} first.")
    if os.geteuid() not in (0, owner.user):
        raise InstallError(f"Only root may make what belongs to {name}; run this with sudo.")
    return Person(name, {"HOME": home}, owner if os.geteuid() == 0 else None)
