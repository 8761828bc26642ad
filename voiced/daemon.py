"""Requests from other programs flow in, events flow out: the running daemon, as its front ends see it.

It holds the conversation and what outlives a single chain: which voice and volume were chosen last, and how a changed
configuration takes the place of the one before. Every request may come from any thread and returns without waiting for
an engine or for the sound; reading the configuration is all that two of them do at once, so that they can refuse it.
"""

import gc
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from voiced.activity import Activity
from voiced.compose import Composer
from voiced.config.settings import WhileTalking
from voiced.config.voice import list_voices, load_voice
from voiced.conversation.assistant import Assistant
from voiced.conversation.floor import Event, Listener
from voiced.easing import eased, rungs
from voiced.errors import ConfigError, VoicedError
from voiced.events import Configured, HealthChanged, Muted, StateChanged, Unmuted, VolumeChanged
from voiced.hardware.relief import Limits, Relief
from voiced.hardware.vitals import Vitals
from voiced.memory import give_back
from voiced.remembered import Remembered
from voiced.resources import voices_dir
from voiced.setting import Ease, Setting
from voiced.stages import Clock
from voiced.turn import State
from voiced.worker import Worker

_LOG = logging.getLogger(__name__)

STARTING, STOPPING = "starting", "stopping"
"""States of the daemon in which there is no conversation, told as `StateChanged` like those of the turn."""


class Daemon:
    """The conversation and what it runs on."""

    def __init__(
        self,
        settle: Callable[[], Setting],
        composer: Composer,
        remembered: Remembered,
        listeners: Sequence[Listener],
        clock: Clock,
        activity: Activity,
    ) -> None:
        """Loads everything. `settle` reads the configuration, now and at each `reload`. The listeners are called in the
        conversation's thread, but for what is told here and in `close`, which comes from the caller's.

        Raises ConfigError, AudioError, EngineError or StateError."""
        self._settle, self._composer, self._remembered = settle, composer, remembered
        self._listeners, self._clock = listeners, clock
        self._setting = self._wished = self._settled()
        self._changing = threading.Lock()  # guards what is wished for, and how far down it is
        self._ladder, self._rung = rungs(self._wished), 0
        heat = self._wished.profile.heat
        self._relief = Relief(Limits(hot_c=heat.hot_c, cool_c=heat.cool_c))
        self._restored = False  # volume and mute are other ones than were remembered, and are to be taken up
        self._strain = ""  # the last sentence about it
        chain = composer.compose(self._setting)
        chain.mouth.speaker.volume = self._volume(self._setting)
        muted = remembered.recall("muted", False)
        self._assistant = Assistant(chain, self._hear, muted=muted)
        self.advice = chain.advice
        """A sentence about engines that could be better, for people; may be empty."""
        self._speaker = chain.mouth.speaker
        self._renewer = Renewer(self._renew, activity)
        self._tell_configured(self._setting)
        self._tell(VolumeChanged(self._speaker.volume))

    @property
    def setting(self) -> Setting:
        """What the conversation runs on."""
        return self._setting

    def run(self) -> None:
        """Holds the conversation until `close`. Raises AudioError when the microphone cannot be opened."""
        try:
            self._assistant.run(ready=self._ready)
        finally:
            self._renewer.close()
            self._speaker.close()

    def _ready(self) -> None:
        self._tell(HealthChanged("microphone", "ok"))
        self._tell(StateChanged(self._assistant.state))

    # --- requests, from any thread -------------------------------------------------------------------------------

    def close(self) -> None:
        """Ends `run`."""
        self._tell(StateChanged(STOPPING))
        self._renewer.give_up()
        self._assistant.close()

    @property
    def state(self) -> State:
        """The turn's state."""
        return self._assistant.state

    @property
    def backlog(self) -> int:
        """How many requests wait to be taken up."""
        return self._assistant.backlog

    @property
    def manner(self) -> WhileTalking:
        """What is done to media players while the assistant talks."""
        return self._setting.config.media.while_talking

    def announcement(self, name: str) -> str:
        """The sentence that tells that the timer of this name is over."""
        phrases = self._setting.voice.phrases
        return phrases.named_timer_ended.format(name=name) if name else phrases.timer_ended

    def listen(self) -> None:
        """As if the wake word had been said."""
        self._assistant.listen()

    def stop(self) -> None:
        """Silence."""
        self._assistant.stop()

    def say(self, text: str) -> int:
        """Says `text`; the turn's number."""
        return self._assistant.say(text)

    def ask(self, text: str) -> int:
        """Answers `text` aloud; the turn's number."""
        return self._assistant.ask(text)

    def mute(self, muted: bool) -> None:
        """Closes the microphone, or opens it again."""
        self._assistant.mute(muted)

    def set_volume(self, volume: float) -> None:
        """0 to 1."""
        self._assistant.set_volume(volume)

    def watch_level(self) -> None:
        """Tells how loud the microphone is, for a while."""
        self._assistant.watch_level()

    def voices(self) -> list[str]:
        """The names of all voices."""
        return list(list_voices(self._voice_folders()))

    def set_voice(self, name: str) -> None:
        """Goes on with the voice `name` from between the present turn and the next. Raises ConfigError."""
        setting = self._settle()
        self._want(replace(setting, voice=load_voice(name, self._voice_folders())))

    def reload(self) -> None:
        """Goes on with what the configuration says now from between the present turn and the next. Raises ConfigError
        that lists its mistakes; then nothing changes. What `voiced restore` brought back is taken up with it."""
        self._restored = self._remembered.reread() or self._restored
        try:
            setting = self._settled()
        except ConfigError as error:
            self._tell(HealthChanged("configuration", str(error)))
            raise
        self._want(setting)

    def observe(self, vitals: Vitals, at: float) -> None:
        """Does less where the machine is too hot or short of memory, and more again, from between the present turn and
        the next; `Health` says so. Called from one thread, every few seconds; `at` is a time that never goes back."""
        with self._changing:
            regained = self._ladder[self._rung - 1].regained_mb if self._rung else 0
            verdict = self._relief.take(vitals, at, len(self._ladder), regained)
            moved, self._rung = verdict.rung != self._rung, verdict.rung
            if moved:
                wanted = eased(self._wished, self._ladder, self._rung)
                self._renewer.want(*_stages(self._setting.ease, wanted))
            effect = f"; for now {self._ladder[self._rung - 1].effect}" if self._rung else ""
        sentence = f"{verdict.why}{effect}." if verdict.why else "ok"
        if sentence != self._strain:
            if sentence != "ok":
                _LOG.warning("%s", sentence)
            elif self._strain:
                _LOG.info("The machine is well again, and nothing is left out.")
            self._strain = sentence
            self._tell(HealthChanged("machine", sentence))

    def timers(self) -> list[tuple[int, str, str, int]]:
        """Number, name, what is left in words, due time in Unix seconds (0 while paused) of each timer, the next to
        come due first. Raises StateError."""
        commands = self._composer.commands
        return [
            (timer.id, commands.written(timer.name), commands.time_left(timer), 0 if timer.paused else round(timer.due))
            for timer in self._composer.timers.all()
        ]

    def cancel_timer(self, id_: int) -> bool:
        """Forgets a timer; False when there is none of this number. Raises StateError."""
        if self._composer.timers.get(id_) is None:
            return False
        self._assistant.cancel_timer(id_)
        return True

    def _want(self, setting: Setting) -> None:
        """Makes `setting` the next one, with as little to do as the machine needs. What was wrong with the one before
        counts no more; so a mistake that comes again is told of again."""
        self._tell(HealthChanged("configuration", "ok"))
        with self._changing:
            self._wished, self._ladder = setting, rungs(setting)
            self._rung = min(self._rung, len(self._ladder))
            self._renewer.want(eased(setting, self._ladder, self._rung))

    # --- what changes --------------------------------------------------------------------------------------------

    def _settled(self) -> Setting:
        """The configuration, with the voice that was chosen last. Raises ConfigError."""
        setting = self._settle()
        configured = setting.config.voice
        name = self._remembered.recall("voice", configured)
        if name == configured:
            return setting
        try:
            return replace(setting, voice=load_voice(name, self._voice_folders(setting)))
        except ConfigError as error:
            _LOG.warning("The voice chosen last cannot be used, so %s speaks: %s", configured, error)
            return setting

    def _voice_folders(self, setting: Setting | None = None) -> list[Path]:
        return [(setting or self._setting).paths.voices, voices_dir()]

    def _volume(self, setting: Setting) -> float:
        return min(1.0, max(0.0, self._remembered.recall("volume", setting.config.speaker.volume)))

    def _renew(self, setting: Setting, done: Callable[[], None]) -> None:
        """Loads what `setting` needs and hands it to the conversation; in the renewer's thread."""
        restored = self._restored
        try:
            chain = self._composer.compose(setting)
        except VoicedError as error:
            _LOG.error("The configuration stays as it was: %s", error)
            self._stay(str(error))
            done()
            return
        except Exception:
            _LOG.exception("The configuration stays as it was.")
            self._stay("A part of it failed; see the log.")
            done()
            return

        def renewed() -> None:
            if restored or setting.config.speaker.volume != self._setting.config.speaker.volume:
                self._assistant.set_volume(self._volume(setting))
            if restored:
                self._assistant.mute(self._remembered.recall("muted", False))
                self._restored = False
            self._setting, self._speaker = setting, chain.mouth.speaker
            self._remembered.remember("voice", setting.voice.name, setting.config.voice)
            self._tell_configured(setting)
            done()

        chain.mouth.speaker.volume = self._speaker.volume
        self._assistant.renew(chain, renewed)

    def _stay(self, why: str) -> None:
        """What was wished for did not work."""
        with self._changing:
            self._wished = replace(self._setting, ease=Ease())
            self._ladder = rungs(self._wished)
            self._rung = min(self._rung, len(self._ladder))
        self._tell(HealthChanged("configuration", f"It stays as it was: {why}"))

    # --- events --------------------------------------------------------------------------------------------------

    def _hear(self, event: Event, at: float) -> None:
        """Remembers what is to outlive the process, and passes everything on."""
        if isinstance(event, VolumeChanged):
            self._remembered.remember("volume", event.volume, self._setting.config.speaker.volume)
        elif isinstance(event, Muted | Unmuted):
            self._remembered.remember("muted", isinstance(event, Muted), False)
        for listener in self._listeners:
            listener(event, at)

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event, self._clock.monotonic())

    def _tell_configured(self, setting: Setting) -> None:
        engines = self._composer.engines
        assert engines is not None
        health = engines.health() | {"configuration": "ok"}
        self._tell(Configured(setting.voice.name, setting.profile.name, engines.wake_words, health))


def _stages(now: Ease, wanted: Setting) -> list[Setting]:
    """The way to `wanted`: where its language model is another, or holds less or more, by way of none, because there
    may be no memory for two at once."""
    same = replace(now, drafts=True) == replace(wanted.ease, drafts=True)
    if same or now.commands_only or wanted.ease.commands_only:
        return [wanted]
    return [replace(wanted, ease=replace(wanted.ease, commands_only=True, passing=True)), wanted]


class Renewer:
    """Carries wishes for another setting out, one after the other, in a thread of its own; of those that come
    meanwhile only the last counts. So wishes may come as fast as they like, and nobody waits."""

    def __init__(self, renew: Callable[[Setting, Callable[[], None]], None], activity: Activity) -> None:
        """`renew` makes a setting the present one, and calls what it is given when that is done, from any thread."""
        self._renew, self._activity = renew, activity
        self._lock = threading.Lock()
        self._wanted: list[Setting] = []
        self._busy = False
        self._done = threading.Event()
        self._over = False
        self._worker = Worker("renewer", activity)

    def want(self, *settings: Setting) -> None:
        """Makes the last of `settings` the next one, by way of those before it."""
        with self._lock:
            self._wanted = list(settings)
            busy, self._busy = self._busy, True
        if not busy:
            self._worker.submit(self._work)

    def give_up(self) -> None:
        """Begins nothing any more, and waits for nothing."""
        self._over = True
        self._done.set()

    def close(self) -> None:
        """Waits for the thread, for a while; an engine that is just being loaded is not waited for."""
        self.give_up()
        self._worker.close(0.5)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._wanted or self._over:
                    self._busy = False
                    return
                setting = self._wanted.pop(0)
            self._done.clear()
            if not self._over:
                try:
                    self._renew(setting, self._done.set)
                except Exception:  # or no later wish would be carried out any more
                    _LOG.exception("A wish could not be carried out.")
                    self._done.set()
                with self._activity.aside():  # until the present turn is over
                    self._done.wait()
                gc.collect()  # the parts of the old chain refer to each other, and hold a language model
                give_back()
