"""The command line's choices flow in, a chain ready to converse flows out: the composition root.

Everything is put together here and nowhere else; no stage knows where its neighbours come from.
"""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from voiced.activity import Activity
from voiced.alarm import Alarm
from voiced.config.settings import load_config
from voiced.config.voice import Voice, load_voice
from voiced.conversation.chain import Chain, Chimes, Manners
from voiced.ear import Ear
from voiced.endpoint import EndpointRules
from voiced.engines import Engines, Setting
from voiced.hardware import find_profile, look_at
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.llm.prompt import History
from voiced.mind import Mind
from voiced.mouth import Mouth
from voiced.paths import find_paths, make_private
from voiced.resources import hardware_dir, voices_dir
from voiced.stages import RATE, Clock, Microphone, Speaker

_LOG = logging.getLogger(__name__)

CHIME_RATE = 24_000
"""Samples per second of the chimes; their highest tone is 8 kHz."""


def settle(config_file: Path | None, profile_name: str | None, environment: Mapping[str, str]) -> Setting:
    """Reads configuration, voice and profile. Raises ConfigError with all mistakes of the first wrong file."""
    paths = find_paths(environment)
    config = load_config(config_file, paths)
    voice = load_voice(config.voice, [paths.voices, voices_dir()])
    profile, reason = find_profile(profile_name or config.profile, hardware_dir(), look_at())
    return Setting(config, voice, profile, reason, paths)


def open_timers(setting: Setting, clock: Clock) -> Timers:
    """The timers' database in its usual place. Raises StateError."""
    return Timers(make_private(setting.paths.state) / "timers.sqlite", clock)


def think_only(setting: Setting, clock: Clock, engines: Engines) -> Mind:
    """The mind, with recogniser, commands and language model. Raises EngineError or StateError."""
    timers = open_timers(setting, clock)
    commands = HassilCommands(setting.voice.language, timers, clock)
    # The engines' libraries release the interpreter's lock while they load, so they load side by side.
    with ThreadPoolExecutor(2, thread_name_prefix="voiced-load") as pool:
        recogniser = pool.submit(engines.recogniser, commands)
        model = pool.submit(engines.model)
        return Mind(
            recogniser.result(),
            commands,
            model.result(),
            History(setting.voice.persona, setting.voice.language),
            wake_words=setting.wake_words,
            no_model=setting.voice.phrases.no_model,
            language=setting.voice.language,
        )
