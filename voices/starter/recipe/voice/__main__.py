"""A command flows in, a voice flows out: `python -m recipe.voice` makes everything from nothing.

`export FILE` writes the last checkpoint as a voice, `measure FILE` prints a voice's figures, `picture FILE PNG` draws
it beside its source; `--smoke` makes a toy in two minutes.
"""

import argparse
import json
import sys
from pathlib import Path

import torch

from recipe.run import Workplace, a_share, finish, workplace
from recipe.voice.data import examples
from recipe.voice.export import export
from recipe.voice.measure import measure
from recipe.voice.picture import picture
from recipe.voice.train import train, trained

SENTENCES, SMOKE_SENTENCES = 2_340, 60
"""Two hours of speech, in which every pair of neighbouring sounds of the dictionary that is not rare occurs."""

STEPS, SMOKE_STEPS = 3_200, 40
"""Eleven times through the sentences: half an hour on one core."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m recipe.voice", description="Makes the starter voice.")
    parser.add_argument("task", nargs="?", choices=["make", "export", "measure", "picture"], default="make")
    parser.add_argument("files", nargs="*", type=Path, help="the voice, then the picture")
    parser.add_argument("--smoke", action="store_true", help="toy size, in two minutes")
    parser.add_argument("--share", type=a_share, default=1.0, help="of the steps of training")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn; each has a work folder of its own")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    place = workplace("voice", smoke=asked.smoke, seed=asked.seed)
    model: Path = asked.files[0] if asked.files else place.folder / "voice.onnx"
    if asked.task == "make":
        return _make(place, model, asked.share)
    if asked.task == "export":
        voice = trained(place)
        if voice is None:
            print("Nothing has been trained yet; run python -m recipe.voice first.", file=sys.stderr)
            return 1
        export(voice, model)
    elif asked.task == "measure":
        _tell(place, model)
    else:
        picture(model, asked.files[1] if len(asked.files) > 1 else model.with_suffix(".png"))
    return 0


def _make(place: Workplace, model: Path, share: float) -> int:
    ready = examples(place, SMOKE_SENTENCES if place.smoke else SENTENCES)
    export(train(place, ready, round(share * (SMOKE_STEPS if place.smoke else STEPS))), model)
    _tell(place, model)
    return 0


def _tell(place: Workplace, model: Path) -> None:
    print(json.dumps(measure(place, model, 4 if place.smoke else 100), indent=2))


if __name__ == "__main__":
    finish(main)
