"""An answer on its way: spoken while it is still being written, and ended well however it ends.

The model is llama.cpp's and the voice is Piper's, on small files of the right shape; a parrot hears the questions.
"""

import ctypes
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests import speech
from tests.talk import Talk, one_exchange, pause
from tests.watched import ANSWER, QUESTION, SENTENCES, bench, typed
from voiced.audio.room import OUT_RATE
from voiced.bench.alone import resident
from voiced.conversation.chain import Chain
from voiced.errors import EngineError
from voiced.events import AnswerStarted, Reply, StageFinished, TurnFailed
from voiced.stages import Cancelled, Message, Pcm, never

PATIENCE = 20.0
"""Seconds of real time after which a step that must come is given up: the test then fails by itself."""


def loud(talk: Talk) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return np.abs(talk.room.recording.assistant_samples()) > 0.01


def test_a_spoken_question_goes_through_the_whole_chain(tmp_path: Path) -> None:
    made = bench(tmp_path)
    talk = made.talk(one_exchange(speech.say("Hey Jarvis, why is the sky blue?")))

    assert talk.heard == [QUESTION]
    assert talk.replies == [ANSWER]
    assert {reply.by for reply in talk.all(Reply)} == {"llm"}
    engines = {event.stage: event.engine for event in talk.all(StageFinished)}
    assert engines == {"stt": "faster-whisper", "intents": "hassil", "llm": "llama.cpp", "tts": "piper"}
    assert talk.outcomes == ["answered"]
    assert loud(talk).any()
    assert [message.content for message in talk.chain.mind.history.history()[1:]] == [QUESTION, ANSWER]


def test_the_first_clause_is_being_spoken_before_the_rest_is_written(tmp_path: Path) -> None:
    """S5: the model writes its second sentence (but for the word that shows that the first is over) only when the voice
    has been asked for the first."""
    made = bench(tmp_path)
    waited: list[bool] = []

    def prepare(_chain: Chain) -> None:
        def before(piece: str, _count: int) -> None:
            if piece.strip() == "was":
                waited.append(made.voice.begun.wait(PATIENCE))

        made.model.before = before

    made.prepare = prepare
    talk = made.talk(typed(QUESTION))

    assert waited == [True]
    assert made.voice.asked[0] == SENTENCES[0]
    assert talk.replies == [ANSWER]


def test_an_answer_that_comes_slowly_does_not_end_early(tmp_path: Path) -> None:
    """S6: the first sentence has long been heard before the second is written."""
    made = bench(tmp_path)
    go_on = threading.Event()

    def prepare(chain: Chain) -> None:
        def before(piece: str, _count: int) -> None:
            if piece.strip() == "was":
                with chain.activity.aside():  # it is time that is waited for
                    assert go_on.wait(PATIENCE)

        made.model.before = before

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.2)
        talk.assistant.ask(QUESTION)
        yield from talk.until("speaking")
        yield pause(5.0)
        states.append(talk.assistant.state)
        go_on.set()
        yield from talk.until("asleep")

    states: list[str] = []
    made.prepare = prepare
    talk = made.talk(lines)

    assert states == ["speaking"]
    assert len(talk.all(AnswerStarted)) == 1
    assert talk.replies == [ANSWER]
    assert talk.outcomes == ["answered"]
    assert loud(talk)[int(5.2 * OUT_RATE) :].any()


@pytest.mark.parametrize("answer", [".", " ", "…", "<think>Hm.</think>"])
def test_an_answer_without_words_ends_the_turn(tmp_path: Path, answer: str) -> None:
    """S4."""
    made = bench(tmp_path, answer)
    talk = made.talk(typed(QUESTION, "what time is it"))

    assert talk.outcomes == ["answered", "answered"]
    assert len(talk.all(AnswerStarted)) == 1
    assert {reply.by for reply in talk.all(Reply)} == {"HassGetCurrentTime"}


def test_a_model_that_writes_nothing_ends_the_turn(tmp_path: Path) -> None:
    """S4."""

    class Mute:
        name = "mute"

        def stream(self, messages: Sequence[Message], cancelled: Cancelled = never) -> Iterator[str]:
            del messages, cancelled
            return iter(())

        def finished(self, messages: Sequence[Message], cancelled: Cancelled = never) -> float | None:
            del messages, cancelled
            return None

        def warm(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
            del messages, cancelled

        def follow(self, messages: Sequence[Message], cancelled: Cancelled = never) -> None:
            del messages, cancelled

    def fit(chain: Chain) -> Chain:
        chain.mind.model = Mute()
        return chain

    talk = Talk(bench(tmp_path).setting, typed(QUESTION), change=fit).run()

    assert talk.outcomes == ["answered"]
    assert talk.assistant.state == "asleep"
    assert not loud(talk).any()


def test_thinking_is_neither_spoken_nor_remembered(tmp_path: Path) -> None:
    """S2."""
    made = bench(tmp_path, "<think>\nThey ask about the sky.\n</think>\nIt is blue.")
    talk = made.talk(typed(QUESTION))

    assert talk.replies == ["It is blue."]
    assert made.voice.asked == ["It is blue."]
    assert talk.chain.mind.history.history()[-1].content == "It is blue."


def test_a_model_that_fails_in_the_middle_apologises_and_answers_the_next_question(tmp_path: Path) -> None:
    made = bench(tmp_path)
    failed: list[str] = []

    def prepare(_chain: Chain) -> None:
        def before(piece: str, _count: int) -> None:
            if piece.strip() == "grey" and not failed:
                failed.append(piece)
                raise EngineError("There is no memory left; close something.")

        made.model.before = before

    made.prepare = prepare
    talk = made.talk(typed(QUESTION, QUESTION))

    assert [(event.stage, event.reason) for event in talk.all(TurnFailed)] == [
        ("llm", "There is no memory left; close something.")
    ]
    assert talk.outcomes == ["failed", "answered"]
    assert talk.replies == [f"{SENTENCES[0]} {made.setting.voice.phrases.failed}", ANSWER]


def test_a_voice_that_fails_in_the_middle_apologises_and_speaks_again(tmp_path: Path) -> None:
    made = bench(tmp_path)

    def prepare(_chain: Chain) -> None:
        made.voice.fails = lambda count: count == 1

    made.prepare = prepare
    talk = made.talk(typed(QUESTION, QUESTION))

    assert [event.stage for event in talk.all(TurnFailed)] == ["tts"]
    assert talk.outcomes == ["failed", "answered"]
    assert made.setting.voice.phrases.failed in talk.replies[0]
    assert talk.replies[1] == ANSWER


def test_when_even_the_apology_cannot_be_spoken_there_is_a_sound(tmp_path: Path) -> None:
    made = bench(tmp_path)

    def prepare(_chain: Chain) -> None:
        made.voice.fails = lambda count: count < 2

    made.prepare = prepare
    talk = made.talk(typed(QUESTION, QUESTION))

    assert [event.stage for event in talk.all(TurnFailed)] == ["tts", "tts"]
    assert talk.outcomes == ["failed", "answered"]
    assert len(talk.all(AnswerStarted)) == 2  # the sound, and the second answer


def test_an_interrupted_model_stops_within_one_token(tmp_path: Path) -> None:
    config = "[llm]\nmax_tokens = 1000"  # five minutes of speech: more than waits for the speaker at any time
    made = bench(tmp_path, "The sea is wide, and the sky is high above it.", endless=True, config=config)

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.2)
        talk.assistant.ask(QUESTION)
        yield from talk.until("speaking")
        yield pause(0.5)
        talk.assistant.stop()
        yield pause(0.5)
        yield from talk.until("asleep")
        talk.assistant.ask("what time is it")
        yield from talk.until("speaking")
        yield from talk.until("asleep")

    talk = made.talk(lines)

    assert talk.outcomes == ["stopped", "answered"]
    assert made.model.late <= 1
    assert len(made.model.written) < made.setting.config.llm.max_tokens


def test_what_was_not_heard_is_not_remembered(tmp_path: Path) -> None:
    made = bench(tmp_path)

    def lines(talk: Talk) -> Iterator[Pcm]:
        yield pause(0.2)
        talk.assistant.ask(QUESTION)
        yield from talk.until("speaking")
        while not any("grey" in text for text in said(talk)):
            yield pause(0.08)
        talk.assistant.stop()
        yield from talk.until("asleep")

    def said(talk: Talk) -> list[str]:
        turn = talk.assistant._floor.turn
        return [] if turn is None else turn.said

    talk = made.talk(lines)

    assert talk.chain.mind.history.history()[-1].content == " ".join(SENTENCES[:2])


def test_what_a_turn_has_freed_goes_back_to_the_system(tmp_path: Path) -> None:
    """glibc keeps it otherwise: a block that is still in use lies behind 60 MB that are not."""
    libc, held = ctypes.CDLL(None), list[int]()
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    most: list[int] = []

    def prepare(_chain: Chain) -> None:
        def before(_piece: str, _count: int) -> None:
            if most:
                return
            blocks = [int(libc.malloc(60_000)) for _ in range(1_000)]
            for block in blocks:
                ctypes.memset(block, 1, 60_000)
            most.append(resident())
            held.append(blocks.pop())
            for block in blocks:
                libc.free(block)

        made.model.before = before

    made = bench(tmp_path)
    made.prepare = prepare
    made.talk(typed(QUESTION))

    assert resident() < most[0] - 50_000_000
    libc.free(held[0])
