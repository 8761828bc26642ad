"""The command line's choices flow in, what the benchmark runs on flows out."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from voiced import models
from voiced.bench.recipes import Models
from voiced.compose import settle
from voiced.config.voice import load_voice
from voiced.engines import WAKE_WORD
from voiced.models import Kind
from voiced.resources import voices_dir
from voiced.setting import Setting


def settled(
    config_file: Path | None, profile: str | None, environment: Mapping[str, str], shapes: Models | None = None
) -> Setting:
    """The person's own setting, or with `shapes` one on those models; in both every turn begins with the wake word that
    the lines begin with. Raises ConfigError."""
    setting = settle(config_file, profile, environment)
    config = replace(
        setting.config, wake_words=(WAKE_WORD,), conversation=replace(setting.config.conversation, follow_up_s=0.0)
    )
    if shapes is None:
        return replace(setting, config=config)
    config = replace(
        config,
        stt=replace(config.stt, engines=("faster-whisper",), model=str(shapes.stt)),
        llm=replace(config.llm, model=str(shapes.llm)),
        tts=replace(config.tts, engines=("piper",), model=str(shapes.tts)),
    )
    return replace(setting, config=config, voice=load_voice("default", [voices_dir()]))


def chosen(kind: Kind, setting: Setting) -> Path | None:
    """The model of `kind` that voiced would load; None where an engine without one takes its place."""
    config, language = setting.config, setting.voice.language.split("-")[0]
    profile = setting.profile.models
    if kind == "stt" and "faster-whisper" not in config.stt.engines:
        return None
    if kind == "tts" and "piper" not in config.tts.engines:
        return None
    wanted = {
        "stt": config.stt.model or profile.stt,
        "llm": config.llm.model or profile.llm,
        "tts": config.tts.model or (profile.tts and (setting.voice.speech.model or profile.tts)),
    }[kind]
    if wanted is None:  # the machine has no room for one
        return None
    found = models.find(kind, wanted, setting.paths)
    other = models.others(kind, language, setting.paths)[:1]
    return found or next(iter(other), None) or models.starter(kind, language, setting.starter)
