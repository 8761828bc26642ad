"""The models written for tests and benchmarks, judged by the real llama.cpp that loads them."""

import tracemalloc
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llama_cpp import Llama

from voiced.shapes.gguf import CHATML, QWEN25_05B, Architecture, Quantization, Shape, write_gguf, write_talker


def loaded(path: Path) -> Any:
    return Llama(str(path), n_ctx=512, n_threads=1, verbose=False)


def said(path: Path, question: str, **options: Any) -> str:
    answer = loaded(path).create_chat_completion([{"role": "user", "content": question}], **options)
    return cast(str, answer["choices"][0]["message"]["content"])


@pytest.mark.parametrize("architecture", ["qwen2", "llama"])
@pytest.mark.parametrize("quantization", ["F32", "Q8_0", "Q4_0"])
def test_a_random_model_of_every_kind_loads_and_writes(
    tmp_path: Path, architecture: Architecture, quantization: Quantization
) -> None:
    path = write_gguf(tmp_path / "m.gguf", Shape(quantization=quantization), architecture=architecture)
    assert said(path, "Hello", max_tokens=8) != ""
    assert loaded(path).metadata["tokenizer.chat_template"] == CHATML


def test_the_same_seed_writes_the_same_file(tmp_path: Path) -> None:
    one, two, other = (write_gguf(tmp_path / f"{n}.gguf", seed=seed) for n, seed in enumerate((3, 3, 4)))
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()


def test_common_words_are_whole_tokens_and_control_tokens_are_not_text(tmp_path: Path) -> None:
    model = loaded(write_gguf(tmp_path / "m.gguf"))
    assert len(model.tokenize(b" what would people think", add_bos=False)) == 4
    assert len(model.tokenize(b"<|im_start|>user\n", add_bos=False, special=True)) == 3
    assert len(model.tokenize(b"<|im_start|>", add_bos=False, special=False)) > 1
    assert len(model.tokenize(b"What is the kitchen", add_bos=False)) == 4
    text = "Straße, 東京 🎈\n".encode()
    assert model.detokenize(model.tokenize(text, add_bos=False)) == text


def test_a_vocabulary_too_small_for_its_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too small"):
        write_gguf(tmp_path / "m.gguf", Shape(vocabulary=300))


@pytest.mark.parametrize(
    "answer",
    [
        "Hello there.",
        "The moon orbits the Earth, and the Earth orbits the Sun.",
        "no no no no no no",
        "One.\nTwo.\n\nThree.\n",
        "<think>Hmm.</think>Grüße aus Köln, 東京 🎈!",
    ],
)
def test_a_talker_says_its_answer_and_ends(tmp_path: Path, answer: str) -> None:
    path = write_talker(tmp_path / "talker.gguf", answer)
    assert said(path, "Who are you, and why?", temperature=1.0) == answer
    assert said(path, answer, temperature=0.0) == answer


def test_an_endless_talker_goes_on_until_it_is_stopped(tmp_path: Path) -> None:
    path = write_talker(tmp_path / "talker.gguf", "again and", endless=True)
    assert said(path, "Hello", max_tokens=7) == "again andagain andagain andagain"


def test_a_talker_may_end_a_token_inside_a_character(tmp_path: Path) -> None:
    pieces = [b"Gr\xc3", b"\xbc\xc3", b"\x9fe"]
    path = write_talker(tmp_path / "talker.gguf", pieces)
    assert said(path, "Hello") == "Grüße"


@pytest.mark.parametrize("pieces", [[], [b"a", b"a"], [b""], [b"\n", b"a"]])
def test_a_talker_refuses_pieces_that_have_no_single_successor(tmp_path: Path, pieces: list[bytes]) -> None:
    with pytest.raises(ValueError, match="no piece twice"):
        write_talker(tmp_path / "talker.gguf", pieces)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab .,\n"), min_size=1, max_size=20).filter(str.strip))
def test_a_talker_says_any_text(tmp_path: Path, answer: str) -> None:
    assert said(write_talker(tmp_path / "talker.gguf", answer), "Hello") == answer


def test_the_real_shape_is_written_in_bounded_memory(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        path = write_gguf(tmp_path / "big.gguf", QWEN25_05B)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 345e6 < path.stat().st_size < 355e6
    assert peak < 250e6  # the embedding alone is 145 MB
    assert loaded(path).n_embd() == 896
    path.unlink()  # pytest keeps the folders of three runs
