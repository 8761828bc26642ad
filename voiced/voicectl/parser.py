"""Nothing flows in, the parser of `voicectl`'s command line flows out. Imports no engine and no bus."""

import argparse
import os
import re
from typing import TypeAlias

from voiced import __version__

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def build_parser() -> argparse.ArgumentParser:
    """The whole command line. The result's `command` is the name of a function in `voiced.voicectl.commands`, or
    "monitor"."""
    common = _common()
    parser = argparse.ArgumentParser(
        prog="voicectl", parents=[_common()],  # its own, because it has defaults
        description="Control a running voiced: what it does, says and hears, its voice, volume and timers.",
        epilog="Exit status: 0 if it worked, 1 if not, 2 for a wrong command line, 3 without a running voiced.",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"voicectl {__version__}")
    parser.set_defaults(json=False, bus=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add(commands, common, "status", "show what it is doing, how it is set, and what is wrong with it")
    _add(commands, common, "listen", "listen now, as if the wake word had been said")
    _add(commands, common, "stop", "silence: end what is being said, listened to or rung")
    _add_texts(commands, common)
    _add(commands, common, "mute", "close the microphone")
    _add(commands, common, "unmute", "open the microphone again")
    _add_settings(commands, common)
    _add_timers(commands, common)
    _add(commands, common, "reload", "read the configuration again; it takes effect between two turns")
    _add(commands, common, "monitor", "watch it live: sound, state, words, answer, milliseconds, timers; q leaves")
    return parser


def _common() -> argparse.ArgumentParser:
    """The options that may stand anywhere: without a default of their own, a later parser would undo an earlier one."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    common.add_argument("--json", action="store_true", help="print one JSON object per line")
    common.add_argument(
        "--bus", choices=("session", "system"),
        help="the bus that voiced is on (default: session; system if it is only there)",
    )  # fmt: skip
    return common


def _add(
    commands: Commands, common: argparse.ArgumentParser, name: str, text: str, command: str = ""
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, parents=[common], help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(command=command or name)
    return parser


def _text(argument: str) -> str:
    """The argument, with U+FFFD for bytes that are not UTF-8: the bus takes nothing but text."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _add_texts(commands: Commands, common: argparse.ArgumentParser) -> None:
    for name, text, what in (
        ("say", "say a text, and return when it has been said", "what to say"),
        ("ask", "have a text answered aloud, and print the answer as it is spoken", "a question or a command"),
    ):
        parser = _add(commands, common, name, text)
        parser.add_argument("text", nargs="+", type=_text, metavar="TEXT", help=f"{what}; - reads standard input")
        parser.add_argument("--no-wait", action="store_true", help="return at once")


def _add_settings(commands: Commands, common: argparse.ArgumentParser) -> None:
    voice = _add(commands, common, "voice", "show the voices, or choose one")
    voice.add_argument("name", nargs="?", type=_name, metavar="NAME", help="speak with this one from the next turn on")
    voice.add_argument("--names", action="store_true", help="print the names alone, one per line")
    volume = _add(commands, common, "volume", "show the volume, or set it")
    # What argparse takes for a number, and so for no option; it does not know the sign behind it.
    volume._negative_number_matcher = re.compile(r"-\d+%?$")
    volume.add_argument(
        "percent", nargs="?", type=_percent, metavar="PERCENT", help="0 to 100; +10 and -10 are relative"
    )


def _name(argument: str) -> str:
    """The argument, if it can be somebody's name."""
    if not argument.strip():
        raise argparse.ArgumentTypeError("no voice has an empty name; `voicectl voice` shows those there are")
    return _text(argument)


def _percent(argument: str) -> tuple[str, int]:
    """A sign, which may be empty, and a number from 0 to 100."""
    found = re.fullmatch(r"([+-]?)(\d{1,3})%?", argument, re.ASCII)
    if not found or int(found[2]) > 100:
        raise argparse.ArgumentTypeError(f"{argument!r} is no volume; give 0 to 100, or a change such as +10")
    return found[1], int(found[2])


def _add_timers(commands: Commands, common: argparse.ArgumentParser) -> None:
    timers = _add(commands, common, "timers", "show the timers, or cancel some")
    timers.add_argument("--numbers", action="store_true", help="print the numbers alone, one per line")
    more = timers.add_subparsers(title="commands", metavar="COMMAND")
    cancel = _add(more, common, "cancel", "forget timers; silence, if one of them rings", "cancel")
    cancel.add_argument("ids", nargs="+", type=_number, metavar="ID", help="a timer's number, as `timers` shows it")


def _number(argument: str) -> int:
    if not re.fullmatch(r"\d{1,9}", argument, re.ASCII):
        raise argparse.ArgumentTypeError(f"{argument!r} is no timer's number; `voicectl timers` shows those there are")
    return int(argument)
