"""Engines that have learnt nothing flow in, engines that say what they are told flow out, at their own full cost.

A recogniser does its work on the very sound that it is given, and the words that were said in that sound take the place
of what it made of it. A language model computes and chooses each token, and the token of its answer that comes next
takes that one's place (`LlamaModel.dictate`), so that its memory holds what was said, as with a model that means it.
Asked whether a sentence is over, it reads it and works the answer out, and says what the starter model, which was
trained for that, said to the same words beforehand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from voiced.bench.lines import Line
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
    endings: Mapping[str, float | None] = field(default_factory=dict)
    """By words: the probability that a sentence ends with them."""

    def words(self, speech: Pcm, *, cut: bool = False) -> str:
        """The words that were said in `speech`, which was heard in this room; with `cut`, also what is there of a word
        that it ends in."""
        if self.utterance is None:
            return ""
        end = self.air.heard_at(speech)
        end = self.air.seconds if end is None else end
        whole = self.utterance.words(end - len(speech) / RATE, end)
        return f"{whole} {self.utterance.cut(end)}".strip() if cut else whole

    def answer(self, messages: Sequence[Message]) -> str | None:
        """What a model is to write."""
        self.asked = list(messages)
        return self.utterance.line.answer if self.telling and self.utterance else None


class Prompted:
    """A `Recogniser`: another one's work, and the prompter's words."""

    def __init__(self, recogniser: Recogniser, words: Callable[..., str]) -> None:
        """`words` is `Prompter.words`."""
        self.name = recogniser.name
        self._recogniser, self._words = recogniser, words
        self.readings = 0
        """How often the recogniser has read a piece of sound to its end."""
        self.glances = 0
        """The same while somebody was still speaking."""

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, once the recogniser has read it; what it found nothing in stays empty."""
        found = self._recogniser.transcribe(speech, cancelled)
        if cancelled() or not found.text:
            return found
        self.readings += 1
        return Transcription(self._words(speech))

    def glance(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The same of what is still being said; a word that has only begun is a wrong one."""
        recogniser: Any = self._recogniser
        found: Transcription = recogniser.glance(speech, cancelled)
        if cancelled() or not found.text:
            return found
        self.glances += 1
        return Transcription(self._words(speech, cut=True))

    def __getattr__(self, name: str) -> Any:
        """Whatever else the recogniser can do."""
        return getattr(self._recogniser, name)


class Told:
    """A `LanguageModel` that is told whether a sentence is over; what to write it asks for by itself."""

    def __init__(self, model: Any, endings: Mapping[str, float | None]) -> None:
        self._model, self._endings = model, endings

    def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
        """How likely it is that the last message is said to its end, once the model has worked it out."""
        found: float | None = self._model.finished(messages, cancelled)
        return found if found is None else self._endings.get(messages[-1].content, 0.0)

    def __getattr__(self, name: str) -> Any:
        """Whatever else the model can do."""
        return getattr(self._model, name)


def prompted(chain: Chain, prompter: Prompter) -> Chain:
    """`chain`, whose recogniser and language model say what `prompter` knows."""
    mind: Any = chain.mind
    if mind.model is not None:
        mind.model.dictate = prompter.answer
    if prompter.telling:
        recogniser = Prompted(mind.hearing.recogniser, prompter.words)
        glancer = recogniser if mind.hearing.glancer is not None else None
        mind.hearing = replace(mind.hearing, recogniser=recogniser, glancer=glancer)
        mind.model = Told(mind.model, prompter.endings)
    return chain


def endings(lines: Iterable[Line], system: str, model: Path | None) -> dict[str, float | None]:
    """What the starter `model` says to each of `lines`, and to its first part: the probability that it is all. Nothing
    where there is no starter, and no way to ask it."""
    if model is None or not hasattr(LlamaModel, "finished"):
        return {}
    texts = {text for line in lines for text in (line.parts[0], " ".join(line.parts))}
    with closing(LlamaModel(model)) as starter:
        asked: Any = starter
        return {text: asked.finished([Message("system", system), Message("user", text)]) for text in sorted(texts)}
