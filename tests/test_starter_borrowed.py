"""English in the sounds of other languages: every sound has one that stands for it, and takes no more time."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recipe.borrowed import MODEL, SPEAKERS, Part, _accented
from recipe.speech import _RADIO

OTHERS = [name for name in SPEAKERS if name != MODEL]


@pytest.mark.parametrize("name", OTHERS)
def test_every_sound_of_english_has_one_that_stands_for_it(name: str) -> None:
    table, _ = SPEAKERS[name]
    assert table.keys() == _RADIO.keys() - {"sil"}
    assert all(others for others in table.values())


@given(st.data(), st.sampled_from(OTHERS), st.lists(st.floats(0.02, 0.5), min_size=1, max_size=20))
def test_an_accent_takes_as_long_and_leaves_no_gap(data: st.DataObject, name: str, lengths: list[float]) -> None:
    table, _ = SPEAKERS[name]
    names = st.sampled_from(sorted(table.keys() - {"hh", "hv"}))
    sounds, start = list[Part](), 0.0
    for number, length in enumerate(lengths):
        # No word begins with a pause that is not there: the first sound is one that every language has.
        sound = data.draw(names if not number else st.sampled_from(sorted(table)))
        sounds.append((sound, start, start + length))
        start += length

    said = _accented(sounds, {sound: others[0].split() for sound, others in table.items()})

    assert said[0][1] == 0
    assert said[-1][2] == pytest.approx(start)
    assert all(one[2] == pytest.approx(other[1]) for one, other in pairwise(said))
