"""The chain that voiced is compared with does what the engines' documentation says, and all of it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.toys import said, toy_setting, toys
from voiced.audio.room import STEP
from voiced.bench.sequential import SILENCE_MS, Documented, Exchange, Sequential
from voiced.bench.session import LEAD_IN_S, Session, session
from voiced.compose import conversation_of
from voiced.stages import RATE, Message, Pcm, Sound
from voiced.vad import SileroVad


class Counted(Documented):
    """Counts what it is asked for."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.heard: list[float] = []
        self.asked: list[list[Message]] = []
        self.spoken: list[str] = []

    def transcribe(self, speech: Pcm) -> str:
        self.heard.append(len(speech) / RATE)
        return super().transcribe(speech)

    def answer(self, messages: Any, dictated: str | None) -> str:
        self.asked.append(list(messages))
        return super().answer(messages, dictated)

    def speak(self, text: str) -> Sound:
        self.spoken.append(text)
        return super().speak(text)


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Counted, list[Exchange]]:
    setting = toy_setting(tmp_path_factory.mktemp("home"))
    utterances = said(["short", "long"], 1)
    exchanges: list[Exchange] = []

    def script(held: Session) -> Iterator[Pcm]:
        yield from held.air.silence(LEAD_IN_S)
        for utterance in utterances:
            yield from held.exchange(utterance, sequential, exchanges)

    with session(setting, script, telling=True, pace="fast") as held:
        stages = Counted(setting, held.chain, toys().stt, toys().llm, toys().tts)
        parts = held.prompter, held.chain.clock, held.chain.activity
        with closing(Sequential(stages, SileroVad(), conversation_of(setting.voice), *parts)) as sequential:
            held.assistant.run()
        assert held.events == []  # voiced heard silence
    return stages, exchanges


def test_it_waits_for_seven_tenths_of_a_second_of_silence(compared: tuple[Counted, list[Exchange]]) -> None:
    for exchange in compared[1]:
        assert exchange.decided is not None
        # The voice detector needs a moment to see that speech is over, and frames have a length.
        assert SILENCE_MS / 1000 - 0.1 < exchange.decided - exchange.utterance.end < SILENCE_MS / 1000 + 0.3


def test_the_whole_recording_is_transcribed_and_the_whole_answer_spoken(
    compared: tuple[Counted, list[Exchange]],
) -> None:
    stages, exchanges = compared
    for heard, exchange in zip(stages.heard, exchanges, strict=True):
        assert heard > len(exchange.utterance.pcm) / RATE + SILENCE_MS / 1000 - 0.1
    assert stages.spoken == [exchange.utterance.line.answer for exchange in exchanges]


def test_it_remembers_the_conversation(compared: tuple[Counted, list[Exchange]]) -> None:
    stages, exchanges = compared
    first, second = stages.asked
    assert [message.role for message in first] == ["system", "user"]
    assert second[:2] == first
    answer = exchanges[0].utterance.line.answer
    assert [message.content for message in second[2:]] == [answer, "tell me how a rainbow is made."]


def test_its_stages_follow_each_other_and_then_the_answer_is_heard(compared: tuple[Counted, list[Exchange]]) -> None:
    for exchange in compared[1]:
        assert list(exchange.spans) == list(exchange.stages_ms) == ["stt", "llm", "tts"]
        times = [exchange.decided, *(time for span in exchange.spans.values() for time in span), exchange.audible]
        assert times == sorted(time for time in times if time is not None)
        assert exchange.audible is not None
        assert exchange.audible < exchange.spans["tts"][1] + 0.1 + STEP / RATE


def test_a_dictated_answer_costs_as_many_tokens_as_it_has(tmp_path: Path) -> None:
    setting = toy_setting(tmp_path)
    with session(setting, lambda _: iter(()), telling=True, pace="fast") as held:
        stages = Documented(setting, held.chain, None, toys().llm, None)
        messages = [Message("system", "You are short."), Message("user", "What is the time?")]
        before = stages.read_and_written
        answer = stages.answer(messages, "It is half past nine.")
        assert answer == "It is half past nine."
        prompt = "<|im_start|>system\nYou are short.<|im_end|>\n<|im_start|>user\nWhat is the time?<|im_end|>\n"
        whole = prompt + "<|im_start|>assistant\n" + answer
        assert stages.read_and_written - before == pytest.approx(stages.tokens(whole), abs=1)
        held.assistant.run()  # nothing is heard, so that it ends at once, and closes what it has
