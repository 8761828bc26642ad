"""`voicectl`: commands for a running daemon flow in, its answers flow out. Imports no engine.

It is still to be written; this says so instead of pretending.
"""

import argparse
import sys
from collections.abc import Sequence

from voiced import __version__


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `voicectl`. `arguments` are those of the process, unless given."""
    parser = argparse.ArgumentParser(prog="voicectl", description="Control a running voiced.")
    parser.add_argument("--version", action="version", version=f"voicectl {__version__}")
    parser.parse_args(arguments)
    print(
        "voicectl: this program is still to come; speak to voiced, or use gdbus, as README.md shows.", file=sys.stderr
    )
    return 1
