"""Taking the wake word off a transcript."""

import pytest

from voiced.wakeword import spoken_form, without_wake_word


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Hey Jarvis, set a timer for five minutes.", "set a timer for five minutes."),
        ("hey jarvis what time is it", "what time is it"),
        ("Hey, Jarvis! What's the date?", "What's the date?"),
        ("jarvis stop", "stop"),
        ("hey jarvas stop", "stop"),
        ("Hey Jarvis.", ""),
        ("hey john this is nice", "hey john this is nice"),
        ("set a timer", "set a timer"),
        ("", ""),
        ("…", "…"),
    ],
)
def test_the_wake_word_is_taken_off_the_beginning(text: str, rest: str) -> None:
    assert without_wake_word(text, ["hey_jarvis"]) == rest


def test_any_of_several_wake_words_is_taken_off() -> None:
    assert without_wake_word("Alexa, stop", ["hey_jarvis", "alexa"]) == "stop"


def test_only_the_beginning_counts() -> None:
    assert without_wake_word("who is hey jarvis", ["hey_jarvis"]) == "who is hey jarvis"


def test_a_model_file_is_spoken_by_its_name() -> None:
    assert spoken_form("/home/me/models/ok_computer_v0.2.onnx") == "ok computer"
