"""A question and a sentence flow in, whether they are answered and spoken, and how fast, flows out."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from voiced import models
from voiced.compose import conversation_of
from voiced.doctor.finding import Finding, refused
from voiced.doctor.situation import Situation, replaced
from voiced.engines import STARTER
from voiced.errors import EngineError
from voiced.hardware.vitals import read_vitals
from voiced.models.store import megabytes
from voiced.stages import Message

QUESTION: Final = "Why is the sky blue?"

SENTENCE: Final = "The timer is set for five minutes."

ANSWER_S: Final = 12.0
"""Seconds after which an answer is cut off: all trials together shall take less than a minute."""

PIECES: Final = 24
"""Pieces of an answer that are enough to tell how fast they come."""

SPOKEN: Final = 4.0
"""Pieces per second below which speaking waits for thinking: people speak three words a second, four pieces."""

BURST_S: Final = 0.1
"""Seconds: pieces that come within them came at once, and tell nothing of the pace."""

BESIDE: Final = 1.3
"""Memory that a language model takes, as a multiple of its file: its context comes on top."""


def synthesiser(situation: Situation) -> Iterator[Finding]:
    """Whether a sentence can be said, and how fast."""
    setting = situation.trial
    english = setting.voice.language.split("-")[0] == "en"
    sentence = SENTENCE if english else setting.voice.phrases.not_understood
    try:
        begin = time.perf_counter()
        engine = situation.engines.synthesiser()
        loaded = time.perf_counter()
        first, seconds = 0.0, 0.0
        for sound in engine.synthesise(sentence):
            first = first or time.perf_counter()
            seconds += sound.seconds
        end = time.perf_counter()
    except EngineError as error:
        yield refused("text to speech", error, public="The synthesiser cannot be used.")
        return
    yield from replaced(situation.engines, "tts", "text to speech")
    first_ms = round(1000 * (first - loaded)) if first else 0
    figures = {"load_ms": round(1000 * (loaded - begin)), "first_ms": first_ms, "ms": round(1000 * (end - loaded)),
               "sound_s": round(seconds, 1)}  # fmt: skip
    if not seconds:
        yield Finding(
            "text to speech", "fault", f"{engine.name} says nothing.", "Choose another voice, or get it again."
        )
        return
    pace = f"{seconds:.1f} s of speech in {figures['ms']} ms, the first of it after {first_ms}, by {engine.name}"
    if end - loaded > seconds:
        yield Finding("text to speech", "warning", f"It speaks more slowly than it is heard: {pace}.",
                      "Choose a smaller voice: one that is called low, or x_low.", figures)  # fmt: skip
    else:
        yield Finding("text to speech", "ok", f"It says a sentence: {pace}.", "", figures)


def language_model(situation: Situation) -> Iterator[Finding]:
    """Whether a question is answered, and how fast; unless that would take memory that is not there."""
    engines, file = situation.engines, _file(situation)
    free_mb = read_vitals(situation.root).available_mb
    needed = int(file.stat().st_size * BESIDE) if file is not None else 0
    if free_mb is not None and needed > free_mb * 1_000_000:
        yield _no_room(needed, free_mb, beside=situation.daemon is not None)
        return
    begin = time.perf_counter()
    model = engines.model()
    loaded = time.perf_counter()
    yield from replaced(engines, "llm", "language model")
    if model is None:
        yield Finding("language model", "warning", "There is no language model, so that only commands are answered.",
                      "`voiced models pull recommended`.")  # fmt: skip
        return
    messages = [*conversation_of(situation.trial.voice).history(), Message("user", QUESTION)]
    until, came, text = time.perf_counter() + ANSWER_S, list[float](), ""
    try:
        for piece in model.stream(messages, lambda: time.perf_counter() > until or len(came) >= PIECES):
            came.append(time.perf_counter())
            text += piece
    except EngineError as error:
        yield refused("language model", error, public="The language model fails.")
        return
    yield judge_answer(model.name, text, [at - loaded for at in came], loaded - begin)


def _no_room(needed: int, free_mb: int, *, beside: bool) -> Finding:
    """There is no memory for a model of so many bytes; no wonder `beside` a daemon that has loaded it already."""
    short = f"It needs {megabytes(needed)} of memory, and {free_mb} MB are free"
    figures = {"needed_mb": needed // 1_000_000, "free_mb": free_mb}
    if beside:
        advice = "Stop voiced and ask again."
        return Finding("language model", "skipped", f"{short} beside the voiced that runs.", advice, figures)
    return Finding("language model", "fault", f"{short}.", "Choose a smaller model, or end other programs.", figures)


def _faster(name: str) -> str:
    """What helps against a model that is too slow; there is none that is smaller than the starter."""
    if name.endswith(STARTER):
        return "Nothing is smaller than this model: look what else is running, and whether the machine is too hot."
    return "Choose a smaller model."


def judge_answer(name: str, text: str, came: list[float], load_s: float) -> Finding:
    """What to think of a model whose pieces came after so many seconds each."""
    figures = {"load_ms": round(1000 * load_s), "pieces": len(came)}
    if not text.strip():
        result = f"{name} answers nothing." if came else f"{name} has not answered within {ANSWER_S:.0f} s."
        advice = "Choose another model." if came else _faster(name)
        return Finding("language model", "fault", result, advice, figures)
    figures["first_ms"] = round(1000 * came[0])
    lasted = came[-1] - came[0]
    speed = (len(came) - 1) / lasted if lasted > BURST_S else 0.0
    pace = f"the first word after {figures['first_ms']} ms"
    if speed:
        figures["pieces_per_s"] = round(speed)
        pace += f", then {speed:.0f} pieces a second"
    if 0 < speed < SPOKEN:
        return Finding("language model", "warning", f"It answers more slowly than people speak: {pace}, by {name}.",
                       _faster(name), figures)  # fmt: skip
    return Finding("language model", "ok", f"It answers a question: {pace}, by {name}.", "", figures)


def _file(situation: Situation) -> Path | None:
    """The language model that would be loaded first."""
    setting = situation.trial
    language = setting.voice.language.split("-")[0]
    wanted = setting.config.llm.model or setting.profile.models.llm
    if wanted is None:  # the machine has no room for any
        return None
    others = models.others("llm", language, setting.paths)
    found = models.find("llm", wanted, setting.paths) or next(iter(others), None)
    return found or models.starter("llm", language, setting.starter)
