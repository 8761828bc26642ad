"""A parser flows in, the commands that put voiced on a machine, and save what it knows, flow out in it."""

import argparse
from collections.abc import Callable
from pathlib import Path

Add = Callable[[str, str], argparse.ArgumentParser]
"""Adds a command of a name, with a line of help."""


def add_deployment(add: Add, add_plain: Add) -> None:
    """`install`, `uninstall`, and, without the options that name a configuration, `backup` and `restore`."""
    install = add("install", "start voiced with the machine: units, D-Bus, permissions, man pages")
    uninstall = add("uninstall", "take away what `voiced install` brought, and keep your data")
    for parser in (install, uninstall):
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument(
            "--user", dest="kind", action="store_const", const="user", default="user",
            help="for yourself, with the sound of your desktop (default)",
        )  # fmt: skip
        kind.add_argument(
            "--system", dest="kind", action="store_const", const="system",
            help="for a device with a sound card of its own",
        )  # fmt: skip
        parser.add_argument("--root", type=Path, metavar="DIR", help="work on the tree DIR instead of this system")
        parser.add_argument("--person", metavar="NAME", help="whose service it is, of those in the tree (with --root)")
        parser.add_argument("--program", type=Path, metavar="FILE", help="where voiced is, as the units call it")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
        parser.add_argument("--yes", action="store_true", help="do not ask")
    install.add_argument("--no-linger", action="store_true", help="leave when you log out (with --user)")
    install.add_argument("--limits-only", action="store_true", help="write the limits of the hardware profile alone")
    uninstall.add_argument("--purge", action="store_true", help="delete configuration, timers, voices and models, too")
    backup = add_plain("backup", "save configuration, timers and your own voices in one file; voiced may run meanwhile")
    restore = add_plain("restore", "bring back what `voiced backup` saved, in place of what there is now")
    for parser in (backup, restore):
        parser.add_argument("file", type=Path, metavar="FILE.tar.gz", help="the archive")
        parser.add_argument("--system", action="store_true", help="that of the system's daemon, not yours")
    restore.add_argument(
        "--yes", action="store_true",
        help="do not ask before deleting a configuration, voices or timers of which the archive has none",
    )  # fmt: skip
