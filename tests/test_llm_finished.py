"""Where a person stops, by the starter language model: what it says, and that asking costs nothing."""

from collections.abc import Iterator

import pytest

from voiced.compose import conversation_of
from voiced.config.voice import load_voice
from voiced.llm.llama import LlamaModel
from voiced.llm.native import BATCH, Loading, Sampling
from voiced.llm.prompt import Conversation
from voiced.patience import UNLIKELY
from voiced.resources import starter_dir, voices_dir
from voiced.stages import Message


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaModel]:
    made = LlamaModel(starter_dir() / "language.gguf", sampling=Sampling(0.0, seed=1, max_tokens=30))
    yield made
    made.close()


@pytest.fixture
def conversation() -> Conversation:
    return conversation_of(load_voice("default", [voices_dir()]))


def test_a_whole_sentence_is_told_from_its_beginning(model: LlamaModel, conversation: Conversation) -> None:
    whole = model.finished(conversation.messages("what is the capital of france"))
    begun = model.finished(conversation.messages("what is the capital of"))
    assert whole is not None
    assert begun is not None
    assert whole > UNLIKELY  # so the wait is shorter for it
    assert begun < 0.2


@pytest.mark.parametrize("marks", ["?", ".", " ?!", "..."])
def test_marks_are_no_sign_of_an_end(model: LlamaModel, conversation: Conversation, marks: str) -> None:
    """A recogniser puts one behind whatever it is given."""
    plain = model.finished(conversation.messages("What is the capital of"))
    assert model.finished(conversation.messages("What is the capital of" + marks)) == pytest.approx(plain)


def test_asking_reads_no_token_that_the_answer_would_not_read(model: LlamaModel, conversation: Conversation) -> None:
    messages = conversation.messages("What is the capital of France?")
    model.warm([Message("user", "something else")])
    model.warm(conversation.history())
    alone = "".join(model.stream(messages))
    without = model.evaluated_tokens
    model.warm([Message("user", "something else")])
    model.warm(conversation.history())

    assert model.finished(messages) is not None
    asked = model.evaluated_tokens
    assert "".join(model.stream(messages)) == alone
    assert asked + model.evaluated_tokens == without
    assert "Paris" in alone
    assert model.evaluated_tokens == 0  # one pass over the weights for both


@pytest.mark.parametrize(("country", "marks"), [("Spain", BATCH - 2), ("Italy", BATCH), ("Norway", 2 * BATCH)])
def test_more_behind_the_words_than_is_read_at_once_does_no_harm(
    model: LlamaModel, conversation: Conversation, country: str, marks: int
) -> None:
    """llama.cpp ends the process when it is given more than it was told of."""
    words = f"What is the capital of {country}"
    found = model.finished(conversation.messages(words + " ?" * marks))
    model.finished(conversation.messages("Something else"))  # so that it is not remembered

    assert found == pytest.approx(model.finished(conversation.messages(words)), rel=1e-3)


def test_nobody_is_told_when_nobody_waits(model: LlamaModel, conversation: Conversation) -> None:
    assert model.finished(conversation.messages("why is the sky blue"), lambda: True) is None
    assert model.finished(conversation.messages("")) is None
    assert model.finished(conversation.messages(" ?")) is None


def test_what_does_not_fit_is_not_judged(model: LlamaModel, conversation: Conversation) -> None:
    assert model.finished(conversation.messages("sky " * 5000)) is None


def test_a_model_that_was_closed_judges_nothing(conversation: Conversation) -> None:
    """llama.cpp ends the process when it is asked after that."""
    model = LlamaModel(starter_dir() / "language.gguf", Loading(context=512))
    model.close()
    assert model.finished(conversation.messages("why is the sky blue")) is None
