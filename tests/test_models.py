"""A model's name or path becomes the file to load, if it is there."""

import os
from pathlib import Path

import pytest

from voiced.models import Kind, find, folder, others, starter
from voiced.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "config", tmp_path / "data", tmp_path / "state", tmp_path / "cache")


@pytest.mark.parametrize(
    ("kind", "name", "file"),
    [("llm", "small", "small.gguf"), ("tts", "en_US-anna-low", "en_US-anna-low.onnx"), ("stt", "base.en", "base.en")],
)
def test_a_name_is_looked_for_among_the_installed(paths: Paths, kind: Kind, name: str, file: str) -> None:
    assert find(kind, name, paths) is None
    folder(kind, paths).mkdir(parents=True)
    (folder(kind, paths) / file).touch()

    assert find(kind, name, paths) == folder(kind, paths) / file
    assert find(kind, file, paths) == folder(kind, paths) / file


def test_a_path_is_taken_as_it_is(paths: Paths, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.gguf"
    assert find("llm", str(file), paths) is None
    file.touch()

    assert find("llm", str(file), paths) == file


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_folder_that_always_exists_is_no_model(paths: Paths, name: str) -> None:
    folder("stt", paths).mkdir(parents=True)

    assert find("stt", name, paths) is None


def test_looking_creates_nothing(paths: Paths, tmp_path: Path) -> None:
    find("stt", "base.en", paths)

    assert list(tmp_path.iterdir()) == []


def test_the_largest_of_those_that_suit_the_language_comes_first(paths: Paths) -> None:
    speakers, listeners = folder("tts", paths), folder("stt", paths)
    for place, name, size in (
        (speakers, "en_US-small-low.onnx", 10),
        (speakers, "en_GB-large-high.onnx", 30),
        (speakers, "de_DE-larger-high.onnx", 50),
        (speakers, "en_US-small-low.onnx.json", 90),
        (listeners, "base.en/model.bin", 20),
        (listeners, "small/model.bin", 40),
        (listeners, ".downloading/model.bin", 80),
        (listeners, "note.txt", 99),
    ):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(bytes(size))

    assert [each.name for each in others("tts", "en", paths)] == ["en_GB-large-high.onnx", "en_US-small-low.onnx"]
    assert [each.name for each in others("stt", "en", paths)] == ["small", "base.en"]
    assert [each.name for each in others("stt", "de", paths)] == ["small"]
    assert others("llm", "en", paths) == []


def test_starters_speak_english_alone(tmp_path: Path) -> None:
    assert starter("llm", "en", tmp_path) is None
    (tmp_path / "language.gguf").touch()

    assert starter("llm", "en", tmp_path) == tmp_path / "language.gguf"
    assert starter("llm", "de", tmp_path) is None


def test_what_nobody_can_use_is_no_model(paths: Paths) -> None:
    minds, listeners = folder("llm", paths), folder("stt", paths)
    for place in (minds, listeners):
        place.mkdir(parents=True)
    (minds / "away.gguf").symlink_to("/media/usb/away.gguf")
    (minds / "folder.gguf").mkdir()
    (minds / "round.gguf").symlink_to("round.gguf")
    (minds / "good.gguf").touch()
    (listeners / "away").symlink_to("/media/usb/away")
    folder("tts", paths).symlink_to("tts")

    assert others("llm", "en", paths) == [minds / "good.gguf"]
    assert others("stt", "en", paths) == []
    assert others("tts", "en", paths) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
@pytest.mark.parametrize("level", [0, 1, 2])
def test_a_folder_that_nobody_may_look_into_holds_no_models(paths: Paths, tmp_path: Path, level: int) -> None:
    folder("llm", paths).mkdir(parents=True)
    (folder("llm", paths) / "mind.gguf").touch()
    closed = [tmp_path / "data", tmp_path / "data/models", tmp_path / "data/models/llm"][level]
    closed.chmod(0)
    try:
        assert others("llm", "en", paths) == []
        assert starter("llm", "en", folder("llm", paths)) is None
    finally:
        closed.chmod(0o700)
