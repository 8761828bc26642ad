"""A command line flows in, an exit status flows out: 0 only when it worked, and errors as one sentence.

Each command has a module of its own, imported when it is called, so that `--help` does not wait for the engines.
"""

import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from voiced import onnx
from voiced.cli.parser import build_parser
from voiced.errors import BusError, ConfigError, VoicedError

INTERRUPTED = 130
"""The shells' exit status for Ctrl-C: 128 + SIGINT."""

STATUSES = {ConfigError: 78, BusError: 69}
"""Exit statuses after which systemd's units do not start again, because it would end in the same way: EX_CONFIG of
sysexits.h for a wrong configuration, EX_UNAVAILABLE for a place on the bus that another daemon has. 1 for all else."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `voiced`. `arguments` are those of the process, unless given."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal's encoding lacks, or a file's name in no encoding, must not lose the rest.
            stream.reconfigure(errors="backslashreplace")
    onnx.quieten()
    options = build_parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except VoicedError as error:
        print(f"voiced: {error}", file=sys.stderr)
        return STATUSES.get(type(error), 1)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # whoever read it has left, as `head` does
        return 1
    except OSError as error:
        # Files and devices have errors of their own; what is left is the output itself, as on a full disk.
        print(f"voiced: The output cannot be written ({error.strerror or error}); write elsewhere.", file=sys.stderr)
        _give_up_output()
        return 1
    return status


def _give_up_output() -> None:
    """What is still buffered goes nowhere: at its end the interpreter would try again, and complain."""
    with suppress(OSError):  # not a file, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
