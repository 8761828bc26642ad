"""Configuration, voice and profile flow in, working engines flow out: for each stage the first of its row that loads.

The rows are DESIGN's table in code. An engine that is merely not installed is passed over quietly; one that is there
but does not work is reported, with the reason, and the next takes its place.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from voiced import models
from voiced.candidates import Candidate, Candidates
from voiced.errors import EngineError
from voiced.events import EngineReplaced
from voiced.setting import Setting
from voiced.stages import Command, Glancer, LanguageModel, Reader, Recogniser, Synthesiser, VoiceActivity, WakeDetector

if TYPE_CHECKING:
    from voiced.stt.phrases import Automaton
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

TEMPERATURE = 0.3
STARTER_TEMPERATURE = 0.1
"""Where the configuration says none. The starter model has one answer to most questions, and finds it more often the
less is left to chance: of 1,442 questions it had 87 % right with 0.1 and with nearly 0, 83 % with 0.3. A little is
left, so that its jokes are not always the same one."""


class Sampled(Protocol):
    """Commands that can say which sentences they understand."""

    def sentences(self, limit: int, seed: int) -> list[str]:
        """Up to `limit` of them, in plain lower-case words; the same for the same seed."""

    def source(self, limit: int, seed: int) -> str:
        """A name for these sentences, without drawing them."""

    def match(self, text: str) -> Command | None:
        """The command that `text` is, or None."""

    def nearest(self, readings: Sequence[str]) -> "Sequence[Near]":
        """The commands nearest to what was read, the nearest first."""

    def automaton(self) -> "Automaton":
        """Which letters may follow each other in a command."""


@dataclass(slots=True)
class Engines:
    """Loads the engines of a setting, each when it is asked for, and remembers what had to be replaced."""

    setting: Setting
    before: "Engines | None" = None
    """Those that work now: what would be loaded in the same way again is taken over from them."""
    replaced: list[EngineReplaced] = field(default_factory=list)
    wake_words: tuple[str, ...] = field(init=False)
    """The setting's; once `wake` has been asked for, those that work."""
    # stage → engines and why they failed, not yet replaced; a stage is loaded in one thread, others in others.
    _failed: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _loaded: dict[str, tuple[object, Any]] = field(default_factory=dict)  # stage → what it was made from, the engine

    def __post_init__(self) -> None:
        self.wake_words = self.setting.wake_words

    @property
    def candidates(self) -> Candidates:
        """The models that may be loaded."""
        return Candidates(self.setting)

    def _candidates(self, kind: models.Kind) -> Iterator[Candidate]:
        """Those for one stage. One that somebody asked for by name and is not there is worth a word."""
        if missing := self.candidates.missing(kind):
            self._fail(kind, missing, f"There is no model called {missing}; install it, or name another.")
        return self.candidates.of(kind)

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
        from voiced.wake import OpenWakeWord, find_word

        files = [str(find_word(word, self.setting.paths)) for word in words]
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
        setting, files = self.setting, self.candidates.written("stt")
        made_from = (setting.config.stt, setting.profile, setting.voice.language, self.wake_words, id(commands), files)
        return self._kept("stt", made_from, lambda: self._load_recogniser(commands))

    def _load_recogniser(self, commands: "Sampled") -> Recogniser:
        row: Row[Recogniser] = []
        for engine in self.setting.config.stt.engines:
            if engine == "faster-whisper":
                row += self._whisper(commands)
            elif self.setting.voice.base_language == models.STARTER_LANGUAGE:  # pocketsphinx knows no other
                row.append((engine, lambda: self._sphinx(commands)))
        found = self._first("stt", row)
        if found is None:
            raise EngineError(self.candidates.deaf())
        return found

    @property
    def _glances(self) -> bool:
        """Whether the machine has a core to spare while somebody speaks, and may use it."""
        return self.setting.profile.drafts and self.setting.config.stt.partials

    def glancer(self, recogniser: Recogniser) -> Glancer | None:
        """Who is asked about what is still being said: the `recogniser`, if it can be. None where nobody can, or
        should."""
        from voiced.stt.witnesses import Witnesses

        # A starter reads a word otherwise each time; nobody wants to see that, and the language model need not read it.
        wanted = self._glances and self.setting.drafts and not recogniser.name.endswith(STARTER)
        return recogniser if wanted and isinstance(recogniser, Witnesses) else None

    def reader(self, recogniser: Recogniser, commands: "Sampled") -> Reader | None:
        """Who reads along while the person speaks: pocketsphinx, for commands, beside a better `recogniser`, where the
        machine has a core to spare for drafts. None where nobody can."""
        from voiced.stt.sphinx import SphinxRecogniser

        setting = self.setting
        english = setting.voice.base_language == models.STARTER_LANGUAGE
        if isinstance(recogniser, SphinxRecogniser) or recogniser.name.endswith(STARTER):
            return None  # it has to hear as well as it can, and that takes the whole utterance
        if not (english and setting.drafts and "pocketsphinx" in setting.config.stt.engines):
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
        """llama.cpp, if a model is installed; None when there is none that works, or no room for one."""
        setting = self.setting
        made_from = (setting.config.llm, setting.profile, setting.context_tokens, self.candidates.written("llm"))
        return self._kept("llm", made_from, lambda: self._first("llm", list(self._llama())))

    def synthesiser(self) -> Synthesiser:
        """Piper, if a voice is installed, else espeak-ng. Raises EngineError when neither works."""
        setting, voice, files = self.setting, self.setting.voice, self.candidates.written("tts")
        made_from = (setting.config.tts, voice.speech, voice.espeak, setting.profile, files)
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
        for found in self._candidates("stt"):

            def load(folder: Path = found.place, is_starter: bool = found.starter) -> Recogniser:
                from voiced.stt.whisper import WhisperRecogniser
                from voiced.stt.witnesses import Witnesses

                threads, language = setting.profile.threads.stt, setting.voice.language
                understood = _understood(commands)
                # A small one errs often: it gives several readings, and is not asked alone.
                readings = STARTER_READINGS if is_starter else 0
                whisper = WhisperRecogniser(
                    folder,
                    threads=threads,
                    language=language,
                    alternatives=readings,
                    glances=self._glances and not is_starter,
                    gpu=setting.profile.gpu,
                )
                whisper.name += STARTER if is_starter else ""
                if not is_starter:
                    return Witnesses(whisper, None, understood, commands.nearest, self.wake_words)
                from voiced.stt.phrases import Phrases

                sphinx, letters = self._sphinx(commands), Phrases(commands.automaton())
                return Witnesses(whisper, sphinx, understood, commands.nearest, self.wake_words, letters)

            yield "faster-whisper" + (STARTER if found.starter else ""), load

    def _sphinx(self, commands: Sampled, *, beside: bool = False) -> "SphinxRecogniser":
        from voiced.stt.sphinx import SphinxRecogniser

        setting = self.setting
        return SphinxRecogniser(
            partial(commands.sentences, SPHINX_SENTENCES, seed=0),
            _understood(commands),
            source=commands.source(SPHINX_SENTENCES, seed=0),
            wake_words=self.wake_words,
            cache=setting.paths.cache / "sphinx",
            beside=beside,
        )

    def _llama(self) -> Iterator[tuple[str, Callable[[], LanguageModel]]]:
        setting, llm = self.setting, self.setting.config.llm
        for found in self._candidates("llm"):

            def load(path: Path = found.place, is_starter: bool = found.starter) -> LanguageModel:
                from voiced.llm.llama import LlamaModel
                from voiced.llm.native import Loading, Sampling

                usual = STARTER_TEMPERATURE if is_starter else TEMPERATURE
                temperature = usual if llm.temperature is None else llm.temperature
                model = LlamaModel(
                    path,
                    Loading(
                        threads=setting.profile.threads.llm_decode,
                        batch_threads=setting.profile.threads.llm_prefill,
                        context=setting.context_tokens,
                        gpu=setting.profile.gpu,
                    ),
                    sampling=Sampling(max_tokens=llm.max_tokens, temperature=temperature),
                    memory=setting.paths.cache / "llm",
                    capitals=not is_starter,
                )
                model.name += STARTER if is_starter else ""
                return model

            yield "llama.cpp" + (STARTER if found.starter else ""), load

    def _piper(self) -> Iterator[tuple[str, Callable[[], Synthesiser]]]:
        setting, speech = self.setting, self.setting.voice.speech
        for found in self._candidates("tts"):

            def load(path: Path = found.place, is_starter: bool = found.starter) -> Synthesiser:
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

            yield "piper" + (STARTER if found.starter else ""), load

    def _espeak(self) -> Iterator[tuple[str, Callable[[], Synthesiser]]]:
        from voiced.tts.espeak import EspeakSynthesiser

        voice = self.setting.voice
        yield "espeak-ng", lambda: EspeakSynthesiser(voice.espeak, speed=voice.speech.speed)

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

    def health(self) -> dict[str, str]:
        """Of each stage: "ok", or one sentence that says what is wrong. For those that were asked for."""
        told = {"wake": "ok"} | dict.fromkeys(self._loaded.keys() - {"reader"}, "ok")
        if "llm" in self._loaded and self._loaded["llm"][1] is None:
            no_room = self.setting.profile.models.llm is None and self.setting.config.llm.model is None
            why = f"The profile {self.setting.profile.name} has no room for a" if no_room else "There is no"
            why = "For now there is no" if self.setting.ease.commands_only else why
            told["llm"] = f"{why} language model, so that only commands are answered."
        for each in self.replaced:
            instead = f"{each.used} takes its place" if each.used else "nothing takes its place"
            told[each.stage] = f"{each.wanted} cannot be used, so {instead}: {each.reason}"
        return told

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
        self._failed.setdefault(stage, []).append((wanted, reason))

    def _settle(self, stage: str, used: str) -> None:
        """Records, and logs in one sentence each, what `used` takes the place of; nothing does when that is empty."""
        for wanted, reason in self._failed.pop(stage, []):
            instead = f"{used} takes its place" if used else "nothing takes its place"
            _LOG.warning("%s cannot be used, so %s: %s", wanted, instead, reason)
            self.replaced.append(EngineReplaced(stage, wanted, used, reason))


def _understood(commands: Sampled) -> Callable[[str], bool]:
    """Tells whether a text is a whole command."""
    return lambda text: commands.match(text) is not None
