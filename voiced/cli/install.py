"""`voiced install`: a person's wish flows in, units and permissions flow out, after one question."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from voiced.errors import InstallError
from voiced.hardware import find_profile, look_at
from voiced.install.layout import PROGRAM, SYSTEM_PATHS, Place, installing, limiting, limits
from voiced.install.person import caller, inhabitant
from voiced.install.plan import Step, carry_out, pending
from voiced.install.program import check, own
from voiced.paths import find_paths
from voiced.resources import hardware_dir


def run(options: argparse.Namespace) -> int:
    """Says what it will do, asks once, and does it."""
    place = chosen_place(options)
    drop_in = _limits(place, options.profile)
    if options.limits_only:
        plan = _limiting(place, drop_in)
    else:
        if place.packaged is None:
            check(place.program, place.kind, here=place.live)
        plan = installing(place, drop_in, linger=not options.no_linger)
    if place.kind == "user" and os.geteuid() == 0 and not options.person and pending(plan):
        yours = "leave sudo out for yours" if place.live else "say whose it is with --person NAME"
        print(f"This is root's own service: {yours}, or say --system for the machine's.")
    if not carry_out_asked(plan, options, "install voiced"):
        return 0
    print("Done. " + _what_now(place))
    return 0


def chosen_place(options: argparse.Namespace) -> Place:
    """Where the options say. Raises InstallError."""
    root = options.root.absolute() if options.root else Path("/")
    if not root.is_dir():
        raise InstallError(f"There is no folder {root}; make it first.")
    if options.kind == "system" and root == Path("/") and os.geteuid() != 0 and not options.dry_run:
        raise InstallError("Only root may install for the whole system; run this with sudo, or use --user.")
    if options.person and (options.kind == "system" or root == Path("/")):
        raise InstallError(
            "--person says whose service it is in a tree, and goes with --root DIR; "
            "the system's is nobody's, and on a machine that runs everybody installs their own."
        )
    person = inhabitant(root, options.person) if options.person else caller(os.environ)
    # At boot there may be no HOME.
    paths = SYSTEM_PATHS if options.kind == "system" else find_paths(person.environment)
    program = options.program or (own() if root == Path("/") else Path(PROGRAM))
    return Place(options.kind, root, program, paths, person)


def carry_out_asked(plan: Sequence[Step], options: argparse.Namespace, what: str) -> bool:
    """Carries out what is not done yet, if the person agrees; whether it was done now."""
    steps = pending(plan)
    if not steps:
        print("There is nothing to do.")
        return False
    print(f"To {what}, this will:")
    for step in steps:
        print(f"  {step.title}")
    if options.dry_run:
        print("Nothing was changed.")
        return False
    if not options.yes and not agreed():
        print("Nothing was changed.")
        return False
    carry_out(steps, lambda _title: None)
    return True


def agreed() -> bool:
    """Whether the person at the terminal says yes. Raises InstallError when there is none."""
    if not sys.stdin.isatty():
        raise InstallError("Nobody is there to be asked; say --yes if that is what you want.")
    try:
        return input("Go on? [y/N] ").strip().casefold() in ("y", "yes")
    except EOFError:  # Ctrl-D
        print()
        return False


def _limits(place: Place, profile: str | None) -> str | None:
    """The limits for this machine, or of the profile that was named; None for a tree, whose machine is not known."""
    if not place.live and profile is None:
        return None
    machine = look_at()
    found, _ = find_profile(profile, hardware_dir(), machine)
    return limits(found, machine.cpus)


def _limiting(place: Place, drop_in: str | None) -> list[Step]:
    """Raises InstallError where there is nothing to write, or nothing that it would limit."""
    if drop_in is None:
        raise InstallError("Nobody knows the machine that this tree is for; name its hardware profile with --profile.")
    if place.packaged is None and not (place.units / "voiced.service").exists():
        raise InstallError(f"There is no {place.kind}'s service to limit; run `voiced install` without --limits-only.")
    return limiting(place, drop_in)


def _what_now(place: Place) -> str:
    if not place.live:
        return "voiced starts with the machine that this tree is for."
    manager = "systemctl --user" if place.kind == "user" else "systemctl"
    return f"`{manager} status voiced` says how it is."
