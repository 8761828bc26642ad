"""Voices: those in the repository, and a user's own."""

import string
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voiced.config import load_voice
from voiced.errors import ConfigError
from voiced.intents.grammar import languages

SHIPPED = Path(__file__).parent.parent / "voices"
NAMES = sorted(file.stem for file in SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_every_voice_of_the_repository_loads(name: str) -> None:
    voice = load_voice(name, [SHIPPED])
    assert voice.name == name
    assert voice.description
    for phrase in asdict(voice.phrases).values():
        filled = phrase.format_map(dict.fromkeys(("name", "time", "wanted", "used"), "Filling"))
        assert not set(filled) & set("{}")
        assert filled[-1] in ".?!"


@pytest.mark.parametrize("name", NAMES)
def test_a_voice_of_the_repository_needs_no_download_to_wake(name: str) -> None:
    import openwakeword  # type: ignore[import-untyped]

    bundled = {path.split("/")[-1].split("_v0")[0] for path in openwakeword.get_pretrained_model_paths()}
    assert set(load_voice(name, [SHIPPED]).wake_words) <= bundled


def test_there_is_a_voice_for_every_manner_and_language() -> None:
    spoken = {name: load_voice(name, [SHIPPED]).language for name in NAMES}
    assert spoken == {
        "british": "en-GB", "default": "en", "french": "fr", "german": "de", "spanish": "es", "terse": "en",
        "warm": "en",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_voice_of_the_repository_is_complete_in_its_language(name: str) -> None:
    voice = load_voice(name, [SHIPPED])
    assert voice.base_language in languages()
    assert voice.espeak == {"en": "en-us", "en-GB": "en-gb"}.get(voice.language, voice.language)
    if voice.base_language != "en":
        assert voice.like is None  # so that nothing in it is left in English


def test_espeak_speaks_the_language_unless_the_voice_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('like = "default"\nlanguage = "pt-BR"')
    (tmp_path / "b.toml").write_text('like = "british"\nlanguage = "en"')
    assert load_voice("a", [tmp_path, SHIPPED]).espeak == "pt-br"
    assert load_voice("b", [tmp_path, SHIPPED]).espeak == "en-gb"


def test_a_users_own_voice_wins(tmp_path: Path) -> None:
    (tmp_path / "terse.toml").write_text('like = "default"\npersona = "Mine."')
    assert load_voice("terse", [tmp_path, SHIPPED]).persona == "Mine."


def test_a_voice_says_only_what_differs_from_another(tmp_path: Path) -> None:
    (tmp_path / "fast.toml").write_text('like = "default"\n[speech]\nspeed = 1.5\n[phrases]\nfailed = "Oops."')
    default, fast = load_voice("default", [SHIPPED]), load_voice("fast", [tmp_path, SHIPPED])
    assert (fast.name, fast.speech.speed, fast.phrases.failed) == ("fast", 1.5, "Oops.")
    assert (fast.persona, fast.speech.model) == (default.persona, default.speech.model)
    assert fast.phrases.no_model == default.phrases.no_model


def test_a_users_default_may_be_like_the_one_that_it_replaces(tmp_path: Path) -> None:
    (tmp_path / "default.toml").write_text('like = "default"\nwake_words = ["alexa"]')
    voice = load_voice("default", [tmp_path, SHIPPED])
    assert voice.wake_words == ("alexa",)
    assert voice.phrases == load_voice("default", [SHIPPED]).phrases


def test_voices_that_are_like_each_other_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('like = "b"')
    (tmp_path / "b.toml").write_text('like = "a"')
    with pytest.raises(ConfigError, match=r'b\.toml: like: there is no other voice "a"'):
        load_voice("a", [tmp_path])


def test_a_relative_model_starts_at_the_folder_of_the_voice(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('like = "default"\nwake_words = ["w.onnx"]\n[speech]\nmodel = "v.onnx"')
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "other.toml").write_text('like = "mine"')
    voice = load_voice("other", [tmp_path / "child", tmp_path, SHIPPED])
    assert voice.wake_words == (str(tmp_path / "w.onnx"),)
    assert voice.speech.model == str(tmp_path / "v.onnx")


def test_a_language_as_the_system_writes_it_is_answered_with_how_it_is_written_here(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('like = "default"\nlanguage = "en_GB"')
    with pytest.raises(ConfigError, match=r'language: "en_GB" is not understood; did you mean "en-GB"\?$'):
        load_voice("a", [tmp_path, SHIPPED])


def test_an_unknown_name_is_answered_with_a_similar_one() -> None:
    with pytest.raises(ConfigError, match=r'^There is no voice "ters"; did you mean `terse`\?$'):
        load_voice("ters", [SHIPPED])


def test_an_unknown_name_is_answered_with_all_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"choose one of .*`default`.*`terse`"):
        load_voice("xyzzy", [SHIPPED])


def test_a_name_is_never_a_path(tmp_path: Path) -> None:
    (tmp_path / "secret.toml").write_text((SHIPPED / "default.toml").read_text())
    (tmp_path / "voices").mkdir()
    with pytest.raises(ConfigError, match="There is no voice"):
        load_voice("../secret", [tmp_path / "voices"])


def test_all_mistakes_of_a_voice_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        'like = "default"\nlanguage = "English"\nname = "bad"\npersona = " "\n'
        '[speech]\nspeed = 9\n[phrases]\nnamed_timer_ended = "{nmae}"\nfailed = "{"\nmissed_timer = "{time.x}"\n'
        "[chimes]\nwake_hz = [20]\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_voice("bad", [tmp_path, SHIPPED])
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{file}: ") for line in lines)
    assert sorted(line.removeprefix(f"{file}: ").split(": ")[0] for line in lines) == [
        "chimes.wake_hz[0]",
        "language",
        "name",
        "persona",
        "phrases.failed",
        "phrases.missed_timer",
        "phrases.named_timer_ended",
        "speech.speed",
    ]


def test_what_a_voice_must_say_is_told_when_it_is_missing(tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("[phrases]\n")
    with pytest.raises(ConfigError) as caught:
        load_voice("empty", [tmp_path])
    text = str(caught.value)
    for key in ("language", "wake_words", "persona", "phrases.failed", "phrases.no_model"):
        assert f": {key}: is missing; add it." in text


def test_a_folder_that_is_named_like_a_voice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").mkdir()
    with pytest.raises(ConfigError, match="Is a directory"):
        load_voice("odd", [tmp_path])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.text(st.sampled_from("ab{}!:.[]0 "), max_size=12))
def test_a_phrase_that_is_accepted_can_be_filled_in(tmp_path: Path, phrase: str) -> None:
    (tmp_path / "odd.toml").write_text(f'like = "default"\n[phrases]\nnamed_timer_ended = "{phrase}"')
    try:
        voice = load_voice("odd", [tmp_path, SHIPPED])
    except ConfigError:
        return
    assert {name for _, name, _, _ in string.Formatter().parse(phrase)} <= {None, "name"}
    voice.phrases.named_timer_ended.format(name="pizza")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.binary(max_size=100))
def test_nonsense_is_no_voice(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.toml").write_bytes(content)
    with pytest.raises(ConfigError):
        load_voice("odd", [tmp_path, SHIPPED])
