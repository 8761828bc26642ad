"""Between hearing and speaking: what is understood has no effect, and what is thought has one, once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from tests.test_timers import HandClock
from voiced.config.voice import Voice, load_voice
from voiced.errors import EngineError
from voiced.events import StageFinished
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.llm.coming import Coming
from voiced.llm.prompt import Conversation
from voiced.mind import Hearing, Mind, Understanding
from voiced.resources import voices_dir
from voiced.stages import Cancelled, LanguageModel, Message, Pcm, Transcription, never

SOUND: Pcm = np.zeros(16_000, np.int16)


@dataclass
class Hears:
    """A recogniser that hears one thing in everything; None breaks it."""

    text: str | None
    name: str = "ears"

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        del speech, cancelled
        if self.text is None:
            raise EngineError("The ears are full; wash them.")
        return Transcription(self.text)


@dataclass
class Says:
    """A language model that says `pieces` to everything; None breaks it."""

    pieces: Sequence[str] | None
    name: str = "model"
    asked: list[Sequence[Message]] = field(default_factory=list)
    warmed: list[Sequence[Message]] = field(default_factory=list)

    def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Iterator[str]:
        del cancelled
        self.asked.append(messages)
        if self.pieces is None:
            raise EngineError("The model is tired; let it sleep.")
        yield from self.pieces

    def warm(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
        del cancelled
        self.warmed.append(messages)
        if self.pieces is None:
            raise EngineError("The model is tired; let it sleep.")


Maker = Callable[..., Mind]


@pytest.fixture
def timers(tmp_path: Path) -> Iterator[Timers]:
    timers = Timers(tmp_path / "timers.sqlite", HandClock())
    yield timers
    timers.close()


@pytest.fixture(scope="module")
def voice() -> Voice:
    return load_voice("default", [voices_dir()])


@pytest.fixture
def mind(timers: Timers, voice: Voice) -> Maker:
    def make(hears: str | None = "", model: LanguageModel | None = None) -> Mind:
        hearing, commands = Hearing(Hears(hears), ("hey_jarvis",)), HassilCommands("en", timers, HandClock())
        return Mind(hearing, commands, model, Conversation("Be short."), voice)

    return make


def understand(mind: Mind, *, after_wake: bool = True, stages: list[StageFinished] | None = None) -> Understanding:
    told: list[StageFinished] = [] if stages is None else stages
    return mind.understand(3, SOUND, told.append, after_wake=after_wake)


def said(mind: Mind, what: Understanding, last: str = "") -> tuple[str, str]:
    thought = mind.think(what, 0.5, last)
    return thought.by, " ".join(clause.text for clause in thought.clauses)


def test_a_command_is_understood_and_nothing_is_done(mind: Maker, timers: Timers) -> None:
    stages: list[StageFinished] = []

    what = understand(mind("hey jarvis set a timer for five minutes"), stages=stages)

    assert (what.text, what.engine) == ("set a timer for five minutes", "ears")
    assert what.command is not None
    assert what.command.intent == "HassStartTimer"
    assert [(event.turn, event.stage, event.engine) for event in stages] == [
        (3, "stt", "ears"),
        (3, "intents", "hassil"),
    ]
    assert timers.all() == []


def test_thinking_carries_the_command_out_once(mind: Maker, timers: Timers) -> None:
    made = mind("set a timer for five minutes")

    assert said(made, understand(made)) == ("HassStartTimer", "Timer set for 5 minutes.")
    assert [timer.seconds for timer in timers.all()] == [300]


def test_the_wake_word_is_taken_off_only_where_it_may_be(mind: Maker) -> None:
    made = mind("jarvis is a name")

    assert understand(made).text == "is a name"
    assert understand(made, after_wake=False).text == "jarvis is a name"


@pytest.mark.parametrize("heard", ["", "  ", "hey jarvis"])
def test_no_words_are_nothing_to_match(mind: Maker, heard: str) -> None:
    stages: list[StageFinished] = []

    what = understand(mind(heard), stages=stages)

    assert (what.text, what.command) == ("", None)
    assert [event.stage for event in stages] == ["stt"]


def test_a_recogniser_that_fails_is_told_of(mind: Maker) -> None:
    stages: list[StageFinished] = []
    with pytest.raises(EngineError, match="wash them"):
        understand(mind(None), stages=stages)

    assert [(event.stage, event.ok) for event in stages] == [("stt", False)]


def test_a_question_goes_to_the_model_with_all_that_was_said(mind: Maker) -> None:
    model = Says(["It is blue, ", "I think. ", "Or grey."])
    made = mind("why is the sky blue", model)
    made.history.commit("hello", "Hello!")

    assert said(made, understand(made)) == ("llm", "It is blue, I think. Or grey.")
    assert [(message.role, message.content) for message in model.asked[0]] == [
        ("system", "Be short."),
        ("user", "hello"),
        ("assistant", "Hello!"),
        ("user", "why is the sky blue"),
    ]
    assert len(made.history.history()) == 3  # what was heard of the answer is remembered by the conversation


def test_the_first_clause_comes_before_the_rest_is_written(mind: Maker) -> None:
    """S5."""
    written: list[str] = []

    class Slow(Says):
        def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Iterator[str]:
            del messages, cancelled
            for piece in ("It is blue. ", "I ", "think ", "so."):
                written.append(piece)
                yield piece

    made = mind("why is the sky blue", Slow([]))
    thought = made.think(understand(made), 0.5)

    assert next(thought.clauses).text == "It is blue."
    assert len(written) < 4


def test_thinking_aloud_is_left_out(mind: Maker) -> None:
    """S2: also when the tag comes in pieces."""
    made = mind("why", Says(["<thi", "nk>Hm. Wh", "y?</th", "ink>Because."]))

    assert said(made, understand(made)) == ("llm", "Because.")


def test_a_model_that_fails_fails_where_its_answer_is_read(mind: Maker) -> None:
    made = mind("why is that so", Says(None))
    thought = made.think(understand(made), 0.5)

    with pytest.raises(EngineError, match="let it sleep"):
        next(thought.clauses)


def test_without_a_model_there_is_one_honest_sentence(mind: Maker, voice: Voice) -> None:
    made = mind("why is the sky blue")

    assert said(made, understand(made)) == ("voiced", voice.phrases.no_model)
    assert made.model_name == ""


def test_repeat_says_the_last_answer_or_that_there_was_none(mind: Maker, voice: Voice) -> None:
    made = mind("repeat that")

    assert said(made, understand(made), "It is blue.") == ("VoicedRepeat", "It is blue.")
    assert said(made, understand(made)) == ("VoicedRepeat", voice.phrases.nothing_to_repeat)


def test_the_volume_is_the_conversations_to_change(mind: Maker) -> None:
    made = mind("louder")

    assert made.think(understand(made), 0.5).answer.volume == pytest.approx(0.6)


def test_the_system_prompt_is_read_ahead_and_a_failure_waits_for_the_first_question(mind: Maker) -> None:
    model, broken = Says([]), Says(None)
    mind("", model).warm()
    mind("", broken).warm()
    mind("").warm()

    assert [message.content for message in model.warmed[0]] == ["Be short."]
    assert len(broken.warmed) == 1


def test_a_model_is_waited_for_only_as_long_as_somebody_wants_to_know(voice: Voice, timers: Timers) -> None:
    commands = HassilCommands("en", timers, HandClock())
    made = Mind(Hearing(Hears("")), commands, None, Conversation("Be short."), voice, coming=Coming())

    thought = made.think(Understanding("why is the sky blue", None), 0.5, cancelled=lambda: True)

    assert thought.by == "voiced"
    assert made.finished(Understanding("why is", None)) is None
