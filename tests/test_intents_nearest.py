"""The commands that are nearest to what recognisers wrote: wrong letters, words run together, readings that differ."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.intents.grammar import Grammar, grammar_of
from voiced.intents.nearest import Near, Nearest, distance, letters
from voiced.intents.pattern import Pattern
from voiced.intents.sampling import sample

NEAR = 0.3
"""Letters to change per letter, at most, between a command and what a recogniser makes of it."""


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of("en")


@pytest.fixture(scope="module")
def nearest(grammar: Grammar) -> Nearest:
    return Nearest(Pattern(grammar, ["hey jarvis"]))


def test_a_command_is_nearest_to_itself(grammar: Grammar, nearest: Nearest) -> None:
    said = sample(grammar, 60, seed=5)

    found = [nearest.rank([text])[0] for text in said]

    assert [letters(near.text) for near in found] == [letters(text) for text in said]
    assert {near.distance for near in found} == {0.0}


@pytest.mark.parametrize(
    ("readings", "meant"),
    [
        (["cancel mightimer", "cancel the timer", "cancel my dimer"], "cancel my timer"),
        (["set a time her for fivteen minits"], "set a timer for fifteen minutes"),
        (["set a pizzer timer for tin minits", "set a pisa timer ten minit"], "set a pizza timer for ten minutes"),
        (["wot time is it"], "what time is it"),
        (["turn it aup"], "turn it up"),
        (["he jarvis set a timer for ninty seconds"], "hey jarvis set a timer for ninety seconds"),
        (["could you plees porse the timer"], "could you please pause the timer"),
        (["a hundret and twenty", "set volume to eighty five percent"], "set volume to eighty five percent"),
        (["dimer for wun our", "timer four one our"], "timer for one hour"),
    ],
)
def test_what_two_recognisers_misread_is_found(nearest: Nearest, readings: list[str], meant: str) -> None:
    assert nearest.rank(readings)[0].text == meant


def garbled(text: str, share: float, chance: random.Random) -> str:
    """`text` with about `share` of its letters wrong, missing or doubled."""
    changed = {letter: ("", letter * 2, chance.choice("aeioustrn")) for letter in set(text)}
    return "".join(chance.choice(changed[letter]) if chance.random() < share else letter for letter in text)


def test_most_commands_survive_a_fifth_of_wrong_letters(grammar: Grammar, nearest: Nearest) -> None:
    chance = random.Random(7)
    said = sample(grammar, 60, seed=8)
    found = [nearest.rank([garbled(text, 0.2, chance) for _ in range(2)]) for text in said]

    right = sum(bool(near) and letters(near[0].text) == letters(text) for near, text in zip(found, said, strict=True))

    assert right >= 54, [(text, near[:1]) for near, text in zip(found, said, strict=True)]


@pytest.mark.parametrize(
    "text",
    [
        "what is the capital of france",
        "tell me a joke",
        "the children went to the park with my sister",
        "how do i cook pasta",
        "we have been to london twice",
        "who invented the telephone",
        "she bought a blue lamp yesterday",
    ],
)
def test_what_is_no_command_is_far_from_all(nearest: Nearest, text: str) -> None:
    assert all(near.distance > NEAR for near in nearest.rank([text]))


@pytest.mark.parametrize("readings", [[], [""], ["", "  "], ["?! 123"], ["a" * 500], ["stop " * 60]])
def test_nothing_is_near_to_nothing_or_to_what_nobody_says(nearest: Nearest, readings: list[str]) -> None:
    assert nearest.rank(readings) == []


@given(st.lists(st.text(max_size=60), max_size=4))
@settings(max_examples=60, deadline=None)
def test_whatever_is_read_what_is_found_is_sorted_and_as_far_as_it_says(nearest: Nearest, readings: list[str]) -> None:
    found = nearest.rank(readings)

    known = list(dict.fromkeys(reading for reading in readings if letters(reading)))
    assert found == [Near(near.text, distance(near.text, known)) for near in found]
    assert [near.distance for near in found] == sorted(near.distance for near in found)
    assert all(0 <= near.distance <= 1 for near in found)


def test_what_is_found_is_understood(grammar: Grammar, nearest: Nearest) -> None:
    said = sample(grammar, 40, seed=12)
    chance = random.Random(3)

    texts = [near.text for text in said for near in nearest.rank([garbled(text, 0.1, chance)])[:1]]

    strange = [text for text in texts if grammar.match(text) is None]
    assert len(texts) == 40
    assert len(strange) <= 1, strange
