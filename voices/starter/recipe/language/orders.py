"""A seed flows in, commands with voiced's own answers flow out: what the model reads in a history, but never answers.

It learns from them where a command ends, and that a question behind one is a question like any other.
"""

import random
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from recipe.language.domain import Turn
from voiced.clock import SystemClock
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers

COUNT = 4_000
"""Sentences to draw from."""


@cache
def _orders() -> list[Turn]:
    with TemporaryDirectory() as folder:
        timers = Timers(Path(folder) / "timers.sqlite", SystemClock())
        commands = HassilCommands("en", timers, SystemClock())
        found = []
        for number, sentence in enumerate(commands.sentences(COUNT, seed=5)):
            if number % 40 == 0:
                timers.cancel_all()
            command = commands.match(sentence)
            answer = None if command is None else commands.foresee(command, 0.5)
            if answer is not None and answer.text:
                found.append(Turn(sentence, answer.text, (), ours=False))
            if command is not None and number % 8 == 0:
                commands.perform(command, 0.5)
        timers.close()
        return found


def order(rng: random.Random) -> Turn:
    """A command."""
    return rng.choice(_orders())
