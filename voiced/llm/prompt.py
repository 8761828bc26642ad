"""What was said flows in, the messages for the language model flow out: the system prompt and a bounded history.

Everything here is pure but for `Conversation.commit`, the one thing that remembers. What comes first in the messages
never changes while the conversation goes on, for a model reads again whatever stands behind a change: what changes by
itself, such as the time, stands in a note behind the person's words.
"""

from collections.abc import Iterator, Sequence

from voiced.languages import in_english
from voiced.stages import Message

CUT = "…"
"""Ends what was cut off, so that the model does not take it for its own way of ending a sentence."""


def system_prompt(*, name: str, language: str, persona: str = "") -> str:
    """What the model is told about itself: `name`, what is true of it, how to answer, and the voice's `persona`.

    `language` is a code such as "en" or "de-AT". The text is short because every word of it is computed once per
    start: about 90 tokens."""
    spoken = in_english(language)
    facts = [
        f"You are {name}, a voice assistant.",
        "You run on this machine alone, without the internet, and nothing that is said to you leaves it.",
        f"What you write is read aloud: answer in {spoken}, in one or two short sentences of plain words, without "
        "lists, markdown, emoji or links.",
        "When you do not know something, or would have to look it up, say so; never make anything up.",
        persona.strip(),
    ]
    return " ".join(fact for fact in facts if fact)


def said(text: str, interrupted: bool) -> str:
    """What the history keeps of an answer: `text` is what was heard of it, and may be nothing when `interrupted`.

    Space before it is kept: some models begin with one, and without it the answer would be read again."""
    text = text.rstrip()
    whole = not interrupted or text.endswith((".", "!", "?", CUT))
    return text if whole else text + CUT


class Conversation:
    """One conversation with one person. Not safe for threads: its owner is the conversation's shell."""

    def __init__(self, system: str, *, turns: int = 12, characters: int = 6_000) -> None:
        """`system` opens every prompt. At most `turns` question-and-answer pairs and `characters` of them are kept;
        6,000 characters are about 1,500 tokens of English, so that a context of 4,096 is never full."""
        self._system = Message("system", system)
        self._most_turns = turns
        self._most_characters = characters
        self._turns: list[tuple[Message, Message]] = []

    def history(self) -> list[Message]:
        """The system prompt and what was said: what every next prompt begins with, to be read ahead."""
        return [self._system, *(message for turn in self._turns for message in turn)]

    def messages(self, user: str, note: str = "") -> list[Message]:
        """The prompt for `user`; has no effect, so a draft may ask for it as often as it likes. `note` is what is true
        only now, such as the time."""
        return [*self.history(), Message("user", noted(user, note))]

    def commit(self, user: str, assistant: str, note: str = "") -> None:
        """Remembers a turn that was heard. `note` as in `messages`: a history that says something else than what the
        model read would be read again."""
        self._turns.append((Message("user", noted(user, note)), Message("assistant", assistant)))
        if not self._fits():
            # Half at once: a prompt that loses its oldest turn every time is a new prompt every time.
            del self._turns[: len(self._turns) // 2]
            while len(self._turns) > 1 and not self._fits():
                del self._turns[0]

    def forget(self) -> None:
        """Begins a new conversation."""
        self._turns.clear()

    def _fits(self) -> bool:
        size = sum(len(message.content) for turn in self._turns for message in turn)
        return len(self._turns) <= self._most_turns and size <= self._most_characters


def noted(user: str, note: str) -> str:
    """The person's words with what is true only now behind them."""
    return f"{user} [{note}]" if note else user


def shortened(messages: Sequence[Message], first: Message | None = None) -> Iterator[list[Message]]:
    """`messages` with ever more of the oldest turns left out, down to the last alone; the system prompt stays.

    With `first`, only what begins at that message, where it is one of them."""
    head = list(messages[:1]) if messages and messages[0].role == "system" else []
    rest = messages[len(head) :]
    for start, message in enumerate(rest):
        if first is not None:
            if message == first:
                yield [*head, *rest[start:]]
                return
        elif start and message.role == "user":
            yield [*head, *rest[start:]]
