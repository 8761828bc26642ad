"""`voiced backup`: configuration, timers and own voices flow into one file."""

import argparse
import os
import sys

from voiced.backup import backup
from voiced.install.layout import SYSTEM_PATHS
from voiced.paths import find_paths


def run(options: argparse.Namespace) -> int:
    """Writes the archive."""
    count = backup(SYSTEM_PATHS if options.system else find_paths(os.environ), options.file, warn)
    print(f"{options.file}: {count} files. Models are not in it.")
    return 0


def warn(sentence: str) -> None:
    """Tells a person what did not keep the work from being done."""
    print(f"voiced: {sentence}", file=sys.stderr)
