"""A conversation that outgrows the context is shortened alike by all who read it, so that nobody reads it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from voiced.llm.llama import QUESTION, LlamaModel
from voiced.llm.native import Loading, Sampling
from voiced.llm.prompt import Conversation
from voiced.shapes.gguf import write_talker
from voiced.stages import Message

ANSWER = "The moon is far away, and the sun is farther still. Both are bright."


@pytest.fixture
def model(tmp_path: Path) -> Iterator[LlamaModel]:
    path = write_talker(tmp_path / "talker.gguf", ANSWER)
    made = LlamaModel(path, Loading(context=1024), sampling=Sampling(max_tokens=40))
    yield made
    made.close()


def question(number: int) -> str:
    return f"And what is number {number}, and why do you think so?"


def length(model: LlamaModel, text: str) -> int:
    return len(model._native.tokenize(text))


def own(model: LlamaModel, number: int) -> int:
    """Tokens of a question and of what the template puts behind it."""
    return length(model, f"{question(number)}<|im_end|>\n<|im_start|>assistant\n")


@pytest.mark.parametrize(
    "readers", [("warm",), ("finished",), ("follow",), ("warm", "follow", "finished"), ("follow", "finished", "warm")]
)
def test_whoever_reads_a_shortened_history_leaves_a_question_its_own_words(
    model: LlamaModel, readers: tuple[str, ...]
) -> None:
    talk = Conversation("Be short.", turns=10_000, characters=10**9)
    waited, ahead = [], []
    for number in range(60):
        read = model.read_tokens
        if "follow" in readers:
            model.follow(talk.messages(question(number).rpartition(" ")[0]))
        if "finished" in readers:
            assert model.finished(talk.messages(question(number))) is not None
        assert "".join(model.stream(talk.messages(question(number)))) == ANSWER
        waited.append(model.read_tokens - read)
        talk.commit(question(number), ANSWER)
        read = model.read_tokens
        if "warm" in readers:
            model.warm(talk.history())
            ahead.append(model.read_tokens - read)
            model.warm(talk.history())
            assert model.read_tokens == read + ahead[-1], "as when the wake word is heard"
            assert len(model._native.tokens) <= model._room - QUESTION

    assert length(model, "".join(message.content for message in talk.history())) > 2 * 1024
    end = length(model, "<|im_end|>\n<|im_start|>user\n")
    own_words = own(model, 59) + (0 if "warm" in readers else end)
    long = [read for read in waited[1:] if read > own_words] + [read for read in ahead if read > end + 1]
    shortenings = len(long)
    assert 2 <= shortenings < 12
    assert sum(waited) + sum(ahead) < 60 * (own(model, 59) + end) + shortenings * 1024 // 2
    if "warm" in readers:
        assert max(waited[1:]) <= own_words, "nobody waits for what is shortened while nobody does"


def test_a_new_conversation_is_read_from_its_beginning(model: LlamaModel) -> None:
    talk = Conversation("Be short.", turns=10_000, characters=10**9)
    for number in range(40):
        talk.commit(question(number), ANSWER)
    model.warm(talk.history())
    kept = model._first_kept
    assert kept is not None
    talk.forget()
    model.warm(talk.history())
    for asked in ("Who are you?", kept.content):
        assert "".join(model.stream(talk.messages(asked))) == ANSWER
        talk.commit(asked, ANSWER)
        model.warm(talk.history())
    read = b"".join(map(model._native.piece, model._native.tokens)).decode()
    assert "Who are you?" in read
    assert kept.content in read


def test_where_only_the_system_prompt_fits_it_is_read_ahead(model: LlamaModel) -> None:
    system = [Message("system", "Be short.")]
    model.warm([*system, Message("user", "word " * 1500), Message("assistant", ANSWER)])
    assert len(model._native.tokens) == length(model, model._template.prefix(system))
    long = [Message("system", "Be short. " * 400)]
    model.warm(long)
    assert len(model._native.tokens) == 1024
