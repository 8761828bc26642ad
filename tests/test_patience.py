"""How long a silence has to last: the rules, and what they do to sentences that were written for this."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.test_timers import HandClock
from voiced.compose import conversation_of
from voiced.config.voice import load_voice
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.llm.llama import LlamaModel
from voiced.patience import LIKELY, UNLIKELY, Patience
from voiced.resources import starter_dir, voices_dir

PAUSES = np.linspace(300, 700, 81)
"""Milliseconds that somebody may fall silent in the middle of a sentence."""


@dataclass
class Place:
    """A gap between two words, or the end."""

    sentence: str
    so_far: str
    wait: float
    """Milliseconds of silence after which the turn would be over here."""
    same: bool
    """What comes of it so far is what would come of it in the end, or silence, which may not wait."""

    @property
    def end(self) -> bool:
        return self.so_far == self.sentence

    @property
    def cut(self) -> float:
        """How many of the pauses end the turn here and change what comes of it."""
        return 0.0 if self.end or self.same else float(np.mean(self.wait < PAUSES))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Place]]:
    """Every place of every sentence, judged as the conversation judges it, with the starter language model."""
    clock = HandClock()
    timers = Timers(tmp_path_factory.mktemp("patience") / "timers.sqlite", clock)
    timers.start(600, "pizza")
    commands = HassilCommands("en", timers, clock)
    model = LlamaModel(starter_dir() / "language.gguf", threads=1, batch_threads=1)
    conversation = conversation_of(load_voice("default", [voices_dir()]))

    def judged(sentence: str) -> Iterator[Place]:
        words, whole = sentence.split(), commands.match(sentence)
        outcome = whole and commands.foresee(whole, 0.5)
        for count in range(1, len(words) + 1):
            text = " ".join(words[:count])
            command = commands.match(text)
            finished = model.finished(conversation.messages(text)) if command is None else None
            wait = Patience().after(text, command is not None and command.whole, "en", finished)
            same = command is not None and (command.stops or commands.foresee(command, 0.5) == outcome)
            yield Place(sentence, text, wait, same)

    kinds = tomllib.loads((Path(__file__).parent / "endings.toml").read_text("utf-8"))
    found = {
        kind: [
            place for line in lines.split("\n") if line for place in judged(" ".join(line.replace("/", " ").split()))
        ]
        for kind, lines in kinds.items()
    }
    model.close()
    timers.close()
    return found


@pytest.mark.parametrize(("kind", "median"), [("commands", 300), ("questions", 350)])
def test_the_wait_is_short_where_the_sentence_is_whole_and_pauses_cut_few(
    places: dict[str, list[Place]], kind: str, median: float
) -> None:
    there = places[kind]
    sentences = {place.sentence for place in there}
    cuts = [np.mean([place.cut for place in there if place.sentence == one and not place.end]) for one in sentences]

    assert np.median([place.wait for place in there if place.end]) <= median
    assert np.mean(cuts) <= 0.02, [(place.so_far, place.wait) for place in there if place.cut]


def test_a_word_that_asks_for_another_is_waited_for() -> None:
    patience = Patience()
    assert patience.after("Set a timer for", False, "en") == patience.unfinished
    assert patience.after("stelle einen Timer für", False, "de") == patience.unfinished
    assert patience.after("what is the capital of …", False, "en") == patience.unfinished
    assert patience.after("why is the sky blue?", False, "en") == patience.usual
    assert patience.after("for", False, "xx") == patience.usual
    assert patience.after("", False, "en") == patience.usual


@given(st.text(max_size=20), st.booleans(), st.none() | st.floats(0, 1))
def test_the_surer_the_shorter(text: str, command: bool, finished: float | None) -> None:
    patience = Patience()
    wait = patience.after(text, command, "en", finished)
    assert patience.complete <= wait <= patience.unfinished
    if command or (finished or 0) >= LIKELY:
        assert wait == pytest.approx(patience.complete)
    elif (finished or 0) <= UNLIKELY:
        assert wait >= patience.usual


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-GB", "set a timer for"), ("de-AT", "Stell einen Timer auf eine"), ("fr-CA", "mets un minuteur de"),
     ("es-MX", "pon un temporizador de")],
)  # fmt: skip
def test_a_variant_of_a_language_has_its_words_after_which_nobody_has_finished(language: str, words: str) -> None:
    patience = Patience()
    assert patience.after(words, False, language) == patience.unfinished
