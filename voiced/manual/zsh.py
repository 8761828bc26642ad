"""A program's commands and options flow in, its completion for zsh flows out."""

import re
from collections.abc import Iterator

from voiced.manual.tree import Argument, Command


def zsh(program: Command) -> str:
    """A file for a folder of zsh's fpath."""
    lines = [f"#compdef {program.name}", f"# {program.name} for zsh: generated from its command line.", ""]
    for command in reversed([*program.walk()]):
        lines += [*_function(command), ""]
    return "\n".join([*lines, f'{_name(program)} "$@"', ""])


def _name(command: Command) -> str:
    return "_" + "_".join(command.path)


def _function(command: Command) -> Iterator[str]:
    yield f"{_name(command)}() {{"
    yield "    local curcontext=$curcontext state line" if command.commands else "    local line"
    specs = [spec for option in command.options for spec in _option(option)]
    specs += [_positional(each) for each in command.positionals]
    if command.commands:
        specs += [_quoted("1: :->command"), _quoted("*:: :->rest")]
    yield "    _arguments -C -s \\" if command.commands else "    _arguments -s \\"
    yield from (f"        {spec} \\" for spec in specs[:-1])
    yield f"        {specs[-1]}"
    if command.commands:
        yield "    case $state in"
        yield "        command)"
        yield "            local -a commands=("
        for each in command.commands:
            yield f"                {_quoted(f'{each.name}:{each.help}')}"
        yield "            )"
        yield "            _describe command commands ;;"
        yield "        rest)"
        yield "            case $words[1] in"
        for each in command.commands:
            yield f"                {each.name}) {_name(each)} ;;"
        yield "            esac ;;"
        yield "    esac"
    yield "}"


def _option(option: Argument) -> Iterator[str]:
    about = f"[{_escaped(option.help)}]"
    others = f"({' '.join(option.flags)})" if len(option.flags) > 1 else ""
    for flag in option.flags:
        yield _quoted(others + flag + about + (_values(option) if option.metavar else ""))


def _positional(argument: Argument) -> str:
    return _quoted(("*" if argument.many else ":" if argument.metavar else "") + _values(argument))


def _values(argument: Argument) -> str:
    label = f":{_escaped(argument.metavar)}:"
    if argument.choices:
        return f"{label}({' '.join(argument.choices)})"
    if argument.words:
        return f'{label}{{compadd -- ${{(f)"$({argument.words})"}}}}'
    return label + {"file": "_files", "folder": "_files -/", "text": ""}[argument.value]


def _escaped(text: str) -> str:
    """For the places where brackets, colons and backslashes mean something."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


def _quoted(text: str) -> str:
    escaped = text.replace("'", "'\\''")
    return f"'{escaped}'"
