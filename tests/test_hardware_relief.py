"""What to do about heat and memory, in virtual time: each law of voiced.hardware.relief, for any readings."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.hardware.relief import LONGEST_S, Limits, Relief, Verdict
from voiced.hardware.vitals import Vitals

LIMITS = Limits()
PERIOD_S = 10.0
RUNGS = 4

CALM = Vitals(50.0, (), 2000, 0.0)
HOT = replace(CALM, temperature_c=83.0)
WARM = replace(CALM, temperature_c=75.0)
SLOWED = replace(CALM, throttled=("throttling",))
SHORT = replace(CALM, available_mb=30)
STALLED = replace(CALM, stalled=40.0)

READINGS = st.builds(
    Vitals,
    st.none() | st.floats(20, 110),
    st.sampled_from([(), ("throttling",)]),
    st.none() | st.integers(0, 4000),
    st.floats(0, 100),
)


def verdicts(readings: Iterable[Vitals], rungs: int = RUNGS, regained_mb: int = 0) -> list[Verdict]:
    """One for each reading, ten seconds apart."""
    relief = Relief(LIMITS)
    return [relief.take(each, n * PERIOD_S, rungs, regained_mb) for n, each in enumerate(readings)]


def levels(readings: Iterable[Vitals], rungs: int = RUNGS, regained_mb: int = 0) -> list[int]:
    return [verdict.rung for verdict in verdicts(readings, rungs, regained_mb)]


def test_heat_that_lasts_leads_down_rung_by_rung_and_calm_back_up() -> None:
    down = levels([HOT] * 40)
    assert down[:9] == [0, 1, 1, 1, 1, 1, 1, 2, 2]
    assert down[-1] == RUNGS
    both = levels([HOT] * 40 + [CALM] * 200)
    assert both[-1] == 0
    assert both[39:] == sorted(both[39:], reverse=True)


def test_one_reading_is_none() -> None:
    assert verdicts([CALM, HOT, CALM, SHORT, WARM, HOT, CALM]) == [Verdict(0, "")] * 7


def test_each_kind_of_strain_leads_down_and_says_what_it_was() -> None:
    told = {each: verdicts([each] * 2)[-1] for each in (HOT, SLOWED, SHORT, STALLED)}
    assert told == {
        HOT: Verdict(1, "The processor was at 83 °C"),
        SLOWED: Verdict(1, "The machine slowed itself down (throttling)"),
        SHORT: Verdict(1, "Only 30 MB of memory were free"),
        STALLED: Verdict(1, "Programs waited for memory 40 % of the time"),
    }


def test_a_machine_that_tells_nothing_is_left_alone() -> None:
    assert set(verdicts([Vitals()] * 50)) == {Verdict(0, "")}


def test_where_there_is_nothing_to_leave_out_it_is_told_all_the_same() -> None:
    assert verdicts([HOT] * 3, rungs=0)[-1] == Verdict(0, "The processor was at 83 °C")
    assert verdicts([HOT] * 3 + [CALM] * 2, rungs=0)[-1] == Verdict(0, "")


def test_up_again_only_where_there_is_memory_for_what_comes_back() -> None:
    scarce = replace(CALM, available_mb=600)
    assert levels([SHORT] * 2 + [scarce] * 200, regained_mb=500)[-1] == 1
    assert levels([SHORT] * 2 + [replace(CALM, available_mb=700)] * 200, regained_mb=500)[-1] == 0


def test_a_step_up_that_was_too_much_makes_the_next_wait_longer() -> None:
    """A model that heats the machine whenever it runs: the pauses between the attempts grow."""
    relief, rung, raised = Relief(LIMITS), 0, []
    for n in range(2000):
        before = rung
        rung = relief.take(HOT if rung == 0 else CALM, n * PERIOD_S, 1).rung
        if rung < before:
            raised.append(n * PERIOD_S)
    waits = [after - before for before, after in pairwise(raised)]
    assert waits[0] < waits[1] < waits[2]
    assert max(waits) <= LONGEST_S + 2 * LIMITS.dwell_s


def test_fewer_rungs_than_before_are_obeyed_at_once() -> None:
    relief = Relief(LIMITS)
    for n in range(30):
        relief.take(HOT, n * PERIOD_S, RUNGS)
    assert relief.take(HOT, 300.0, 1).rung == 1


@settings(deadline=None)
@given(st.lists(READINGS, max_size=60), st.integers(0, RUNGS), st.integers(0, 3000))
def test_never_more_than_one_rung_in_a_dwell_time(readings: list[Vitals], rungs: int, regained_mb: int) -> None:
    found = [0, *levels(readings, rungs, regained_mb)]
    assert all(0 <= rung <= rungs for rung in found)
    moves = [(n, after - before) for n, (before, after) in enumerate(pairwise(found))]
    moves = [(n, by) for n, by in moves if by]
    assert all(abs(by) == 1 for _, by in moves)
    pairs = pairwise(moves)
    assert all((later - earlier) * PERIOD_S >= LIMITS.dwell_s for (earlier, _), (later, _) in pairs)


@settings(deadline=None)
@given(st.sampled_from([LIMITS.hot_c, LIMITS.cool_c]), st.lists(st.floats(-3, 3), min_size=20, max_size=120))
def test_a_reading_that_wobbles_at_a_limit_never_flaps(limit: float, wobbles: list[float]) -> None:
    """Once down, it stays down as long as the readings keep crossing the limit."""
    crossing = [abs(wobble) if n % 3 == 0 else wobble for n, wobble in enumerate(wobbles)]
    found = levels([HOT, HOT, *(replace(CALM, temperature_c=limit + wobble) for wobble in crossing)])
    assert found[1:] == sorted(found[1:])


@settings(deadline=None, max_examples=20)
@given(st.lists(READINGS, max_size=40))
def test_after_calm_it_is_always_back_at_the_top_and_well(readings: list[Vitals]) -> None:
    enough = int((RUNGS + 1) * LONGEST_S / PERIOD_S)
    assert verdicts([*readings, *[CALM] * enough])[-1] == Verdict(0, "")
