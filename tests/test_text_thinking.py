"""Thinking is taken out of the stream, however the stream is cut."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.text.thinking import without_thinking


def kept(text: str) -> str:
    return "".join(without_thinking([text]))


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>hmm</think>Yes.", "Yes."),
        ("<think>\n\n</think>\n\nYes.", "\n\nYes."),
        ("Well, <thinking>a < b</thinking>yes.", "Well, yes."),
        ("<reasoning>x</reasoning>Yes.", "Yes."),
        ("<THINK>x</Think>Yes.", "Yes."),
        ("<think>never closed. Yes?", ""),
        ("No. <think>never closed", "No. "),
        ("</think>\n\nYes.", "\n\nYes."),
        ("<think>a<think>b</think>Yes.", "Yes."),
        ("<think>a</think>One.<think>b</think>Two.", "One.Two."),
        ("a < b, <b>bold</b>, <thin>", "a < b, <b>bold</b>, <thin>"),
        ("it ends with <thi", "it ends with <thi"),
        ("<<think>x</think>>", "<>"),
        ("", ""),
    ],
)
def test_thinking_goes_and_the_rest_stays(text: str, rest: str) -> None:
    """S2: neither the tags nor what stands between them is left."""
    assert kept(text) == rest
    assert "".join(without_thinking(text)) == rest


def test_an_answer_may_begin_inside_of_thinking() -> None:
    """S2: templates that end the prompt with the opening tag leave only the closing one to the model."""
    assert "".join(without_thinking(["let me see", "</thi", "nk>\nYes."], inside=True)) == "\nYes."


TEXTS = st.lists(
    st.sampled_from(["<think>", "</think>", "<Thinking>", "</THINKING>", "<reasoning>", "</reasoning>"])
    | st.sampled_from(["<", ">", "</", "thi", "<thin", "k>", "Hello. ", "🙂"])
    | st.text(max_size=4),
    max_size=12,
).map("".join)


@given(TEXTS, st.data())
@settings(deadline=None)
def test_it_does_not_matter_where_the_stream_is_cut(text: str, data: st.DataObject) -> None:
    """S2: a tag may be split at any point."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]

    assert "".join(without_thinking(pieces)) == kept(text)


@given(TEXTS)
@settings(deadline=None)
def test_what_is_left_is_what_a_single_look_at_the_whole_text_leaves(text: str) -> None:
    names = "(?:thinking|think|reasoning)"
    whole = re.sub(rf"(?is)<{names}>.*?(?:</{names}>|\Z)|</{names}>", "", text)

    assert kept(text) == whole


@given(st.text(alphabet="ab <.>/", max_size=40))
@settings(deadline=None)
def test_text_without_tags_is_passed_on_at_once(text: str) -> None:
    """S2, S5: held back is only what may be the beginning of a tag."""
    stream = without_thinking(iter([f"{text}x", "unreached"]))

    assert next(stream) == f"{text}x"


def test_nothing_is_held_back_longer_than_a_tag() -> None:
    assert list(without_thinking(["a <t", "b", " <think", "ing", ">x"])) == ["a ", "<tb", " "]


def test_many_tags_in_one_piece_are_no_trouble() -> None:
    assert kept("<think>x</think>y" * 20_000) == "y" * 20_000
