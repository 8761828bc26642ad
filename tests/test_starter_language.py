"""What the starter language model learns from, and what it is asked in the test, have no wording in common."""

import random
import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from recipe.language import outside
from recipe.language.conversation import spoken
from recipe.language.domain import Case, Family, Turn, families, owners
from recipe.language.grammar import wordings
from recipe.language.measure import right
from recipe.language.numbers import OPERATIONS
from recipe.language.tokens import Writer, train

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


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_the_answer_that_is_learnt_is_right_and_that_to_another_question_is_not(family: Family) -> None:
    rng = random.Random(1)
    turns = [family.turn(rng, number % 2 > 0) for number in range(3 * QUESTIONS)]
    answers: dict[tuple[str, ...], set[str]] = {}
    for asked in turns:
        answers.setdefault(asked.right, set()).add(asked.answer)
    for asked in turns:
        taken = {answer for others in answers.values() for answer in others if right(answer, asked)}
        assert asked.answer in taken
        assert taken <= answers[asked.right]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_word_of_a_sum_is_lost_or_moved(operation: str) -> None:
    rng = random.Random(1)
    (family,) = [family for family in families() if family.name == operation]
    words = ["11111", "22222", "33333", "44444", "55555"]  # no letter of these is ever misheard
    for _ in range(QUESTIONS):
        asked = replace(family.turn(rng, False), user=" ".join(words))
        assert list(dict.fromkeys(re.findall(r"\d+", spoken(asked, rng)))) == words


def turn(user: str, right: str, *, ours: bool = True) -> Turn:
    return Turn(user, f"It is {right}.", (right,), ours=ours)


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Writer:
    return Writer(train(tmp_path_factory.mktemp("words") / "tokenizer.json", 400, 20))


def test_what_is_meant_is_learnt_before_the_answer_and_never_as_a_word(writer: Writer) -> None:
    written = writer.conversation([turn("a", "red")], random.Random(1))
    ((begin, meaning),) = written.meant
    assert written.tokens[begin + 1] == meaning == writer.meaning("red")
    assert written.weights[begin + 1] == 0
    assert written.weights[begin + 2] == 1


def test_an_answer_that_is_read_anew_is_context_alone(writer: Writer) -> None:
    said = [turn("a", "red"), turn("b", "blue"), turn("c", "green", ours=False), turn("d", "grey")]
    rng = random.Random(1)
    seen = set()
    for _ in range(50):
        written = writer.conversation(said, rng)
        meanings = [meaning for _, meaning in written.meant]
        assert meanings[-1] == writer.meaning("grey")
        assert meanings == [token for token in written.tokens if token in map(writer.meaning, ("red", "blue", "grey"))]
        learnt = sum(weight == 1 for weight in written.weights)
        answers = [len(writer.plain(f"It is {right}.")) + 1 for right in ("red", "blue", "grey")]
        known = [writer.meaning(right) in meanings for right in ("red", "blue", "grey")]
        assert learnt == sum(count for count, there in zip(answers, known, strict=True) if there)
        seen.add(len(meanings))
    assert seen == {1, 2, 3}
