"""The programs' parsers flow in; man pages and shell completion flow out, as files to be installed.

So they say what `--help` says. `python -m voiced.manual FOLDER` writes them.
"""

from voiced import __version__
from voiced.cli.parser import build_parser as voiced_parser
from voiced.manual.bash import bash
from voiced.manual.fish import fish
from voiced.manual.page import page
from voiced.manual.tree import Command, read
from voiced.manual.zsh import zsh
from voiced.voicectl.parser import build_parser as voicectl_parser


def files() -> dict[str, str]:
    """The text of every file by its path below a prefix such as /usr, /usr/local or ~/.local."""
    found: dict[str, str] = {}
    for command in programs():
        name = command.name
        found |= {
            f"share/man/man1/{name}.1": page(command, __version__),
            f"share/bash-completion/completions/{name}": bash(command),
            f"share/zsh/site-functions/_{name}": zsh(command),
            f"share/fish/vendor_completions.d/{name}.fish": fish(command),
        }
    return found


def programs() -> tuple[Command, ...]:
    """Both programs."""
    return read(voiced_parser()), read(voicectl_parser())
