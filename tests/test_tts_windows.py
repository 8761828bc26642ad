"""Windows: as a plan, which is never late, and as sound, which is that of the whole."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.decoders import HIGH, MEDIUM, SPEAKER, TEXT, deep
from voiced import onnx
from voiced.bench.alone import resident
from voiced.memory import give_back
from voiced.resources import starter_dir
from voiced.shapes.piper import write_piper
from voiced.tts.windows import LEAST, MOST, Network, expected, sizes

RATE = 22_050

NUMBERS = np.random.default_rng(0).integers(3, 150, 161)
"""A sentence of 80 phonemes."""


def feed(**more: Any) -> dict[str, Any]:
    """A sentence without noise."""
    numbers = NUMBERS[np.newaxis]
    return {"input": numbers, "input_lengths": np.array([161]), "scales": np.array([0, 1, 0], np.float32)} | more


def session(model: Path) -> Any:
    return onnx.runtime().InferenceSession(str(model), providers=["CPUExecutionProvider"])


# --- the plan ---

FRAMES, CONTEXT, SILENT = st.integers(1, 3_000), st.integers(0, 20), st.integers(0, 40)


@given(FRAMES, CONTEXT, st.floats(0.001, 3), SILENT)
def test_windows_are_the_whole_and_not_too_long(frames: int, context: int, pace: float, silent: int) -> None:
    plan = list(sizes(frames, context, pace, silent))
    assert sum(plan) == frames
    assert all(size > 0 for size in plan)
    assert all(size <= MOST + context for size in plan[1:])


@given(FRAMES, CONTEXT, st.floats(0.001, 0.8), SILENT)
def test_every_window_is_decoded_before_the_one_ahead_has_been_played(
    frames: int, context: int, pace: float, silent: int
) -> None:
    """S6: no gaps inside a sentence."""
    plan = list(sizes(frames, context, pace, silent))
    decoded, now = plan[0] - silent, 0.0  # now is counted in frames, from the end of the first window on
    for number, size in enumerate(plan[1:], 2):
        now += pace * (size + context * (1 if number == len(plan) else 2))
        assert now <= decoded + 1e-6
        decoded += size


@given(FRAMES, CONTEXT, st.floats(1, 100))
def test_a_decoder_that_cannot_keep_up_makes_a_sentence_whole(frames: int, context: int, pace: float) -> None:
    assert list(sizes(frames, context, pace)) == [frames]


@given(st.floats(0, 5), st.floats(0, 5))
def test_the_next_sentence_is_expected_to_be_slower_the_slower_the_last_one_was(one: float, other: float) -> None:
    slow, fast = max(one, other), min(one, other)
    assert expected(slow) >= expected(fast)
    assert expected(slow) >= slow
    assert (expected(slow) < 1) == (slow < 1)


def test_a_decoder_that_barely_keeps_up_still_makes_windows() -> None:
    """That of a high voice on one core of a PC, which takes 0.6 s for a second."""
    first, *others = sizes(390, 13, expected(0.575))
    assert others
    assert first < 390 / 2


def test_the_first_window_is_small_and_later_ones_grow() -> None:
    first, *others = sizes(1_000, 11, 0.1)
    assert first == LEAST
    assert others[:-1] == sorted(others[:-1])
    assert max(others) >= MOST


# --- the sound ---


@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize(
    "build",
    [
        write_piper,
        lambda path: write_piper(path, hidden=96, decoder=256),
        lambda path: deep(path, MEDIUM),
        lambda path: deep(path, HIGH),
        lambda path: deep(path, MEDIUM, told=SPEAKER, speakers=("anna", "bert")),
    ],
    ids=["plain", "wide", "medium", "high", "speakers"],
)
def test_windows_sound_as_the_whole(tmp_path: Path, build: Callable[[Path], Path], noise: float) -> None:
    """Of the very same latent, whose noise is another one in each sentence."""
    network = Network(build(tmp_path), session)
    said = feed(scales=np.array([noise, 1, noise], np.float32))
    if "sid" in network.inputs:
        said["sid"] = np.array([1])
    encoder = network._encoder = Encoder(network._encoder)
    pieces = list(network.sound(said, RATE))
    assert len(pieces) > 2
    whole = network._decoder.run(None, dict(zip(network._names, encoder.given, strict=True)))[0].reshape(-1)
    assert sum(len(piece) for piece in pieces) == len(whole) == 256 * encoder.given[0].shape[-1]
    np.testing.assert_allclose(np.concatenate(pieces), whole, rtol=0, atol=1e-5)


class Encoder:
    """A session that remembers what it gave."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.given: list[Any] = []

    def run(self, names: None, fed: Any, options: Any) -> list[Any]:
        self.given = self._session.run(names, fed, options)
        return self.given


def test_less_context_would_be_heard(tmp_path: Path) -> None:
    """The test above can fail."""
    network = Network(deep(tmp_path, MEDIUM), session, clock=lambda: 0.0)
    exact = np.concatenate(list(network.sound(feed(), RATE)))
    network._context = 6
    assert np.abs(np.concatenate(list(network.sound(feed(), RATE))) - exact).max() > 1e-4


def test_it_is_asked_before_each_window_whether_to_go_on(tmp_path: Path) -> None:
    network = Network(write_piper(tmp_path), session)
    taken: list[Any] = []
    for piece in network.sound(feed(), RATE, lambda: len(taken) == 2):
        taken.append(piece)
    assert len(taken) == 2
    assert sum(len(piece) for piece in taken) < 256 * 150
    assert list(network.sound(feed(), RATE, lambda: True)) == []


def test_a_decoder_that_is_told_more_of_each_frame_makes_sentences_whole(tmp_path: Path) -> None:
    network = Network(deep(tmp_path, MEDIUM, told=TEXT), session)
    assert network.windowed
    assert len(list(network.sound(feed(), RATE))) == 1


def test_the_slower_the_last_sentence_was_the_longer_is_the_first_window(tmp_path: Path) -> None:
    took, time = 0.0, 0.0

    def clock() -> float:
        nonlocal time
        time += took
        return time

    network = Network(write_piper(tmp_path), session, clock=clock)

    def pieces() -> list[int]:
        return [len(piece) // 256 for piece in network.sound(feed(), RATE)]

    pieces()
    fast = pieces()
    took = 0.3
    pieces()
    slow = pieces()
    took = 60
    pieces()
    slowest = pieces()
    assert fast[0] < slow[0] < slowest[0] == sum(fast) == sum(slow)


def taken(model: Path) -> tuple[int, int]:
    """Bytes that a sentence takes amid it, and those that ten of them have left behind."""
    network = Network(model, session, clock=lambda: 0.0)

    def resting() -> int:
        give_back()
        return resident()

    before = resting()
    list(network.sound(feed(), RATE))  # from here on it knows how fast it is, and windows are long
    pieces = network.sound(feed(), RATE)
    for _ in range(3):
        next(pieces)
    amid = resting()
    list(pieces)
    for _ in range(8):
        list(network.sound(feed(), RATE))
    return amid - before, resting() - before


def test_a_sentence_leaves_no_memory_taken(tmp_path: Path) -> None:
    """16 MB amid it, and 20 from then on if ONNX Runtime kept them. In a process of its own: what others have freed
    would be taken first."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        amid, after = fresh.submit(taken, write_piper(tmp_path, hidden=96, decoder=256)).result()

    assert amid > 10_000_000
    assert after < 8_000_000


def test_silence_at_the_beginning_does_not_count_as_sound(tmp_path: Path) -> None:
    network = Network(write_piper(tmp_path), session, clock=lambda: 0.0)
    first = len(next(network.sound(feed(), RATE)))
    network.silence_s = 0.2
    assert len(next(network.sound(feed(), RATE))) >= first + 0.2 * RATE - 256


def test_one_that_cannot_be_cut_is_loaded_whole() -> None:
    load = Loader()
    network = Network(starter_dir() / "voice.onnx", load)
    assert load.files == ["voice.onnx"]
    assert not network.windowed
    (sound,) = network.sound(feed(), RATE)
    assert len(sound) > RATE


def test_the_whole_is_not_loaded_besides_its_halves(tmp_path: Path) -> None:
    load = Loader()
    Network(write_piper(tmp_path), load)
    assert load.files == ["encoder.onnx", "decoder.onnx"]


class Loader:
    """Loads, and remembers what."""

    def __init__(self) -> None:
        self.files: list[str] = []

    def __call__(self, path: Path) -> Any:
        self.files.append(path.name)
        return session(path)
