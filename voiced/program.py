"""What a program does flows in; an exit status flows out, and what went wrong as one sentence on standard error.

Common to `voiced` and `voicectl`.
"""

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from voiced.errors import VoicedError

INTERRUPTED = 130
"""The shells' exit status for Ctrl-C: 128 + SIGINT."""


def show_any_letter() -> None:
    """A letter that the terminal's encoding lacks, or a file's name in no encoding, must not lose the rest."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def open_all_streams() -> None:
    """One that the caller has closed leads nowhere. Left as it is, it would be missing wherever something is printed
    or read, and lead into the next file that is opened."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):  # each gets the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))


def carry_out(name: str, work: Callable[[], int], status_of: Callable[[VoicedError], int]) -> int:
    """The exit status of the program `name`, which is what `work` returns unless it fails; work includes reading the
    command line, which raises SystemExit when it is wrong, or once the help has been shown."""
    try:
        status = _to_the_last_letter(work)
    except VoicedError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return status_of(error)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        _give_up_output()  # whoever read it has left, as `head` does
        return 1
    except OSError as error:
        if error.filename is not None:
            reason = error.strerror or error
            print(
                f"{name}: {error.filename} cannot be used ({reason}); see that it is there, and that you may use it.",
                file=sys.stderr,
            )
            return 1
        # Files, devices and the bus have errors of their own; what is left is the output itself, as on a full disk.
        print(f"{name}: The output cannot be written ({error.strerror or error}); write elsewhere.", file=sys.stderr)
        _give_up_output()
        return 1
    return status


def _to_the_last_letter(work: Callable[[], int]) -> int:
    """What `work` returns, once all that it has printed has left."""
    try:
        status = work()
    except SystemExit:
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return status


def _give_up_output() -> None:
    """What is still buffered goes nowhere: at its end the interpreter would try again, and complain."""
    with suppress(OSError):  # not a file, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
