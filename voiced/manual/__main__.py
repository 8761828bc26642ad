"""A folder flows in; the man pages and the shell completion are written below it."""

import argparse
import sys
from pathlib import Path

from voiced.manual import files


def main() -> int:
    """`python -m voiced.manual FOLDER`."""
    parser = argparse.ArgumentParser(prog="python -m voiced.manual", description="Write man pages and completion.")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a prefix such as /usr/local")
    folder: Path = parser.parse_args().folder
    for path, text in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
