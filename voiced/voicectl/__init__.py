"""A command line flows in, what a running daemon answers flows out, with an exit status: 0 only when it worked.

`parser` knows the commands, `commands` carries them out, `remote` is the daemon on the bus, `telling` makes JSON of its
signals; `monitor` watches them, `board` and `screen` are what it shows. No engine is imported, and the bus only when
the command line is right: most of what a start takes is Python's own.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from voiced.errors import VoicedError
from voiced.voicectl.parser import build_parser

INTERRUPTED = 130
"""The shells' exit status for Ctrl-C: 128 + SIGINT."""

NO_DAEMON = 3
"""As with systemctl: the program is not running."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `voicectl`. `arguments` are those of the process, unless given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal's encoding lacks must not lose the rest.
            stream.reconfigure(errors="backslashreplace")
    options = build_parser().parse_args(arguments)
    try:
        from voiced.voicectl import commands, remote
    except (ImportError, ValueError) as error:  # ValueError: GLib's description is not installed
        print(f"voicectl: D-Bus cannot be used ({error}); install voiced again.", file=sys.stderr)
        return 1
    try:
        status = commands.carry_out(options, os.environ)
        sys.stdout.flush()
    except VoicedError as error:
        print(f"voicectl: {error}", file=sys.stderr)
        return NO_DAEMON if isinstance(error, remote.NoDaemonError) else 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # whoever read it has left, as `head` does
        return 1
    except OSError as error:
        print(f"voicectl: The output cannot be written ({error.strerror or error}); write elsewhere.", file=sys.stderr)
        _give_up_output()
        return 1
    return status


def _give_up_output() -> None:
    """What is still buffered goes nowhere: at its end the interpreter would try again, and complain."""
    with suppress(OSError):  # not a file, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
