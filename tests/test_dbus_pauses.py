"""How long to wait for the bus, in virtual time."""

from voiced.audio.room import RoomClock
from voiced.dbus.pauses import PAUSES_S, STEADY_S, Pauses


def test_pauses_grow_to_the_longest_and_stay_there() -> None:
    pauses = Pauses(RoomClock(0))

    waited = [pauses.next() for _ in range(10)]

    assert waited[: len(PAUSES_S)] == list(PAUSES_S)
    assert waited[-1] == max(PAUSES_S)


def test_a_connection_that_lasted_begins_the_pauses_anew() -> None:
    clock = RoomClock(0)
    pauses = Pauses(clock)
    for _ in range(3):
        pauses.next()
    pauses.connected()
    clock.seconds += STEADY_S

    assert pauses.next() == PAUSES_S[0]


def test_a_bus_that_ends_every_connection_at_once_is_tried_ever_more_rarely() -> None:
    clock = RoomClock(0)
    pauses = Pauses(clock)
    for pause in PAUSES_S:
        pauses.connected()
        clock.seconds += 0.1
        assert pauses.next() == pause
