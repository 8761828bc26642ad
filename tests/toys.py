"""What the tests of the benchmark run on: models as small as can be, and a room in which computing takes no time."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from tests.home import cache_folder
from voiced.bench.lines import Kind, plan
from voiced.bench.person import Speech, Utterance
from voiced.bench.recipes import Models, Recipe, prepare
from voiced.bench.session import LEAD_IN_S, Session, Turn, session
from voiced.bench.setting import settled
from voiced.compose import conversation_of
from voiced.setting import Setting
from voiced.shapes import gguf, whisper
from voiced.stages import Pcm

TOY = Recipe("toy", whisper.Shape(), gguf.Shape(vocabulary=8192, context=4096), False, ("a toy", "a toy", "a toy"), 10)

speech = cache(Speech)


def toys() -> Models:
    """The models; written once."""
    words = conversation_of(settled(None, None, {"HOME": "/"}).voice).history()[0].content
    return prepare(TOY, cache_folder() / "voiced", words, lambda *_: None)


def toy_setting(home: Path, config: str = "") -> Setting:
    """The product on them, with all its files below `home` and `config` as config.toml."""
    file = home / "config.toml"
    file.write_text(config, "utf-8")
    return settled(file, None, {"HOME": str(home), "XDG_CACHE_HOME": str(cache_folder())}, toys())


def said(kinds: Sequence[Kind], turns: int) -> list[Utterance]:
    """The lines of the benchmark, spoken."""
    return [speech().utter(line) for line in plan(kinds, turns)]


def held(home: Path, utterances: Sequence[Utterance], config: str = "") -> tuple[Session, list[Turn]]:
    """A conversation with voiced, over."""
    turns: list[Turn] = []

    def script(held: Session) -> Iterator[Pcm]:
        yield from held.air.silence(LEAD_IN_S)
        for utterance in utterances:
            yield from held.turn(utterance, turns)

    with session(
        toy_setting(home, config), script, telling=True, pace="fast", lines=[each.line for each in utterances]
    ) as held:
        held.assistant.run()
    return held, turns
