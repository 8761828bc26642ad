"""Which letter may follow which in a command: against the sentences that the grammar itself makes."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.intents import automaton
from voiced.intents.automaton import Automaton
from voiced.intents.grammar import grammar_of
from voiced.intents.pattern import Pattern
from voiced.intents.sampling import sample

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def commands() -> Automaton:
    return Automaton(Pattern(grammar_of("en"), ["hey jarvis"]))


def whole(commands: Automaton, text: str) -> bool:
    """Whether `text` is one, letter by letter."""
    state: int | None = commands.begin()
    for letter in text:
        state = commands.on(state, letter) if state is not None else None
    return state is not None and commands.ends(state)


def test_what_the_grammar_makes_is_whole(commands: Automaton) -> None:
    assert [text for text in sample(grammar_of("en"), 500, 3) if not whole(commands, text)] == []


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("set a timer for five minutes", True),
        ("hey jarvis set a timer for five minutes", True),
        ("please stop", True),
        ("set a timer for five minutes please", True),
        ("what's the time", True),
        ("", False),
        ("set a timer for five", False),
        ("set a timer for five min", False),
        ("set  a timer for five minutes", False),
        ("hey jarvis", False),
        ("seta timer for five minutes", False),
    ],
)
def test_a_whole_command_and_no_other(commands: Automaton, text: str, is_whole: bool) -> None:
    assert whole(commands, text) == is_whole


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_whoever_walks_along_ends_in_a_command(commands: Automaton, seed: int) -> None:
    chance, state, text = random.Random(seed), commands.begin(), ""
    while not commands.ends(state) or (chance.random() < 0.7 and len(text) < 60):
        ways = [(letter, further) for letter in LETTERS if (further := commands.on(state, letter)) is not None]
        if not ways:
            break
        letter, state = chance.choice(ways)
        text += letter

    assert commands.ends(state), text
    assert whole(commands, text)
    assert text.rstrip() == " ".join(text.split()), "no two spaces in a row"


def test_states_are_forgotten_before_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "MANY", 300)
    few = Automaton(Pattern(grammar_of("en")))
    said = sample(grammar_of("en"), 60, 4)

    for text in said:
        assert whole(few, text), text
        assert len(few._known) < 600
