"""`voiced ask`: commands and questions in writing."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.home import home, install_model, live_in
from voiced.cli import main

Ask = Callable[..., list[dict[str, object]]]


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    def run(*texts: str) -> list[dict[str, object]]:
        assert main(["ask", "--json", *texts]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def test_each_text_is_answered_in_one_object_per_line(ask: Ask) -> None:
    first, second = ask("set a timer for five minutes", "cancel the timer")

    assert list(first) == ["text", "reply", "by", "ms"]
    assert first["text"] == "set a timer for five minutes"
    assert (first["reply"], first["by"]) == ("Timer set for 5 minutes.", "HassStartTimer")
    assert (second["reply"], second["by"]) == ("Timer cancelled.", "HassCancelTimer")
    assert isinstance(first["ms"], float)


def test_what_is_set_is_there_the_next_time(ask: Ask) -> None:
    ask("set a pizza timer for two hours")

    assert "pizza" in str(ask("which timers are there")[0]["reply"])


def test_later_texts_refer_to_earlier_ones(ask: Ask) -> None:
    first, again = ask("set a timer for five minutes", "repeat that")

    assert again["reply"] == first["reply"]


def test_the_wake_word_may_be_typed_as_it_is_said(ask: Ask) -> None:
    assert ask("Hey Jarvis, set a timer for five minutes.")[0]["by"] == "HassStartTimer"


@pytest.fixture
def steady(tmp_path: Path) -> None:
    """The model's likeliest words, and not others each time."""
    configured = tmp_path / ".config" / "voiced" / "config.toml"
    configured.parent.mkdir(parents=True, exist_ok=True)
    configured.write_text("[llm]\ntemperature = 0\n")


@pytest.mark.usefixtures("steady")
def test_a_question_without_an_installed_model_goes_to_the_starter(ask: Ask) -> None:
    [who, match, capital] = ask("who are you", "who won the match yesterday", "what is the capital of france")

    assert {told["by"] for told in (who, match, capital)} == {"llm"}
    assert "voiced" in str(who["reply"])
    assert "don't know" in str(match["reply"])
    assert "Paris" in str(capital["reply"])


@pytest.mark.usefixtures("steady")
@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("WHAT IS THE CAPITAL OF NORWAY?", "Oslo"),
        ("WHICH DAY COMES AFTER TUESDAY?", "Wednesday"),
        ("WHAT COLOR IS A LEMON?", "yellow"),
        ("WHAT DOES A COW EAT?", "cow eats grass"),
    ],
)
def test_the_starter_is_not_shouted_at(ask: Ask, text: str, answer: str) -> None:
    assert answer in str(ask(text)[0]["reply"])


def test_a_question_goes_to_the_installed_model(ask: Ask, tmp_path: Path) -> None:
    install_model(home(tmp_path), "Because of the air. Look up!")

    assert [(told["reply"], told["by"]) for told in ask("why is the sky blue")] == [
        ("Because of the air. Look up!", "llm")
    ]


@pytest.mark.usefixtures("steady")
def test_a_damaged_model_is_told_of_and_the_starter_takes_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    install_model(home(tmp_path), "Hello.").write_bytes(b"GGUF and nothing else")

    assert main(["ask", "set a timer for five minutes", "who are you"]) == 0
    timer, answer = capsys.readouterr().out.splitlines()
    assert timer == "Timer set for 5 minutes."
    assert "voiced" in answer
    [sentence] = [record.getMessage() for record in caplog.records]
    assert sentence.startswith("llama.cpp cannot be used, so llama.cpp (starter) takes its place: ")


def test_answers_for_people_are_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "set a timer for five minutes", "never mind"]) == 0
    assert capsys.readouterr().out == "Timer set for 5 minutes.\n\n"


@pytest.mark.parametrize("text", ["", " ", ".", "…", "\n"])
def test_a_text_without_words_is_one_sentence_and_nothing_is_answered(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", "set a timer for five minutes", text]) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert error == "voiced: There is nothing to answer in an empty text; give some words.\n"


def test_a_megabyte_of_text_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install_model(home(tmp_path), "Hello.")

    assert main(["ask", "why " * 250_000]) == 1
    _, error = capsys.readouterr()
    assert error.count("\n") == 1
    assert "too long" in error
    assert len(error) < 300
