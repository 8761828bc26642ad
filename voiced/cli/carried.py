"""What became of the wheels in a bundle flows in, lines for people or programs flow out."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from voiced.models.store import megabytes

if TYPE_CHECKING:
    from voiced.models.bundle import Taken
    from voiced.models.wheels import Wheel


def show_wheels(taken: "Taken", bundle: Path, as_json: bool) -> None:
    """Those that were taken in, and those that nobody had asked for."""
    if as_json:
        for wheel, outcome in [*((each, "kept") for each in taken.wheels), *((each, "left") for each in taken.left)]:
            told = {"name": wheel.name, "kind": "wheel", "size_bytes": wheel.size, "file": wheel.file}
            print(json.dumps(told | {"outcome": outcome}))
        return
    if taken.wheels:
        size = megabytes(sum(wheel.size for wheel in taken.wheels))
        print(f"{called(taken.wheels)} ({size}): `make demo` in a checkout need not compile them any more.")
    if taken.left:
        names, verb = called(taken.left), "was" if len(taken.left) == 1 else "were"
        print(
            f"{names} {verb} left: what is compiled is a program; if you trust where it is from, "
            f"`voiced models import {bundle} --wheels` takes it in.",
            file=sys.stderr,
        )


def called(wheels: "Iterable[Wheel]") -> str:
    """The packages' names, each once: "docopt, pycairo and pygobject"."""
    *most, last = dict.fromkeys(wheel.name for wheel in wheels)
    return f"{', '.join(most)} and {last}" if most else last
