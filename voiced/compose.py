"""The command line's choices flow in, a chain ready to converse flows out: the composition root.

Everything is put together here and nowhere else; no stage knows where its neighbours come from.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from voiced.activity import Activity
from voiced.alarm import Alarm
from voiced.audio.chimes import render
from voiced.config.settings import load_config
from voiced.config.voice import Voice, load_voice
from voiced.conversation.chain import Chain, Manners
from voiced.ear import Ear
from voiced.endpoint import EndpointRules
from voiced.engines import Engines
from voiced.errors import ConfigError
from voiced.hardware import Machine, find_profile, look_at
from voiced.intents.commands import HassilCommands
from voiced.intents.timers import Timers
from voiced.llm.coming import Coming
from voiced.llm.prompt import Conversation, system_prompt
from voiced.memory import give_back, share_heaps
from voiced.mind import Hearing, Mind
from voiced.mouth import Mouth
from voiced.paths import find_paths, make_private
from voiced.patience import Patience
from voiced.resources import hardware_dir, voices_dir
from voiced.setting import Setting
from voiced.stages import RATE, Clock, LanguageModel, MediaPlayers, Microphone, Speaker

Part = TypeVar("Part")


def settle(
    config_file: Path | None,
    profile_name: str | None,
    environment: Mapping[str, str],
    machine: Machine | None = None,
    *,
    instead: Voice | None = None,
) -> Setting:
    """Reads configuration, voice and profile, which suits `machine`, or else this one. `instead` is the voice where the
    configured one cannot be read. Raises ConfigError with all mistakes of the first wrong file."""
    paths = find_paths(environment)
    config = load_config(config_file, paths)
    try:
        voice = load_voice(config.voice, [paths.voices, voices_dir()])
    except ConfigError:
        if instead is None:
            raise
        voice = instead
    profile, reason = find_profile(profile_name or config.profile, hardware_dir(), machine or look_at())
    return Setting(config, voice, profile, reason, paths)


@contextmanager
def commands_of(setting: Setting, clock: Clock) -> Iterator[tuple[HassilCommands, Timers]]:
    """The commands and the timers that they act on. Raises StateError."""
    ring_s = setting.config.conversation.ring_minutes * 60
    with closing(Timers(make_private(setting.paths.state) / "timers.sqlite", clock, ring_s)) as timers:
        yield HassilCommands(setting.voice.language, timers, clock, setting.wake_words), timers


def _hearing(engines: Engines, commands: HassilCommands) -> Hearing:
    recogniser = engines.recogniser(commands)
    reader, glancer = engines.reader(recogniser, commands), engines.glancer(recogniser)
    return Hearing(recogniser, engines.wake_words, reader, glancer)


def conversation_of(voice: Voice) -> Conversation:
    """A conversation of which nothing has been said yet."""
    return Conversation(system_prompt(name="voiced", language=voice.language, persona=voice.persona))


def open_microphone(setting: Setting) -> Microphone:
    """The configured microphone. Raises AudioError."""
    from voiced.audio.devices import DeviceMicrophone

    return DeviceMicrophone(setting.config.microphone.device)


def open_speaker(setting: Setting) -> Speaker:
    """The configured speaker. Raises AudioError."""
    from voiced.audio.devices import DeviceSpeaker

    settings = setting.config.speaker
    return DeviceSpeaker(settings.device, lead_in_ms=settings.lead_in_ms)


class Composer:
    """Makes chains: the first, and those that take its place later. What did not change is in both, so that a change
    of voice loads no model twice. `compose` may run in another thread than the conversation."""

    def __init__(
        self,
        clock: Clock,
        activity: Activity,
        open_microphone: Callable[[Setting], Microphone],
        open_speaker: Callable[[Setting], Speaker],
        finish: Callable[[Chain], Chain] = lambda chain: chain,
    ) -> None:
        """`finish` has the last word on every chain."""
        share_heaps()  # before there are threads
        self._finish = finish
        self._clock, self._activity = clock, activity
        self._open_microphone, self._open_speaker = open_microphone, open_speaker
        self._kept: dict[str, tuple[object, Any]] = {}  # part → what it was made from, the part
        self._timers: Timers | None = None
        self._coming: Coming | None = None  # what the last chain's questions wait for
        self.media: MediaPlayers | None = None
        """What commands about music are carried out by; to be set before the first chain."""
        self.engines: Engines | None = None
        """Those of the last chain."""

    @property
    def timers(self) -> Timers:
        """The timers. There are none before the first chain."""
        assert self._timers is not None
        return self._timers

    @property
    def commands(self) -> HassilCommands:
        """The commands of the last chain."""
        commands: HassilCommands = self._kept["commands"][1]
        return commands

    def speaker(self, setting: Setting) -> Speaker:
        """The speaker, opened. Raises AudioError."""
        wanted = setting.config.speaker
        return self._keep("speaker", (wanted.device, wanted.lead_in_ms), lambda: self._open_speaker(setting))

    def compose(self, setting: Setting) -> Chain:
        """The whole chain. Raises AudioError, EngineError or StateError; what is used now is not touched then."""
        config, voice, before = setting.config, setting.voice, dict(self._kept)
        engines, coming = Engines(setting, before=self.engines), Coming() if setting.ease.passing else None
        try:
            # The wake word first: the recogniser is told of the one that works.
            wake, vad, ending, tones = engines.wake(), engines.vad(), config.endpointing, voice.chimes
            rules = EndpointRules(
                silence_ms=ending.silence_ms, pause_ms=ending.pause_ms, chunk_ms=vad.chunk / RATE * 1000
            )
            # Jinja imports itself in a circle: of two threads that import it at once, one may find half of it.
            for module in ("jinja2.sandbox", "jinja2.ext"):
                import_module(module)
            # The engines' libraries let go of the interpreter's lock while they load, so they load side by side.
            with ThreadPoolExecutor(2, thread_name_prefix="voiced-load") as pool:
                model, synthesiser = pool.submit(engines.model), pool.submit(engines.synthesiser)
                timers, commands = self._commands(setting)
                hearing, history = _hearing(engines, commands), self._history(voice)
                mind = Mind(hearing, commands, model.result(), history, voice, coming=coming)
                mouth = Mouth(synthesiser.result(), self.speaker(setting), self._activity)
            microphone = self._keep("microphone", config.microphone, lambda: lambda: self._open_microphone(setting))
        except BaseException:
            self._kept = before
            self._settle(None)
            raise
        self._settle(mind.model)
        engines.before, self.engines, self._coming = None, engines, coming
        chain = Chain(
            open_microphone=microphone,
            ear=Ear(wake, vad, rules, ending.max_utterance_s),
            mind=mind,
            mouth=mouth,
            alarm=Alarm(timers, voice.phrases, commands),
            chimes=render(tones.wake_hz, tones.failed_hz, tones.ring_hz, tones.tone_ms),
            clock=self._clock,
            activity=self._activity,
            manners=Manners(
                no_speech_s=ending.no_speech_s,
                follow_up_s=config.conversation.follow_up_s,
                question_s=config.conversation.question_s,
                chimes=config.conversation.chimes,
                patience=Patience(ending.complete_ms, ending.silence_ms, ending.unfinished_ms),
                drafts=setting.drafts,
                failed=voice.phrases.failed,
            ),
            advice=engines.advice(mind.hearing.recogniser.name, mind.model_name, mouth.synthesiser.name),
        )
        give_back()  # what the engines needed in order to load
        return self._finish(chain)

    def close(self) -> None:
        """Closes the timers. Microphone and speaker are closed by whoever opened them."""
        if self._timers is not None:
            self._timers.close()

    def _settle(self, model: LanguageModel | None) -> None:
        """Those who wait for a language model have `model`, or none."""
        if self._coming is not None:
            self._coming.settle(model)

    def _commands(self, setting: Setting) -> tuple[Timers, HassilCommands]:
        ring_s = setting.config.conversation.ring_minutes * 60
        if self._timers is None:
            self._timers = Timers(make_private(setting.paths.state) / "timers.sqlite", self._clock, ring_s)
        timers, language, words = self._timers, setting.voice.language, setting.wake_words
        timers.ring_s = ring_s
        commands = self._keep(
            "commands", (language, words), lambda: HassilCommands(language, timers, self._clock, words, self.media)
        )
        return timers, commands

    def _history(self, voice: Voice) -> Conversation:
        return self._keep("history", (voice.language, voice.persona), lambda: conversation_of(voice))

    def _keep(self, part: str, made_from: object, make: Callable[[], Part]) -> Part:
        """The part of the last chain, when it was made from the same, else a new one."""
        if part not in self._kept or self._kept[part][0] != made_from:
            self._kept[part] = made_from, make()
        kept: Part = self._kept[part][1]
        return kept


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
    speaker.volume = setting.config.speaker.volume
    with closing(Composer(clock, activity, lambda _: open_microphone(), lambda _: speaker)) as composer:
        yield composer.compose(setting)
