"""`voiced restore`: configuration, timers and own voices flow back out of the file that `voiced backup` wrote."""

import argparse
import os

from voiced.backup import restore
from voiced.cli.backup import warn
from voiced.cli.install import agreed
from voiced.errors import InstallError
from voiced.install.layout import SYSTEM_PATHS
from voiced.paths import find_paths


def run(options: argparse.Namespace) -> int:
    """Checks the archive, then replaces what is there; asks where something would only be deleted."""

    def agree(lost: list[str]) -> bool:
        print(f"{options.file} has nothing to put into the place of what this will delete:")
        for each in lost:
            print(f"  {each}")
        return bool(options.yes) or agreed()

    if options.system and os.geteuid() != 0:
        raise InstallError("The files of the system's daemon are root's and the daemon's own; run this with sudo.")
    if options.system:
        try:
            SYSTEM_PATHS.config.mkdir(mode=0o755, exist_ok=True)  # root's, for the daemon to read
        except OSError as error:
            raise InstallError(f"{SYSTEM_PATHS.config} cannot be made ({error.strerror}); make it yourself.") from error
    count = restore(SYSTEM_PATHS if options.system else find_paths(os.environ), options.file, agree, warn)
    if not count:
        print("Nothing was changed.")
        return 0
    manager = "systemctl" if options.system else "systemctl --user"
    print(f"{options.file}: {count} files are back. A running daemon reads them after `{manager} reload voiced`.")
    return 0
