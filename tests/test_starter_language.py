"""What the starter language model learns from, and what it is asked in the test, have no wording in common."""

import random
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from recipe.language import outside
from recipe.language.domain import Case, Family, families, owners
from recipe.language.grammar import wordings

QUESTIONS = 200


def unfilled(patterns: Iterable[str]) -> dict[str, list[str]]:
    """Slots that are filled with their own names."""
    return {slot: [f"{{{slot}}}"] for slot in re.findall(r"\{(\w+)\}", " ".join(patterns))}


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_nothing_is_learnt_in_the_words_of_the_test(family: Family) -> None:
    slots = unfilled((*family.ask, *family.more, *family.odd, *family.held))
    asked = replace(family, answer=lambda *_: Case("", ("",), slots))
    rng = random.Random(1)
    tested = {asked.turn(rng, False, test=True).user for _ in range(QUESTIONS)}
    learnt = {asked.turn(rng, False, wide=n % 2 > 0).user for n in range(2 * QUESTIONS)}
    assert tested <= wordings(family.held)
    assert not learnt & wordings(family.held)


def test_no_words_are_asked_in_two_families() -> None:
    rng = random.Random(1)
    for family in families():
        asked = {family.turn(rng, False, wide=number % 2 > 0).user for number in range(QUESTIONS)}
        assert {owners()[words] for words in asked & owners().keys()} <= {family.name}


def test_what_is_known_is_never_taught_as_unknown() -> None:
    rng = random.Random(1)
    unknown = {outside.question(rng, False, wide=n % 2 > 0).user for n in range(10 * QUESTIONS)}
    assert not unknown & owners().keys()


def test_nothing_that_is_not_known_is_learnt_in_the_words_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = outside.table_of_templates()
    slots = unfilled((*entries["more"], *entries["held"]))
    monkeypatch.setattr(outside, "values", lambda _: slots)
    monkeypatch.setattr(outside, "_made", lambda _: {})
    rng = random.Random(1)
    tested = {outside.question(rng, False, test=True).user for _ in range(QUESTIONS)}
    learnt = {outside.question(rng, False, wide=n % 2 > 0).user for n in range(10 * QUESTIONS)}
    assert tested <= wordings(entries["held"])
    assert not learnt & wordings(entries["held"])
