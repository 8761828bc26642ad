"""A program's commands and options flow in, its man page flows out, as man(7) has it."""

from collections.abc import Iterator
from typing import Final

from voiced.cli import STATUSES
from voiced.errors import BusError, ConfigError
from voiced.manual.tree import Argument, Command

SECTIONS: Final = {
    "voiced": {
        "FILES": {
            "$XDG_CONFIG_HOME/voiced/config.toml": "The configuration; ~/.config if the variable is not set.",
            "$XDG_CONFIG_HOME/voiced/voices/": "Voices of one's own.",
            "$XDG_DATA_HOME/voiced/": "Models, and what was learnt of voices; ~/.local/share without the variable.",
            "$XDG_STATE_HOME/voiced/": "Timers, and what was chosen last; ~/.local/state if the variable is not set.",
            "$XDG_CACHE_HOME/voiced/": "What can be made again; ~/.cache if the variable is not set.",
        },
        "ENVIRONMENT": {
            "VOICED_MODELS_MIRROR, HF_ENDPOINT": "Where `voiced models pull` fetches from; the first that is set.",
            "HTTPS_PROXY, HTTP_PROXY, NO_PROXY": "How it gets there.",
        },
        "EXIT STATUS": {
            "0": "It worked.",
            "1": "It did not; one sentence on standard error says why.",
            "2": "The command line is wrong.",
            str(STATUSES[BusError]): "Another voiced is on the bus, or the bus does not let this one be on it.",
            str(STATUSES[ConfigError]): "The configuration is wrong.",
            "130": "It was interrupted with Ctrl-C.",
        },
        "SIGNALS": {
            "SIGINT, SIGTERM": "End it in order; a second SIGINT ends it at once.",
            "SIGUSR1": "Writes the stack of every thread to standard error.",
        },
    },
    "voicectl": {
        "EXIT STATUS": {
            "0": "It worked; of ask and say: the answer was spoken to its end.",
            "1": "It did not; one sentence on standard error says why.",
            "2": "The command line is wrong.",
            "3": "There is no running voiced, or it left in the middle.",
            "130": "It was interrupted with Ctrl-C; ask and say silence the assistant first.",
        },
        "ENVIRONMENT": {
            "DBUS_SESSION_BUS_ADDRESS": "The session bus, if it is not in $XDG_RUNTIME_DIR/bus.",
            "DBUS_SYSTEM_BUS_ADDRESS": "The system bus, if it is not where it usually is.",
        },
    },
}
"""What is true of a whole program, and has no place in a command line."""

SUMMARIES: Final = {"voiced": "local voice assistant daemon", "voicectl": "control a running voiced"}

OTHER: Final = {"voiced": "voicectl", "voicectl": "voiced"}


def page(program: Command, version: str) -> str:
    """The source of the page."""
    return "\n".join([*_lines(program, version), ""])


def _lines(program: Command, version: str) -> Iterator[str]:
    name = program.name
    yield f'.\\" {name}(1): generated from its command line.'
    yield f'.TH {name.upper()} 1 "" "voiced {version}" "User Commands"'
    yield from (".SH NAME", f"{name} \\- {SUMMARIES[name]}")
    yield from (".SH SYNOPSIS", *_usage(program))
    yield from (".SH DESCRIPTION", *_paragraph(program.help))
    if program.epilog and not program.epilog.startswith("Exit status"):  # which has a section of its own
        yield from (".PP", *_paragraph(program.epilog))
    yield from (".SH OPTIONS", *_arguments(program.options))
    yield ".SH COMMANDS"
    for command in program.walk():
        if command is not program:
            yield from _command(command)
    for title, entries in SECTIONS[name].items():
        yield f".SH {_quoted(title)}"
        for term, meaning in entries.items():
            yield from (".TP", f".B {_quoted(_roff(term))}", *_paragraph(meaning))
    yield from (".SH SEE ALSO", f".BR {OTHER[name]} (1)")


def _command(command: Command) -> Iterator[str]:
    yield f".SS {_quoted(_roff(' '.join(command.path[1:])))}"
    yield from (*_paragraph(command.help[:1].upper() + command.help[1:] + "."), ".PP", *_usage(command))
    # Every command has -h, and says so in its usage.
    yield from _arguments(tuple(each for each in command.arguments if "-h" not in each.flags))


def _usage(command: Command) -> Iterator[str]:
    """The usage, with the words that are typed as they are in bold."""
    name = " ".join(command.path)
    yield f"\\fB{_roff(name)}\\fR{_roff(command.usage.removeprefix(name))}"


def _arguments(arguments: tuple[Argument, ...]) -> Iterator[str]:
    for each in arguments:
        flags = ", ".join(f"\\fB{_roff(flag)}\\fR" for flag in each.flags)
        value = f"\\fI{_roff(each.metavar)}\\fR" if each.metavar else ""
        yield from (".TP", " ".join(filter(None, (flags, value))), *_paragraph(each.help))


def _paragraph(text: str) -> Iterator[str]:
    yield from (_roff(line) for line in text.splitlines())


def _roff(text: str) -> str:
    """Text as it is, with hyphens that can be copied; no line of it is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti").replace("^", "\\(ha")
    return f"\\&{text}" if text.startswith((".", "'")) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
