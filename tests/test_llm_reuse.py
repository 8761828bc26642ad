"""Keeping the tokens that are read already, in a vocabulary small enough to think about."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.llm.reuse import aligned, common

PIECES = ["<user>", "<end>", "a", "b", " ", ".", "ab", " a", " ab", "ba", "ü"[:1], "b.", ""]
CONTROLS = {0, 1}
SILENT = PIECES.index("")


class Letters:
    """Cuts text into single characters, though longer pieces exist: as different from what is written as can be."""

    def piece(self, token: int) -> bytes:
        return b"" if token in CONTROLS else PIECES[token].encode()

    def control(self, token: int) -> bool:
        return token in CONTROLS

    def tokenize(self, text: bytes) -> list[int]:
        return [PIECES.index(part) for part in re.findall(r"<user>|<end>|.", text.decode())]


def spelled(tokens: list[int]) -> str:
    return "".join(PIECES[token] for token in tokens)


def tokens(*pieces: str) -> list[int]:
    return [PIECES.index(piece) for piece in pieces]


def test_an_answer_is_kept_as_it_was_written() -> None:
    known = tokens("<user>", "a", "<end>", "ab", " ab")
    prompt = Letters().tokenize(b"<user>a<end>ab ab<user>b<end>")
    assert aligned(prompt, known, Letters()) == [*known, *tokens("<user>", "b", "<end>")]


def test_of_an_answer_that_was_cut_short_the_heard_words_are_kept() -> None:
    known = tokens("<user>", "a", "<end>", "ab", " ab", " ab", "ba")
    prompt = Letters().tokenize(b"<user>a<end>ab ab.<user>")
    assert aligned(prompt, known, Letters()) == tokens("<user>", "a", "<end>", "ab", " ab", ".", "<user>")


def test_a_word_is_not_glued_together_from_two_halves() -> None:
    known = tokens("<user>", "ab", " a")
    prompt = Letters().tokenize(b"<user>ab ab<end>")
    assert aligned(prompt, known, Letters()) == tokens("<user>", "ab", " ", "a", "b", "<end>")


def test_what_it_wrote_to_itself_is_kept_with_the_answer() -> None:
    known = [*tokens("<user>", "a", "<end>"), SILENT, *tokens("ab", " ab")]
    prompt = Letters().tokenize(b"<user>a<end>ab ab<user>b<end>")
    assert aligned(prompt, known, Letters()) == [*known, *tokens("<user>", "b", "<end>")]


@pytest.mark.parametrize("asked", [b"<user>a<end>", b"<user>a<end>b", b"<user>a<end>b<user>"])
def test_what_it_wrote_to_itself_is_not_put_before_another_answer(asked: bytes) -> None:
    prompt = Letters().tokenize(asked)
    assert aligned(prompt, [*tokens("<user>", "a", "<end>"), SILENT, *tokens("ab")], Letters()) == prompt


def test_common_counts_what_both_begin_with() -> None:
    assert [common([1, 2, 3], other) for other in ([], [1], [1, 2, 3, 4], [2])] == [0, 1, 3, 0]


@given(st.lists(st.integers(0, len(PIECES) - 1)), st.lists(st.integers(0, len(PIECES) - 1)))
def test_the_prompt_still_says_the_same_and_reuses_no_less(written: list[int], known: list[int]) -> None:
    prompt = Letters().tokenize(spelled(written).encode())
    result = aligned(prompt, known, Letters())
    assert spelled(result) == spelled(written)
    assert common(result, known) >= common(prompt, known)


@given(st.lists(st.integers(0, len(PIECES) - 1)))
def test_what_is_known_word_for_word_is_reused_whole(known: list[int]) -> None:
    # Silence is known by what is said after it.
    ends = CONTROLS | {SILENT}
    known = [token for token, after in pairwise([*known, SILENT]) if token != SILENT or after not in ends]
    prompt = Letters().tokenize(spelled(known).encode())
    assert aligned(prompt, known, Letters()) == known
