"""What the person says: commands that are known, questions that are none."""

from collections import Counter
from pathlib import Path

import pytest

from tests.talk import setting
from voiced.bench.lines import COMMANDS, KINDS, LONG, SHORT, plan, vocabulary
from voiced.clock import SystemClock
from voiced.compose import commands_of


def words(line: str) -> str:
    return line.replace(" | ", " ")


def test_every_command_is_known_and_has_an_answer(tmp_path: Path) -> None:
    with commands_of(setting(tmp_path), SystemClock()) as (commands, _):
        for line, _ in COMMANDS:
            command = commands.match(words(line))
            assert command is not None, line
            assert commands.perform(command, 0.8).text


def test_no_question_is_a_command(tmp_path: Path) -> None:
    with commands_of(setting(tmp_path), SystemClock()) as (commands, _):
        assert [line for line, _ in SHORT + LONG if commands.match(words(line))] == []


@pytest.mark.parametrize(("table", "sentences"), [(SHORT, 1), (LONG, 4)])
def test_answers_have_one_sentence_or_four(table: tuple[tuple[str, str], ...], sentences: int) -> None:
    assert {answer.count(".") for _, answer in table} == {sentences}


def test_each_kind_has_its_turns_and_a_fifth_of_them_a_pause() -> None:
    lines = list(plan(KINDS, 20))

    assert Counter(line.kind for line in lines) == dict.fromkeys(KINDS, 20)
    assert [line.kind for line in lines[:4]] == ["command", "short", "long", "command"]
    pauses = [line.pause_s for line in lines if line.pause_s]
    assert len(pauses) == 12
    assert min(pauses) == 0.3
    assert max(pauses) == 0.7


def test_every_line_can_be_paused_in() -> None:
    assert {len(line.parts) for line in plan(KINDS, 10)} == {2}


def test_the_vocabulary_has_the_words_of_lines_answers_and_prompt() -> None:
    assert {"Jarvis", "scatters", "timer", "persona"} <= set(vocabulary("A persona."))
