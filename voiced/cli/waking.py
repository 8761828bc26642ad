"""A parser flows in, `voiced wake` flows out in it. Imports no engine."""

import argparse
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_wake(commands: Commands, common: argparse.ArgumentParser, command: Callable[[argparse.Namespace], int]) -> None:
    """The commands below it; `options.action` tells which was called."""
    text = "fit the wake word to a person: how sure it must be, and in whose voice"
    wake = commands.add_parser("wake", help=text, description=text[0].upper() + text[1:] + ".")
    more = wake.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, text: str) -> argparse.ArgumentParser:
        parser = more.add_parser(name, parents=[common], help=text, description=text[0].upper() + text[1:] + ".")
        parser.set_defaults(command=command, action=name)
        parser.add_argument("--word", metavar="NAME", help="which wake word (default: the first that is configured)")
        parser.add_argument(
            "--tries",
            type=_count,
            default=10,
            metavar="N",
            help="how often to say it, into the microphone (default: 10)",
        )
        parser.add_argument(
            "--talk", type=_seconds, default=60.0, metavar="SECONDS",
            help="how long to talk of other things, 0 for not at all (default: 60)",
        )  # fmt: skip
        parser.add_argument(
            "--tries-from",
            nargs="+",
            type=Path,
            default=[],
            metavar="FILE",
            help="take the tries from recordings instead",
        )
        parser.add_argument("--talk-from", type=Path, metavar="FILE", help="take the talk from a recording instead")
        parser.add_argument("--save", action="store_true", help="write the outcome into config.toml")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        return parser

    add("test", "show how surely your tries and your talk wake it, and which threshold parts them")
    verify = add("verify-me", "learn your voice from a few tries, so that others do not wake it; keeps no recording")
    verify.add_argument(
        "--others-from", nargs="+", type=Path, default=[], metavar="FILE",
        help="other people saying it, to tell you from as well",
    )  # fmt: skip
    verify.add_argument(
        "--name", type=_name, default="me", metavar="NAME", help="who you are, where several are known (default: me)"
    )
    verify.add_argument("--forget", action="store_true", help="forget what was learnt of your voice")
    verify.add_argument("--system", action="store_true", help="for the system's daemon, not yours")


def _count(argument: str) -> int:
    if not re.fullmatch(r"\d{1,3}", argument, re.ASCII) or not 1 <= int(argument) <= 100:
        raise argparse.ArgumentTypeError(f"{argument!r} is no number of tries; give 1 to 100")
    return int(argument)


def _seconds(argument: str) -> float:
    try:
        seconds = float(argument)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{argument!r} is no number of seconds; give 0 to 3600")
    return seconds


def _name(argument: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", argument):
        raise argparse.ArgumentTypeError(f"{argument!r} is no file's name; use letters and digits")
    return argument
