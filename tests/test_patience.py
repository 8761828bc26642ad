"""How long a silence has to last: the rules, and what they do to sentences that were written for this."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import Place, decided, draw, fixed, judged, label
from voiced.patience import LIKELY, UNLIKELY, Patience

PICTURE = Path(__file__).parent.parent / "docs" / "waiting.svg"


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Place]]:
    """Every place of every sentence, judged as the conversation judges it, with the starter language model."""
    return judged(tmp_path_factory.mktemp("patience"))


@pytest.mark.parametrize(("kind", "median"), [("commands", 300), ("questions", 350)])
def test_the_wait_is_short_where_the_sentence_is_whole_and_pauses_cut_few(
    places: dict[str, list[Place]], kind: str, median: float
) -> None:
    found = decided(places[kind])

    assert found.wait_ms <= median
    assert found.cut_percent <= 2, [(place.so_far, place.wait()) for place in places[kind] if place.cut(Place.wait)]


@pytest.mark.parametrize("kind", ["commands", "questions"])
def test_who_waits_longer_cuts_off_fewer_and_what_was_said_is_the_better_guide(
    places: dict[str, list[Place]], kind: str
) -> None:
    for way, from_ms in ((fixed, 200), (decided, 500)):
        line = [way(places[kind], ms) for ms in range(from_ms, 1000, 100)]
        for sooner, later in pairwise(line):
            assert sooner.wait_ms <= later.wait_ms
            assert sooner.cut_percent >= later.cut_percent
    for ms in (500, 700, 1000):
        found = decided(places[kind], ms)
        assert found.cut_percent < fixed(places[kind], found.wait_ms).cut_percent or not found.cut_percent


def test_the_picture_is_what_the_code_says_today(places: dict[str, list[Place]], tmp_path: Path) -> None:
    """`make waiting` renews it."""
    draw(tmp_path / "waiting.svg", places)
    drawn, kept = ((folder / "waiting.svg").read_text("utf-8") for folder in (tmp_path, PICTURE.parent))
    for found in places.values():
        for point in (label(decided(found)), label(fixed(found, 700))):
            assert f">{point}<" in drawn
            assert f">{point}<" in kept


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
