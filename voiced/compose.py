"""The command line's choices flow in, a chain ready to converse flows out: the composition root.

Everything is put together here and nowhere else; no stage knows where its neighbours come from.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from voiced.activity import Activity
from voiced.alarm import Alarm
from voiced.audio.chimes import render
from voiced.config.settings import load_config
from voiced.config.voice import load_voice
from voiced.conversation.chain import Chain, Manners
from voiced.ear import Ear
from voiced.endpoint import EndpointRules
from voiced.engines import Engines, Setting
from voiced.hardware import find_profile, look_at
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.llm.prompt import Conversation, system_prompt
from voiced.mind import Mind
from voiced.mouth import Mouth
from voiced.paths import find_paths, make_private
from voiced.resources import hardware_dir, voices_dir
from voiced.stages import RATE, Clock, Microphone, Recogniser, Speaker


def settle(config_file: Path | None, profile_name: str | None, environment: Mapping[str, str]) -> Setting:
    """Reads configuration, voice and profile. Raises ConfigError with all mistakes of the first wrong file."""
    paths = find_paths(environment)
    config = load_config(config_file, paths)
    voice = load_voice(config.voice, [paths.voices, voices_dir()])
    profile, reason = find_profile(profile_name or config.profile, hardware_dir(), look_at())
    return Setting(config, voice, profile, reason, paths)


@contextmanager
def commands_of(setting: Setting, clock: Clock) -> Iterator[tuple[HassilCommands, Timers]]:
    """The commands and the timers that they act on. Raises StateError."""
    ring_s = setting.config.conversation.ring_minutes * 60
    with closing(Timers(make_private(setting.paths.state) / "timers.sqlite", clock, ring_s)) as timers:
        yield HassilCommands(setting.voice.language, timers, clock, setting.wake_words), timers


def make_mind(
    setting: Setting, engines: Engines, commands: HassilCommands, *, recogniser: Recogniser | None = None
) -> Mind:
    """Recogniser (loaded, unless given), commands and language model. Raises EngineError."""
    # The engines' libraries let go of the interpreter's lock while they load, so they load side by side.
    with ThreadPoolExecutor(1, thread_name_prefix="voiced-load") as pool:
        model = pool.submit(engines.model)
        return Mind(
            recogniser or engines.recogniser(commands),
            commands,
            model.result(),
            Conversation(system_prompt(name="voiced", language=setting.voice.language, persona=setting.voice.persona)),
            wake_words=engines.wake_words,
            language=setting.voice.language,
            phrases=setting.voice.phrases,
        )


def open_microphone(setting: Setting) -> Microphone:
    """The configured microphone. Raises AudioError."""
    from voiced.audio.devices import DeviceMicrophone

    return DeviceMicrophone(setting.config.microphone.device)


def open_speaker(setting: Setting) -> Speaker:
    """The configured speaker. Raises AudioError."""
    from voiced.audio.devices import DeviceSpeaker

    settings = setting.config.speaker
    return DeviceSpeaker(settings.device, lead_in_ms=settings.lead_in_ms)


@contextmanager
def assembled(
    setting: Setting,
    clock: Clock,
    activity: Activity,
    *,
    open_microphone: Callable[[], Microphone],
    speaker: Speaker,
) -> Iterator[Chain]:
    """The whole chain between a microphone and a speaker. Raises EngineError or StateError."""
    config, voice, engines = setting.config, setting.voice, Engines(setting)
    speaker.volume = config.speaker.volume
    # The wake word first: the recogniser is told of the one that works.
    wake, vad, ending, tones = engines.wake(), engines.vad(), config.endpointing, voice.chimes
    rules = EndpointRules(silence_ms=ending.silence_ms, pause_ms=ending.pause_ms, chunk_ms=vad.chunk / RATE * 1000)
    with commands_of(setting, clock) as (commands, timers):
        mind, synthesiser = make_mind(setting, engines, commands), engines.synthesiser()
        yield Chain(
            open_microphone=open_microphone,
            ear=Ear(wake, vad, rules, ending.max_utterance_s),
            mind=mind,
            mouth=Mouth(synthesiser, speaker, activity),
            alarm=Alarm(timers, voice.phrases),
            chimes=render(tones.wake_hz, tones.failed_hz, tones.ring_hz, tones.tone_ms),
            clock=clock,
            activity=activity,
            manners=Manners(
                no_speech_s=ending.no_speech_s,
                follow_up_s=config.conversation.follow_up_s,
                question_s=config.conversation.question_s,
                chimes=config.conversation.chimes,
                failed=voice.phrases.failed,
            ),
            advice=engines.advice(mind.recogniser.name, mind.model_name, synthesiser.name),
        )
