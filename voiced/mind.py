"""An utterance flows in, what was understood flows out; what was understood flows in, the answer's clauses flow out.

Understanding and foreseeing have no effects and may be done for a draft that is thrown away; answering carries commands
out and is done once per turn. Both are called from workers, one call of each at a time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from voiced.config.voice import Voice
from voiced.errors import EngineError
from voiced.events import StageFinished
from voiced.llm.coming import Coming
from voiced.llm.prompt import Conversation
from voiced.span import span
from voiced.stages import (
    Answer,
    Cancelled,
    Command,
    Commands,
    Glancer,
    LanguageModel,
    Pcm,
    Reader,
    Recogniser,
    never,
)
from voiced.text import Clause, speech
from voiced.wakeword import without_wake_word

Report = Callable[[StageFinished], None]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What the person wants, as far as the words say."""

    text: str
    """The words, without the wake word; empty when there were none."""
    command: Command | None
    engine: str = ""
    """The recogniser's name; empty when the words came as text."""
    beginning: str = ""
    """What the words may be the beginning of, where the recogniser thinks so."""


@dataclass(frozen=True, slots=True)
class Thought:
    """An answer in the making."""

    by: str
    """The intent's name, "llm", or "voiced" for the assistant's own phrases."""
    clauses: Iterator[Clause]
    """What to say, as it is thought; consuming it does the work."""
    answer: Answer
    """What a command's outcome asks of the conversation; empty for the model's answers."""
    text: str = ""
    """What is said, where that is known from the beginning; empty for the model's answers."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who turns an utterance into words."""

    recogniser: Recogniser
    """Who reads an utterance when it may be over, and has the last word."""
    wake_words: tuple[str, ...] = ()
    """What an utterance may begin with that is no part of what is wanted."""
    reader: Reader | None = None
    """Who reads along, for commands alone; None where nobody does."""
    glancer: Glancer | None = None
    """Who is asked about what is still being said; None where nobody is."""


class Mind:
    """The stages between hearing and speaking: recogniser, commands, language model."""

    def __init__(
        self,
        hearing: Hearing,
        commands: Commands,
        model: LanguageModel | None,
        history: Conversation,
        voice: Voice,
        *,
        coming: Coming | None = None,
    ) -> None:
        """`voice` says in which language, and what the assistant's own phrases are; `coming` is the language model that
        a question waits for while there is none."""
        self.hearing = hearing
        self.commands = commands
        self.model = model
        self.history = history
        self._coming = coming
        self.language = voice.language
        self._phrases = voice.phrases

    @property
    def model_name(self) -> str:
        """The language model's name; empty when there is none."""
        return "" if self.model is None else self.model.name

    def understand(
        self, turn: int, sound: Pcm, report: Report, *, after_wake: bool, cancelled: Cancelled = never
    ) -> Understanding:
        """Transcribes `sound` and matches it; `after_wake` says that it may begin with the wake word."""
        recogniser = self.hearing.recogniser
        with span(report, turn, "stt", recogniser.name):
            heard = recogniser.transcribe(sound, cancelled)
        text = self._words(heard.text, after_wake)
        return Understanding(text, self.match(turn, text, report), recogniser.name, heard.beginning)

    def glance(
        self, turn: int, sound: Pcm, report: Report, *, after_wake: bool, cancelled: Cancelled = never
    ) -> Understanding:
        """As `understand`, by the glancer, of an utterance that may go on."""
        name, glancer = self.hearing.recogniser.name, self.hearing.glancer
        assert glancer is not None
        with span(report, turn, "stt", name):
            heard = glancer.glance(sound, cancelled)
        text = self._words(heard.text, after_wake)
        command = self.match(turn, text, report) if glancer.conclusive else None
        return Understanding(text, command, name, heard.beginning)

    def finish(
        self, turn: int, start: int, sound: Pcm, report: Report, *, after_wake: bool, cancelled: Cancelled = never
    ) -> Understanding | None:
        """As `understand`, by the reader, who has followed the utterance since `start`; None where that is no command,
        and so for the recogniser to say."""
        reader = self.hearing.reader
        assert reader is not None
        # Told only when it counts: what a reader beside the recogniser did not understand is no part of the turn.
        stages: list[StageFinished] = []
        with span(stages.append, turn, "stt", reader.name):
            heard = reader.finish(start, sound, cancelled)
        text = self._words(heard.text, after_wake)
        command = self.match(turn, text, stages.append)
        if command is None:
            return None
        for stage in stages:
            report(stage)
        return Understanding(text, command, reader.name, heard.beginning)

    def _words(self, text: str, after_wake: bool) -> str:
        return without_wake_word(text.strip(), self.hearing.wake_words) if after_wake else text.strip()

    def match(self, turn: int, text: str, report: Report) -> Command | None:
        """The command that `text` is, if any."""
        if not text:
            return None
        with span(report, turn, "intents", "hassil"):
            return self.commands.match(text)

    def think(self, what: Understanding, volume: float, last_said: str = "", cancelled: Cancelled = never) -> Thought:
        """Carries a command out, or begins an answer. `volume` is the present one, 0 to 1, `last_said` the answer that
        "repeat that" means."""
        if what.command is None:
            return self._converse(what.text, cancelled)
        return self._outcome(what.command, self.commands.perform(what.command, volume), last_said)

    def foresee(
        self, what: Understanding, volume: float, last_said: str = "", cancelled: Cancelled = never
    ) -> Thought | None:
        """What `think` would come to, without any effect; None where only doing it can tell."""
        if what.command is None:
            return self._converse(what.text, cancelled)
        answer = self.commands.foresee(what.command, volume)
        return None if answer is None else self._outcome(what.command, answer, last_said)

    def finished(self, what: Understanding, cancelled: Cancelled = never) -> float | None:
        """The probability, by the language model, that the person has said all; None when it cannot tell."""
        return None if self.model is None else self.model.finished(self.history.messages(what.text), cancelled)

    def _outcome(self, command: Command, answer: Answer, last_said: str) -> Thought:
        text = (last_said or self._phrases.nothing_to_repeat) if answer.control == "repeat" else answer.text
        return Thought(command.intent, self.phrase(text), answer, text)

    def _converse(self, text: str, cancelled: Cancelled) -> Thought:
        if self.model is None and self._coming is not None:
            self.model = self._coming.wait(cancelled)
        if self.model is None:
            no_model = self._phrases.no_model
            return Thought("voiced", self.phrase(no_model), Answer(no_model), no_model)
        pieces = self.model.stream(self.history.messages(text), cancelled)
        return Thought("llm", speech(pieces, self.language), Answer(""))

    def phrase(self, text: str) -> Iterator[Clause]:
        """`text` as clauses ready to be said."""
        return speech([text], self.language, whole=True)

    def warm(self, cancelled: Cancelled = never) -> None:
        """Reads ahead what every next prompt begins with: the system prompt and what was said. A failure shows at the
        next question, where it can be said."""
        if self.model is not None:
            try:
                self.model.warm(self.history.history(), cancelled)
            except EngineError:
                return

    def follow(self, text: str, cancelled: Cancelled = never) -> None:
        """Reads `text` ahead, the first words of what is being said. A failure shows when it is to be answered."""
        if self.model is not None:
            try:
                self.model.follow(self.history.messages(text), cancelled)
            except EngineError:
                return
