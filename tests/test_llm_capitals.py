"""What a person types in capitals, and a model that hardly knows any, on the real llama.cpp."""

from contextlib import closing
from pathlib import Path

import pytest

from voiced.llm.llama import LlamaModel
from voiced.llm.native import Loading
from voiced.shapes.gguf import write_talker
from voiced.stages import Message

ANSWER = "The Eagle."


@pytest.mark.parametrize(
    ("capitals", "text", "read"),
    [
        (False, "WHO IS IT, IN 1969?", "who is it, in 1969?"),
        (False, "Who is IT?", "Who is IT?"),
        (True, "WHO IS IT?", "WHO IS IT?"),
    ],
)
def test_a_model_that_knows_no_capitals_reads_small_letters(
    tmp_path: Path, capitals: bool, text: str, read: str
) -> None:
    """What stands in the history is read so, too, and not once more."""
    weights = write_talker(tmp_path / "talker.gguf", ANSWER)
    conversation = [Message("system", "BE SHORT."), Message("user", text)]
    with closing(LlamaModel(weights, Loading(context=512), capitals=capitals)) as model:
        assert "".join(model.stream(conversation)) == ANSWER

        native = model._native
        assert f"system\nBE SHORT.\nuser\n{read}\n".encode() in b"".join(map(native.piece, native.tokens))
        model.warm([*conversation, Message("assistant", ANSWER)])
        tokens = model.read_tokens
        model.warm(conversation)
        assert model.read_tokens == tokens
