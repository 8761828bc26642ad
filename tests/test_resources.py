"""Where the data files are: beside the package in a checkout, inside it when installed."""

from pathlib import Path

from voiced.resources import data_dir, hardware_dir, voices_dir


def test_a_checkout_has_them_at_its_top_level() -> None:
    root = Path(__file__).parent.parent
    assert voices_dir() == root / "voices"
    assert hardware_dir() == root / "hardware"


def test_they_hold_what_voiced_cannot_do_without() -> None:
    assert (voices_dir() / "default.toml").is_file()
    assert len(list(hardware_dir().glob("*.toml"))) >= 3


def test_an_installed_package_has_its_own(tmp_path: Path) -> None:
    package = tmp_path / "site-packages" / "voiced"
    (package / "data" / "voices").mkdir(parents=True)

    assert data_dir("voices", package) == package / "data" / "voices"
    assert data_dir("hardware", package) == tmp_path / "site-packages" / "hardware"
