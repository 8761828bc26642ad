"""A command line flows in, an exit status flows out: 0 only when it worked, and errors as one sentence.

Each command has a module of its own, imported when it is called, so that `--help` does not wait for the engines.
"""

import sys
from collections.abc import Sequence

from voiced.cli.parser import build_parser
from voiced.errors import VoicedError

INTERRUPTED = 130
"""The shells' exit status for Ctrl-C: 128 + SIGINT."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `voiced`. `arguments` are those of the process, unless given."""
    options = build_parser().parse_args(arguments)
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except VoicedError as error:
        print(f"voiced: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has left, as `head` does; closing stderr too keeps the interpreter quiet about it.
        sys.stderr.close()
        return 1
    return status
