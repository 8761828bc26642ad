"""Tests of the thread that reads the microphone, with microphones that fail in every way."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from voiced.audio.devices import KEPT_BLOCKS, Blocks
from voiced.capture import IN_FLIGHT, Capture
from voiced.errors import AudioError
from voiced.stages import BLOCK, FRAME, Microphone, Pcm

WAIT_S = 10.0
"""Seconds after which something that should happen has failed to."""


class Plugged:
    """A microphone whose frames the test brings, and whose plug it pulls."""

    def __init__(self) -> None:
        self.blocks = Blocks()
        self.wanted: list[int] = []
        self.closed = threading.Event()

    def read(self, samples: int = FRAME) -> Pcm | None:
        self.wanted.append(samples)
        return self.blocks.get(WAIT_S)

    def close(self) -> None:
        self.blocks.close()
        self.closed.set()


@dataclass
class Ear:
    """What a capture reported, in order."""

    reports: "queue.Queue[tuple[str, object]]" = field(default_factory=queue.Queue)
    hold: bool = False
    attentive: bool = False
    handled: list[Callable[[], None]] = field(default_factory=list)

    def capture(self, open_microphone: Callable[[], Microphone], retry_s: float = 0.01) -> Capture:
        return Capture(
            open_microphone,
            self._frame,
            attentive=lambda: self.attentive,
            ended=lambda: self.reports.put(("ended", None)),
            lost=lambda error: self.reports.put(("lost", str(error))),
            regained=lambda: self.reports.put(("regained", None)),
            retry_s=retry_s,
        )

    def next(self) -> tuple[str, object]:
        return self.reports.get(timeout=WAIT_S)

    def _frame(self, pcm: Pcm, done: Callable[[], None]) -> None:
        self.reports.put(("frame", int(pcm[0])))
        if self.hold:
            self.handled.append(done)
        else:
            done()


def frame(value: int) -> Pcm:
    return np.full(FRAME, value, np.int16)


def test_frames_come_in_order() -> None:
    ear, microphone = Ear(), Plugged()
    capture = ear.capture(lambda: microphone)
    for number in range(3):
        microphone.blocks.put(frame(number))
    assert [ear.next() for _ in range(3)] == [("frame", 0), ("frame", 1), ("frame", 2)]
    capture.close()
    assert microphone.closed.is_set()
    assert ear.reports.empty()


def test_blocks_are_read_while_somebody_is_listened_to_and_whole_frames_otherwise() -> None:
    ear, microphone = Ear(), Plugged()
    capture = ear.capture(lambda: microphone)
    microphone.blocks.put(frame(0))
    assert ear.next() == ("frame", 0)
    ear.attentive = True
    for number in range(1, 4):  # the first of them was being waited for already
        microphone.blocks.put(frame(number))
        assert ear.next() == ("frame", number)
    capture.close()
    assert microphone.wanted[0] == FRAME
    assert microphone.wanted[2:4] == [BLOCK, BLOCK]


def test_a_lost_microphone_is_reported_waited_for_and_opened_again() -> None:
    """M2: however often it takes."""
    ear, first, second = Ear(), Plugged(), Plugged()
    attempts: Iterator[Plugged | AudioError] = iter([first, AudioError("still gone"), AudioError("still gone"), second])

    def open_microphone() -> Microphone:
        attempt = next(attempts)
        if isinstance(attempt, AudioError):
            raise attempt
        return attempt

    capture = ear.capture(open_microphone)
    first.blocks.fail()
    assert ear.next() == ("lost", "the device is gone")
    assert ear.next() == ("regained", None)
    assert first.closed.is_set()
    second.blocks.put(frame(7))
    assert ear.next() == ("frame", 7)
    capture.close()
    assert second.closed.is_set()


def test_closing_ends_the_wait_for_a_lost_microphone() -> None:
    ear, microphone = Ear(), Plugged()
    capture = ear.capture(lambda: microphone, retry_s=3600)
    microphone.blocks.fail()
    assert ear.next()[0] == "lost"
    capture.close()
    assert ear.reports.empty()
    assert not capture._thread.is_alive()


def test_a_microphone_that_is_opened_while_capture_is_closed_is_closed_too() -> None:
    """Muting must not leave a microphone open."""
    ear, first, second = Ear(), Plugged(), Plugged()
    opening, go_on = threading.Event(), threading.Event()
    attempts = iter([first, second])

    def open_microphone() -> Microphone:
        microphone = next(attempts)
        if microphone is second:
            opening.set()
            assert go_on.wait(WAIT_S)
        return microphone

    capture = ear.capture(open_microphone)
    first.blocks.fail()
    assert opening.wait(WAIT_S)
    closer = threading.Thread(target=capture.close)
    closer.start()
    assert capture._closed.wait(WAIT_S)
    go_on.set()
    closer.join(WAIT_S)
    assert second.closed.wait(WAIT_S)
    assert ear.next()[0] == "lost"
    assert ear.reports.empty()


def test_a_microphone_that_never_opens_fails_at_once() -> None:
    def open_microphone() -> Microphone:
        raise AudioError("There is no microphone.")

    with pytest.raises(AudioError, match="There is no microphone"):
        Ear().capture(open_microphone)


def test_the_end_of_a_recording_is_reported_but_not_that_of_closing() -> None:
    ear, microphone = Ear(), Plugged()
    capture = ear.capture(lambda: microphone)
    microphone.blocks.close()
    assert ear.next() == ("ended", None)
    capture.close()
    assert ear.reports.empty()


def test_when_nobody_handles_frames_the_oldest_are_dropped_and_then_all_goes_on() -> None:
    """M8: neither memory grows, nor does the past have to be heard first."""
    ear, microphone = Ear(hold=True), Plugged()
    capture = ear.capture(lambda: microphone)
    for number in range(IN_FLIGHT):
        microphone.blocks.put(frame(number))
        assert ear.next() == ("frame", number)
    microphone.blocks.put(frame(100))  # read, and held back by the thread, or about to be
    last = 200 + KEPT_BLOCKS + 35
    for number in range(200, last):
        microphone.blocks.put(frame(number))
    assert microphone.blocks.lost >= 35
    ear.hold = False
    for done in ear.handled:
        done()
    seen: list[object] = []
    while not seen or seen[-1] != last - 1:
        seen.append(ear.next()[1])
    assert seen[-KEPT_BLOCKS:] == list(range(last - KEPT_BLOCKS, last))
    assert len(seen) <= KEPT_BLOCKS + 1
    capture.close()
