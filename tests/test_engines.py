"""Which engine works: the first of its row that loads, on real models of the right shape, whole and damaged."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests import speech
from tests.home import home, install_ears, install_model, install_starters, install_voice, place_for
from tests.wakes import write_wake
from voiced.clock import SystemClock
from voiced.compose import commands_of
from voiced.config import load_voice
from voiced.engines import WAKE_WORD, Engines
from voiced.errors import EngineError
from voiced.resources import voices_dir
from voiced.setting import Setting
from voiced.shapes.gguf import write_talker
from voiced.shapes.piper import write_piper
from voiced.shapes.whisper import write_whisper
from voiced.stages import Message, Recogniser


def recogniser(engines: Engines) -> Recogniser:
    with commands_of(engines.setting, SystemClock()) as (commands, _):
        return engines.recogniser(commands)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_without_any_model_what_comes_with_voiced_works_and_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engines = Engines(home(tmp_path))

    assert recogniser(engines).name == "pocketsphinx"
    assert engines.model() is None
    assert engines.synthesiser().name == "espeak-ng"
    assert engines.replaced == []
    assert warnings(caplog) == []


def test_installed_models_are_used(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_ears(at_home, "what time is it")
    install_model(at_home, "All is well.")
    install_voice(at_home)
    engines = Engines(at_home)

    ears, model, voice = recogniser(engines), engines.model(), engines.synthesiser()

    assert (ears.name, voice.name) == ("faster-whisper", "piper")
    assert ears.transcribe(speech.say("What time is it?")).text == "what time is it"
    assert model is not None
    assert "".join(model.stream([Message("user", "How are you?")])) == "All is well."
    assert sum(sound.seconds for sound in voice.synthesise("hello there")) > 0.2
    assert engines.replaced == []


def test_starter_models_are_used_where_nothing_is_installed_and_say_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "wot time is it", "All is well.")
    engines = Engines(at_home)

    ears, model, voice = recogniser(engines), engines.model(), engines.synthesiser()

    assert model is not None
    names = (ears.name, model.name, voice.name)
    assert names == ("faster-whisper (starter)", "llama.cpp (starter)", "piper (starter)")
    assert engines.advice(*names).startswith("Starter models are small; ")
    assert engines.advice(*names).endswith("/models/{stt,llm,tts}, and they take over.")
    assert engines.replaced == []
    assert warnings(caplog) == []


def test_what_makes_a_voice_load_faster_is_kept_in_the_cache(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_voice(at_home)

    Engines(at_home).synthesiser()

    (kept,) = (at_home.paths.cache / "piper").iterdir()
    assert {each.name for each in kept.iterdir()} >= {"encoder.onnx", "decoder.onnx"}


def test_the_starter_recogniser_has_a_second_witness(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "wot dime is it", "All is well.")

    assert recogniser(Engines(at_home)).transcribe(speech.say("What time is it?")).text == "what time is it"


def test_installed_models_take_over_from_starters_whatever_their_names(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "hello", "All is well.")
    write_whisper(place_for("stt", at_home, "my-whisper"), says="good evening")
    write_talker(place_for("llm", at_home, "my-model.gguf"), "I am a big one.")
    write_piper(place_for("tts", at_home, "en_GB-somebody-medium.onnx"))
    engines = Engines(at_home)

    ears, model, voice = recogniser(engines), engines.model(), engines.synthesiser()

    assert model is not None
    names = (ears.name, model.name, voice.name)
    assert names == ("faster-whisper", "llama.cpp", "piper")
    assert engines.advice(*names) == ""
    assert ears.transcribe(speech.say("Good evening.")).text == "good evening"
    assert "".join(model.stream([Message("user", "Who are you?")])) == "I am a big one."


def test_a_damaged_model_is_replaced_by_the_starter(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "hello", "All is well.")
    damage(install_model(at_home, "I am a big one."), "half")
    engines = Engines(at_home)

    model = engines.model()

    assert model is not None
    assert model.name == "llama.cpp (starter)"
    assert [each.used for each in engines.replaced] == ["llama.cpp (starter)"]
    assert len(warnings(caplog)) == 1


def test_behind_damaged_starters_stand_pocketsphinx_and_espeak(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "hello", "All is well.")
    for name in ("recogniser/model.bin", "language.gguf", "voice.onnx"):
        damage(at_home.starter / name, "half")
    engines = Engines(at_home)

    assert recogniser(engines).name == "pocketsphinx"
    assert engines.model() is None
    assert engines.synthesiser().name == "espeak-ng"
    assert len(engines.replaced) == 3


def test_where_there_is_no_room_for_models_none_is_loaded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    at_home = home(tmp_path, 'profile = "raspberry-pi-zero-2-w"')
    install_starters(at_home, "hello", "All is well.")
    write_whisper(place_for("stt", at_home, "tiny.en"), says="hello")
    write_talker(place_for("llm", at_home, "my-model.gguf"), "I am a big one.")
    install_voice(at_home)
    engines = Engines(at_home)

    assert recogniser(engines).name == "pocketsphinx"
    assert engines.model() is None
    assert engines.synthesiser().name == "espeak-ng"
    no_room = "The profile raspberry-pi-zero-2-w has no room for a language model, so that only commands are answered."
    assert engines.health() == {"wake": "ok", "stt": "ok", "llm": no_room, "tts": "ok"}
    assert engines.replaced == []
    assert warnings(caplog) == []


def test_a_model_that_config_toml_names_is_loaded_whatever_the_profile_says(tmp_path: Path) -> None:
    config = 'profile = "raspberry-pi-zero-2-w"\n[stt]\nmodel = "tiny.en"\n[llm]\nmodel = "my-model"\n'
    at_home = home(tmp_path, f'{config}[tts]\nmodel = "en_GB-somebody-medium"')
    write_whisper(place_for("stt", at_home, "tiny.en"), says="good evening")
    write_talker(place_for("llm", at_home, "my-model.gguf"), "I am a big one.")
    write_piper(place_for("tts", at_home, "en_GB-somebody-medium.onnx"))
    engines = Engines(at_home)

    model = engines.model()
    assert model is not None
    assert (recogniser(engines).name, engines.synthesiser().name) == ("faster-whisper", "piper")
    assert engines.health() == dict.fromkeys(("wake", "stt", "llm", "tts"), "ok")


def test_a_profile_with_a_graphics_processor_works_without_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """CTranslate2 and llama.cpp are asked what they can, so that the profile is right wherever it is chosen."""
    at_home = home(tmp_path, 'profile = "desktop-nvidia"')
    install_ears(at_home, "what time is it")
    install_model(at_home, "All is well.")
    engines = Engines(at_home)

    ears, model = recogniser(engines), engines.model()

    assert model is not None
    assert ears.transcribe(speech.say("What time is it?")).text == "what time is it"
    assert "".join(model.stream([Message("user", "How are you?")])) == "All is well."
    assert warnings(caplog) == []


def test_starters_are_not_for_other_languages(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "hello", "All is well.")
    german = replace(at_home, voice=replace(at_home.voice, language="de"))

    assert Engines(german).model() is None
    assert Engines(german).synthesiser().name == "espeak-ng"


def damage(path: Path, how: str) -> None:
    """Leaves half of a file, or another, or nothing of it."""
    whole = path.read_bytes()
    path.write_bytes({"half": whole[: len(whole) // 2], "text": b"This is no model.\n", "empty": b""}[how])


@pytest.mark.parametrize("how", ["half", "text", "empty"])
@pytest.mark.parametrize("stage", ["stt", "llm", "tts"])
def test_a_damaged_model_is_told_of_in_one_sentence_and_the_next_engine_takes_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, stage: str, how: str
) -> None:
    at_home = home(tmp_path)
    engines = Engines(at_home)
    if stage == "stt":
        damage(install_ears(at_home, "hello") / "model.bin", how)
        wanted, used = "faster-whisper", recogniser(engines).name
        assert used == "pocketsphinx"
    elif stage == "llm":
        damage(install_model(at_home, "Hello."), how)
        wanted, used = "llama.cpp", ""
        assert engines.model() is None
    else:
        damage(install_voice(at_home), how)
        wanted, used = "piper", engines.synthesiser().name
        assert used == "espeak-ng"

    [replaced] = engines.replaced
    assert (replaced.stage, replaced.wanted, replaced.used) == (stage, wanted, used)
    [sentence] = warnings(caplog)
    assert sentence.startswith(f"{wanted} cannot be used, so {used or 'nothing'} takes its place: ")
    assert sentence.endswith(f"{replaced.reason}")
    assert replaced.reason.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("section", "stage", "used"), [("stt", "stt", "pocketsphinx"), ("llm", "llm", ""), ("tts", "tts", "espeak-ng")]
)
def test_a_model_that_was_asked_for_and_is_not_there_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, section: str, stage: str, used: str
) -> None:
    engines = Engines(home(tmp_path, f'[{section}]\nmodel = "grand"'))
    load: dict[str, Callable[[], object]] = {
        "stt": lambda: recogniser(engines), "llm": engines.model, "tts": engines.synthesiser,
    }  # fmt: skip
    load[section]()

    assert [(each.stage, each.wanted, each.used) for each in engines.replaced] == [(stage, "grand", used)]
    assert len(warnings(caplog)) == 1


def test_the_configuration_says_which_engine_comes_first(tmp_path: Path) -> None:
    at_home = home(tmp_path, '[tts]\nengines = ["espeak-ng", "piper"]')
    install_voice(at_home)

    assert Engines(at_home).synthesiser().name == "espeak-ng"


def test_when_nothing_is_left_there_is_one_error_and_the_reasons_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at_home = home(tmp_path, '[tts]\nengines = ["piper"]')
    damage(install_voice(at_home), "text")
    engines = Engines(at_home)

    with pytest.raises(EngineError, match=r"^There is no working synthesiser: .*\.$"):
        engines.synthesiser()
    assert [(each.wanted, each.used) for each in engines.replaced] == [("piper", "")]
    assert "nothing takes its place" in warnings(caplog)[0]


def test_a_stage_is_asked_for_again_without_being_told_of_twice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    at_home = home(tmp_path)
    damage(install_voice(at_home), "half")
    engines = Engines(at_home)
    engines.synthesiser()
    engines.model()

    assert len(engines.replaced) == len(warnings(caplog)) == 1


def test_a_damaged_wake_word_is_left_out_and_the_others_are_listened_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "computer.onnx").write_bytes(b"This is no network.")
    engines = Engines(home(tmp_path, 'wake_words = ["./computer.onnx", "alexa"]'))

    engines.wake()

    assert engines.wake_words == ("alexa",)
    assert [(each.stage, each.used) for each in engines.replaced] == [("wake", "alexa")]
    assert "so alexa takes its place" in warnings(caplog)[0]


def test_without_any_working_wake_word_the_bundled_one_is_listened_for(tmp_path: Path) -> None:
    (tmp_path / "computer.onnx").write_bytes(b"This is no network.")
    engines = Engines(home(tmp_path, 'wake_words = ["./computer.onnx"]'))

    engines.wake()

    assert engines.wake_words == (WAKE_WORD,)
    assert [each.used for each in engines.replaced] == [WAKE_WORD]


def test_an_installed_wake_word_is_listened_for_by_its_name(tmp_path: Path) -> None:
    at_home = home(tmp_path, 'wake_words = ["computer", "alexa"]')
    write_wake(place_for("wake", at_home, "computer.onnx"))
    engines = Engines(at_home)

    engines.wake()

    assert engines.wake_words == ("computer", "alexa")
    assert engines.replaced == []


def speaking(setting: Setting, voice: str) -> Setting:
    return replace(setting, voice=load_voice(voice, [voices_dir()]))


@pytest.mark.parametrize(("voice", "language"), [("german", "German"), ("french", "French"), ("spanish", "Spanish")])
def test_where_nothing_hears_the_language_one_sentence_says_what_does(
    tmp_path: Path, voice: str, language: str
) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "what time is it", "All is well.")
    install_ears(at_home, "what time is it")
    sentence = f"Nothing on this machine hears {language}; `voiced models pull base` gets a recogniser that does."
    with pytest.raises(EngineError, match=f"^{sentence}$"):
        recogniser(Engines(speaking(at_home, voice)))


def test_an_english_recogniser_that_was_asked_for_by_name_is_not_used_for_german(tmp_path: Path) -> None:
    at_home = home(tmp_path, '[stt]\nmodel = "tiny.en"\n')
    write_whisper(place_for("stt", at_home, "tiny.en"), says="what time is it")
    engines = Engines(speaking(at_home, "german"))
    with pytest.raises(EngineError, match=r"^The recogniser tiny\.en of config\.toml does not hear German here; .*\.$"):
        recogniser(engines)
    assert "hears English only" in engines.replaced[0].reason
    assert not engines.candidates.hears()


def test_a_voice_speaks_with_espeak_in_its_own_language_where_it_has_no_piper_voice(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    install_starters(at_home, "what time is it", "All is well.")
    install_voice(at_home)
    for voice in ("german", "french", "spanish"):
        assert Engines(speaking(at_home, voice)).synthesiser().name == "espeak-ng"
    assert Engines(speaking(at_home, "british")).synthesiser().name == "piper"
