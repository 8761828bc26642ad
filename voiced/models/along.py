"""A name flows in, the sentence for a model that comes along with voiced, if it is one, flows out."""

from contextlib import suppress

from voiced.config.rules import show
from voiced.errors import EngineError
from voiced.models import STARTERS


def comes_along(title: str) -> str:
    """The sentence about the model called NAME or KIND/NAME; empty when it does not come along."""
    name = title.rpartition("/")[2]
    starters = {each.split(".")[0] for each in STARTERS.values()}
    if name in {"starter", *starters, *STARTERS.values()}:
        return f"{show(title)} is a starter model: it comes with voiced and stays; what you install is used instead."
    from voiced.wake import bundled_words

    with suppress(EngineError):
        if name in bundled_words():
            return f'{show(title)} is a wake word that comes with voiced and stays: wake_words = ["{name}"] names it.'
    return ""
