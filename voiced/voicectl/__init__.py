"""A command line flows in, what a running daemon answers flows out, with an exit status: 0 only when it worked.

`parser` knows the commands, `commands` carries them out, `remote` is the daemon on the bus, `telling` makes JSON of its
signals; `monitor` watches them, `board` and `screen` are what it shows. No engine is imported, and the bus only when
the command line is right: most of what a start takes is Python's own.
"""

import os
import sys
from collections.abc import Sequence

from voiced.errors import VoicedError
from voiced.program import carry_out, open_all_streams, show_any_letter
from voiced.voicectl.parser import build_parser

NO_DAEMON = 3
"""As with systemctl: the program is not running."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `voicectl`. `arguments` are those of the process, unless given."""
    open_all_streams()
    show_any_letter()
    return carry_out("voicectl", lambda: _work(arguments), _status_of)


def _work(arguments: Sequence[str] | None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        from voiced.voicectl import commands
    except (ImportError, ValueError) as error:  # ValueError: GLib's description is not installed
        print(f"voicectl: D-Bus cannot be used ({error}); install voiced again.", file=sys.stderr)
        return 1
    return commands.carry_out(options, os.environ)


def _status_of(error: VoicedError) -> int:
    from voiced.voicectl.remote import NoDaemonError

    return NO_DAEMON if isinstance(error, NoDaemonError) else 1
