"""The threshold that parts tries from talk, for any heights at all."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.tuning.threshold import APART, HIGHEST, LOWEST, NARROWEST, UNHEARD, USUAL, advise, height, peaks

SCORES = st.floats(0, 1)


@settings(deadline=None)
@given(st.lists(SCORES, max_size=60), st.floats(0.01, 1))
def test_the_height_is_the_highest_threshold_that_wakes(scores: list[float], threshold: float) -> None:
    wakes = any(min(pair) >= threshold for pair in pairwise(scores))
    assert (height(scores) >= threshold) == wakes


@settings(deadline=None)
@given(st.lists(SCORES, max_size=120))
def test_peaks_are_apart_and_the_highest_is_the_height(scores: list[float]) -> None:
    found = peaks(scores)
    assert found == sorted(found, reverse=True)
    assert len(found) <= 5
    assert (found[0] if found else 0.0) == (height(scores) if height(scores) >= UNHEARD else 0.0)


def test_two_words_in_the_talk_are_two_peaks_and_one_word_is_one() -> None:
    word = [0.2, 0.9, 0.9, 0.3]
    assert peaks([0.0] * 30 + word + [0.0] * APART + word) == [0.9, 0.9]
    assert peaks([0.0] * 30 + word + [0.6, 0.6]) == [0.9]


@settings(deadline=None)
@given(st.lists(SCORES, max_size=12), st.none() | SCORES)
def test_a_suggestion_wakes_for_every_try_and_for_no_talk(tries: list[float], talk: float | None) -> None:
    advice = advise(tries, talk)
    assert advice.reason.endswith(".")
    if advice.threshold is not None:
        assert LOWEST <= advice.threshold <= HIGHEST
        assert (talk or 0.0) < advice.threshold <= min(tries)
        assert advice.threshold == round(advice.threshold, 2)


@settings(deadline=None)
@given(st.lists(st.floats(UNHEARD, 1), min_size=1, max_size=12), SCORES)
def test_there_is_one_wherever_the_gap_is_wide_enough(tries: list[float], talk: float) -> None:
    assert (advise(tries, talk).threshold is not None) == (min(tries) - talk >= NARROWEST)


@settings(deadline=None)
@given(st.lists(st.floats(USUAL + 0.1, 1), min_size=1), st.floats(0, USUAL - 0.1))
def test_whom_the_default_suits_keeps_it(tries: list[float], talk: float) -> None:
    assert advise(tries, talk).threshold == USUAL


@pytest.mark.parametrize(
    ("tries", "talk", "threshold"),
    [
        ([0.4, 0.9], 0.05, 0.3),
        ([0.95, 0.99], 0.6, 0.7),
        ([0.5, 0.9], 0.4, 0.45),
        ([0.06], 0.0, 0.05),
        ([1.0], None, 0.5),
    ],
)
def test_it_leaves_the_default_no_further_than_it_must(
    tries: list[float], talk: float | None, threshold: float
) -> None:
    assert advise(tries, talk).threshold == threshold


@pytest.mark.parametrize(
    ("tries", "talk", "why"),
    [
        ([0.9, 0.3, 0.8], 0.6, "the talk reached 0.60, and try 2 no more than 0.30; 1 of 3 tries stayed below that"),
        ([0.9, 0.61], 0.6, "too close"),
        ([0.9, 0.01, 0.0], 0.0, "2 tries were not recognised at all"),
        ([], 0.0, "no try"),
    ],
)
def test_why_there_is_none_is_said(tries: list[float], talk: float, why: str) -> None:
    advice = advise(tries, talk)
    assert advice.threshold is None
    assert why in advice.reason


def test_without_talk_nothing_is_claimed_of_false_wakes() -> None:
    assert "nothing is known of false wakes" in advise([0.9], None).reason
