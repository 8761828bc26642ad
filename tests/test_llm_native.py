"""llama.cpp itself: a conversation that needs more room gets it, and says the same."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from llama_cpp import llama_cpp

from voiced.errors import EngineError
from voiced.llm.llama import LlamaModel
from voiced.llm.native import BATCH, FIRST, Loading, Native, Sampling
from voiced.shapes.gguf import Shape, write_gguf
from voiced.stages import Message

BROAD = Shape(width=512, layers=4, heads=8, kv_heads=8, feed_forward=64, context=32_768)
"""A model of which little but the conversation takes memory."""

TOKEN = 4 * 2 * 512 * 2
"""Bytes of each of its tokens: layers, keys and values, their width, 16 bits."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "random.gguf")


@pytest.fixture(scope="module")
def broad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gguf(tmp_path_factory.mktemp("models") / "broad.gguf", BROAD)


@contextmanager
def opened(path: Path, context: int) -> Iterator[Native]:
    with closing(Native(path, Loading(context=context))) as native:
        yield native


def written(native: Native, count: int) -> list[int]:
    """The likeliest tokens behind what was read."""
    sampler = native.sampler(Sampling(0.0))
    found = []
    for _ in range(count):
        found.append(native.choose(sampler))
        native.read(found[-1:])
    sampler.close()
    return found


def read(native: Native, tokens: list[int]) -> None:
    for at in range(0, len(tokens), BATCH):
        native.read(tokens[at : at + BATCH])


def test_what_is_written_is_the_same_wherever_room_was_made(model: Path) -> None:
    """Token for token: across two moves, at the edge of a batch and in the middle of an answer."""
    answers = []
    for reserved in (0, 2048):
        with opened(model, 2048) as native:
            native.reserve(reserved)
            tokens = native.tokenize("What is the capital of France? " * 200)[: 2 * FIRST - 8]
            read(native, tokens)
            answers.append(written(native, 20))
            assert native.tokens == [*tokens, *answers[-1]]

    assert answers[0] == answers[1]


def test_the_scores_are_the_same_to_the_last_bit(model: Path) -> None:
    chances = []
    for reserved in (0, 2048):
        with opened(model, 2048) as native:
            native.reserve(reserved)
            read(native, native.tokenize("Tell me about the moon. " * 150)[: FIRST + 40])
            chances.append([native.chance([token]) for token in range(200)])

    assert chances[0] == chances[1]


def anonymous() -> int:
    """Bytes that this process has filled and that are in no file."""
    found = [line for line in Path("/proc/self/smaps_rollup").read_text().splitlines() if line.startswith("Anonymous:")]
    return int(found[0].split()[1]) * 1024


def taken(path: Path) -> tuple[int, int, int]:
    """Room in all, bytes that the beginning takes beside the file, and those of room for 8,192 tokens on top of it."""
    before = anonymous()
    with opened(path, 32_768) as native:
        first = anonymous()
        native.reserve(8_192)
        return native.size, first - before - path.stat().st_size, anonymous() - first


def test_room_that_no_conversation_needs_takes_no_memory(broad: Path) -> None:
    """With room for 32,768 tokens it would be 268 MB from the beginning. In a process of its own: what others have
    freed would be taken first."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        size, first, more = fresh.submit(taken, broad).result()

    assert size == 32_768
    assert 0 < first < 4 * FIRST * TOKEN
    assert more > 7_000 * TOKEN


def test_a_model_that_was_loaded_is_apart_from_its_file(model: Path, tmp_path: Path) -> None:
    """Whoever replaces it, or takes the stick out that it is on, disturbs nothing."""
    file = tmp_path / "model.gguf"
    file.write_bytes(model.read_bytes())
    with opened(file, 512) as native:
        assert str(file) not in Path("/proc/self/maps").read_text()
        file.write_bytes(b"")
        read(native, native.tokenize("the moon"))
        after = written(native, 5)
    with opened(model, 512) as native:
        read(native, native.tokenize("the moon"))
        assert written(native, 5) == after


def test_there_is_never_more_room_than_was_asked_for(model: Path) -> None:
    with opened(model, 600) as native:
        assert native.size == 768  # llama.cpp's own next step
        read(native, native.tokenize("the moon " * 768)[: native.size])
        with pytest.raises(EngineError, match=r"try a smaller context\.$"):
            native.read([1])


def test_room_for_the_next_turn_is_made_before_it_comes(broad: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    moved = Native.reserve

    def reserve(native: Native, tokens: int) -> None:
        before = native.room
        moved(native, tokens)
        if native.room != before:
            made.append(native.room)

    monkeypatch.setattr(Native, "reserve", reserve)
    system, question = Message("system", "You answer. " * 110), Message("user", "What is the moon?")
    with closing(LlamaModel(broad, sampling=Sampling(0.0, max_tokens=200))) as model:
        model.warm([system])
        warmed = made[:]
        list(model.stream([system, question]))

        assert model.read_tokens + model.written_tokens > FIRST
        assert made == warmed == [2 * FIRST]


def test_a_token_in_the_middle_is_scored_like_one_at_the_end(model: Path) -> None:
    with opened(model, 512) as native:
        tokens = native.tokenize("What is the capital of France?")
        native.read(tokens[:4])
        alone = [native.chance([token]) for token in range(200)]
        native.forget(0)
        native.read(tokens, 3)
        middle, end = [native.chance([token], 3) for token in range(200)], native.chance(tokens)
        native.forget(0)
        native.read(tokens)

        assert middle == pytest.approx(alone, rel=1e-4)
        assert native.chance(tokens) == pytest.approx(end, rel=1e-4)


@pytest.mark.parametrize(("told", "reordered"), [(b"AVX512 = 1 | AMX_INT8 = 1 | ", False), (b"AVX512 = 1 | ", True)])
def test_where_llama_cpp_has_amx_weights_stay_as_they_are(
    model: Path, monkeypatch: pytest.MonkeyPatch, told: bytes, reordered: bool
) -> None:
    """Else it would crash with quantised ones, at the first batch."""
    load, seen = llama_cpp.llama_model_load_from_file, []

    def spied(path: bytes, parameters: Any) -> Any:
        seen.append(parameters.use_extra_bufts)
        return load(path, parameters)

    monkeypatch.setattr(llama_cpp, "llama_print_system_info", lambda: told)
    monkeypatch.setattr(llama_cpp, "llama_model_load_from_file", spied)
    with opened(model, 512) as native:
        native.read(native.tokenize("Hello"))
        assert len(written(native, 4)) == 4
    assert seen == [reordered]
