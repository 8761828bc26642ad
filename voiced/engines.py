"""Configuration, voice and profile flow in, working engines flow out: for each stage the first of its row that loads.

The rows are DESIGN's table in code. An engine that is merely not installed is passed over quietly; one that is there
but does not work is reported, with the reason, and the next takes its place.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from voiced import models
from voiced.config.settings import Config
from voiced.config.voice import Voice
from voiced.errors import EngineError
from voiced.events import EngineReplaced
from voiced.hardware import Profile
from voiced.paths import Paths
from voiced.stages import Command, LanguageModel, Recogniser, Synthesiser, VoiceActivity, WakeDetector

_LOG = logging.getLogger(__name__)

Engine = TypeVar("Engine")

Row = list[tuple[str, Callable[[], Engine]]]
"""Names of engines and how to load them, the best first."""

SPHINX_SENTENCES = 18_000
"""Sentences sampled from the commands for pocketsphinx's language model: it takes 0.6 s to build, and every number word
is in there in every place."""


class Sampled(Protocol):
    """Commands that can say which sentences they understand."""

    def sentences(self, limit: int, seed: int) -> list[str]:
        """Up to `limit` of them, in plain lower-case words; the same for the same seed."""

    def match(self, text: str) -> Command | None:
        """The command that `text` is, or None."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What was decided at the edge, once."""

    config: Config
    voice: Voice
    profile: Profile
    profile_reason: str
    paths: Paths

    @property
    def wake_words(self) -> tuple[str, ...]:
        """The configuration's, or else the voice's."""
        return tuple(self.config.wake_words or self.voice.wake_words)


@dataclass(slots=True)
class Engines:
    """Loads the engines of a setting, each when it is asked for, and remembers what had to be replaced."""

    setting: Setting
    replaced: list[EngineReplaced] = field(default_factory=list)

    def wake(self) -> WakeDetector:
        """The wake word detector. Raises EngineError: without it there is nothing to wake up for."""
        from voiced.wake import OpenWakeWord

        return OpenWakeWord(self.setting.wake_words, threshold=self.setting.config.wake.threshold)

    def vad(self) -> VoiceActivity:
        """The voice detector. Raises EngineError."""
        from voiced.vad import SileroVad

        return SileroVad()

    def recogniser(self, commands: "Sampled") -> Recogniser:
        """faster-whisper, if a model of it is installed, else pocketsphinx, told of the commands. Raises EngineError
        when neither works."""
        row: Row[Recogniser] = []
        for engine in self.setting.config.stt.engines:
            if engine == "faster-whisper":
                row += self._whisper()
            else:
                row.append((engine, lambda: self._sphinx(commands)))
        found = self._first("stt", row)
        if found is None:
            raise EngineError("There is no working speech recogniser; run `voiced transcribe` to see why.")
        return found

    def model(self) -> LanguageModel | None:
        """llama.cpp, if a model is installed; None when there is none that works."""
        setting = self.setting
        wanted = setting.config.llm.model or setting.profile.models.llm
        return self._first("llm", list(self._llama(wanted)))

    def synthesiser(self) -> Synthesiser:
        """Piper, if a voice is installed, else espeak-ng. Raises EngineError when neither works."""
        row: Row[Synthesiser] = []
        for engine in self.setting.config.tts.engines:
            row += self._piper() if engine == "piper" else self._espeak()
        found = self._first("tts", row)
        if found is None:
            raise EngineError("There is no working synthesiser: install the package espeak-ng, or a Piper voice.")
        return found

    def _whisper(self) -> Iterator[tuple[str, Callable[[], Recogniser]]]:
        setting = self.setting
        wanted = setting.config.stt.model or setting.profile.models.stt
        folder = self._installed("stt", wanted, asked=setting.config.stt.model is not None)
        if folder is not None:
            from voiced.stt.whisper import WhisperRecogniser

            yield (
                "faster-whisper",
                lambda: WhisperRecogniser(folder, threads=setting.profile.threads.stt, language=setting.voice.language),
            )

    def _sphinx(self, commands: Sampled) -> Recogniser:
        from voiced.stt.sphinx import SphinxRecogniser

        setting = self.setting
        return SphinxRecogniser(
            commands.sentences(SPHINX_SENTENCES, seed=0),
            lambda text: commands.match(text) is not None,
            wake_words=setting.wake_words,
            cache=setting.paths.cache / "sphinx",
        )

    def _llama(self, wanted: str) -> Iterator[tuple[str, Callable[[], LanguageModel]]]:
        setting, llm = self.setting, self.setting.config.llm
        path = self._installed("llm", wanted, asked=llm.model is not None)
        if path is not None:
            from voiced.llm.llama import LlamaModel
            from voiced.llm.native import Sampling

            yield (
                "llama.cpp",
                lambda: LlamaModel(
                    path,
                    threads=setting.profile.threads.llm_decode,
                    batch_threads=setting.profile.threads.llm_prefill,
                    context=llm.context_tokens or setting.profile.budget.context_tokens,
                    sampling=Sampling(max_tokens=llm.max_tokens, temperature=llm.temperature),
                ),
            )

    def _piper(self) -> Iterator[tuple[str, Callable[[], Synthesiser]]]:
        setting, speech = self.setting, self.setting.voice.speech
        asked = setting.config.tts.model
        path = self._installed("tts", asked or speech.model or setting.profile.models.tts, asked=asked is not None)
        if path is not None:
            from voiced.tts.piper import PiperSynthesiser

            yield (
                "piper",
                lambda: PiperSynthesiser(
                    path,
                    threads=setting.profile.threads.tts,
                    speaker=speech.speaker,
                    speed=speech.speed,
                    variation=speech.variation,
                ),
            )

    def _espeak(self) -> Iterator[tuple[str, Callable[[], Synthesiser]]]:
        from voiced.tts.espeak import EspeakSynthesiser

        speech = self.setting.voice.speech
        yield "espeak-ng", lambda: EspeakSynthesiser(speech.espeak, speed=speech.speed)

    def _installed(self, kind: models.Kind, wanted: str, *, asked: bool) -> Path | None:
        """The model, if it is installed; one that somebody asked for by name and is not is worth a word."""
        place = models.find(kind, wanted, self.setting.paths)
        if place is None and asked:
            self._replace(kind, wanted, f"The model {wanted} is not installed.")
        return place

    def _first(self, stage: str, row: Row[Engine]) -> Engine | None:
        """The first engine of `row` that loads."""
        for name, load in row:
            try:
                engine = load()
            except EngineError as error:
                self._replace(stage, name, str(error))
                continue
            self.replaced[:] = [
                EngineReplaced(each.stage, each.wanted, name, each.reason)
                if each.stage == stage and not each.used
                else each
                for each in self.replaced
            ]
            return engine
        return None

    def _replace(self, stage: str, wanted: str, reason: str) -> None:
        _LOG.warning("%s: %s", wanted, reason)
        self.replaced.append(EngineReplaced(stage, wanted, "", reason))
