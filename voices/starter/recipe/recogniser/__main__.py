"""A command flows in, a recogniser flows out: `python -m recipe.recogniser train|cool|export|measure|all|mix [FOLDER]`.

Without a command it trains, or goes on training; with `--first` it makes a branch of a recogniser. `mix` writes the
mean of the recognisers named by `--of`.
"""

import argparse
import json
import os
import signal
import time
from pathlib import Path

import torch

from recipe.recogniser.training import FULL, FURTHER, TOY, cool, train
from recipe.run import a_share, workplace

COMMANDS = ("train", "cool", "export", "measure", "all", "mix")


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m recipe.recogniser")
    parser.add_argument("--smoke", action="store_true", help="toy size: the whole recipe in about two minutes")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="train no longer than this")
    parser.add_argument("--share", type=a_share, default=1.0, help="of the plan's steps")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="cores for training")
    parser.add_argument("command", nargs="?", default="train", choices=COMMANDS)
    parser.add_argument("folder", nargs="?", type=Path, help="where the recogniser is written or read")
    parser.add_argument("--first", type=Path, metavar="FOLDER", help="a branch of this one, not one from nothing")
    parser.add_argument("--of", type=Path, nargs="+", metavar="FOLDER", help="the recognisers to mix")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn; each has a work folder of its own")
    given = parser.parse_args()
    if (given.command == "mix") != bool(given.of):
        parser.error("mix and --of belong together: mix FOLDER --of ONE OTHER.")
    torch.set_num_threads(given.threads)
    place = workplace("recogniser", smoke=given.smoke, seed=given.seed)
    plan = (TOY if given.smoke else FURTHER if given.first is not None else FULL).part(given.share)
    whole = given.command == "all" or (given.smoke and given.command != "mix")
    if given.command in ("train", "all"):
        until, asked = time.monotonic() + 60 * given.minutes, list[int]()
        # Ended from outside it keeps what it has learnt, like a training that came to its end.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda number, _: asked.append(number))
        first = None
        if given.first is not None:
            from recipe.recogniser.resume import network

            first = network(given.first)
        train(place, plan, first=first, stop=lambda: bool(asked) or time.monotonic() > until)
    if given.command == "cool" or whole:
        cool(place, plan)
    folder = given.folder or place.folder / "export"
    if given.command == "mix":
        from recipe.recogniser.export import write
        from recipe.recogniser.resume import mean

        write(mean(given.of).eval(), folder)
    if given.command == "export" or whole:
        from recipe.recogniser.export import export

        export(place, plan, folder)
    if given.command == "measure" or whole:
        from recipe.recogniser.measure import measure

        print(json.dumps(measure(folder, smoke=given.smoke), indent=1))


if __name__ == "__main__":
    main()
