"""A wake word and a sentence flow in, spoken; whether they are noticed, by each engine that listens, flows out."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from rapidfuzz.fuzz import ratio

from voiced.audio.resample import resample
from voiced.doctor.finding import Finding, refused
from voiced.doctor.situation import Situation, replaced
from voiced.errors import EngineError, StateError
from voiced.stages import FRAME, RATE, Pcm, WakeDetector
from voiced.wake import bundled_words
from voiced.wakeword import spoken_form

SENTENCE: Final = "set a timer for five minutes"
"""A command, so that the recogniser that knows nothing else is tried on what it is for."""

UNDERSTOOD: Final = 60.0
"""How alike (0 to 100, by letters) what was understood has to be: one word of six may be wrong."""

LEAD_S: Final = 2.4
"""Seconds of silence before a wake word: the detector's warm-up, and a little more."""


@dataclass(frozen=True, slots=True)
class Woken:
    """The detector's answer to a recording."""

    word: str
    score: float


def wake_word(situation: Situation) -> Iterator[Finding]:
    """Whether the wake words wake: spoken by a synthesiser, in memory, and as the microphone heard it."""
    begin = time.perf_counter()
    try:
        detector = situation.engines.wake()
    except EngineError as error:
        yield refused("wake word", error, public="There is no working wake word.")
        return
    loaded = (time.perf_counter() - begin) * 1000
    for each in situation.engines.replaced:
        if each.stage == "wake":
            result, _, todo = each.reason.partition("; ")
            yield Finding("wake word", "fault", f'"{each.wanted}" cannot be used: {result}.'.replace("..", "."),
                          todo[:1].upper() + todo[1:], public="A wake word cannot be used.")  # fmt: skip
    words = situation.engines.wake_words
    for word in words:
        yield _said(situation, detector, word, {"load_ms": round(loaded)})
    if situation.heard is not None:
        yield judge_heard(words[0], hear(detector, situation.heard, lead_s=0))


def _said(situation: Situation, detector: WakeDetector, word: str, figures: dict[str, float]) -> Finding:
    """One of them, in memory."""
    name, bundled = spoken_form(word), word in bundled_words()
    public = f'"{name}"' if bundled else "A wake word of one's own"
    try:
        spoken = situation.person.say(name)
    except EngineError as error:
        return _nobody("wake word", error)
    try:
        woken = hear(detector, spoken)
    except EngineError as error:
        return refused("wake word", error, public="The wake word detector fails.")
    if woken is None:
        return Finding(
            "wake word", "warning", f'"{name}", said by a synthesiser, does not wake it.',
            "Say it yourself, with `voiced run`; if that does not wake it either, lower `threshold` in [wake].",
            figures, public=f"{public}, said by a synthesiser, does not wake it.",
        )  # fmt: skip
    figures = figures | {"score": round(woken.score, 3)}
    return Finding("wake word", "ok", f'"{name}", said by a synthesiser, wakes it ({woken.score:.2f}).', "", figures,
                   public=f"{public}, said by a synthesiser, wakes it.")  # fmt: skip


def _nobody(what: str, error: EngineError) -> Finding:
    """There is no synthesiser that a person is played by, which is no fault of what was to be tried."""
    return refused(what, error, outcome="skipped", public="There is nobody to say anything.")


def judge_heard(word: str, woken: Woken | None) -> Finding:
    """What to think of the wake word as the microphone heard it from the speaker."""
    name = spoken_form(word)
    if woken is not None:
        return Finding("wake word heard", "ok", f'"{name}", from the speaker, wakes it ({woken.score:.2f}).', "",
                       {"score": round(woken.score, 3)},
                       public="The wake word, from the speaker, wakes it.")  # fmt: skip
    return Finding(
        "wake word heard", "warning", f'"{name}", from the speaker, is heard, but does not wake it.',
        "Say it yourself, with `voiced run`. If it misses you: less noise, or a lower `threshold` in [wake].",
        public="The wake word, from the speaker, is heard, but does not wake it.",
    )  # fmt: skip


def hear(detector: WakeDetector, pcm: Pcm, lead_s: float = LEAD_S) -> Woken | None:
    """What the detector makes of a recording, with silence around it. Raises EngineError."""
    detector.reset()
    silence = np.zeros(int(lead_s * RATE), np.int16), np.zeros(RATE + FRAME, np.int16)
    whole = np.concatenate((silence[0], pcm, silence[1]))
    for at in range(0, len(whole) - FRAME + 1, FRAME):
        if found := detector.hear(whole[at : at + FRAME]):
            return Woken(found.word, found.score)
    return None


def voice_activity(situation: Situation) -> Iterator[Finding]:
    """Whether speech is told from silence."""
    try:
        speech = situation.person.say(SENTENCE)
    except EngineError as error:
        yield _nobody("voice detector", error)
        return
    try:
        begin = time.perf_counter()
        vad = situation.engines.vad()
        loaded = (time.perf_counter() - begin) * 1000
        found = [vad.probability(speech[at : at + vad.chunk]) for at in range(0, len(speech) - vad.chunk, vad.chunk)]
        vad.reset()
        silence = [vad.probability(np.zeros(vad.chunk, np.int16)) for _ in range(20)]
    except EngineError as error:
        yield refused("voice detector", error)
        return
    share = float(np.mean(np.array(found) > 0.5))
    figures = {"speech_percent": round(100 * share), "silence": round(max(silence), 2), "load_ms": round(loaded)}
    if share < 0.5 or max(silence) > 0.5:
        yield Finding("voice detector", "fault", "Speech is not told from silence.", "Install voiced again.", figures)
    else:
        yield Finding("voice detector", "ok", "Speech is told from silence.", "", figures)


def recogniser(situation: Situation) -> Iterator[Finding]:
    """Whether a sentence is understood, and how fast; and whether the command in it is."""
    setting = situation.trial
    english = setting.voice.language.split("-")[0] == "en"
    sentence = SENTENCE if english else setting.voice.phrases.not_understood
    try:
        begin = time.perf_counter()
        engine = situation.engines.recogniser(situation.commands)
        loaded = (time.perf_counter() - begin) * 1000
        yield from replaced(situation.engines, "stt", "speech to text")
        try:
            speech = situation.person.say(sentence) if english else _assistant_says(situation, sentence)
        except EngineError as error:
            yield _nobody("speech to text", error)
            return
        begin = time.perf_counter()
        text = engine.transcribe(speech).text
        ms = (time.perf_counter() - begin) * 1000
    except (EngineError, StateError) as error:
        yield refused("speech to text", error, public="The recogniser cannot be used.")
        return
    seconds = len(speech) / RATE
    figures = {"load_ms": round(loaded), "ms": round(ms), "speech_s": round(seconds, 1)}
    alike = ratio(text.lower().strip(" .!?"), sentence.lower().strip(" .!?"))
    pace = f"{seconds:.1f} s of speech in {ms:.0f} ms, by {engine.name}"
    if alike < UNDERSTOOD:
        yield Finding(
            "speech to text", "warning", f'It understood "{text}" where "{sentence}" was said ({pace}).',
            "A synthesiser said it; if people are misunderstood too, `voiced models pull recommended`.", figures,
        )  # fmt: skip
    elif ms > 1000 * seconds:
        yield Finding("speech to text", "warning", f"It understood the sentence, but slowly: {pace}.",
                      "See what else keeps this machine busy (`top`), or choose a smaller model.", figures)  # fmt: skip
    else:
        yield Finding("speech to text", "ok", f"It understood the sentence: {pace}.", "", figures)
    if english:
        yield _command(situation)


def _assistant_says(situation: Situation, sentence: str) -> Pcm:
    """In another language than English, in which the person cannot say it."""
    sounds = list(situation.engines.synthesiser().synthesise(sentence))
    samples = np.concatenate([np.zeros(0, np.float32), *(sound.samples for sound in sounds)])
    pcm: Pcm = (resample(samples, sounds[0].rate if sounds else RATE, RATE) * 32767).astype(np.int16)
    return pcm


def _command(situation: Situation) -> Finding:
    begin = time.perf_counter()
    command = situation.commands.match(SENTENCE)
    ms = (time.perf_counter() - begin) * 1000
    if command is None or command.intent != "HassStartTimer":
        return Finding("commands", "fault", "A command is not understood.", "Install voiced again.")
    return Finding("commands", "ok", f"A command is understood in {ms:.0f} ms.", "", {"ms": round(ms, 1)})
