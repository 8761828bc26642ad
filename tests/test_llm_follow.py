"""What somebody is still saying is read ahead: no token twice, and nothing changes by it; what was in vain counts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiced.compose import conversation_of
from voiced.config.voice import load_voice
from voiced.errors import EngineError
from voiced.llm.llama import LlamaModel
from voiced.llm.native import Loading, Sampling
from voiced.resources import starter_dir, voices_dir
from voiced.shapes.gguf import write_talker
from voiced.stages import Message

CONVERSATION = conversation_of(load_voice("default", [voices_dir()]))
SAID = "What is the capital of France?"


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaModel]:
    made = LlamaModel(starter_dir() / "language.gguf", sampling=Sampling(0.0, seed=1, max_tokens=12))
    yield made
    made.close()


def answered(model: LlamaModel, said: str, before: Sequence[str] = ()) -> tuple[str, int, int, int]:
    """The answer to `said`, of which the words `before` were read ahead; tokens read in all, ahead, and in vain."""
    model.warm([Message("user", "something else")])
    model.warm(CONVERSATION.history())
    counts = model.read_tokens, model.ahead_tokens, model.vain_tokens
    for words in before:
        model.follow(CONVERSATION.messages(words))
    messages = CONVERSATION.messages(said)
    model.finished(messages)
    answer = "".join(model.stream(messages))
    read, ahead, vain = (
        now - then for now, then in zip((model.read_tokens, model.ahead_tokens, model.vain_tokens), counts, strict=True)
    )
    return answer, read, ahead, vain


def test_words_that_are_read_ahead_are_read_once_and_change_nothing(model: LlamaModel) -> None:
    alone = answered(model, SAID)
    followed = answered(model, SAID, ["What is", "What is", "What is the capital", "What is the capital of"])

    assert "capital of France" in alone[0]
    assert alone[2:] == (0, 0)
    assert followed[:2] == alone[:2]
    assert followed[2] >= 4
    assert followed[3] == 0


def test_what_the_starter_writes_to_itself_is_not_read_again(model: LlamaModel) -> None:
    messages = CONVERSATION.messages(SAID)
    messages += [Message("assistant", "".join(model.stream(messages))), Message("user", "And Italy?")]
    native = model._native
    (meant,) = [token for token in native.tokens if not (native.control(token) or native.piece(token))]

    assert "Italy" in "".join(model.stream(messages))

    turn = native.tokenize("<|im_end|>\n<|im_start|>user\nAnd Italy?<|im_end|>\n<|im_start|>assistant\n")
    assert model.evaluated_tokens <= len(turn) + 1  # the last token of an answer that was cut has yet to be read
    assert meant in native.tokens


def test_where_all_has_been_read_ahead_the_scores_are_at_hand(model: LlamaModel) -> None:
    alone = answered(model, SAID)
    answer, read, ahead, vain = answered(model, SAID, [SAID[:-1]])
    assert (answer, read, vain) == (*alone[:2], 0)
    assert ahead > 4
    assert model.finished(CONVERSATION.messages(SAID)) is not None
    read = model.read_tokens
    assert model.finished(CONVERSATION.messages(SAID)) is not None
    assert model.read_tokens == read


def test_words_that_were_others_are_counted_and_change_nothing(model: LlamaModel) -> None:
    alone = answered(model, SAID)
    answer, read, ahead, vain = answered(model, SAID, ["What was", "What was the", "What is the"])

    assert answer == alone[0]
    assert vain > 0
    assert ahead > vain
    assert read == alone[1] + vain


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SAID[:-1].split()), max_size=6).map(" ".join), max_size=4))
def test_whatever_is_read_ahead_the_rest_and_what_was_in_vain_is_read_and_no_more(
    model: LlamaModel, before: list[str]
) -> None:
    alone = answered(model, SAID)
    answer, read, ahead, vain = answered(model, SAID, before)

    assert answer == alone[0]
    assert read == alone[1] + vain
    assert 0 <= vain <= ahead


def test_it_gives_way_to_a_stream_and_never_disturbs_one(model: LlamaModel) -> None:
    messages = CONVERSATION.messages(SAID)
    whole = "".join(model.stream(messages))
    answer = model.stream(messages)
    begun = next(answer)
    ahead = model.ahead_tokens
    model.follow(CONVERSATION.messages("How far is"))
    assert begun + "".join(answer) == whole
    assert model.ahead_tokens == ahead


def test_what_nobody_waits_for_or_would_not_fit_is_not_read(model: LlamaModel) -> None:
    ahead = model.ahead_tokens
    model.follow(CONVERSATION.messages("How far is"), lambda: True)
    model.follow(CONVERSATION.messages("word " * 5000))
    assert model.ahead_tokens == ahead


def test_a_model_that_cannot_forget_a_word_is_not_made_to_guess(tmp_path: Path) -> None:
    model = LlamaModel(write_talker(tmp_path / "talker.gguf", "Yes."), Loading(context=512))
    assert model._native.rewinds
    model._native.rewinds = False
    model.follow([Message("user", "How far is")])
    assert model.read_tokens == 0
    model.close()
    with pytest.raises(EngineError):
        list(model.stream([Message("user", "How far is it?")]))
