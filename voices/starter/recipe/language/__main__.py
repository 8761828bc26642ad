"""A word on the command line flows in, one step of the recipe flows out: `python -m recipe.language [STEP] [--smoke]`.

Without a step the whole recipe is done: train, export and measure. It goes on where an earlier run was interrupted.
`mix` writes the mean of the models named by `--of`.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from recipe.run import a_share, finish, workplace


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m recipe.language")
    parser.add_argument("step", nargs="?", choices=("all", "train", "export", "measure", "mix"), default="all")
    parser.add_argument("file", nargs="?", type=Path, help="the GGUF file; by default in the work folder")
    parser.add_argument("--smoke", action="store_true", help="toy size, in minutes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--share", type=a_share, default=1.0, help="of the plan's steps")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn; each has a work folder of its own")
    parser.add_argument("--first", type=Path, metavar="FILE", help="begin with this GGUF, not with nothing")
    parser.add_argument("--of", type=Path, nargs="+", metavar="FILE", help="the GGUFs to mix")
    options = parser.parse_args()
    if (options.step == "mix") != bool(options.of):
        parser.error("mix and --of belong together: mix FILE --of ONE OTHER.")
    torch.set_num_threads(options.threads)
    place = workplace("language", smoke=options.smoke, seed=options.seed)
    file = options.file or place.folder / "model.gguf"
    if options.step in ("all", "train"):
        from recipe.language.train import fit

        fit(place, options.share, options.first)
    if options.step in ("all", "export"):
        from recipe.language.export import export

        sys.stdout.write(f"{export(place, file)} written, {file.stat().st_size / 1e6:.1f} MB\n")
    if options.step == "mix":
        from recipe.language.export import write
        from recipe.language.resume import mean

        sys.stdout.write(f"{write(*mean(options.of), file)} written\n")
    if options.step in ("all", "measure"):
        from recipe.language.measure import measure

        json.dump(measure(file, small=place.smoke), sys.stdout, indent=2)
        sys.stdout.write("\n")


if __name__ == "__main__":
    finish(main)
