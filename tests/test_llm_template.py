"""Chat templates as models carry them: ChatML, with a switch for thinking, with an open thought, without a system."""

import pytest

from voiced.errors import EngineError
from voiced.llm.template import ChatTemplate, folded
from voiced.shapes.gguf import CHATML
from voiced.stages import Message

SWITCH = (
    "{%- for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content + '<|im_end|>\\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
    "{%- if enable_thinking is defined and enable_thinking is false %}{{ '<think>\\n\\n</think>\\n\\n' }}{%- endif %}"
    "{%- endif %}"
)
OPEN = CHATML.replace("assistant\\n'", "assistant\\n<think>\\n'")
NO_SYSTEM = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{% endif %}<turn>{{ m.role }}\n{{ m.content | trim }}<end>\n"
    "{% endfor %}{% if add_generation_prompt %}<turn>model\n{% endif %}"
)
IGNORES_SYSTEM = "{% for m in messages if m.role != 'system' %}[{{ m.role }}] {{ m.content }}\n{% endfor %}"
TALK = [Message("system", "Be short."), Message("user", "Hello"), Message("assistant", "Hi."), Message("user", "Who?")]


def test_chatml_reads_as_models_were_trained() -> None:
    assert ChatTemplate(CHATML).prompt(TALK[:2]) == (
        "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n"
    )


def test_thinking_is_switched_off_where_the_template_knows_how() -> None:
    """S2: what is never thought need not be removed."""
    assert ChatTemplate(SWITCH).prompt(TALK).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_a_thought_that_the_template_opens_is_closed_at_once() -> None:
    """S2: the same for templates without a switch."""
    assert ChatTemplate(OPEN).prompt(TALK).endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


@pytest.mark.parametrize("source", [CHATML, SWITCH, OPEN, NO_SYSTEM, IGNORES_SYSTEM])
def test_the_prefix_is_the_beginning_of_whatever_is_asked_next(source: str) -> None:
    template = ChatTemplate(source, bos="<s>")
    for length in (1, 3):
        prefix = template.prefix(TALK[:length])
        for words in ("Who?", "(the-words-of-the-person)", "<end>"):
            assert template.prompt([*TALK[:length], Message("user", words)]).startswith(prefix)
        assert TALK[length - 1].content in prefix


@pytest.mark.parametrize("source", [NO_SYSTEM, IGNORES_SYSTEM])
def test_a_model_without_a_system_role_is_told_in_the_first_message(source: str) -> None:
    text = ChatTemplate(source, bos="<s>").prompt(TALK)
    assert "Be short.\n\nHello" in text
    assert "Who?" in text
    assert folded(TALK[1:]) == TALK[1:]


def test_no_date_is_invented_in_the_prefix() -> None:
    source = "{% if date_string is not defined %}26 Jul 2024{% endif %}{{ strftime_now('%d') }}" + CHATML
    assert ChatTemplate(source).prompt(TALK).startswith("unknown<|im_start|>")


@pytest.mark.parametrize(
    "source",
    ["{% for %}", "{{ raise_exception('no') }}", "{{ 1 / 0 }}", "{{ messages.missing.deeper }}", "{{ ''.x() }}"],
)
def test_a_broken_template_is_one_sentence(source: str) -> None:
    with pytest.raises(EngineError, match=r"^[^\n]*chat template [^\n]*: choose another model\.$"):
        ChatTemplate(source)


def test_a_template_cannot_reach_out_of_its_sandbox() -> None:
    with pytest.raises(EngineError, match="chat template"):
        ChatTemplate("{{ messages.__class__.__mro__[1].__subclasses__() }}" + CHATML)
