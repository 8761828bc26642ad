"""Configuration, voice and profile flow in, working engines flow out: for each stage the first of its row that loads.

The rows are DESIGN's table in code. An engine that is merely not installed is passed over quietly; one that is there
but does not work is reported, with the reason, and the next takes its place.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from voiced import models
from voiced.config.settings import Config
from voiced.config.voice import Voice
from voiced.errors import EngineError
from voiced.events import EngineReplaced
from voiced.hardware import Profile
from voiced.paths import Paths
from voiced.resources import starter_dir
from voiced.stages import Command, LanguageModel, Reader, Recogniser, Synthesiser, VoiceActivity, WakeDetector

if TYPE_CHECKING:
    from voiced.stt.sphinx import SphinxRecogniser
    from voiced.stt.witnesses import Near
    from voiced.wake import OpenWakeWord

_LOG = logging.getLogger(__name__)

Engine = TypeVar("Engine")

Row = list[tuple[str, Callable[[], Engine]]]
"""Names of engines and how to load them, the best first."""

WAKE_WORD = "hey_jarvis"
"""Comes with openWakeWord; that of voiced's own default voice."""

SPHINX_SENTENCES = 18_000
"""Sentences sampled from the commands for pocketsphinx's language model: it takes 0.6 s to build, and every number word
is in there in every place."""


STARTER = " (starter)"
"""Stands behind the name of an engine that runs on a starter model."""

STARTER_READINGS = 4
"""Further readings of the starter recogniser, for the commands to be judged by."""


class Sampled(Protocol):
    """Commands that can say which sentences they understand."""

    def sentences(self, limit: int, seed: int) -> list[str]:
        """Up to `limit` of them, in plain lower-case words; the same for the same seed."""

    def match(self, text: str) -> Command | None:
        """The command that `text` is, or None."""

    def nearest(self, readings: Sequence[str]) -> "Sequence[Near]":
        """The commands nearest to what was read, the nearest first."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What was decided at the edge, once."""

    config: Config
    voice: Voice
    profile: Profile
    profile_reason: str
    paths: Paths
    starter: Path = field(default_factory=starter_dir)
    """The folder with the starter models."""

    @property
    def wake_words(self) -> tuple[str, ...]:
        """The configuration's, or else the voice's."""
        return tuple(self.config.wake_words or self.voice.wake_words)


@dataclass(slots=True)
class Engines:
    """Loads the engines of a setting, each when it is asked for, and remembers what had to be replaced."""

    setting: Setting
    before: "Engines | None" = None
    """Those that work now: what would be loaded in the same way again is taken over from them."""
    replaced: list[EngineReplaced] = field(default_factory=list)
    wake_words: tuple[str, ...] = field(init=False)
    """The setting's; once `wake` has been asked for, those that work."""
    _failed: list[tuple[str, str, str]] = field(default_factory=list)  # stage, engine, reason: not yet replaced
    _loaded: dict[str, tuple[object, Any]] = field(default_factory=dict)  # stage → what it was made from, the engine

    def __post_init__(self) -> None:
        self.wake_words = self.setting.wake_words

    def wake(self) -> WakeDetector:
        """The detector of those wake words that can be used; when none can, of the one that comes with openWakeWord,
        for an assistant that cannot be woken could not even say so. Raises EngineError when that fails too."""
        detector = self._detector()
        if self.setting.config.wake.verifier:
            self._learn_voices(detector)
        return detector

    def _learn_voices(self, detector: "OpenWakeWord") -> None:
        """Tells the detector whose voice to obey; a word for which that is not known is obeyed in any."""
        from voiced import verifier

        for word in detector.words:
            try:
                detector.verify(word, verifier.load_known(word, self.setting.paths))
            except EngineError as error:
                self._fail("wake", f"The verifier of {word}", str(error))
                self._settle("wake", "any voice")

    def _detector(self) -> "OpenWakeWord":
        try:
            return self._wake_word(self.wake_words)
        except EngineError:
            self.wake_words = tuple(filter(self._listens_for, self.wake_words)) or (WAKE_WORD,)
        found = self._first("wake", [(" and ".join(self.wake_words), lambda: self._wake_word(self.wake_words))])
        if found is None:
            raise EngineError("There is no working wake word; install voiced again.")
        return found

    def _listens_for(self, word: str) -> bool:
        try:
            self._wake_word([word])
        except EngineError as error:
            self._fail("wake", word, str(error))
            return False
        return True

    def _wake_word(self, words: Sequence[str]) -> "OpenWakeWord":
        from voiced.wake import OpenWakeWord

        paths = self.setting.paths
        files = [str(models.find("wake", word, paths) or word) for word in words]  # one's own before the bundled
        return OpenWakeWord(files, threshold=self.setting.config.wake.threshold)

    def advice(self, *names: str) -> str:
        """A sentence for people whose engines, by their `names`, run on starter models; empty where none does."""
        kinds = [kind for kind, name in zip(models.STARTERS, names, strict=True) if name.endswith(STARTER)]
        if not kinds:
            return ""
        place = self.setting.paths.data / "models"
        by_hand = f"put them into {place}/{{{','.join(kinds)}}}, and they take over."
        return f"Starter models are small; `voiced models pull recommended` gets better ones, or {by_hand}"

    def vad(self) -> VoiceActivity:
        """The voice detector. Raises EngineError."""
        from voiced.vad import SileroVad

        return SileroVad()

    def recogniser(self, commands: "Sampled") -> Recogniser:
        """faster-whisper, if a model of it is installed, else pocketsphinx, told of the commands. Raises EngineError
        when neither works."""
        setting = self.setting
        wanted = setting.config.stt.model or setting.profile.models.stt
        made_from = (setting.config.stt, setting.profile, setting.voice.language, self.wake_words, id(commands))
        return self._kept("stt", (made_from, self._files("stt", wanted)), lambda: self._load_recogniser(commands))

    def _load_recogniser(self, commands: "Sampled") -> Recogniser:
        row: Row[Recogniser] = []
        for engine in self.setting.config.stt.engines:
            if engine == "faster-whisper":
                row += self._whisper(commands)
            else:
                row.append((engine, lambda: self._sphinx(commands)))
        found = self._first("stt", row)
        if found is None:
            raise EngineError("There is no working speech recogniser; install pocketsphinx, or a Whisper model.")
        return found

    def reader(self, recogniser: Recogniser, commands: "Sampled") -> Reader | None:
        """Who reads along while the person speaks: pocketsphinx, for commands, beside a better `recogniser`, where the
        machine has a core to spare for drafts. None where nobody can."""
        from voiced.stt.sphinx import SphinxRecogniser

        setting = self.setting
        english = setting.voice.language.split("-", maxsplit=1)[0] == "en"
        if isinstance(recogniser, SphinxRecogniser):
            return None  # it has to hear as well as it can, and that takes the whole utterance
        if not (english and setting.profile.drafts and "pocketsphinx" in setting.config.stt.engines):
            return None
        made_from = (setting.voice.language, self.wake_words, id(commands))
        return self._kept("reader", made_from, lambda: self._load_reader(commands))

    def _load_reader(self, commands: "Sampled") -> Reader | None:
        try:
            return self._sphinx(commands, beside=True)
        except (EngineError, ImportError, OSError) as error:
            _LOG.info("Nobody reads along, so commands take longer: %s", error)
            return None

    def model(self) -> LanguageModel | None:
        """llama.cpp, if a model is installed; None when there is none that works."""
        setting = self.setting
        wanted = setting.config.llm.model or setting.profile.models.llm
        made_from = (setting.config.llm, setting.profile, self._files("llm", wanted))
        return self._kept("llm", made_from, lambda: self._first("llm", list(self._llama(wanted))))

    def synthesiser(self) -> Synthesiser:
        """Piper, if a voice is installed, else espeak-ng. Raises EngineError when neither works."""
        setting, speech = self.setting, self.setting.voice.speech
        wanted = setting.config.tts.model or speech.model or setting.profile.models.tts
        made_from = (setting.config.tts, speech, setting.profile, self._files("tts", wanted))
        return self._kept("tts", made_from, self._load_synthesiser)

    def _load_synthesiser(self) -> Synthesiser:
        row: Row[Synthesiser] = []
        for engine in self.setting.config.tts.engines:
            row += self._piper() if engine == "piper" else self._espeak()
        found = self._first("tts", row)
        if found is None:
            raise EngineError("There is no working synthesiser: install the package espeak-ng, or a Piper voice.")
        return found

    def _whisper(self, commands: Sampled) -> Iterator[tuple[str, Callable[[], Recogniser]]]:
        setting = self.setting
        wanted, asked = setting.config.stt.model or setting.profile.models.stt, setting.config.stt.model is not None
        for folder, is_starter in self._places("stt", wanted, asked=asked):

            def load(folder: Path = folder, is_starter: bool = is_starter) -> Recogniser:
                from voiced.stt.whisper import WhisperRecogniser
                from voiced.stt.witnesses import Witnesses

                threads, language = setting.profile.threads.stt, setting.voice.language
                # A small one errs often: it gives several readings, and is not asked alone.
                readings = STARTER_READINGS if is_starter else 0
                whisper = WhisperRecogniser(folder, threads=threads, language=language, alternatives=readings)
                whisper.name += STARTER if is_starter else ""
                sphinx = self._sphinx(commands) if is_starter else None
                return Witnesses(whisper, sphinx, lambda text: commands.match(text) is not None, commands.nearest)

            yield "faster-whisper" + (STARTER if is_starter else ""), load

    def _sphinx(self, commands: Sampled, *, beside: bool = False) -> "SphinxRecogniser":
        from voiced.stt.sphinx import SphinxRecogniser

        setting = self.setting
        return SphinxRecogniser(
            commands.sentences(SPHINX_SENTENCES, seed=0),
            lambda text: commands.match(text) is not None,
            wake_words=self.wake_words,
            cache=setting.paths.cache / "sphinx",
            beside=beside,
        )

    def _llama(self, wanted: str) -> Iterator[tuple[str, Callable[[], LanguageModel]]]:
        setting, llm = self.setting, self.setting.config.llm
        for path, is_starter in self._places("llm", wanted, asked=llm.model is not None):

            def load(path: Path = path, is_starter: bool = is_starter) -> LanguageModel:
                from voiced.llm.llama import LlamaModel
                from voiced.llm.native import Sampling

                model = LlamaModel(
                    path,
                    threads=setting.profile.threads.llm_decode,
                    batch_threads=setting.profile.threads.llm_prefill,
                    context=llm.context_tokens or setting.profile.budget.context_tokens,
                    sampling=Sampling(max_tokens=llm.max_tokens, temperature=llm.temperature),
                    memory=setting.paths.cache / "llm",
                )
                model.name += STARTER if is_starter else ""
                return model

            yield "llama.cpp" + (STARTER if is_starter else ""), load

    def _piper(self) -> Iterator[tuple[str, Callable[[], Synthesiser]]]:
        setting, speech = self.setting, self.setting.voice.speech
        asked = setting.config.tts.model
        wanted = asked or speech.model or setting.profile.models.tts
        for path, is_starter in self._places("tts", wanted, asked=asked is not None):

            def load(path: Path = path, is_starter: bool = is_starter) -> Synthesiser:
                from voiced.tts.piper import PiperSynthesiser

                voice = PiperSynthesiser(
                    path,
                    threads=setting.profile.threads.tts,
                    speaker=None if is_starter else speech.speaker,  # those of another model
                    speed=speech.speed,
                    variation=speech.variation,
                    cache=setting.paths.cache / "piper",
                )
                voice.name += STARTER if is_starter else ""
                return voice

            yield "piper" + (STARTER if is_starter else ""), load

    def _espeak(self) -> Iterator[tuple[str, Callable[[], Synthesiser]]]:
        from voiced.tts.espeak import EspeakSynthesiser

        speech = self.setting.voice.speech
        yield "espeak-ng", lambda: EspeakSynthesiser(speech.espeak, speed=speech.speed)

    def _kept(self, stage: str, made_from: object, load: Callable[[], Engine]) -> Engine:
        """The engine that works now, when it is made from the same and is not there in place of another."""
        before = self.before
        if before is not None and stage in before._loaded and before._loaded[stage][0] == made_from:
            engine: Engine = before._loaded[stage][1]
            if not any(each.stage == stage for each in before.replaced):
                self._loaded[stage] = made_from, engine
                return engine
        self._loaded[stage] = made_from, load()
        loaded: Engine = self._loaded[stage][1]
        return loaded

    def _files(self, kind: models.Kind, wanted: str) -> list[tuple[Path, int]]:
        """The models to try and when they were written, so that one that was put in another's place is noticed."""
        language, paths = self.setting.voice.language.split("-")[0], self.setting.paths
        found = [models.find(kind, wanted, paths), *models.others(kind, language, paths)[:1]]
        found.append(models.starter(kind, language, self.setting.starter))
        return [(place, place.stat().st_mtime_ns) for place in found if place is not None]

    def health(self) -> dict[str, str]:
        """Of each stage: "ok", or one sentence that says what is wrong. For those that were asked for."""
        told = {"wake": "ok"} | dict.fromkeys(self._loaded.keys() - {"reader"}, "ok")
        if "llm" in self._loaded and self._loaded["llm"][1] is None:
            told["llm"] = "There is no language model, so that only commands are answered."
        for each in self.replaced:
            instead = f"{each.used} takes its place" if each.used else "nothing takes its place"
            told[each.stage] = f"{each.wanted} cannot be used, so {instead}: {each.reason}"
        return told

    def _places(self, kind: models.Kind, wanted: str, *, asked: bool) -> Iterator[tuple[Path, bool]]:
        """The models to try, the best first, and whether each is a starter: the one called `wanted`, or else any other
        that is installed; then the starter. One that somebody asked for by name and is not there is worth a word."""
        language = self.setting.voice.language.split("-")[0]
        place = models.find(kind, wanted, self.setting.paths)
        if place is not None:
            yield place, False
        elif asked:
            self._fail(kind, wanted, f"There is no model called {wanted}; install it, or name another.")
        else:
            yield from ((other, False) for other in models.others(kind, language, self.setting.paths)[:1])
        starter = models.starter(kind, language, self.setting.starter)
        if starter is not None:
            yield starter, True

    def _first(self, stage: str, row: Row[Engine]) -> Engine | None:
        """The first engine of `row` that loads."""
        for name, load in row:
            try:
                engine = load()
            except EngineError as error:
                self._fail(stage, name, str(error))
            except (ImportError, OSError) as error:  # a library that is there in part, or made for another processor
                self._fail(stage, name, f"Its library cannot be loaded ({error}); install voiced again.")
            else:
                self._settle(stage, name)
                return engine
        self._settle(stage, "")
        return None

    def _fail(self, stage: str, wanted: str, reason: str) -> None:
        """Notes that `wanted` cannot be used; `_settle` says what takes its place."""
        self._failed.append((stage, wanted, reason))

    def _settle(self, stage: str, used: str) -> None:
        """Records, and logs in one sentence each, what `used` takes the place of; nothing does when that is empty."""
        for failed, wanted, reason in self._failed:
            if failed == stage:
                instead = f"{used} takes its place" if used else "nothing takes its place"
                _LOG.warning("%s cannot be used, so %s: %s", wanted, instead, reason)
                self.replaced.append(EngineReplaced(stage, wanted, used, reason))
        self._failed = [each for each in self._failed if each[0] != stage]
