"""The catalogue: every entry whole, every profile's and voice's model in it, and what is recommended is free."""

import hashlib
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from voiced.config.voice import list_voices, load_voice
from voiced.errors import ConfigError, ModelError
from voiced.hardware import load_profiles
from voiced.models import Kind
from voiced.models.catalogue import FILE, Entry, HubFile, find_entry, load_catalogue, load_wake_words, recommended
from voiced.resources import hardware_dir, voices_dir
from voiced.wake import bundled_words

CATALOGUE = load_catalogue()
ENGLISH: dict[Kind, str | None] = {"stt": None, "llm": None, "tts": None}


def test_it_has_something_for_everybody() -> None:
    assert len(CATALOGUE) >= 20
    assert {entry.kind for entry in CATALOGUE.values()} == {"stt", "llm", "tts"}
    for language in ("en", "de", "fr", "es"):
        for kind in ("stt", "llm", "tts"):
            found = [e for e in CATALOGUE.values() if e.kind == kind and e.speaks(language) and e.free]
            assert found, f"{language} {kind}"


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)
def test_every_entry_says_what_is_known_of_it(entry: Entry) -> None:
    assert entry.source
    assert entry.licence
    assert entry.size > 1_000_000
    assert entry.kind == "tts" or entry.memory_mb > entry.size / 2_000_000, "weights may be halved, not less"
    assert entry.pinned or "pinned at the first pull" in entry.source
    assert entry.kind != "tts" or entry.name.startswith(tuple(f"{language}_" for language in entry.languages))
    assert entry.kind != "stt" or entry.name.endswith(".en") == (entry.languages == ("en",))
    if entry.kind == "stt":
        assert {"model.bin", "config.json", "tokenizer.json"} <= {file.name for file in entry.files}


@pytest.mark.parametrize("profile", load_profiles(hardware_dir()), ids=lambda profile: profile.name)
def test_what_a_profile_recommends_can_be_had_and_is_free(profile: "object") -> None:
    from voiced.hardware import Profile

    assert isinstance(profile, Profile)
    found = recommended(CATALOGUE, profile, "en", ENGLISH)
    named = {"stt": profile.models.stt, "llm": profile.models.llm, "tts": profile.models.tts}
    assert found == {kind: name for kind, name in named.items() if name is not None}
    assert all(CATALOGUE[name].free for name in found.values())
    assert sum(CATALOGUE[name].size for name in found.values()) <= profile.budget.storage_mb * 1_000_000


@pytest.mark.parametrize("name", list_voices([voices_dir()]))
def test_what_a_voice_speaks_with_can_be_had(name: str) -> None:
    voice = load_voice(name, [voices_dir()])
    if voice.speech.model is not None:
        assert find_entry(CATALOGUE, voice.speech.model).speaks(voice.language.split("-")[0])


def test_another_language_gets_a_recogniser_and_a_voice_that_know_it() -> None:
    [profile] = [each for each in load_profiles(hardware_dir()) if each.name == "raspberry-pi-5"]

    assert recommended(CATALOGUE, profile, "de", ENGLISH) == {
        "stt": "base", "llm": profile.models.llm, "tts": "de_DE-mls-medium",
    }  # fmt: skip
    assert recommended(CATALOGUE, profile, "xx", ENGLISH) == {"stt": "base", "llm": profile.models.llm}


def test_what_somebody_chose_wins_and_what_nobody_knows_is_left_out() -> None:
    [profile] = [each for each in load_profiles(hardware_dir()) if each.name == "desktop"]
    chosen: dict[Kind, str | None] = {"stt": "tiny.en", "llm": "/home/me/mine.gguf", "tts": "en_GB-cori-high"}

    assert recommended(CATALOGUE, profile, "en", chosen) == {"stt": "tiny.en", "tts": "en_GB-cori-high"}


def test_memory_counts_the_conversation_where_that_is_known() -> None:
    model = CATALOGUE["Qwen3-0.6B-Q4_0"]
    assert model.memory_with(2048) == model.memory_mb + 234
    assert replace(model, token_bytes=None).memory_with(2048) == model.memory_mb


def test_of_every_language_model_it_is_known_what_a_conversation_takes() -> None:
    known = {entry.name: entry.token_bytes for entry in CATALOGUE.values() if entry.kind == "llm"}
    assert None not in known.values()
    assert known["SmolLM3-3B-Q4_K_M"] == 36 * 4 * 128 * 4, "layers, key-value heads, head size; two halves of 2 bytes"


def test_of_every_wake_word_that_comes_along_all_is_known_and_true() -> None:
    words, there = load_wake_words(), bundled_words()
    assert words.keys() == there.keys()
    for name, path in there.items():
        assert (words[name].file, words[name].size) == (path.name, path.stat().st_size)
        assert words[name].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        assert words[name].origin == f"openwakeword {version('openwakeword')}"
        assert not words[name].free


def test_a_name_that_is_near_is_suggested() -> None:
    with pytest.raises(ModelError, match=r"did you mean `base\.en`"):
        find_entry(CATALOGUE, "base-en")
    with pytest.raises(ModelError, match="voiced models list"):
        find_entry(CATALOGUE, "zzz")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('kind = "stt"', 'kind = "ear"', "models[0].kind"),
        ("size = 75537502", "size = -1", "models[0].files[0].size"),
        ('sha256 = "1a5a', 'sha256 = "xa5a', "models[0].files[0].sha256"),
        ('path = "model.bin"', 'path = "../model.bin"', "models[0].files[0].path"),
        ('name = "base.en"', 'name = "tiny.en"', "tiny.en twice"),
        ('licence = "MIT"', "", "models[0].licence: is missing"),
        ('file = "alexa_v0.1.onnx"', 'file = "../x.onnx"', "wake_words[0].file"),
        ('name = "alexa"', 'name = "tiny.en"', "tiny.en twice"),
        ('path = "config.json"', 'path = "other/model.bin"', "are not those that a model of the kind stt has"),
    ],
)
def test_every_mistake_in_it_is_explained(tmp_path: Path, old: str, new: str, words: str) -> None:
    (tmp_path / "catalogue.toml").write_text(FILE.read_text("utf-8").replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_catalogue(tmp_path / "catalogue.toml")
    assert words in str(caught.value)


@pytest.mark.parametrize("path", ["../x", "/x", "a//b", "a/../b", "a/..", ".x", "", "a/.", "a/./b"])
def test_a_hub_path_leads_nowhere_else(tmp_path: Path, path: str) -> None:
    text = FILE.read_text("utf-8").replace('path = "model.bin"', f'path = "{path}"', 1)
    (tmp_path / "catalogue.toml").write_text(text)
    with pytest.raises(ConfigError):
        load_catalogue(tmp_path / "catalogue.toml")


def test_a_file_is_called_as_voiced_looks_for_it() -> None:
    places = {entry.name: [entry.place(file) for file in entry.files] for entry in CATALOGUE.values()}
    assert places["Qwen2.5-0.5B-Instruct-Q4_0"] == ["Qwen2.5-0.5B-Instruct-Q4_0.gguf"]
    assert places["en_US-kristin-medium"] == ["en_US-kristin-medium.onnx", "en_US-kristin-medium.onnx.json"]
    assert "base.en/model.bin" in places["base.en"]
    assert HubFile("a/b/c.onnx", 1).name == "c.onnx"
