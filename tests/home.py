"""A home folder for the tests: installed models of the right shape, and what is slow to make kept between tests."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.talk import setting
from voiced.models import STARTERS, Kind, folder
from voiced.setting import Setting
from voiced.shapes.gguf import write_talker
from voiced.shapes.piper import write_piper
from voiced.shapes.whisper import write_whisper


@cache
def _kept() -> "TemporaryDirectory[str]":
    return TemporaryDirectory(prefix="voiced-tests-")  # removed when the process ends


def cache_folder() -> Path:
    """What pocketsphinx makes of the commands takes seconds, and is the same in every test."""
    return Path(_kept().name)


def home(place: Path, config: str = "") -> Setting:
    """The product's defaults with all files below `place`, but for the cache."""
    made = setting(place, config)
    return replace(made, paths=replace(made.paths, cache=cache_folder() / "voiced"))


def live_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `folder` the home of whoever runs this test, but for the cache."""
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder()))


def place_for(kind: Kind, setting: Setting, name: str) -> Path:
    """Where a model of this name is looked for; the folder that it goes into exists."""
    place = folder(kind, setting.paths)
    place.mkdir(parents=True, exist_ok=True)
    return place / name


def install_starters(setting: Setting, hears: str, answers: str) -> None:
    """Starter models that hear `hears` in everything and answer `answers` to it."""
    setting.starter.mkdir(exist_ok=True)
    write_whisper(setting.starter / STARTERS["stt"], says=hears)
    write_talker(setting.starter / STARTERS["llm"], answers)
    write_piper(setting.starter / STARTERS["tts"])


def install_ears(setting: Setting, says: str) -> Path:
    """A Whisper that hears `says` in everything; the folder."""
    return write_whisper(place_for("stt", setting, setting.profile.models.stt or "tiny.en"), says=says)


def install_model(setting: Setting, says: str, *, endless: bool = False) -> Path:
    """A language model that answers `says` to everything; the file."""
    return write_talker(place_for("llm", setting, f"{setting.profile.models.llm}.gguf"), says, endless=endless)


def install_voice(setting: Setting) -> Path:
    """A Piper voice that babbles; the file."""
    return write_piper(place_for("tts", setting, f"{setting.voice.speech.model}.onnx"))
