"""Sentences of well-spelled words from letters: against all that there are, and where letters are in doubt."""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from voiced.stt.letters import FILE, Letters
from voiced.stt.lexicon import WORD, Lexicon

LETTERS = " ab"
WORDS = {"a": -1.0, "ab": -2.5, "b": -2.0, "ba": -4.0}


def chance(word: str, before: Sequence[str]) -> float:
    """Each word likelier behind some others, and none less likely than -8."""
    return -1.0 - 7.0 * abs(math.sin(len(before) + sum(map(ord, word + before[-1]))))


def heard(places: NDArray[np.float64], letters: str, folder: Path) -> tuple[Letters, NDArray[np.float32]]:
    """A head, and what it takes for just these probabilities (places × letters + 1)."""
    size = len(letters) + 1
    np.savez(folder / FILE, letters=letters, weight=np.eye(size), bias=np.zeros(size))
    return Letters(folder), np.log(places).astype(np.float32)


def spelled_out(text: str, letters: str, doubts: dict[int, str]) -> NDArray[np.float64]:
    """`text` heard letter by letter, with nothing in between; at some places another letter as clearly."""
    rows = []
    for at, letter in enumerate(text):
        row = np.full(len(letters) + 1, 1e-6)
        row[[letters.index(letter), letters.index(doubts.get(at, letter))]] = 0.5
        rows += [row, np.append(np.full(len(letters), 1e-6), 1.0)]
    places = np.array(rows)
    return np.asarray(places / places.sum(1, keepdims=True))


@given(places=st.integers(1, 6), seed=st.integers(0, 999))
def test_the_best_of_all_sentences_is_found(tmp_path_factory: pytest.TempPathFactory, places: int, seed: int) -> None:
    chances = np.random.default_rng(seed).dirichlet(np.ones(len(LETTERS) + 1), places) + 0.002
    chances /= chances.sum(1, keepdims=True)
    head, encoded = heard(chances, LETTERS, tmp_path_factory.mktemp("head"))
    every = [words for count in (1, 2, 3) for words in itertools.product(WORDS, repeat=count)]
    texts = [" ".join(words) for words in every]
    # The end of the last word may have been heard, or not.
    likely = map(max, head.likely(encoded, texts), head.likely(encoded, [f"{text} " for text in texts]))
    worth = {}
    for words, sound in zip(every, likely, strict=True):
        behind = ("<s>", *words, "</s>")
        english = sum(chance(behind[at], behind[max(0, at - 2) : at]) for at in range(1, len(behind)))
        worth[" ".join(words)] = sound + english + WORD * len(words)

    best = Lexicon(WORDS, chance).sentences(chances, LETTERS, 1)

    assert worth[best[0]] == pytest.approx(max(worth.values()), abs=1e-6)


def test_a_letter_in_doubt_is_what_makes_a_word() -> None:
    letters = " 'abcdefghijklmnopqrstuvwxyz"
    lexicon = Lexicon(dict.fromkeys(("what", "time", "is", "it"), -5.0), lambda *_: -5.0)

    assert lexicon.sentences(spelled_out("whot dime iz it", letters, {}), letters, 3) == []
    places = spelled_out("whot dime iz it", letters, {2: "a", 5: "t", 11: "s"})
    assert lexicon.sentences(places, letters, 3) == ["what time is it"]


def test_of_words_that_sound_the_same_the_one_that_follows_comes_first() -> None:
    letters = " 'abcdefghijklmnopqrstuvwxyz"

    def follows(word: str, before: Sequence[str]) -> float:
        return -1.0 if (before[-1], word) in {("i", "read"), ("the", "reed")} else -6.0

    lexicon = Lexicon(dict.fromkeys(("i", "the", "read", "reed"), -6.0), follows)
    for said, doubt, best in (("i reed", 4, "i read"), ("the reed", 6, "the reed")):
        found = lexicon.sentences(spelled_out(said, letters, {doubt: "a"}), letters, 2)
        assert found[0] == best
        assert len(found) == 2


def test_a_letter_that_is_there_twice_is_not_one_that_lasts() -> None:
    letters = " 'abcdefghijklmnopqrstuvwxyz"
    lexicon = Lexicon({"fee": -3.0, "fe": -3.0}, lambda *_: -3.0)
    twice = spelled_out("fee", letters, {})

    assert lexicon.sentences(twice, letters, 1) == ["fee"]
    lasting = twice[[0, 1, 2, 2, 3]]  # no silence in between
    assert lexicon.sentences(lasting, letters, 1) == ["fe"]


def test_words_of_other_letters_and_no_words_at_all_are_never_found() -> None:
    letters = " 'abcdefghijklmnopqrstuvwxyz"
    places = spelled_out("uber", letters, {})

    assert Lexicon({"über": -1.0}, lambda *_: -1.0).sentences(places, letters, 3) == []
    assert Lexicon({}, lambda *_: -1.0).sentences(places, letters, 3) == []
    assert Lexicon({"uber": -1.0}, lambda *_: -1.0).sentences(places[:0], letters, 3) == []
