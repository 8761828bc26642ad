"""What two readings of an utterance agree on stays; what only one says does not."""

from hypothesis import given
from hypothesis import strategies as st

from voiced.stt.agreement import Agreement, agreed
from voiced.stt.gates import plain

WORDS = st.lists(st.sampled_from(["why", "is", "the", "sky", "blue", "Sky,", "BLUE?"]), max_size=8)


def heard(*readings: str) -> Agreement:
    agreement = Agreement()
    for reading in readings:
        agreement.hear(reading)
    return agreement


def test_one_reading_is_no_agreement() -> None:
    assert heard("why is the").words == ()


def test_what_two_in_a_row_begin_with_is_sure() -> None:
    assert heard("why is this", "why is the sky").words == ("why", "is")
    assert heard("why is this", "who", "why is this").words == ()


def test_a_word_that_was_sure_stays_whatever_comes() -> None:
    agreement = heard("why is the", "why is the")
    for reading in ("", "who was that", "who was that man", "why"):
        assert not agreement.hear(reading)
        assert agreement.words == ("why", "is", "the")
    assert not agreement.hear("why is the sky bl")
    assert agreement.hear("why is the sky blue")
    assert agreement.words == ("why", "is", "the", "sky")


def test_case_and_marks_are_no_disagreement_and_an_end_is_not_believed() -> None:
    assert heard("Why is. The sky.", "why is the sky?").words == ("why", "is", "the", "sky")
    assert heard("What's that", "What’s that").words == ()
    assert heard("hm, …", "hm, …").words == ("hm,", "…")


@given(st.lists(WORDS.map(" ".join), max_size=12))
def test_sure_words_only_become_more_and_two_readings_in_a_row_have_said_them(readings: list[str]) -> None:
    agreement, last = Agreement(), ""
    before: tuple[str, ...] = ()
    for reading in readings:
        more = agreement.hear(reading)
        assert more == (agreement.words != before)
        assert agreement.words[: len(before)] == before
        if more:
            count = len(agreement.words)
            assert agreed(agreement.words, reading.split()) == agreed(agreement.words, last.split()) == count
        before, last = agreement.words, reading


@given(WORDS, st.data())
def test_who_only_errs_in_the_last_word_is_never_wrong(said: list[str], data: st.DataObject) -> None:
    agreement = Agreement()
    for number in range(len(said) + 1):
        cut = f"cut{number}"  # never the same twice
        agreement.hear(" ".join([*said[:number], cut]))
        count = data.draw(st.integers(0, number))
        agreement.hear(" ".join([*said[:count], f"{cut}again"]))
    assert [plain(word) for word in agreement.words] == [plain(word) for word in said[: len(agreement.words)]]
