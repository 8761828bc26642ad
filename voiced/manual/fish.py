"""A program's commands and options flow in, its completion for fish flows out."""

from collections.abc import Iterator

from voiced.manual.tree import Argument, Command


def fish(program: Command) -> str:
    """A file for fish's vendor_completions.d."""
    lines = [f"# {program.name} for fish: generated from its command line.", "", f"complete -c {program.name} -f"]
    for command in program.walk():
        lines += _lines(program, command)
    return "\n".join([*lines, ""])


def _lines(program: Command, command: Command) -> Iterator[str]:
    start = f"complete -c {program.name} -n {_quoted(_condition(command))}"
    for each in command.commands:
        yield f"{start} -a {each.name} -d {_quoted(each.help)}"
    for option in command.options:
        flags = [f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags]
        yield " ".join([start, *flags, *_values(option, "-x -a", "-r -F" if option.metavar else ""), _about(option)])
    for positional in command.positionals:
        if values := _values(positional, "-a", "-F"):
            yield " ".join([start, *values, _about(positional)])


def _condition(command: Command) -> str:
    """Whether exactly the words of this command, and of none below it, were typed."""
    seen = [f"__fish_seen_subcommand_from {name}" for name in command.path[1:]]
    if command.commands:
        seen.append(f"not __fish_seen_subcommand_from {' '.join(each.name for each in command.commands)}")
    return "; and ".join(seen)


def _values(argument: Argument, words: str, files: str) -> list[str]:
    if argument.choices:
        return [f"{words} {_quoted(' '.join(argument.choices))}"]
    if argument.words:
        return [f"{words} {_quoted(f'({argument.words})')}"]
    if argument.value == "folder":
        return [f"{words} {_quoted('(__fish_complete_directories)')}"]
    if argument.value == "file":
        return [files]
    return ["-x"] if argument.flags and argument.metavar else []


def _about(argument: Argument) -> str:
    return f"-d {_quoted(argument.help)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
