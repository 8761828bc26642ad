"""What goes where on the page."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.timeline.layout import CLEAR_S, ELLIPSIS, ROW_S, STRETCH, Row, envelope, fit, place, rows, sounding
from voiced.timeline.layout import text_width as width
from voiced.timeline.spans import Caption

MOMENTS = st.floats(0, 100)
STRETCHES = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda two: (min(two), max(two))), max_size=20)


@given(st.floats(0, 300), STRETCHES)
def test_rows_follow_each_other_without_a_gap_and_reach_the_end(total: float, busy: list[tuple[float, float]]) -> None:
    found = rows(total, busy)
    assert found[0].begin == 0
    assert all(one.end == other.begin for one, other in pairwise(found))
    assert total < found[-1].end < total + 2


@given(st.floats(0, 300), STRETCHES)
def test_no_row_is_empty_or_much_longer_than_a_row(total: float, busy: list[tuple[float, float]]) -> None:
    assert all(0 < row.end - row.begin <= ROW_S * STRETCH + 0.3 for row in rows(total, busy))


def test_a_row_breaks_where_nobody_speaks() -> None:
    first, _ = rows(40.0, [(0.0, 16.0), (18.0, 40.0)])
    assert 16.0 + CLEAR_S <= first.end <= 18.0 - CLEAR_S


def test_a_short_conversation_has_one_row() -> None:
    assert len(rows(ROW_S, [])) == 1


def test_a_moment_on_a_break_is_shown_once() -> None:
    one, other = Row(0, 10), Row(10, 20)
    assert [bool(row.part(10, 10)) for row in (one, other)] == [False, True]
    assert one.part(8, 12) == (8, 10)
    assert other.part(8, 12) == (10, 12)
    assert other.part(8, 10) is None


def test_sound_is_found_where_it_is() -> None:
    sound = np.zeros(16_000 * 5, np.int16)
    for begin, end in ((1.0, 1.5), (1.7, 2.0), (4.0, 4.5)):
        sound[int(begin * 16_000) : int(end * 16_000)] = 9_000
    assert np.allclose(sounding(sound, 16_000), [(1.0, 2.0), (4.0, 4.5)])


@pytest.mark.parametrize("sound", [np.zeros(0, np.int16), np.zeros(99, np.float32), np.zeros(48_000, np.float32)])
def test_nothing_sounds_in_silence(sound: np.ndarray) -> None:
    assert sounding(sound, 16_000) == []


def test_the_envelope_keeps_the_extremes_of_each_column() -> None:
    sound = np.zeros(100, np.float32)
    sound[12], sound[57] = 0.5, -0.25
    low, high = envelope(sound, 100, Row(0.0, 2.0), 20)
    assert [column for column in range(20) if high[column]] == [1]
    assert [column for column in range(20) if low[column]] == [5]
    assert (high.max(), low.min()) == (0.5, -0.25)


def test_the_loudest_value_of_int16_does_not_wrap_around() -> None:
    low, high = envelope(np.array([-32768, 32767], np.int16), 2, Row(0.0, 1.0), 1)
    assert (low[0], high[0]) == (-32768, 32767)


@given(st.text(), st.floats(0, 300))
def test_a_text_that_is_cut_fits_and_says_so(text: str, room: float) -> None:
    cut = fit(text, room, 7.5)
    assert width(cut, 7.5) <= room + 0.01
    assert cut in (text, "") or cut.endswith(ELLIPSIS)


def test_a_text_is_cut_at_a_word() -> None:
    assert fit("the sky is blue today", width("the sky is blu…", 8), 8) == "the sky is…"


SAID = st.lists(st.tuples(st.floats(0, 30), st.text("abcdefgh ", min_size=1, max_size=60)), max_size=12)


@given(SAID)
def test_captions_never_overlap_and_never_leave_their_row(said: list[tuple[float, str]]) -> None:
    row, points, size = Row(5.0, 25.0), 30.0, 7.5
    captions = [Caption("person", at, text, 1) for at, text in sorted(said)]
    found = place(captions, row, points, size, 2)
    assert len(found) == sum(row.begin <= each.at < row.end for each in captions)
    for line in range(2):
        here = sorted((each.x, each.x + width(each.text, size) / points) for each in found if each.line == line)
        here = [(begin, end) for begin, end in here if end > begin]
        assert all(end <= begin + 1e-3 for (_, end), (begin, _) in pairwise(here))
        assert all(row.begin <= begin and end <= row.end + 1e-3 for begin, end in here)


def test_a_caption_with_room_begins_with_its_sound_and_is_whole() -> None:
    caption = Caption("assistant", 3.0, "It is 8:00.", 1)
    [placed] = place([caption], Row(0, 30), 20.0, 7.5, 2)
    assert (placed.line, placed.x, placed.text) == (0, 3.0, "It is 8:00.")


def test_captions_close_to_each_other_are_staggered() -> None:
    captions = [Caption("assistant", at, "Something that takes a while to read", 1) for at in (3.0, 4.0)]
    assert [(each.line, each.text[-4:]) for each in place(captions, Row(0, 30), 20.0, 7.5, 2)] == [
        (0, "read"),
        (1, "read"),
    ]
