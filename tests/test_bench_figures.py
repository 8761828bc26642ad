"""Figures out of what happened, and what is shown of them."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from voiced.bench import picture, table
from voiced.bench.alone import Alone
from voiced.bench.controlled import Answers
from voiced.bench.figures import answers, extra_tokens, report, spread, timed, timed_exchange
from voiced.bench.lines import Kind, Line
from voiced.bench.person import Utterance
from voiced.bench.sequential import Exchange
from voiced.bench.session import Turn
from voiced.bench.watched import Work
from voiced.conversation.floor import Event
from voiced.events import AnswerStarted, SpeechEnded, SpeechStarted, StageFinished, Transcript, TurnEnded
from voiced.stages import RATE, Message

ALONE = Alone(start_s=1.234, quiet_percent=1.5, talk_percent=2.5, memory_mb=200.04, first_sound_ratio=0.3333)

END = 3.0
"""When the utterances here end, seconds."""


def utterance(kind: Kind = "short", pause_s: float = 0.0) -> Utterance:
    made = Utterance(Line(kind, ("why", "is it?"), "So.", pause_s), np.zeros(2 * RATE, np.int16), ())
    made.begin = END - 2.0
    return made


def turn(kind: Kind = "short", response: float = 0.8, wait: float = 0.7, pause_s: float = 0.0) -> Turn:
    """One that goes as it should, its answer after `response` seconds."""
    stages: list[tuple[Event, float]] = [
        (StageFinished(1, "stt", "", 90.0), END + 0.3),
        (StageFinished(1, "stt", "", 80.0), END + 0.4),
        (SpeechEnded(), END + wait),
        (Transcript(1, "why is it?", ""), END + wait),
        (StageFinished(1, "llm", "", 60.0), END + wait),
        (StageFinished(1, "tts", "", 30.0), END + response),
        (AnswerStarted(), END + response),
        (StageFinished(1, "tts", "", 999.0), END + response + 1),
        (TurnEnded(1, "answered"), END + response + 5),
    ]
    work = [
        Work("stt", [(END + 0.25, END + 0.4)], 0.08),
        Work("llm", [(END + 0.4, END + 2.0)], 0.02),
        Work("tts", [(END + 0.5, END + response), (END + 2, END + 3)], 0.03),
    ]
    return Turn(utterance(kind, pause_s), stages, audible=END + response, work=work)


def exchange(kind: Kind = "short", response: float = 5.0) -> Exchange:
    spans = {"stt": (END + 0.8, END + 2.0), "llm": (END + 2.0, END + 4.0), "tts": (END + 4.0, END + response)}
    times = {name: (end - begin) * 1000 for name, (begin, end) in spans.items()}
    return Exchange(utterance(kind), END + 0.8, spans, times, END + response, over=True)


def test_a_response_is_a_wait_and_what_is_computed_beyond_it() -> None:
    found = timed(turn(response=0.9, wait=0.75))

    assert found is not None
    assert found.response == pytest.approx(900)
    assert found.wait == pytest.approx(750)
    assert found.compute == pytest.approx(150)


def test_of_drafts_the_last_counts_and_of_an_answers_parts_the_first() -> None:
    found = timed(turn())
    assert found is not None
    assert found.stages == {"wait": pytest.approx(700), "stt": 80.0, "llm": 60.0, "tts": 30.0}


def test_a_turn_that_was_opened_again_is_counted_from_its_last_end() -> None:
    opened = turn(wait=0.7)
    opened.events[:0] = [
        (SpeechEnded(), END - 0.5),
        (Transcript(1, "why", ""), END - 0.5),
        (SpeechStarted(), END - 0.4),
    ]
    found = timed(opened)

    assert not opened.cut_off
    assert found is not None
    assert found.wait == pytest.approx(700)


@pytest.mark.parametrize(
    "events",
    [
        [(AnswerStarted(), END - 0.1), (TurnEnded(1, "answered"), END + 2)],
        [(Transcript(1, "why", ""), END - 0.1), (AnswerStarted(), END + 0.5), (TurnEnded(1, "answered"), END + 2)],
    ],
)
def test_who_is_answered_before_having_said_all_is_cut_off(events: list[tuple[Event, float]]) -> None:
    cut = Turn(utterance(), events, audible=END + 0.5)
    assert cut.cut_off
    assert timed(cut) is None


@pytest.mark.parametrize("outcomes", [[], ["failed"], ["nothing_heard"], ["interrupted", "answered"]])
def test_turns_that_go_wrong_have_no_times(outcomes: Sequence[Any]) -> None:
    events: list[tuple[Event, float]] = [(TurnEnded(number, outcome), END) for number, outcome in enumerate(outcomes)]
    assert timed(Turn(utterance(), events, audible=END + 1)) is None


def test_an_answer_without_sound_has_no_times() -> None:
    silent = turn()
    silent.audible = None
    assert timed(silent) is None
    assert timed_exchange(Exchange(utterance(), END + 0.7, over=True)) is None


def test_the_sequential_chain_is_measured_alike() -> None:
    found = timed_exchange(exchange(response=5.0))
    assert found is not None
    assert [found.response, found.wait] == pytest.approx([5000, 800])
    assert timed_exchange(Exchange(utterance(), END - 0.2, {}, {}, END + 1, over=True)) is None


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_the_spread_lies_within_what_was_measured(values: list[float]) -> None:
    found = spread(values)
    assert found["n"] == len(values)
    assert found["p50"] is not None
    assert found["p90"] is not None
    assert found["max"] == pytest.approx(max(values), abs=0.1)
    assert min(values) - 0.1 <= found["p50"] <= found["p90"] <= max(values) + 0.1


def test_the_spread_of_nothing_is_nothing() -> None:
    assert spread([]) == {"p50": None, "p90": None, "max": None, "n": 0}


@pytest.mark.parametrize(("read", "extra"), [(9, 0.0), (5, 0.0), (30, 21.0)])
def test_extra_tokens_are_those_beyond_the_last_message_and_its_template(read: int, extra: float) -> None:
    asked = turn()
    asked.read = read
    asked.asked = [Message("system", "be kind"), Message("assistant", "Yes sir."), Message("user", "why is it?")]

    def prompt(messages: Sequence[Message]) -> str:
        return "".join(f" < {message.role} {message.content} >" for message in messages) + " < assistant"

    assert extra_tokens([asked, turn("command")], prompt, lambda text: len(text.split())) == extra


def test_without_turns_of_the_model_nothing_is_known_of_its_tokens() -> None:
    assert extra_tokens([turn("command")], lambda _: "", len) is None


ASKED = Answers([1.0, 2.0, 6.0], [90.0])


def whole(turns: Sequence[Turn], exchanges: Sequence[Exchange], asked: Answers = ASKED) -> dict[str, Any]:
    """A report with all its keys."""
    models = {kind: {"name": kind, "mb": 1.0} for kind in ("stt", "llm", "tts")} | {"set": "toy", "scripted": True}
    machine = {"processor": "A processor", "cpus": 2, "memory_mb": 4000, "profile": "mini-pc", "load": 0.5}
    beside = {"extra_tokens_per_turn": 0.0, "turns": 2, "models": models, "machine": machine}
    return report(turns, exchanges, ALONE) | answers(asked) | beside


def test_the_report_has_what_is_promised_and_is_json() -> None:
    turns = [turn(kind, response) for kind in ("command", "short") for response in (0.7, 0.9)]
    turns.append(Turn(utterance("long", 0.5), [(AnswerStarted(), END - 1)]))
    told = json.loads(json.dumps(whole(turns, [exchange("short", 4.0)])))

    assert told["response_ms"]["command"] == {"p50": 800.0, "p90": 880.0, "max": 900.0, "n": 2}
    assert told["compute_ms"]["short"]["p50"] == 100.0
    assert told["wait_ms"]["long"]["n"] == 0
    assert told["sequential_response_ms"]["short"] == {"p50": 4000.0, "p90": 4000.0, "max": 4000.0, "n": 1}
    assert told["stages_ms"] == {"wait": 700.0, "stt": 80.0, "llm": 60.0, "tts": 30.0}
    assert (told["false_cutoffs_percent"], told["pauses"], told["failed_turns"]) == (100.0, 1, 1)
    assert told["idle_cpu_percent"] == {"quiet": 1.5, "talk": 2.5}
    assert (told["start_to_listening_s"], told["memory_beyond_models_mb"]) == (1.23, 200.0)
    assert told["tts_first_sound_ratio"] == 0.333


def test_how_quickly_programs_are_answered_is_told_or_why_not() -> None:
    known, unknown = whole([turn()], []), whole([turn()], [], Answers(missing="There is no bus; make one."))

    assert known["bus_answer_ms"] == {"p50": 2.0, "p90": 5.2, "max": 6.0, "n": 3}
    assert "while it answers 2 ms, at most 6 ms" in " ".join(shown(known).split())
    assert unknown["voicectl_ms"]["n"] == 0
    assert "Not measured: the answers over D-Bus. There is no bus; make one." in shown(unknown)


def test_a_report_from_before_the_bus_was_measured_can_be_compared_with() -> None:
    old, new = whole([turn()], []), whole([turn()], [])
    for key in ("bus_answer_ms", "voicectl_ms", "bus_missing"):
        del old[key]
    assert ("voicectl status (ms)", None, 90.0, None) in table.ratios(old, new)
    assert "voicectl status (ms) – 90" in " ".join(shown(new, old).split())


def shown(told: dict[str, Any], old: dict[str, Any] | None = None) -> str:
    out = io.StringIO()
    console = Console(file=out, width=80)
    table.show(console, told)
    if old is not None:
        table.compare(console, old, told)
    return out.getvalue()


def test_the_table_has_a_row_for_each_kind_that_was_measured_in_eighty_columns() -> None:
    lines = shown(whole([turn("command", 0.8), turn("long", 10.0)], [exchange("long", 60.0)])).splitlines()

    assert "…" not in "".join(lines)
    assert [line.split() for line in lines if "known command" in line] == [
        ["known", "command", "800", "800", "800", "700", "100", "–", "–", "1"]
    ]
    assert [line.split()[2:] for line in lines if "four sentences" in line] == [
        ["10000", "10000", "10000", "700", "9300", "60000", "6.0", "×", "1"]
    ]
    assert not [line for line in lines if "one sentence" in line]


def test_of_turns_that_went_wrong_is_told_and_scripted_words_are_no_secret() -> None:
    told = shown(whole([turn(), Turn(utterance(), [])], []))
    assert "1 turns of voiced, 0 of the sequential chain" in " ".join(told.split())
    assert "have learnt nothing" in told


def test_names_in_brackets_are_shown_as_they_are() -> None:
    told = whole([turn()], [], Answers(missing="There is no bus [/here]; make one."))
    told["models"]["llm"]["name"] = "my [q4].gguf"
    assert "my [q4].gguf" in " ".join(shown(told).split())
    assert "no bus [/here]" in shown(told)


def test_two_reports_are_compared_figure_by_figure() -> None:
    old, new = whole([turn(response=1.0)], []), whole([turn(response=0.8)], [])
    new["machine"] = new["machine"] | {"cpus": 4, "load": 3.0}
    ratio = {name: ratio for name, _, _, ratio in table.ratios(old, new)}
    told = " ".join(shown(new, old).split())

    assert ratio["response, one sentence (ms)"] == pytest.approx(0.8)
    assert ratio["from the start to listening (s)"] == 1.0
    assert "response, known command (ms)" not in ratio
    assert "1000 800 0.80" in told
    assert "Not the same in both: the machine (cpus)." in told


def drawn(path: Path, turns: Sequence[Turn], exchanges: Sequence[Exchange]) -> list[str]:
    picture.draw(path, picture.panels(turns, exchanges), "a note")
    return [str(text.text) for text in ElementTree.parse(path).iter() if text.tag.endswith("text")]


def test_the_picture_shows_the_median_turn_of_each_side(tmp_path: Path) -> None:
    turns = [turn("short", response) for response in (0.9, 0.8, 3.0)]
    words = drawn(tmp_path / "p.svg", turns, [exchange("short", 4.5)])

    assert {"An answer of one sentence", "voiced", "one after the other", "a note"} <= set(words)
    assert "A known command" not in words
    assert "0.90 s" in words
    assert "4.50 s (5.0 ×)" in words
    assert words.count("language model") == 2
    assert {"80 ms", "30 ms", "700 ms"} <= set(words)


def test_the_same_turns_make_the_same_picture(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        drawn(tmp_path / name, [turn()], [exchange()])
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_picture_of_nothing_is_a_picture(tmp_path: Path) -> None:
    assert "a note" in drawn(tmp_path / "p.svg", [], [])
