"""Nothing flows in, the parser of `voiced`'s command line flows out. Imports no engine."""

import argparse
import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from voiced import __version__
from voiced.cli.deployment import add_deployment
from voiced.cli.stock import add_models
from voiced.cli.waking import add_wake

Command = Callable[[argparse.Namespace], int]


def _lazily(module: str) -> Command:
    """The function `run` of `voiced.cli.<module>`, imported when it is called."""

    def command(options: argparse.Namespace) -> int:
        run: Command = import_module(f"voiced.cli.{module}").run
        return run(options)

    return command


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="voiced",
        description="A voice assistant that lives on this machine, and tells nobody what it hears.",
        epilog="Configuration: ~/.config/voiced/config.toml, see docs/configuration.md.",
    )
    parser.add_argument("--version", action="version", version=f"voiced {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    common = _common()
    _add_run(commands, common)
    _add_demo(commands, common)
    _add_converse(commands, common)
    _add_stages(commands, common)
    _add_bench(commands, common)
    _add(commands, common, "devices", "list the microphones and speakers")
    hardware = _add(commands, common, "hardware", "show what this machine is, which profile suits it and why")
    hardware.add_argument("--json", action="store_true", help="print one JSON object")
    _add_doctor(commands, common)
    _add_voices(commands, common)
    add_wake(commands, common, _lazily("wake"))
    add_models(commands, common, _lazily("models"))
    add_deployment(
        lambda name, text: _add(commands, common, name, text),
        lambda name, text: _add(commands, argparse.ArgumentParser(add_help=False), name, text),
    )
    return parser


def _common() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    group = common.add_argument_group("which configuration")
    group.add_argument("--config", type=Path, metavar="FILE", help="read FILE instead of the usual config.toml")
    group.add_argument("--profile", metavar="NAME", help="use this hardware profile instead of the one that suits")
    return common


Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _add(commands: Commands, common: argparse.ArgumentParser, name: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, parents=[common], help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(command=_lazily(name))
    return parser


def _add_run(commands: Commands, common: argparse.ArgumentParser) -> None:
    run = _add(commands, common, "run", "listen and answer, in the foreground, until Ctrl-C")
    run.add_argument(
        "--bus", choices=("session", "system", "none"),
        help="where other programs find it over D-Bus (default: session; for root: system)",
    )  # fmt: skip


def _add_demo(commands: Commands, common: argparse.ArgumentParser) -> None:
    demo = _add(commands, common, "demo", "hold a spoken conversation through the whole chain, without any hardware")
    demo.add_argument(
        "-o", "--output", type=Path, default=Path("demo"), metavar="FOLDER",
        help="where conversation.wav and conversation.svg are written (default: demo)",
    )  # fmt: skip
    demo.add_argument("--pace", choices=("realtime", "fast"), default="realtime", help="default: realtime")


def _add_converse(commands: Commands, common: argparse.ArgumentParser) -> None:
    converse = _add(commands, common, "converse", "hold the conversation that recordings contain, as if heard live")
    converse.add_argument("recordings", nargs="+", type=Path, metavar="IN.wav", help="what the person says, in turn")
    converse.add_argument("--reply", type=Path, metavar="OUT.wav", help="write what the assistant says")
    converse.add_argument("--events", type=Path, metavar="OUT.jsonl", help="write the events here, not to the screen")
    converse.add_argument(
        "--pace", choices=("realtime", "fast"), default="fast", help="as fast as can be computed (default), or as heard"
    )
    converse.add_argument(
        "--no-wake", action="store_true", help="listen to each recording at once, without a wake word"
    )


def _add_bench(commands: Commands, common: argparse.ArgumentParser) -> None:
    bench = _add(commands, common, "bench", "measure how long a person waits for an answer, in real time")
    bench.add_argument(
        "--models", choices=("shapes", "installed", "tiny"), default="shapes",
        help="models that are written in the shape of real ones, without a download (default), smaller ones for a "
        "Raspberry Pi 4 (tiny), or your own (installed)",
    )  # fmt: skip
    bench.add_argument("--turns", type=int, default=20, metavar="N", help="turns of each kind (default: 20)")
    bench.add_argument(
        "--kinds", nargs="+", choices=("command", "short", "long"),
        help="known commands, answers of one sentence, answers of four (default: all)",
    )  # fmt: skip
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw where the time goes in a median turn")
    bench.add_argument("--compare", type=Path, metavar="OLD.json", help="compare with what --json printed before")


def _add_doctor(commands: Commands, common: argparse.ArgumentParser) -> None:
    doctor = _add(commands, common, "doctor", "try everything, say what does not work and what to do about it")
    doctor.add_argument("--system", action="store_true", help="try it for the system's daemon, not for yours")
    doctor.add_argument("--silent", action="store_true", help="play nothing through the speaker")
    doctor.add_argument("--fix", action="store_true", help="mend what can be mended without asking, and try it again")
    doctor.add_argument("--json", action="store_true", help="print one JSON object per line")
    doctor.add_argument(
        "--report", type=Path, metavar="FILE", help="write a report to attach to a question, without private data"
    )


def _add_voices(commands: Commands, common: argparse.ArgumentParser) -> None:
    voices = _add(commands, common, "voices", "show the voices that can be picked, play them, check them")
    voices.add_argument(
        "name", nargs="?", type=_text, metavar="NAME",
        help="show all of this one; to be checked, it may be a file too (default: list all of them)",
    )  # fmt: skip
    what = voices.add_mutually_exclusive_group()
    what.add_argument("--play", action="store_true", help="say a sample (default: in the voice that is in use)")
    what.add_argument("--check", action="store_true", help="find every mistake in the file, and try every engine")
    voices.add_argument("-o", "--output", type=Path, metavar="OUT.wav", help="with --play: write a file instead")
    voices.add_argument("--json", action="store_true", help="print one JSON object per line")


def _text(argument: str) -> str:
    """The argument, with U+FFFD for bytes that are not UTF-8: engines take nothing but text."""
    return os.fsencode(argument).decode("utf-8", "replace")


def _add_stages(commands: Commands, common: argparse.ArgumentParser) -> None:
    transcribe = _add(commands, common, "transcribe", "write down what recordings say")
    transcribe.add_argument("recordings", nargs="+", type=Path, metavar="IN.wav", help="any sound file")
    ask = _add(commands, common, "ask", "answer a text in writing, as the conversation would")
    ask.add_argument(
        "text", nargs="+", type=_text, metavar="TEXT", help="a question or a command; several are one conversation"
    )
    say = _add(commands, common, "say", "say a text, through the speaker or into a file")
    say.add_argument("text", type=_text, metavar="TEXT", help="what to say, an hour of it at most")
    say.add_argument("-o", "--output", type=Path, metavar="OUT.wav", help="write a file instead of playing")
    for parser in (transcribe, ask, say):
        parser.add_argument("--json", action="store_true", help="print one JSON object per line")
