"""A parser flows in, `voiced models` flows out in it. Imports no engine, and nothing that knows of a network."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_models(
    commands: Commands, common: argparse.ArgumentParser, command: Callable[[argparse.Namespace], int]
) -> None:
    """The command, which lists, and the commands below it; `options.action` tells which was called."""
    text = "show, fetch, check, remove, take in and carry models"
    models = commands.add_parser(
        "models", help=text, description=text[0].upper() + text[1:] + ". Without a command: show them.",
    )  # fmt: skip
    models.set_defaults(command=command, action="list", json=False, config=None, profile=None, system=False)
    more = models.add_subparsers(title="commands", metavar="COMMAND")

    def add(name: str, text: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        parser = more.add_parser(name, parents=[*parents], help=text, description=text[0].upper() + text[1:] + ".")
        parser.set_defaults(action=name)
        parser.add_argument("--system", action="store_true", help="those of the system's daemon, not yours")
        parser.add_argument("--json", action="store_true", help="print one JSON object per line")
        return parser

    add("list", "show what is installed, what can be had, and what suits this machine", common)
    pull = add("pull", "fetch models from the catalogue; what was interrupted goes on from where it was", common)
    pull.add_argument("names", nargs="+", metavar="NAME", help="a model, or `recommended` for what suits this machine")
    pull.add_argument(
        "--mirror", metavar="URL",
        help="fetch from there (default: $VOICED_MODELS_MIRROR, $HF_ENDPOINT, what config.toml says, or the model hub)",
    )  # fmt: skip
    verify = add("verify", "read installed models and compare them with what was installed")
    verify.add_argument("names", nargs="*", metavar="NAME", help="these alone")
    remove = add("remove", "delete installed models")
    remove.add_argument("names", nargs="+", metavar="NAME", help="a model, or KIND/NAME where two have that name")
    take_in = add("import", "try a model that you have, and install it; or all that a bundle holds")
    take_in.add_argument("path", type=Path, metavar="FILE", help="a model's file or folder, or a bundle")
    take_in.add_argument("--name", metavar="NAME", help="what it shall be called (default: as its file)")
    take_in.add_argument(
        "--wheels", action="store_true", help="also the compiled packages in a bundle: programs, so trust who made it"
    )
    export = add("export", "write installed models into one file, for a machine without a network")
    export.add_argument("bundle", type=Path, metavar="BUNDLE.tar", help="the file; packed, if it ends in .gz")
    export.add_argument("names", nargs="*", metavar="NAME", help="these alone (default: all)")
    wheels = export.add_mutually_exclusive_group()
    wheels.add_argument(
        "--wheels", action="store_true", help="also the packages that the set-up has compiled, for a machine like this"
    )
    wheels.add_argument("--only-wheels", action="store_true", help="these, and no models")
