"""`voiced uninstall`: what `voiced install` brought is taken away; with --purge the person's data too."""

import argparse

from voiced.cli.install import carry_out_asked, chosen_place
from voiced.install.layout import linger_mark, removing


def run(options: argparse.Namespace) -> int:
    """Says what it will do, asks once, and does it."""
    place = chosen_place(options)
    plan = removing(place, purge=options.purge)
    if carry_out_asked(plan, options, "remove voiced and all its data" if options.purge else "remove voiced"):
        print("Done." if options.purge else "Done. Configuration, timers and models are still there.")
        if place.kind == "user" and linger_mark(place).exists():
            name = place.person.name
            print(f"{name} still lingers; `loginctl disable-linger` ends that, if nothing else relies on it.")
    return 0
