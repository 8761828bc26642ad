"""What was read at one start need not be read at the next, and what is stale or damaged is as if it were not there."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from voiced.llm.llama import LlamaModel
from voiced.llm.memory import NEWEST
from voiced.llm.native import Loading, Sampling
from voiced.resources import starter_dir
from voiced.stages import Message

SYSTEM = [Message("system", "You are voiced, a voice assistant. You run on this machine alone.")]
QUESTION = [*SYSTEM, Message("user", "What is the capital of France?")]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return Path(shutil.copy2(starter_dir() / "language.gguf", tmp_path / "language.gguf"))


def started(weights: Path, memory: Path, system: list[Message] = SYSTEM, context: int = 512) -> tuple[int, str]:
    """Tokens that had to be read before the first question, and the answer to it."""
    sampling = Sampling(0.0, seed=1, max_tokens=20)
    with closing(LlamaModel(weights, Loading(context=context), sampling=sampling, memory=memory)) as model:
        model.warm(system)
        return model.evaluated_tokens, "".join(model.stream(QUESTION))


def test_the_second_start_reads_nothing_and_answers_the_same(weights: Path, tmp_path: Path) -> None:
    read, answer = started(weights, tmp_path / "memory")
    assert read > 10
    assert started(weights, tmp_path / "memory") == (0, answer)
    assert "Paris" in answer


def touched(weights: Path, _state: Path) -> None:
    weights.touch()


def cut(_weights: Path, state: Path) -> None:
    state.write_bytes(state.read_bytes()[:-100])


def bent(_weights: Path, state: Path) -> None:
    content = bytearray(state.read_bytes())
    content[len(content) // 2] ^= 1
    state.write_bytes(bytes(content))


def emptied(_weights: Path, state: Path) -> None:
    state.write_bytes(b"")


@pytest.mark.parametrize("spoil", [touched, cut, bent, emptied])
def test_what_is_stale_or_damaged_is_read_again(
    weights: Path, tmp_path: Path, spoil: Callable[[Path, Path], None]
) -> None:
    first = started(weights, tmp_path / "memory")
    (state,) = (tmp_path / "memory").iterdir()
    spoil(weights, state)

    assert started(weights, tmp_path / "memory") == first
    assert started(weights, tmp_path / "memory")[0] == 0


def test_another_beginning_or_context_is_another_memory(weights: Path, tmp_path: Path) -> None:
    started(weights, tmp_path / "memory")
    assert started(weights, tmp_path / "memory", [Message("system", "You are a pirate.")])[0] > 0
    assert started(weights, tmp_path / "memory", context=256)[0] > 0
    assert len(list((tmp_path / "memory").iterdir())) == 3


def test_only_a_few_are_kept(weights: Path, tmp_path: Path) -> None:
    for number in range(NEWEST + 2):
        started(weights, tmp_path / "memory", [Message("system", f"You are number {number}.")])
    assert len(list((tmp_path / "memory").iterdir())) == NEWEST


def test_a_folder_that_cannot_be_made_is_no_error(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    first = started(weights, tmp_path / "file" / "memory")
    assert started(weights, tmp_path / "file" / "memory") == first


def test_a_model_may_lie_in_a_folder_whose_name_is_no_text(weights: Path, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"Mod\xe8les")
    place.mkdir()
    moved = weights.rename(place / weights.name)
    read, answer = started(moved, tmp_path / "memory")
    assert read > 10
    assert started(moved, tmp_path / "memory") == (0, answer)
