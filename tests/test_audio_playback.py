"""Tests of the speaker's queue: nothing is lost, in order, unless it is stale."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiced.audio.playback import FADE_S, PlayQueue
from voiced.audio.resample import resample
from voiced.stages import Sound

RATE = 1_000

Reached = tuple[str, int]


def sound(*values: float) -> Sound:
    return Sound(np.array(values, np.float32), RATE)


def note(reached: list[Reached], what: str, index: int) -> Callable[[], None]:
    return lambda: reached.append((what, index))


def level(value: float, count: int) -> Sound:
    return Sound(np.full(count, value, np.float32), RATE)


@given(
    st.lists(st.integers(0, 70), min_size=1, max_size=12),
    st.lists(st.integers(1, 40), min_size=1, max_size=80),
)
def test_everything_comes_out_once_in_order_with_its_marks_in_place(sounds: list[int], pulls: list[int]) -> None:
    """S6: whatever the sizes of what goes in and of what the device takes."""
    queue, offset, now = PlayQueue(RATE), 0, 0
    expected: list[tuple[int, Reached]] = []
    reached: list[Reached] = []
    numbers = iter(range(1, 10_000))
    for index, count in enumerate(sounds):
        samples = [next(numbers) / 10_000 for _ in range(count)]
        queue.play(sound(*samples), 0, note(reached, "begun", index))
        queue.mark(0, note(reached, "end", index))
        if count:
            expected.append((offset, ("begun", index)))
        offset += count
        expected.append((offset, ("end", index)))
    out, marks = [], []
    for frames in [*pulls, 2_000]:
        block, calls = queue.pull(frames)
        for at, call in calls:
            call()
            marks.append((now + at, reached[-1]))
        out.append(block)
        now += frames
    played = np.concatenate(out)
    assert np.allclose(played[:offset], np.arange(1, offset + 1) / 10_000)
    assert not played[offset:].any()
    assert marks == expected
    assert queue.empty


@given(st.lists(st.tuples(st.sampled_from(["play", "drop", "pull"]), st.integers(1, 5)), max_size=40))
def test_only_the_present_generation_is_heard_whatever_the_order(steps: list[tuple[str, int]]) -> None:
    """What is stale never is, nor are its marks called; what is still to come waits until it has come."""
    queue, present, played = PlayQueue(RATE), 0, 0
    called: list[Reached] = []
    brought = dict.fromkeys(range(6), 0)
    for step, number in steps:
        if step == "play":
            queue.play(level(number / 10, 30), number)
            queue.mark(number, note(called, "end", number))
            brought[number] += 30 if number >= present else 0
        elif step == "drop":
            if number > present:
                present, played = number, 0
            queue.drop(number)
            queue.pull(0)
            queue._tail = np.zeros(0, np.float32)  # the fade of what was cut off
        called.clear()
        block, marks = queue.pull(25)
        for _, call in marks:
            call()
        count = min(25, brought[present] - played)
        played += count
        assert all(born == present for _, born in called)
        assert block.tolist() == pytest.approx([present / 10] * count + [0] * (25 - count))


def test_a_draft_waits_for_its_generation_in_its_order_and_with_its_marks() -> None:
    queue = PlayQueue(RATE)
    called: list[Reached] = []
    queue.play(level(0.5, 4), 1, note(called, "begun", 0))
    queue.play(level(0.25, 4), 1)
    queue.mark(1, note(called, "end", 0))
    queue.play(level(1, 2), 0)
    assert queue.awaited
    assert queue.pull(4)[0].tolist() == [1, 1, 0, 0]
    assert queue.empty

    queue.drop(1)
    block, marks = queue.pull(10)
    for _, call in marks:
        call()
    assert block.tolist() == [0.5] * 4 + [0.25] * 4 + [0, 0]
    assert called == [("begun", 0), ("end", 0)]
    assert not queue.awaited


def test_a_draft_that_another_overtook_is_forgotten() -> None:
    queue = PlayQueue(RATE)
    queue.play(level(0.5, 4), 1)
    queue.play(level(0.25, 2), 2)
    queue.drop(2)
    assert queue.pull(4)[0].tolist() == [0.25, 0.25, 0, 0]
    assert not queue.awaited


def test_a_dropped_sound_fades_out_instead_of_clicking() -> None:
    queue = PlayQueue(RATE)
    queue.play(level(1, 100), 0)
    queue.pull(10)
    queue.drop(1)
    block, _ = queue.pull(10)
    assert block.tolist() == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert queue.empty


def test_the_next_sound_begins_at_once_while_a_dropped_one_fades() -> None:
    queue = PlayQueue(RATE)
    queue.play(level(1, 100), 0)
    queue.pull(10)
    queue.drop(1)
    queue.play(level(0.5, 3), 1)
    assert queue.pull(5)[0].tolist() == [1.5, 1.25, 1.0, 0.25, 0.0]


def test_a_sound_born_stale_is_not_queued() -> None:
    queue = PlayQueue(RATE)
    queue.drop(1)
    queue.play(level(1, 10), 0)
    queue.mark(0, pytest.fail)
    assert queue.empty
    assert queue.pull(5)[1] == []


def test_a_voice_of_another_rate_is_converted() -> None:
    """S7."""
    queue = PlayQueue(48_000)
    queue.play(Sound(np.full(22_050, 0.5, np.float32), 22_050), 0)
    queue.mark(0, lambda: None)
    block, [(at, _)] = queue.pull(96_000)
    assert np.flatnonzero(np.abs(block) > 0.1)[-1] == pytest.approx(48_000, abs=10)
    assert at == pytest.approx(48_000, abs=1)


@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=12), st.sampled_from([22_050, 24_000, 44_100, 48_000]))
def test_a_sound_in_pieces_is_converted_without_a_seam(sizes: list[int], rate: int) -> None:
    tone = np.sin(np.arange(sum(sizes)) * 0.3).astype(np.float32) * 0.5
    queue, at = PlayQueue(rate), 0
    for size in sizes:
        queue.play(Sound(tone[at : at + size], 22_050), 0)
        at += size
    queue.mark(0, lambda: None)
    whole = resample(tone, 22_050, rate)
    block, [(end, _)] = queue.pull(len(whole) + 100)
    assert end == pytest.approx(len(whole), abs=1)
    common = min(end, len(whole))
    np.testing.assert_allclose(block[:common], whole[:common], atol=1e-5)


def test_of_two_sounds_that_take_turns_each_is_whole() -> None:
    """Other rates and other generations are other sounds, whatever is still being converted."""
    queue = PlayQueue(48_000)
    for _ in range(3):
        queue.play(Sound(np.full(2_205, 0.5, np.float32), 22_050), 0)
        queue.play(Sound(np.full(1_600, 0.5, np.float32), 16_000), 0)
        queue.play(Sound(np.full(1_600, 0.5, np.float32), 16_000), 1)
    queue.mark(0, lambda: None)
    queue.mark(1, lambda: None)
    for count in (6, 3):
        block, [(end, _)] = queue.pull(96_000)
        assert end == pytest.approx(count * 4_800, abs=count)
        assert (block[100:end] > 0.2).mean() > 0.99
        queue.drop(1)


def test_what_was_being_converted_when_it_went_stale_is_not_heard() -> None:
    queue = PlayQueue(48_000)
    queue.play(Sound(np.full(22_050, 0.5, np.float32), 22_050), 0)
    queue.pull(48_000)
    queue.drop(1)
    queue.pull(int(FADE_S * 48_000))
    queue.play(Sound(np.full(480, 0.25, np.float32), 48_000), 1)
    block, _ = queue.pull(48_000)
    assert block[:480].tolist() == [0.25] * 480
    assert not block[480:].any()


def test_the_first_piece_of_a_sound_says_when_it_begins_however_short_it_is() -> None:
    queue, begun = PlayQueue(48_000), [0]
    queue.play(Sound(np.full(10, 0.5, np.float32), 22_050), 0, lambda: begun.append(1))
    queue.play(Sound(np.full(22_050, 0.5, np.float32), 22_050), 0)
    _, [(at, reached)] = queue.pull(1_000)
    assert at == 0
    reached()
    assert begun == [0, 1]


def test_what_waits_is_converted_when_the_device_changes_its_rate() -> None:
    queue = PlayQueue(44_100)
    queue.play(Sound(np.full(44_100, 0.5, np.float32), 44_100), 0)
    queue.change_rate(48_000)
    queue.play(Sound(np.full(48_000, 0.5, np.float32), 48_000), 0)
    block, _ = queue.pull(200_000)
    assert np.flatnonzero(np.abs(block) > 0.1)[-1] == pytest.approx(96_000, abs=10)


def test_a_device_that_changes_its_rate_within_a_sound_loses_nothing_of_it() -> None:
    queue = PlayQueue(44_100)
    queue.play(Sound(np.full(22_050, 0.5, np.float32), 22_050), 0)
    queue.change_rate(48_000)
    queue.play(Sound(np.full(22_050, 0.5, np.float32), 22_050), 0)
    queue.mark(0, lambda: None)
    block, [(end, _)] = queue.pull(200_000)
    assert end == pytest.approx(96_000, abs=10)
    assert (block[100:end] > 0.2).mean() > 0.99


def test_the_volume_changes_without_a_step() -> None:
    queue = PlayQueue(RATE)
    queue.play(level(1, 30), 0)
    queue.pull(10)
    queue.volume = 0.5
    assert np.allclose(queue.pull(10)[0], np.linspace(1, 0.5, 10))
    assert np.allclose(queue.pull(10)[0], 0.5)


class Waiting:
    """Tells when somebody begins to wait for room."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        self.begun.set()
        yield


def waiting_player(queue: PlayQueue, generation: int = 0) -> threading.Thread:
    """A thread that waits for room in `queue`, which is full."""
    waiting = Waiting()
    thread = threading.Thread(target=lambda: queue.play(level(0.5, 5), generation, waiting=waiting))
    thread.start()
    assert waiting.begun.wait(5)
    return thread


def full() -> PlayQueue:
    queue = PlayQueue(RATE, bound_s=0.1)
    queue.play(level(1, 150), 0)
    return queue


def test_whoever_brings_more_than_there_is_room_for_waits_until_some_is_played() -> None:
    """M8: the queue is bounded, and speech is not lost for it."""
    queue = full()
    player = waiting_player(queue)
    assert player.is_alive()
    queue.pull(60)
    player.join(5)
    assert not player.is_alive()
    assert queue.pull(100)[0].tolist() == [1.0] * 90 + [0.5] * 5 + [0.0] * 5


def test_dropping_lets_those_go_who_wait() -> None:
    queue = full()
    player = waiting_player(queue)
    queue.drop(1)
    player.join(5)
    assert not player.is_alive()
    queue.pull(5)
    assert queue.empty


def test_closing_lets_those_go_who_wait() -> None:
    queue = full()
    player = waiting_player(queue)
    queue.close()
    player.join(5)
    assert not player.is_alive()
    assert not queue.pull(10)[0].any()


def test_what_is_forgotten_is_never_heard_and_lets_those_go_who_wait() -> None:
    queue = PlayQueue(RATE, bound_s=0.1)
    queue.play(level(1, 150), 1)
    queue.mark(1, pytest.fail)
    player = waiting_player(queue, 1)
    queue.forget(1)
    player.join(5)
    assert not player.is_alive()
    assert not queue.awaited

    queue.mark(1, pytest.fail)
    queue.play(level(0.5, 5), 2)
    queue.drop(2)
    block, marks = queue.pull(10)
    assert block.tolist() == [0.5] * 5 + [0] * 5
    assert not marks


@given(st.lists(st.sampled_from(["play", "draft", "sound the draft", "forget", "commit", "pull"]), max_size=40))
def test_there_is_room_for_as_much_as_may_still_be_heard(steps: list[str]) -> None:
    """Whatever becomes of the drafts, one after the other, of which only the newest may still come."""
    queue, present, draft, newest = PlayQueue(RATE, bound_s=100), 0, 0, 0
    waits = {0: 0}
    for step in steps:
        if step == "play":
            queue.play(level(0.5, 30), present)
            waits[present] += 30
        elif step == "draft":
            if draft:
                queue.forget(draft)
            newest += 1
            draft, waits = newest, {present: waits[present], newest: 0}
        elif step == "sound the draft" and draft:
            queue.play(level(0.25, 20), draft)
            waits[draft] += 20
        elif step == "forget" and draft:
            queue.forget(draft)
            queue.play(level(0.25, 20), draft)  # brought by one who does not know yet
            draft, waits = 0, {present: waits[present]}
        elif step == "commit" and draft:
            queue.drop(draft)
            present, draft, waits = draft, 0, {draft: waits[draft]}
        elif step == "pull":
            queue.pull(25)
            waits[present] = max(0, waits[present] - 25)
        assert queue._waiting == sum(waits.values())
        assert queue.awaited == bool(draft and waits[draft])


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from([0.0, 0.5, 1.0])), max_size=30))
def test_no_volume_makes_a_step_whatever_is_pulled(steps: list[tuple[int, float]]) -> None:
    """Also where a device asks for nothing but the marks in between, as `Feed` does before each block."""
    queue = PlayQueue(RATE)
    queue.play(level(1, 1_000), 0)
    last = 1.0
    for frames, volume in steps:
        queue.volume = volume
        block = queue.pull(frames)[0]
        assert np.allclose(block, np.linspace(last, volume, frames))
        last = volume if frames else last
