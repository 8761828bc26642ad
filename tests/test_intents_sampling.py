"""Sentences for a recogniser that must know beforehand what it may hear."""

import re
from pathlib import Path

import pytest
from num2words import num2words  # type: ignore[import-untyped]

from tests.test_timers import HandClock
from voiced.intents.commands import HassilCommands
from voiced.intents.grammar import Grammar, grammar_of
from voiced.intents.sampling import source
from voiced.intents.timers import Timers

SENTENCES = 18_000


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> HassilCommands:
    clock = HandClock()
    folder: Path = tmp_path_factory.mktemp("sampling")
    return HassilCommands("en", Timers(folder / "t", clock), clock)


@pytest.fixture(scope="module")
def sampled(commands: HassilCommands) -> list[str]:
    return commands.sentences(SENTENCES, seed=0)


def test_as_many_sentences_come_as_were_asked_for_and_a_seed_repeats_them(commands: HassilCommands) -> None:
    assert commands.sentences(200, seed=5) == commands.sentences(200, seed=5)
    assert len(commands.sentences(200, seed=5)) == 200
    assert commands.sentences(200, seed=5) != commands.sentences(200, seed=6)
    assert commands.sentences(0, seed=5) == []


def test_what_they_are_drawn_from_has_a_name(commands: HassilCommands) -> None:
    names = [commands.source(200, seed=5), commands.source(200, seed=6), commands.source(100, seed=5)]
    assert len({*names, source(Grammar("de"), 200, 5)}) == 4
    assert commands.source(200, seed=5) == names[0]


def test_sentences_are_plain_lower_case_words(sampled: list[str]) -> None:
    assert len(sampled) == SENTENCES
    assert all(re.fullmatch(r"[a-z']+(?: [a-z']+)*", sentence) for sentence in sampled)


@pytest.mark.parametrize("unit", ["hours?", "minutes?", "seconds?", "percent"])
def test_every_number_comes_up_before_every_unit(sampled: list[str], unit: str) -> None:
    text = "\n".join(sampled)
    missing = [
        number
        for number in range(2, 101)
        if not re.search(rf"(?<!y ){num2words(number).replace('-', ' ')} {unit}\b", text)
    ]
    assert missing == []


def test_nearly_all_sampled_sentences_are_understood(commands: HassilCommands, sampled: list[str]) -> None:
    some = sampled[:400]
    lost = [
        sentence for sentence in some if commands.match(sentence) is None and not sentence.startswith(("a ", "one "))
    ]
    assert len(lost) <= 4, lost


def test_the_commonest_commands_are_among_them(sampled: list[str]) -> None:
    assert {"stop", "never mind", "what time is it", "turn it up", "set a timer for five minutes"} <= set(sampled)


def test_what_is_said_every_day_is_understood(commands: HassilCommands) -> None:
    assert [sentence for sentence in grammar_of("en").own["common"] if commands.match(sentence) is None] == []


def test_grammar_agrees(sampled: list[str]) -> None:
    assert not [
        s for s in sampled if re.search(r"\b(?:five|twenty|sixty) (?:hour|minute|second)$|\bone (?:hour|minute)s\b", s)
    ]
