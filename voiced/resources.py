"""Nothing flows in, the folders of data files that come with voiced flow out.

In a checkout they are the folders at its top level, so that editing one has effect at once; in an installed package
they lie below `voiced/data`, where the build puts them (pyproject.toml, "sources").
"""

from pathlib import Path

HERE = Path(__file__).parent


def data_dir(name: str, package: Path = HERE) -> Path:
    """The folder `name` that belongs to the package in the folder `package`: its own, else the checkout's."""
    installed = package / "data" / name
    return installed if installed.is_dir() else package.parent / name


def voices_dir() -> Path:
    """The voices that come with voiced: one NAME.toml each."""
    return data_dir("voices")


def hardware_dir() -> Path:
    """The hardware profiles that come with voiced: one NAME.toml each."""
    return data_dir("hardware")


def starter_dir() -> Path:
    """The starter models that come with voiced."""
    return voices_dir() / "starter"


def systemd_dir() -> Path:
    """The units, and the files that make D-Bus and systemd know voiced."""
    return data_dir("systemd")
