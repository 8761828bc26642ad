"""Engines that have learnt nothing flow in, engines that say what they are told flow out, at their own full cost.

A recogniser does its work on the very sound that it is given, and the words that were said in that sound take the place
of what it made of it. A language model computes and chooses each token, and the token of its answer that comes next
takes that one's place (`LlamaModel.dictate`), so that its memory holds what was said, as with a model that means it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from voiced.bench.person import Air, Utterance
from voiced.conversation.chain import Chain
from voiced.llm.llama import LlamaModel
from voiced.stages import RATE, Cancelled, Message, Pcm, Recogniser, Transcription, never


@dataclass(slots=True)
class Prompter:
    """Knows what is being said, and what is to be answered."""

    air: Air
    telling: bool = True
    """Whether the models need to be told; else it only looks on."""
    utterance: Utterance | None = None
    """What the person says, or has said last."""
    asked: list[Message] = field(default_factory=list)
    """The messages that the model was asked to answer last."""

    def words(self, speech: Pcm) -> str:
        """The words that were said in `speech`, which was heard in this room."""
        if self.utterance is None:
            return ""
        end = self.air.heard_at(speech)
        end = self.air.seconds if end is None else end
        return self.utterance.words(end - len(speech) / RATE, end)

    def answer(self, messages: Sequence[Message]) -> str | None:
        """What a model is to write."""
        self.asked = list(messages)
        return self.utterance.line.answer if self.telling and self.utterance else None


class Prompted:
    """A `Recogniser`: another one's work, and the prompter's words."""

    def __init__(self, recogniser: Recogniser, words: Callable[[Pcm], str]) -> None:
        self.name = recogniser.name
        self._recogniser, self._words = recogniser, words
        self.readings = 0
        """How often the recogniser has read a piece of sound to its end."""

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, once the recogniser has read it; what it found nothing in stays empty."""
        found = self._recogniser.transcribe(speech, cancelled)
        if cancelled() or not found.text:
            return found
        self.readings += 1
        return Transcription(self._words(speech))

    def __getattr__(self, name: str) -> Any:
        """Whatever else the recogniser can do."""
        return getattr(self._recogniser, name)


def prompted(chain: Chain, prompter: Prompter) -> Chain:
    """`chain`, whose recogniser and language model say what `prompter` knows."""
    mind = chain.mind
    if prompter.telling:
        mind.recogniser = Prompted(mind.recogniser, prompter.words)
    if isinstance(mind.model, LlamaModel):
        mind.model.dictate = prompter.answer
    return chain
