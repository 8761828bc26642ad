"""A chain whose model and voice are watched: llama.cpp's and Piper's, on small files of the right shape, with what
they are asked noted down; a parrot hears the questions.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.home import home, install_ears, install_model, install_voice
from tests.talk import Talk, pause
from voiced.conversation.chain import Chain
from voiced.errors import EngineError
from voiced.setting import Setting
from voiced.stages import Cancelled, LanguageModel, Message, Pcm, Sound, Synthesiser, never

QUESTION = "why is the sky blue"
ANSWER = "The sky is blue. It was grey yesterday. Nobody knows what comes tomorrow."
SENTENCES = ["The sky is blue.", "It was grey yesterday.", "Nobody knows what comes tomorrow."]


@dataclass
class Model:
    """The real model, with what it writes noted down, and a say in when it goes on."""

    real: LanguageModel
    written: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    """The last message of each answer that was begun."""
    foretold: list[str] = field(default_factory=list)
    """What was read ahead while somebody said it."""
    surely: float | None = 0.0
    """How likely it finds that a sentence is over; None lets the real model say so, which was made to be sure."""
    late: int = 0
    """Pieces that were written although nobody waited for them any more."""
    before: Callable[[str, int], None] = lambda _piece, _count: None
    """Called with each piece, and how many were written before, ahead of handing it on."""
    name: str = "llama.cpp"

    def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Iterator[str]:
        self.questions.append(messages[-1].content)
        for count, piece in enumerate(self.real.stream(messages, cancelled)):
            self.late += cancelled()
            self.before(piece, count)
            self.written.append(piece)
            yield piece

    def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
        return self.real.finished(messages, cancelled) if self.surely is None else self.surely

    def warm(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        self.real.warm(messages, cancelled)

    def follow(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        self.foretold.append(messages[-1].content)
        self.real.follow(messages, cancelled)


@dataclass
class Voice:
    """The real synthesiser, with what it is asked for noted down."""

    real: Synthesiser
    asked: list[str] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)
    fails: Callable[[int], bool] = lambda _count: False
    """Whether it fails at the text with this number."""
    name: str = "piper"

    def synthesise(self, text: str, cancelled: Cancelled = never) -> Iterator[Sound]:
        self.asked.append(text)
        self.begun.set()
        if self.fails(len(self.asked) - 1):
            raise EngineError("The voice is hoarse; rest it.")
        return self.real.synthesise(text, cancelled)


@dataclass
class Bench:
    """A chain whose model and voice are watched."""

    setting: Setting
    model: Model = field(init=False)
    voice: Voice = field(init=False)

    def fit(self, chain: Chain) -> Chain:
        assert chain.mind.model is not None
        self.model, self.voice = Model(chain.mind.model), Voice(chain.mouth.synthesiser)
        self.prepare(chain)
        chain.mind.model = self.model
        chain.mouth.synthesiser = self.voice
        return chain

    prepare: Callable[[Chain], None] = lambda _chain: None

    def talk(self, lines: Callable[[Talk], Iterator[Pcm]]) -> Talk:
        return Talk(self.setting, lines, change=self.fit).run()


def bench(folder: Path, answer: str = ANSWER, *, endless: bool = False, config: str = "") -> Bench:
    setting = home(folder, config)
    install_ears(setting, QUESTION)
    install_model(setting, answer, endless=endless)
    install_voice(setting)
    return Bench(setting)


def typed(*texts: str) -> Callable[[Talk], Iterator[Pcm]]:
    """Asks in writing, one after the other."""

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.2)
        for text in texts:
            talk.assistant.ask(text)
            yield pause(0.2)
            yield from talk.until("asleep")

    return lines
