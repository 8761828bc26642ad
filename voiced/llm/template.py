"""Messages flow in, the text that a model was trained to see flows out: the chat template from its file.

Thinking is switched off by the names that templates know for it (`enable_thinking`: Qwen3, SmolLM3; `thinking`:
DeepSeek, Granite), and where a template opens a thought regardless, the thought is closed at once. A model that thinks
all the same is left to the text room, which drops thoughts from what is spoken.
"""

import json
from collections.abc import Sequence
from typing import Any

from voiced.errors import EngineError
from voiced.stages import Message

MARK = "(the-words-of-the-person)"
"""Stands in a message for what is not yet known; a template may trim white space around it, but not change it."""


class ChatTemplate:
    """A compiled chat template. The file it came from is not trusted: it runs in jinja's sandbox."""

    def __init__(self, source: str, *, bos: str = "", eos: str = "") -> None:
        """`bos` and `eos` are the texts of the tokens that begin and end a text. Raises EngineError when no
        conversation can be written with `source`."""
        import jinja2
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        def refuse(message: str) -> None:
            raise jinja2.TemplateError(message)

        def to_json(value: object, **options: Any) -> str:
            return json.dumps(value, ensure_ascii=False, indent=options.get("indent"))

        self._error = jinja2.TemplateError
        self._folds = False
        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.filters["tojson"] = to_json
        environment.globals.update(
            bos_token=bos,
            eos_token=eos,
            raise_exception=refuse,
            # A date in the prefix would be read anew each day, and templates invent one when they are given none.
            strftime_now=lambda _: "unknown",
            date_string="unknown",
            enable_thinking=False,
            thinking=False,
        )
        try:
            self._template = environment.from_string(source)
        except jinja2.TemplateError as error:
            raise EngineError(
                f"The language model's chat template cannot be read ({_line(error)}): choose another model."
            ) from None
        self._folds = self._loses_system()
        self.prompt([Message("system", MARK), Message("user", MARK)])

    def prompt(self, messages: Sequence[Message]) -> str:
        """The conversation up to where the answer begins. Raises EngineError when the template refuses it."""
        text = self._render(messages, opened=True)
        if text.rstrip().endswith("<think>"):
            text = text.rstrip() + "\n\n</think>\n\n"
        return text

    def prefix(self, messages: Sequence[Message]) -> str:
        """The conversation up to where the person's next words begin: the beginning of every prompt that continues it.

        Raises EngineError when the template refuses it."""
        text = self._render([*messages, Message("user", MARK)], opened=False)
        return text[: text.rfind(MARK)]

    def _loses_system(self) -> bool:
        """Whether the template refuses or ignores a system message, as Gemma's and Mistral's do."""
        try:
            return MARK not in self._render([Message("system", MARK), Message("user", "Hello")], opened=True)
        except EngineError:
            return True

    def _render(self, messages: Sequence[Message], *, opened: bool) -> str:
        if self._folds:
            messages = folded(messages)
        entries = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return self._template.render(messages=entries, add_generation_prompt=opened)
        except (self._error, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise EngineError(
                f"The language model's chat template refuses the conversation ({_line(error)}): choose another model."
            ) from None


def _line(error: Exception) -> str:
    """What is wrong, in one line; jinja adds the source."""
    return " ".join(str(error).split())[:200]


def folded(messages: Sequence[Message]) -> list[Message]:
    """`messages` with the system message at the head of the first user message."""
    if len(messages) < 2 or messages[0].role != "system" or messages[1].role != "user":
        return list(messages)
    system, first, *rest = messages
    return [Message("user", f"{system.content}\n\n{first.content}"), *rest]
