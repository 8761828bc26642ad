"""From a model's pieces to clauses with their spoken form."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.text import Clause, speech


def test_an_answer_is_cut_and_made_speakable() -> None:
    """S1, S2, S3: thinking gone, markup kept for the reader and gone for the synthesiser."""
    answer = "<think>hm</think>It costs **$500** at 8:00, Dr. Smith. See [this](http://a.b)."

    assert list(speech(answer, "en")) == [
        Clause("It costs **$500** at 8:00,", "It costs five hundred dollars at eight o'clock,"),
        Clause("Dr. Smith.", "Doctor Smith."),
        Clause("See [this](http://a.b).", "See this."),
    ]


def test_code_is_not_read_but_mentioned() -> None:
    """S1."""
    clauses = list(speech(["Like so:\n```python\nprint(1)\n```\nThat is all."], "en"))

    assert [clause.spoken for clause in clauses] == ["Like so:", "I left out the code.", "That is all."]
    assert clauses[1].text == "```python\nprint(1)\n```"


@pytest.mark.parametrize("answer", [[], [""], ["."], ["…"], ["🙂"], ["<think>x</think>"], ["\n", "***"]])
def test_an_answer_of_nothing_has_no_clauses(answer: list[str]) -> None:
    """S4: and it ends, so that the turn can."""
    assert list(speech(answer, "en")) == []


def test_the_first_clause_comes_before_the_second_is_written() -> None:
    """S5."""
    asked: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("It", " rains", " today", ",", " so", " take", " an", " umbrella", "."):
            asked.append(piece)
            yield piece

    first = next(speech(pieces(), "en"))

    assert first == Clause("It rains today,", "It rains today,")
    assert asked[-1] == " so"


def test_answers_of_commands_are_made_speakable_too() -> None:
    assert [clause.spoken for clause in speech(["5 minutes left, until 8:05 PM."], "en")] == [
        "five minutes left,",
        "until eight oh five PM.",
    ]


@given(st.lists(st.text(max_size=5) | st.sampled_from(["<think>", "</think>", ". ", "```\n", "Hello"]), max_size=12))
@settings(deadline=None)
def test_every_clause_has_something_to_say(pieces: list[str]) -> None:
    """S4."""
    assert all(any(map(str.isalpha, clause.spoken)) for clause in speech(pieces, "en"))
