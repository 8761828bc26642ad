"""TOML files flow in, frozen dataclasses flow out: the configuration, and the voices. Parsed once, at the edge."""

from voiced.config.settings import (
    Config,
    ConversationSettings,
    EndpointingSettings,
    LlmSettings,
    LogSettings,
    MediaSettings,
    MicrophoneSettings,
    ModelsSettings,
    SpeakerSettings,
    SttSettings,
    TtsSettings,
    WakeSettings,
    load_config,
)
from voiced.config.voice import ChimeTones, Phrases, Speech, Voice, list_voices, load_voice

__all__ = [
    "ChimeTones",
    "Config",
    "ConversationSettings",
    "EndpointingSettings",
    "LlmSettings",
    "LogSettings",
    "MediaSettings",
    "MicrophoneSettings",
    "ModelsSettings",
    "Phrases",
    "SpeakerSettings",
    "Speech",
    "SttSettings",
    "TtsSettings",
    "Voice",
    "WakeSettings",
    "list_voices",
    "load_config",
    "load_voice",
]
