"""Tests of the room without hardware: its clock moves with its frames, whatever the machine does."""

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from voiced.activity import Activity
from voiced.audio.room import OUT_RATE, Room
from voiced.stages import FRAME, RATE, Pcm, Sound


def script(*lines: Pcm) -> Callable[[], Pcm | None]:
    """The sounds of a room, and then its end."""
    rest = iter(lines)
    return lambda: next(rest, None)


def frames(count: float, value: int = 0) -> Pcm:
    return np.full(int(count * FRAME), value, np.int16)


def beep(seconds: float, level: float = 0.5) -> Sound:
    return Sound(np.full(int(seconds * OUT_RATE), level, np.float32), OUT_RATE)


def test_a_frame_moves_time_on_by_80_ms() -> None:
    room = Room(script(frames(3)), Activity(), start=1_000_000)
    for number in range(1, 4):
        assert room.read() is not None
        assert room.clock.monotonic() == pytest.approx(0.08 * number)
        assert room.clock.time() == pytest.approx(1_000_000 + 0.08 * number)
    assert room.read() is None


def test_lines_of_any_length_are_cut_into_frames_without_loss() -> None:
    line = np.arange(3 * FRAME, dtype=np.int16)
    room = Room(script(line[:100], line[100:2000], line[2000:]), Activity())
    read = [room.read() for _ in range(3)]
    assert np.array_equal(np.concatenate([frame for frame in read if frame is not None]), line)


def test_a_line_without_samples_is_a_frame_of_silence() -> None:
    room = Room(script(np.zeros(0, np.int16)), Activity())
    assert np.array_equal(np.asarray(room.read()), frames(1))


def test_what_is_said_is_recorded_at_its_time_with_its_marks() -> None:
    """B2: the mark is at the sample, not at the frame."""
    room = Room(script(frames(6)), Activity())
    times: list[float] = []
    room.read()
    room.speaker.play(beep(0.2), 0, lambda: times.append(room.clock.monotonic()))
    room.speaker.mark(0, lambda: times.append(room.clock.monotonic()))
    while room.read() is not None:
        pass
    assert times == pytest.approx([0.08, 0.28])
    loud = np.flatnonzero(room.recording.assistant_samples())
    assert loud[[0, -1]].tolist() == [int(0.08 * OUT_RATE), int(0.28 * OUT_RATE) - 1]
    assert len(room.recording.person_samples()) == 6 * FRAME


def test_dropping_in_the_room_ends_in_silence() -> None:
    room = Room(script(frames(4)), Activity())
    room.speaker.play(beep(5), 0)
    room.read()
    room.speaker.drop(1)
    while room.read() is not None:
        pass
    assert not room.recording.assistant_samples()[int(0.09 * OUT_RATE) :].any()


def test_the_room_waits_for_those_who_work() -> None:
    """A recording goes the same way on every machine, because thinking takes no time in it."""
    activity = Activity()
    room = Room(script(frames(1)), activity)
    activity.begin()
    read = threading.Event()

    def listen() -> None:
        room.read()
        read.set()

    reader = threading.Thread(target=listen)
    reader.start()
    assert not read.wait(0.05)
    assert room.clock.monotonic() == 0
    activity.end()
    assert read.wait(5)
    reader.join()


def test_an_echo_comes_back_one_frame_later_and_weaker() -> None:
    room = Room(script(frames(4)), Activity(), echo=0.25)
    room.speaker.play(beep(0.08, level=0.8), 0)
    levels = [float(np.abs(frame).max()) for frame in (room.read(), room.read(), room.read()) if frame is not None]
    assert levels == pytest.approx([0, 0.25 * 0.8 * 32767, 0], rel=0.2, abs=700)


def test_at_the_pace_of_life_a_frame_takes_its_time() -> None:
    room = Room(script(frames(4)), Activity(), pace="realtime")
    begin = time.monotonic()
    while room.read() is not None:
        pass
    assert time.monotonic() - begin > 0.08 * 4 - 160 / RATE - 0.005


def test_a_closed_room_has_no_more_frames() -> None:
    room = Room(script(frames(4)), Activity())
    room.close()
    room.close()
    assert room.read() is None
