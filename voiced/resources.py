"""Nothing flows in, the folders of data files that come with voiced flow out."""

from pathlib import Path

HERE = Path(__file__).parent


def voices_dir() -> Path:
    return HERE.parent / "voices"


def hardware_dir() -> Path:
    return HERE.parent / "hardware"
