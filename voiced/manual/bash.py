"""A program's commands and options flow in, its completion for bash flows out."""

import shlex
from collections.abc import Iterator

from voiced.manual.tree import Argument, Command


def bash(program: Command) -> str:
    """A script that bash-completion, or `source`, loads."""
    return "\n".join([f"# {program.name} for bash: generated from its command line.", "", *_function(program), ""])


def _function(program: Command) -> Iterator[str]:
    name = f"_{program.name}"
    options = [option for command in program.walk() for option in command.options if option.metavar]
    flags = sorted({flag for option in options for flag in option.flags})
    yield f"{name}() {{"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"'
    yield f'    local path="{program.name}" each index skip=""'
    yield "    COMPREPLY=()"
    yield "    for ((index = 1; index < COMP_CWORD; index++)); do"
    yield '        each="${COMP_WORDS[index]}"'
    yield '        if [[ -n $skip ]]; then skip=""; continue; fi'
    yield '        case "$path $each" in'
    for command in program.walk():
        if command is not program:
            yield f'            "{" ".join(command.path)}") path="$path $each" ;;'
    if flags:
        yield "            " + "|".join(f'*" {flag}"' for flag in flags) + ") skip=1 ;;"
    yield "        esac"
    yield "    done"
    yield '    case "$path $before" in'
    for command in program.walk():
        for option in command.options:
            if option.metavar:
                patterns = "|".join(f'"{" ".join(command.path)} {flag}"' for flag in option.flags)
                yield f"        {patterns}) {_values(option)}; return ;;"
    yield "    esac"
    yield '    case "$path" in'
    for command in program.walk():
        yield f'        "{" ".join(command.path)}")'
        words = [each.name for each in command.commands] + [flag for each in command.options for flag in each.flags]
        positional = command.positionals[-1:]
        if positional and (positional[0].value != "text" or positional[0].words or positional[0].choices):
            yield f"            if [[ $word != -* ]]; then {_values(positional[0])}; return; fi"
        yield f'            COMPREPLY=($(compgen -W {shlex.quote(" ".join(words))} -- "$word")) ;;'
    yield "    esac"
    yield "}"
    yield f"complete -F {name} {program.name}"


def _values(argument: Argument) -> str:
    """The statement that sets COMPREPLY to what an argument may be."""
    if argument.choices:
        return f'COMPREPLY=($(compgen -W {shlex.quote(" ".join(argument.choices))} -- "$word"))'
    if argument.words:
        return f'COMPREPLY=($(compgen -W "$({argument.words})" -- "$word"))'
    if argument.value == "text":
        return "COMPREPLY=()"
    kind = "-d" if argument.value == "folder" else "-f"
    return f'compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen {kind} -- "$word")'
