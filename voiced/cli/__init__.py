"""A command line flows in, an exit status flows out: 0 only when it worked, and errors as one sentence.

Each command has a module of its own, imported when it is called, so that `--help` does not wait for the engines.
"""

from collections.abc import Sequence

from voiced import onnx
from voiced.cli.parser import build_parser
from voiced.errors import BusError, ConfigError
from voiced.program import carry_out, open_all_streams, show_any_letter

STATUSES = {ConfigError: 78, BusError: 69}
"""Exit statuses after which systemd's units do not start again, because it would end in the same way: EX_CONFIG of
sysexits.h for a wrong configuration, EX_UNAVAILABLE for a place on the bus that another daemon has, or that no policy
gives to this one (`voiced install` brings it, and starts the daemon). 1 for all else."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The program `voiced`. `arguments` are those of the process, unless given."""
    open_all_streams()
    show_any_letter()
    onnx.quieten()

    def work() -> int:
        options = build_parser().parse_args(arguments)
        status: int = options.command(options)
        return status

    return carry_out("voiced", work, lambda error: STATUSES.get(type(error), 1))
