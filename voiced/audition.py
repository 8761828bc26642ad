"""A voice flows in, what it lacks on this machine flows out, and whether it works when it is tried.

`lacks` only looks, so that a list of all voices costs nothing; `tried` loads every engine of one voice and uses it.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal, TypeAlias

from voiced import models
from voiced.candidates import Candidates
from voiced.clock import SystemClock
from voiced.config.voice import Voice, load_voice
from voiced.engines import WAKE_WORD, Engines
from voiced.errors import EngineError, VoicedError
from voiced.intents.grammar import grammar_of, languages
from voiced.intents.wording import Wording
from voiced.languages import NAMES, in_english
from voiced.models.catalogue import load_catalogue
from voiced.resources import voices_dir
from voiced.setting import Setting
from voiced.stages import WakeDetector
from voiced.text import speech
from voiced.text.tables import known
from voiced.wake import OpenWakeWord, find_word
from voiced.wakeword import spoken_form

if TYPE_CHECKING:
    from voiced.intents.commands import HassilCommands

Stage: TypeAlias = Literal["wake", "commands", "stt", "text", "tts"]


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that a voice asks for and that is not here."""

    stage: Stage
    text: str
    """One sentence."""
    command: str = ""
    """What gets it; empty where no command does."""
    instead: str = ""
    """What takes its place meanwhile; empty where nothing does, so that the voice cannot be used."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of trying one stage."""

    stage: Stage
    works: bool
    text: str
    """What works, or the sentence that says why nothing does."""
    replaced: tuple[str, ...] = ()
    """Sentences about what should have worked, but does not; a model that has yet to be pulled is none."""


def lacks(setting: Setting) -> list[Lack]:
    """What the voice of `setting` lacks here. Nothing is loaded."""
    voice = setting.voice
    return [
        *_wake_words(setting), *_commands(voice), *_inherited(setting), *_recogniser(setting), *_synthesiser(setting),
        *_espeak(setting),
    ]  # fmt: skip


def _wake_words(setting: Setting) -> Iterator[Lack]:
    for word in setting.wake_words:
        try:
            find_word(word, setting.paths)
        except EngineError as error:
            yield Lack("wake", str(error), instead=WAKE_WORD)


def _commands(voice: Voice) -> Iterator[Lack]:
    language = in_english(voice.language)
    if voice.base_language not in languages():
        there = ", ".join(map(in_english, languages()))
        yield Lack("commands", f"There are no commands in {language}; choose a language that has some: {there}.")
    if not known(voice.language):
        yield Lack("text", f"Numbers, dates and short forms are read as in English, not {language}.", instead="English")


def _inherited(setting: Setting) -> Iterator[Lack]:
    """What a voice in another language than the one that it is like still has from that one."""
    voice = setting.voice
    if voice.like is None or voice.like == voice.name:
        return
    parent = load_voice(voice.like, [setting.paths.voices, voices_dir()])
    if parent.base_language == voice.base_language:
        return
    source = f"`{parent.name}`, in {in_english(parent.language)}"
    own, inherited = asdict(voice.phrases), asdict(parent.phrases)
    if same := [key for key in own if own[key] == inherited[key]]:
        which = "All phrases" if len(same) == len(own) else f"The phrases {', '.join(same)}"
        yield Lack("text", f"{which} are still those of {source}; write your own.", instead=parent.name)
    if parent.persona == voice.persona:
        yield Lack("text", f"The persona is still that of {source}; write your own.", instead=parent.name)


def _recogniser(setting: Setting) -> Iterator[Lack]:
    found = Candidates(setting)
    if not found.hears():
        yield Lack("stt", found.deaf(), f"voiced models pull {model}" if (model := found.hearing()) else "")


def _synthesiser(setting: Setting) -> Iterator[Lack]:
    wanted = setting.config.tts.model or setting.voice.speech.model
    if wanted is None or "piper" not in setting.config.tts.engines:
        return
    entry, voice = load_catalogue().get(wanted), setting.voice
    if entry is not None and not entry.speaks(voice.base_language):
        spoken = " and ".join(map(in_english, entry.languages))
        text = f"The Piper voice {wanted} speaks {spoken}, not {in_english(voice.language)}; name another as model."
        yield Lack("tts", text, instead=Candidates(setting).speaks_instead() or "espeak-ng")
        return
    if models.find("tts", wanted, setting.paths) is not None:
        return
    instead = Candidates(setting).speaks_instead() or "espeak-ng"
    if entry is not None:
        yield Lack("tts", f"The Piper voice {wanted} is not here.", f"voiced models pull {wanted}", instead)
    else:
        text = f"There is no Piper voice {wanted}, neither here nor in the catalogue; put it there, or name another."
        yield Lack("tts", text, instead=instead)


def _espeak(setting: Setting) -> Iterator[Lack]:
    """Whether espeak-ng would speak another language than the voice: a voice may have that from the one that it is
    like. What is no language, but a name such as mb-de1, is believed."""
    voice = setting.voice
    language = re.split("[-_+]", voice.espeak, maxsplit=1)[0]
    if "espeak-ng" not in setting.config.tts.engines or language not in NAMES or language == voice.base_language:
        return
    text = (
        f"espeak-ng would speak {in_english(language)}, not {in_english(voice.language)}; write espeak = "
        f'"{replace(voice, speech=replace(voice.speech, espeak=None)).espeak}" into [speech].'
    )
    yield Lack("tts", text, instead=f"espeak-ng's voice {voice.espeak}")


def tried(setting: Setting) -> Iterator[Tried]:
    """Each stage of the voice, loaded and used once, one after the other: seconds each. Timers are left alone."""
    from voiced.intents.commands import HassilCommands
    from voiced.intents.timers import Timers

    engines, clock = Engines(setting), SystemClock()
    with TemporaryDirectory(prefix="voiced-") as folder:
        timers = Timers(Path(folder) / "timers.sqlite", clock)
        try:
            try:
                wrong = (*_many(engines.wake()), *_replaced(engines, "wake"))
                yield Tried("wake", True, " and ".join(engines.wake_words), wrong)
            except VoicedError as error:
                yield Tried("wake", False, str(error))
            try:
                commands = HassilCommands(setting.voice.language, timers, clock, engines.wake_words)
                yield Tried("commands", True, in_english(setting.voice.language))
            except VoicedError as error:
                yield Tried("commands", False, str(error))
                if not engines.candidates.hears():  # it cannot be tried without commands, of which it is told
                    yield Tried("stt", False, engines.candidates.deaf())
            else:
                yield _heard(engines, commands)
        finally:
            timers.close()
    yield _spoken(setting, engines)


def _many(detector: WakeDetector) -> Iterator[str]:
    """What is wrong with networks of several phrases, which openWakeWord trained for commands without a wake word."""
    for first in detector.commands if isinstance(detector, OpenWakeWord) else ():
        yield (
            f'One of them stands for several phrases, such as "{spoken_form(first)}": each of them wakes, and no '
            f"threshold can be found for it; choose a wake word of one phrase, such as {WAKE_WORD}."
        )


def _heard(engines: Engines, commands: "HassilCommands") -> Tried:
    try:
        return Tried("stt", True, engines.recogniser(commands).name, _replaced(engines, "stt"))
    except VoicedError as error:
        return Tried("stt", False, str(error), _replaced(engines, "stt"))


def _spoken(setting: Setting, engines: Engines) -> Tried:
    """Says the sample to nobody."""
    try:
        synthesiser = engines.synthesiser()
        clauses = speech([sample(setting.voice, datetime.now())], setting.voice.language)
        seconds = sum(sound.seconds for clause in clauses for sound in synthesiser.synthesise(clause.spoken))
    except VoicedError as error:
        return Tried("tts", False, str(error), _replaced(engines, "tts"))
    if not seconds:
        return Tried("tts", False, f"{synthesiser.name} says nothing; get its model again, or choose another.")
    # Nobody tries to load a model that cannot be the right one.
    wrong = _replaced(engines, "tts") or tuple(lack.text for lack in _synthesiser(setting) if not lack.command)
    return Tried("tts", True, synthesiser.name, (*wrong, *_stand_in(setting)))


def _stand_in(setting: Setting) -> Iterator[str]:
    """What is wrong with espeak-ng's voice, which is needed only when Piper cannot speak, and then at once."""
    from voiced.tts.espeak import EspeakSynthesiser

    yield from (lack.text for lack in _espeak(setting))
    if "espeak-ng" in setting.config.tts.engines and which("espeak-ng"):
        try:
            EspeakSynthesiser(setting.voice.espeak, speed=setting.voice.speech.speed)
        except EngineError as error:
            yield str(error)


def _replaced(engines: Engines, stage: Stage) -> tuple[str, ...]:
    return tuple(
        f"{each.wanted} cannot be used, so {each.used or 'nothing'} takes its place: {each.reason}"
        for each in engines.replaced
        if each.stage == stage
    )


def sample(voice: Voice, moment: datetime) -> str:
    """A few sentences in the voice's language, with a date and a time in them."""
    try:
        wording = Wording(grammar_of(voice.language))
    except EngineError:
        return f"{voice.phrases.timer_ended} {voice.phrases.not_understood}"
    time = wording.time(moment).rstrip(".")
    ended = voice.phrases.named_timer_ended.format(name=wording.name("pizza"))
    return f"{wording.weekday(moment)} {time}. {ended}"
