"""Sentences about music: who is told what, and what is answered."""

from pathlib import Path

import pytest

from voiced.clock import SystemClock
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.stages import MediaOrder


class Radio:
    """Plays, or does not."""

    def __init__(self, *, plays: bool) -> None:
        self.told: list[MediaOrder] = []
        self._plays = plays

    def order(self, order: MediaOrder) -> bool:
        self.told.append(order)
        return self._plays


def answered(folder: Path, text: str, radio: Radio | None, language: str = "en") -> str:
    commands = HassilCommands(language, Timers(folder / "timers.sqlite", SystemClock()), SystemClock(), media=radio)
    command = commands.match(text)
    assert command is not None, text
    return commands.perform(command, 0.8).text


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("pause the music", "Pause"),
        ("please stop the music", "Pause"),
        ("resume the music", "Play"),
        ("next song", "Next"),
        ("skip this track", "Next"),
        ("previous song", "Previous"),
        ("go back to the last song", "Previous"),
        ("pause playback", "Pause"),
        ("turn the radio off", "Pause"),
        ("continue playing", "Play"),
        ("play some music", "Play"),
        ("play the next one", "Next"),
    ],
)
def test_a_sentence_about_music_reaches_the_player(tmp_path: Path, text: str, order: str) -> None:
    radio = Radio(plays=True)
    assert answered(tmp_path, text, radio)
    assert radio.told == [order]


@pytest.mark.parametrize(
    ("language", "text", "order"),
    [
        ("de", "Wiedergabe pausieren", "Pause"),
        ("de", "Mach die Musik aus", "Pause"),
        ("de", "Spiel weiter", "Play"),
        ("de", "Lied überspringen", "Next"),
        ("fr", "Pause la musique", "Pause"),
        ("fr", "Mets de la musique", "Play"),
        ("fr", "Chanson suivante", "Next"),
        ("es", "Quita la música", "Pause"),
        ("es", "Pon música", "Play"),
        ("es", "Pon la siguiente canción", "Next"),
    ],
)
def test_so_does_one_in_another_language(tmp_path: Path, language: str, text: str, order: str) -> None:
    radio = Radio(plays=True)
    assert answered(tmp_path, text, radio, language)
    assert radio.told == [order]


def test_where_nothing_plays_it_says_so(tmp_path: Path) -> None:
    assert answered(tmp_path, "next song", Radio(plays=False)) == "Nothing is playing."
    assert answered(tmp_path, "pause the music", None) == "Nothing is playing."
    assert answered(tmp_path, "resume the music", None) == "There is nothing to resume."


@pytest.mark.parametrize("text", ["stop", "pause", "stop playing", "be quiet"])
def test_silence_is_wished_of_the_assistant_and_not_of_the_music(tmp_path: Path, text: str) -> None:
    commands = HassilCommands("en", Timers(tmp_path / "timers.sqlite", SystemClock()), SystemClock())
    command = commands.match(text)
    assert command is not None
    assert command.stops


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "play chess with me"), ("en", "start the timer"), ("de", "mach die Musik lauter"), ("es", "apaga la luz")],
)
def test_what_sounds_like_it_is_left_alone(tmp_path: Path, language: str, text: str) -> None:
    commands = HassilCommands(language, Timers(tmp_path / "timers.sqlite", SystemClock()), SystemClock())
    command = commands.match(text)
    assert command is None or "Media" not in command.intent
