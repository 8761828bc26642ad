"""Which readings are believed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.stt.gates import Reading, believed, plain, runaway


def reading(text: str, logprob: float = -0.3, no_speech: float = 0.01) -> Reading:
    return Reading(text, logprob, no_speech)


@pytest.mark.parametrize("text", ["Set a timer for five minutes.", "Stop.", "23 °C", "Où est-ce ?"])
def test_a_sure_reading_is_believed(text: str) -> None:
    assert believed(reading(text))


def test_a_guess_is_not_believed() -> None:
    """H5."""
    assert not believed(reading("Set a timer for five minutes.", logprob=-1.2))


@pytest.mark.parametrize("text", ["", " ", ".", "...", "♪♪"])
def test_no_words_are_no_reading(text: str) -> None:
    """H5."""
    assert not believed(reading(text, logprob=-0.01))


@pytest.mark.parametrize("text", ["Thank you.", "Thanks for watching!", "you", "Subtitles by the Amara.org community"])
def test_what_whisper_writes_into_silence_needs_to_be_sure(text: str) -> None:
    """H5: but a person who is polite is heard."""
    assert not believed(reading(text, logprob=-0.8))
    assert not believed(reading(text, logprob=-0.2, no_speech=0.9))
    assert believed(reading(text, logprob=-0.2))


def test_the_prompt_is_not_what_somebody_said() -> None:
    """H5."""
    prompt = "A conversation with Jarvis, a voice assistant."

    assert not believed(reading("a voice assistant", logprob=-0.1), prompt)
    assert believed(reading("what is a voice assistant", logprob=-0.1), prompt)


def test_one_phrase_over_and_over_is_a_runaway() -> None:
    assert runaway("the timer the timer the timer the timer the timer the timer the timer", 30.0)
    assert not runaway("set a timer for ten minutes and another timer for twenty minutes", 4.0)


def test_more_than_anybody_says_is_a_runaway() -> None:
    assert runaway("set a timer for ten minutes and another one for twenty", 1.0)
    assert not runaway("stop", 0.2)


@given(st.text(max_size=200), st.floats(0, 40))
def test_any_text_gets_a_verdict_and_a_longer_time_never_makes_it_worse(text: str, seconds: float) -> None:
    assert runaway(text, seconds) or not runaway(text, seconds + 10)
    assert plain(plain(text)) == plain(text)


@given(st.text(max_size=60), st.floats(-3, 0), st.floats(-3, 0), st.floats(0, 1))
def test_a_surer_reading_is_never_believed_less(text: str, one: float, other: float, no_speech: float) -> None:
    low, high = sorted((one, other))
    assert believed(reading(text, high, no_speech)) or not believed(reading(text, low, no_speech))
