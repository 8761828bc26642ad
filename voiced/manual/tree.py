"""A parser flows in, the commands, options and arguments that it knows flow out: what every generator reads.

argparse offers no way to ask, so this looks at what it keeps; a test would notice if that were called otherwise.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from voiced.resources import hardware_dir

Value: TypeAlias = Literal["text", "file", "folder"]


@dataclass(frozen=True, slots=True)
class Argument:
    """An option, or a positional argument when it has no flags."""

    flags: tuple[str, ...]
    """Such as "-o" and "--output"."""
    help: str
    metavar: str
    """What stands for its value; empty when it takes none."""
    value: Value
    choices: tuple[str, ...]
    """What is offered for its value: all that it takes, or all that comes along."""
    words: str
    """A shell command that prints what it may be, one per line; may be empty."""
    many: bool
    """Whether more than one may follow."""
    group: str
    """The heading that its help stands under."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program, or a command of one."""

    name: str
    path: tuple[str, ...]
    """Program, command, command of that one: as it is typed."""
    help: str
    """One line; of a program its description."""
    usage: str
    """In one line, without the word."""
    epilog: str
    arguments: tuple[Argument, ...]
    commands: tuple["Command", ...]

    @property
    def options(self) -> tuple[Argument, ...]:
        return tuple(each for each in self.arguments if each.flags)

    @property
    def positionals(self) -> tuple[Argument, ...]:
        return tuple(each for each in self.arguments if not each.flags)

    def walk(self) -> Iterator["Command"]:
        """Itself, and all commands below it."""
        yield self
        for each in self.commands:
            yield from each.walk()


WORDS: Final = {
    ("voicectl voice", "name"): "voicectl voice --names 2>/dev/null",
    ("voicectl timers cancel", "ids"): "voicectl timers --numbers 2>/dev/null",
    ("voiced voices", "name"): "voicectl voice --names 2>/dev/null",
}
"""What only the running daemon knows."""


def read(parser: argparse.ArgumentParser, help_: str = "") -> Command:
    """What `parser` knows."""
    path = tuple(parser.prog.split())
    arguments: list[Argument] = []
    commands: list[Command] = []
    for group in parser._action_groups:
        for action in group._group_actions:
            if isinstance(action, argparse._SubParsersAction):
                helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
                commands += [read(each, helps.get(name, "")) for name, each in action.choices.items()]
            elif action.help != argparse.SUPPRESS:
                arguments.append(_argument(action, parser.prog, group.title or ""))
    usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
    help_ = help_ or parser.description or ""
    return Command(path[-1], path, help_, usage, parser.epilog or "", tuple(arguments), tuple(commands))


def _profiles() -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in hardware_dir().glob("*.toml")))


def _argument(action: argparse.Action, program: str, group: str) -> Argument:
    takes_value = action.nargs != 0
    choices = tuple(map(str, action.choices or ())) or (_profiles() if action.dest == "profile" else ())
    metavar = (
        str(action.metavar) if action.metavar else "{" + ",".join(choices) + "}" if choices else action.dest.upper()
    )
    value: Value = "text"
    if action.type is Path:
        value = "folder" if metavar == "FOLDER" else "file"
    return Argument(
        tuple(action.option_strings),
        action.help or "",
        metavar if takes_value else "",
        value,
        choices,
        WORDS.get((program, action.dest), ""),
        action.nargs in ("+", "*"),
        group,
    )
