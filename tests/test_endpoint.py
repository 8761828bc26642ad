"""Where an utterance begins, pauses and ends."""

from hypothesis import given
from hypothesis import strategies as st

from voiced.endpoint import Endpointer, EndpointRules

RULES = EndpointRules(silence_ms=640, pause_ms=192, chunk_ms=32, start_ms=96)


def boundaries(probabilities: list[float], rules: EndpointRules = RULES) -> list[tuple[int, str]]:
    """The boundaries with the number of the chunk that completed them."""
    endpointer = Endpointer(rules)
    heard = [(at, endpointer.hear(probability)) for at, probability in enumerate(probabilities)]
    return [(at, boundary) for at, boundary in heard if boundary is not None]


def test_speech_starts_pauses_and_ends_after_its_times() -> None:
    assert boundaries([0.9] * 10 + [0.0] * 30) == [(2, "started"), (15, "paused"), (29, "ended")]


def test_a_pause_inside_a_sentence_is_not_its_end() -> None:
    """H3: speech that resumes before the silence has lasted goes on in the same utterance."""
    heard = boundaries([0.9] * 10 + [0.1] * 15 + [0.9] * 10 + [0.1] * 30)

    assert [boundary for _, boundary in heard] == ["started", "paused", "started", "paused", "ended"]


def test_a_click_is_no_speech() -> None:
    assert boundaries(([0.1] * 5 + [0.9] * 2) * 20) == []


def test_clicks_cannot_hold_an_utterance_open() -> None:
    heard = boundaries([0.9] * 10 + ([0.1] * 4 + [0.9] * 2) * 10)

    assert [boundary for _, boundary in heard] == ["started", "paused", "ended"]


def test_a_weak_syllable_opens_no_gap() -> None:
    assert boundaries([0.9] * 10 + [0.4] * 40) == [(2, "started")]


@given(st.lists(st.floats(0, 1), max_size=300))
def test_boundaries_come_in_their_order(probabilities: list[float]) -> None:
    """After nothing or an end comes a start, after a start a pause or an end, after a pause a start or an end."""
    follows = {None: {"started"}, "started": {"paused", "ended"}, "paused": {"started", "ended"}, "ended": {"started"}}
    last = None
    for _, boundary in boundaries(probabilities):
        assert boundary in follows[last]
        last = boundary


@given(st.lists(st.floats(0, 1), max_size=100))
def test_lasting_silence_ends_every_utterance(probabilities: list[float]) -> None:
    endpointer = Endpointer(RULES)
    for probability in [*probabilities, *[0.0] * 20]:
        endpointer.hear(probability)

    assert not endpointer.speaking


@given(st.integers(1, 40), st.integers(0, 1300))
def test_a_wait_holds_until_speech_resumes(silent: int, needed: int) -> None:
    """Whether it is told before or after the silence has lasted."""
    endpointer = Endpointer(RULES)
    for probability in [0.9] * 5 + [0.0] * min(silent, 19):  # 608 ms: not over yet
        endpointer.hear(probability)
    ended = endpointer.wait(needed)
    assert (ended == "ended") == (min(silent, 19) * 32 >= needed)
    for _ in range(60):
        if ended is None and endpointer.hear(0.0) == "ended":
            ended = "ended"
            assert 0 <= endpointer.silence_ms - needed < 32
    assert ended == "ended"


def test_a_wait_is_forgotten_when_speech_resumes() -> None:
    endpointer = Endpointer(RULES)
    for probability in [0.9] * 5 + [0.0] * 7:
        endpointer.hear(probability)
    assert endpointer.wait(1200) is None
    heard = [endpointer.hear(probability) for probability in [0.9] * 5 + [0.0] * 20]
    assert heard.index("ended") == 5 + 640 // 32 - 1


def test_nothing_ends_while_a_word_may_be_beginning() -> None:
    """The detector is not sure of a word's first chunks."""
    heard = boundaries([0.9] * 10 + [0.0] * 19 + [0.2, 0.2, 0.9, 0.9, 0.9] + [0.0] * 20)

    assert heard == [(2, "started"), (15, "paused"), (33, "started"), (39, "paused"), (53, "ended")]


def test_nor_by_a_wait_that_is_over() -> None:
    endpointer = Endpointer(RULES)
    for probability in [0.9] * 5 + [0.0] * 10 + [0.9]:
        endpointer.hear(probability)
    assert endpointer.wait(200) is None
    assert [endpointer.hear(probability) for probability in (0.9, 0.9)] == [None, "started"]


def test_a_hum_that_never_becomes_a_word_holds_nothing_up() -> None:
    assert boundaries([0.9] * 10 + [0.3] * 40) == [(2, "started"), (15, "paused"), (29, "ended")]
    heard = boundaries([0.9] * 10 + [0.0] * 18 + [0.3] * 40)  # begins just before the end
    assert heard == [(2, "started"), (15, "paused"), (31, "ended")]


@given(st.lists(st.floats(0, 1), max_size=60), st.lists(st.sampled_from([0.0, 0.9]), max_size=60))
def test_what_was_cut_does_not_begin_again_before_it_has_paused(before: list[float], after: list[float]) -> None:
    endpointer, silent = Endpointer(RULES), 0
    for probability in before:
        endpointer.hear(probability)
    endpointer.cut()
    assert not endpointer.speaking
    for probability in [*after, *[0.9] * 5, *[0.0] * 6, *[0.9] * 2]:
        assert endpointer.hear(probability) is None
        silent = 0 if probability else silent + 1
        if silent >= 192 // 32:
            break
    heard = [endpointer.hear(0.9) for _ in range(3)]
    assert "started" in heard
