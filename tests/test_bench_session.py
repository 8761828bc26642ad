"""The benchmark's conversation, in a room in which computing takes no time, on models as small as they can be."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.toys import held, said, speech
from voiced.bench.lines import SHORT, Line
from voiced.bench.session import BREATH_S, Session, Turn
from voiced.events import AnswerStarted, Reply, SpeechEnded, Transcript, WakeDetected


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, list[Turn]]:
    return held(tmp_path_factory.mktemp("home"), said(["command", "short", "long"], 2))


def test_every_turn_is_woken_understood_and_answered(conversation: tuple[Session, list[Turn]]) -> None:
    _, turns = conversation

    assert [turn.utterance.line.kind for turn in turns] == ["command", "short", "long"] * 2
    assert all(turn.whole for turn in turns)
    for turn in turns:
        events = [event for event, _ in turn.events]
        assert sum(isinstance(event, WakeDetected) for event in events) == 1
        [words] = [event.text for event in events if isinstance(event, Transcript)]
        assert words == " ".join(turn.utterance.line.parts)


def test_the_answers_are_the_models_own_but_for_the_commands(conversation: tuple[Session, list[Turn]]) -> None:
    for turn in conversation[1]:
        replies = [event for event, _ in turn.events if isinstance(event, Reply)]
        said_by = {event.by for event in replies}
        if turn.utterance.line.kind == "command":
            assert not said_by & {"llm", "voiced"}
            assert turn.asked == []
        else:
            assert said_by == {"llm"}
            assert " ".join(event.text for event in replies) == turn.utterance.line.answer
            assert turn.asked[-1].content == " ".join(turn.utterance.line.parts)


def test_each_token_of_every_answer_was_written_and_every_prompt_read(conversation: tuple[Session, list[Turn]]) -> None:
    session, turns = conversation
    model = session.chain.mind.model
    assert model is not None
    written = model.written_tokens  # type: ignore[attr-defined]
    # One token a word and one a full stop or comma, and the one that ends the answer.
    answers = [turn.utterance.line.answer for turn in turns if turn.asked]
    words = sum(len(answer.split()) + answer.count(".") + answer.count(",") for answer in answers)
    assert written == pytest.approx(words + len(answers), abs=len(answers) * 8)
    assert written >= words + len(answers)
    assert all(turn.read >= len(turn.utterance.line.text.split()) for turn in turns if turn.asked)
    assert all(turn.read == turn.ahead for turn in turns if not turn.asked)  # nobody knew that it was a command


def test_every_word_was_read_by_the_recogniser(conversation: tuple[Session, list[Turn]]) -> None:
    session, turns = conversation
    recogniser = session.chain.mind.hearing.recogniser
    works = [work for turn in turns for work in turn.work if work.stage == "stt"]
    assert recogniser.readings + recogniser.glances == len(works) >= len(turns)  # type: ignore[attr-defined]


def test_the_answer_is_heard_where_the_conversation_says_so(conversation: tuple[Session, list[Turn]]) -> None:
    for turn in conversation[1]:
        [started] = [at for event, at in turn.events if isinstance(event, AnswerStarted)]
        decided = [at for event, at in turn.events if isinstance(event, SpeechEnded)][-1]
        assert turn.audible is not None
        assert turn.utterance.end < decided <= started <= turn.audible < started + 0.1


def test_a_pause_inside_is_no_end_and_too_long_a_one_cuts_the_person_off(tmp_path: Path) -> None:
    words, answer = SHORT[0]
    line = Line("short", tuple(words.split(" | ")), answer, pause_s=0.3)
    _, turns = held(tmp_path, [speech().utter(line), speech().utter(replace(line, pause_s=2.5))])

    assert [turn.cut_off for turn in turns] == [False, True]
    assert [turn.whole for turn in turns] == [True, False]


def test_who_is_not_woken_is_not_waited_for(tmp_path: Path) -> None:
    [utterance] = said(["short"], 1)
    utterance.pcm = utterance.pcm // 1000
    session, [turn] = held(tmp_path, [utterance])

    assert not turn.whole
    assert turn.audible is None
    assert session.air.seconds == pytest.approx(utterance.end + 2 * BREATH_S, abs=0.4)
