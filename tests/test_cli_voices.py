"""`voiced voices`: what the list says, one in full, a sample, and mistakes explained."""

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile  # type: ignore[import-untyped]

from tests.home import home, live_in, place_for
from tests.test_cli import complaint
from voiced.audition import lacks, sample
from voiced.cli import main
from voiced.cli import voices as command
from voiced.compose import settle
from voiced.config import list_voices, load_voice
from voiced.models.catalogue import load_catalogue
from voiced.resources import voices_dir
from voiced.shapes.whisper import write_whisper

TEN_LINES = """\
like = "german"
description = "Deutsch, knapp"
wake_words = ["alexa"]
persona = "Du bist ein Sprachassistent. Antworte auf Deutsch, in so wenigen Wörtern wie möglich."

[speech]
speed = 1.2

[phrases]
failed = "Das ging nicht."
"""
"""As in docs/voices.md."""


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def write_own(folder: Path, name: str, text: str) -> Path:
    place = folder / ".config/voiced/voices" / f"{name}.toml"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_list_says_what_is_in_use_and_what_is_lacking(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices"]) == 0

    lines = {line.lstrip("● ").split(" ")[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert {"british", "default", "french", "german", "spanish", "terse", "warm"} <= lines.keys()
    assert [name for name, line in lines.items() if line.startswith("●  ")] == ["default"]
    assert lines["german"].split()[-3:] == ["hearing", "!,", "speaking"]
    assert "!" not in lines["warm"]


def test_for_programs_each_voice_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_own(tmp_path, "odd", 'like = "germn"')

    assert main(["voices", "--json"]) == 0

    told = {each["name"]: each for each in objects(capsys)}
    assert set(told) == {*list_voices([voices_dir()]), "odd"}
    assert told["odd"]["mistakes"] == [
        f'{tmp_path}/.config/voiced/voices/odd.toml: like: there is no other voice "germn"; did you mean `german`?'
    ]
    assert {lack["command"] for lack in told["french"]["lacks"]} == {
        "voiced models pull base", "voiced models pull fr_FR-mls-medium",
    }  # fmt: skip


def test_one_of_another_world_leaves_the_list_to_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settled, endless = home(tmp_path), "a" * 300
    place_for("wake", settled, "")
    place_for("tts", settled, "")
    write_own(tmp_path, "model", f'like = "default"\n[speech]\nmodel = "{endless}"')
    write_own(tmp_path, "word", f'like = "default"\nwake_words = ["{endless}", "/{endless}.onnx"]')

    assert main(["voices", "--json"]) == 0

    told = {each["name"]: [lack["stage"] for lack in each["lacks"]] for each in objects(capsys)}
    assert told["model"] == ["tts"]
    assert told["word"][:2] == ["wake", "wake"]
    assert "warm" in told


@pytest.mark.parametrize(("name", "what"), [("broken", "cannot be read"), ("gone", "does not exist")])
def test_where_the_configured_voice_cannot_be_used_the_others_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, what: str
) -> None:
    write_own(tmp_path, "broken", 'like = "defalt"')
    config = ["--config", str(write_config(tmp_path, f'voice = "{name}"'))]

    assert main(["voices", *config]) == 0
    out, error = capsys.readouterr()
    assert [line.split()[1] for line in out.splitlines() if line.startswith("●  ")] == ["broken"] * (name == "broken")
    assert error == f"The configured voice, {name}, {what}: voiced does not start with it.\n"
    assert main(["voices", "warm", "--json", *config]) == 0
    assert [each["in_use"] for each in objects(capsys)] == [False]
    assert main(["voices", "--check", *config]) == 78


def test_a_multilingual_recogniser_is_all_that_hearing_german_takes(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    write_whisper(place_for("stt", at_home, "base.en"))
    german = settle(write_config(tmp_path, 'voice = "german"'), None, {"HOME": str(tmp_path)})
    assert [lack.stage for lack in lacks(german)] == ["stt", "tts"]
    write_whisper(place_for("stt", at_home, "small"))
    assert [lack.stage for lack in lacks(german)] == ["tts"]


def write_config(folder: Path, text: str) -> Path:
    file = folder / "other.toml"
    file.write_text(text)
    return file


def test_one_voice_is_shown_in_full_and_says_how_to_get_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "german"]) == 0

    shown = capsys.readouterr().out
    for part in ("de (German)", "hey_jarvis", "de_DE-mls-medium; else espeak-ng's de", "Du bist ein Sprachassistent."):
        assert part in shown
    for phrase in ("Ich habe noch nichts gesagt.", "Dein Timer {name} ist abgelaufen."):
        assert phrase in shown
    assert "Nothing on this machine hears German; `voiced models pull base` gets a recogniser that does." in shown
    assert "`voiced models pull de_DE-mls-medium` gets it." in shown


@pytest.mark.parametrize("name", ["german", "british"])
def test_a_sample_is_spoken_in_the_language(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "--play", name, "-o", "sample.wav"]) == 0

    assert soundfile.info(tmp_path / "sample.wav").duration > 3
    assert ("espeak-ng" if name == "german" else "piper (starter)") in capsys.readouterr().out


def test_a_voice_of_ones_own_in_ten_lines_is_checked_to_its_engines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_own(tmp_path, "knapp", TEN_LINES)

    assert main(["voices", "--check", "--json", "knapp"]) == 1

    told = {each["stage"]: each for each in objects(capsys)}
    assert {stage: each["works"] for stage, each in told.items()} == {
        "wake": True, "commands": True, "stt": False, "tts": True,
    }  # fmt: skip
    assert "hears German" in told["stt"]["text"]
    assert told["wake"]["text"] == "alexa"


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("fr_FR-mls-medium", "The Piper voice fr_FR-mls-medium speaks French, not English; name another as model."),
        ("anna", "There is no Piper voice anna, neither here nor in the catalogue; put it there, or name another."),
        ("./anna.onnx", "piper cannot be used, so piper (starter) takes its place: "),
        ("en_US-norman-medium", ""),
    ],
)
def test_a_check_that_finds_something_else_in_a_models_place_fails_unless_it_only_has_to_be_pulled(
    tmp_path: Path, model: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write_own(tmp_path, "anna", f'like = "default"\n[speech]\nmodel = "{model}"')
    file.with_name("anna.onnx").write_bytes(b"This is no network.")

    assert main(["voices", "--check", "anna"]) == (1 if sentence else 0)

    told, complaints = capsys.readouterr()
    assert "● speaking: piper (starter)\n" in told
    assert told.count(sentence) == 1 or not sentence
    assert ("`voiced models pull en_US-norman-medium` gets what speaking lacks." in told) == (not sentence)
    spoken = "anna can be used, but not as it is meant: mend what is told above.\n"
    assert complaints == (spoken if sentence else "")


def test_the_ten_lines_stand_in_the_documentation() -> None:
    page = Path(__file__).parent.parent / "docs/voices.md"
    assert f"```toml\n{TEN_LINES}```" in page.read_text(encoding="utf-8")


def test_every_mistake_in_a_file_is_told_with_its_key(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(TEN_LINES.replace("speed = 1.2", 'speed = 9\nespaek = "de"').replace('["alexa"]', '"alexa"'))

    assert main(["voices", "--check", str(file)]) == 78

    lines = capsys.readouterr().err.removeprefix("voiced: ").splitlines()
    assert [line.removeprefix(f"{file}: ").split(":")[0] for line in lines] == [
        "wake_words", "speech.speed", "speech.espaek",
    ]  # fmt: skip
    assert lines[-1].endswith("did you mean `espeak`?")


def test_what_can_be_read_but_does_not_fit_together_is_told_too(tmp_path: Path) -> None:
    write_own(tmp_path, "halb", 'like = "default"\nlanguage = "de"\nwake_words = ["hey_jarviss"]')
    texts = [
        lack.text for lack in lacks(settle(write_config(tmp_path, 'voice = "halb"'), None, {"HOME": str(tmp_path)}))
    ]

    assert texts[0].startswith('There is no wake word "hey_jarviss"; did you mean "hey_jarvis"?')
    assert texts[1:3] == [
        "All phrases are still those of `default`, in English; write your own.",
        "The persona is still that of `default`, in English; write your own.",
    ]
    assert texts[4] == "The Piper voice en_US-kristin-medium speaks English, not German; name another as model."


def test_a_language_without_commands_is_told_of_without_loading_anything(tmp_path: Path) -> None:
    write_own(tmp_path, "pirata", TEN_LINES.replace('like = "german"', 'like = "german"\nlanguage = "it"'))
    found = lacks(settle(write_config(tmp_path, 'voice = "pirata"'), None, {"HOME": str(tmp_path)}))
    assert found[0].text == (
        "There are no commands in Italian; choose a language that has some: German, English, Spanish, French."
    )
    assert [lack.stage for lack in found] == ["commands", "text", "text", "stt", "tts", "tts"]
    assert found[2].text.startswith("The phrases no_model, not_understood, ")


@pytest.mark.parametrize(
    ("language", "speech", "sentence"),
    [
        ("fr", "", 'espeak-ng would speak German, not French; write espeak = "fr" into [speech].'),
        ("fr", 'espeak = "fr-be"', ""),
        ("fr", 'espeak = "mb-fr1"', ""),
        ("en", "", 'espeak-ng would speak German, not English; write espeak = "en-us" into [speech].'),
        ("de-AT", "", ""),
    ],
)
def test_an_inherited_voice_of_espeak_has_to_fit_the_language(
    tmp_path: Path, language: str, speech: str, sentence: str
) -> None:
    write_own(tmp_path, "enfant", f'like = "german"\nlanguage = "{language}"\n[speech]\n{speech}')
    setting = settle(write_config(tmp_path, 'voice = "enfant"'), None, {"HOME": str(tmp_path)})
    assert [lack.text for lack in lacks(setting) if "espeak" in lack.text] == ([sentence] if sentence else [])


def test_a_check_tells_what_the_trial_does_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'like = "british"\nwake_words = ["hey_jarvis", "timer"]\n[speech]\nespeak = "de"'
    write_own(tmp_path, "odd", text)

    assert main(["voices", "--check", "odd"]) == 1

    told = capsys.readouterr().out
    assert 'One of them stands for several phrases, such as "1 minute timer"' in told
    assert told.count("espeak-ng would speak German, not English") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["voices", "germn"], 'voiced: There is no voice "germn"; did you mean `german`?'),
        (["voices", "--check", "/nowhere.toml"], "voiced: /nowhere.toml: cannot be read (No such file or directory)"),
        (["voices", "-o", "x.wav"], "voiced: -o is where --play writes; give both, or none."),
    ],
)
def test_nonsense_is_one_sentence(arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) != 0
    assert complaint(capsys).startswith(sentence.removeprefix("voiced: "))


@pytest.mark.parametrize("name", sorted(list_voices([voices_dir()])))
def test_every_voice_that_comes_along_can_be_completed_with_free_models(name: str) -> None:
    voice, catalogue = load_voice(name, [voices_dir()]), load_catalogue()
    assert voice.speech.model is not None
    entry = catalogue[voice.speech.model]
    assert entry.free
    assert entry.speaks(voice.base_language)


def test_the_sample_of_a_language_without_commands_is_its_phrases() -> None:
    from dataclasses import replace
    from datetime import datetime

    voice = replace(load_voice("default", [voices_dir()]), language="it")
    assert sample(voice, datetime(2026, 11, 3, 15, 5)) == "Your timer is over. Sorry, I did not understand that."


def test_stages_have_names_for_people() -> None:
    assert set(command.STAGES) == {"wake", "commands", "stt", "text", "tts"}
