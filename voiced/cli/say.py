"""`voiced say`: a text flows in, speech flows out through the speaker or into a file; `voiced voices --play` too."""

import argparse
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import numpy as np

from voiced.audio.files import write_sound
from voiced.cli.outputs import check_writable
from voiced.compose import open_speaker, settle
from voiced.engines import Engines
from voiced.errors import VoicedError
from voiced.setting import Setting
from voiced.stages import Sound
from voiced.text import speech

GENERATION = 0
"""Nothing interrupts, so one generation does."""

LONGEST_S = 3600
"""Seconds of speech that are made at most: as long as the recordings that voiced reads, and 300 MB of memory."""

NOTHING = "There is nothing to say in that text; give some words."


def run(options: argparse.Namespace) -> int:
    """Says the text of the command line."""
    setting = settle(options.config, options.profile, os.environ)
    speak(options.text, setting, options)
    return 0


def speak(text: str, setting: Setting, options: argparse.Namespace) -> None:
    """Says `text` in the voice of `setting`, to where `options` say, and tells that it did."""
    if options.output:
        check_writable(options.output)
    begin = time.perf_counter()
    synthesiser = Engines(setting).synthesiser()
    clauses = speech([text], setting.voice.language)
    sounds = _bounded(chain.from_iterable(synthesiser.synthesise(clause.spoken) for clause in clauses))
    seconds = _write(sounds, options.output) if options.output else _play(sounds, setting)
    ms = (time.perf_counter() - begin) * 1000
    if options.json:
        file = str(options.output) if options.output else ""
        print(json.dumps({"file": file, "seconds": round(seconds, 3), "ms": round(ms, 1)}))
    elif options.output:
        print(f"{options.output}: {seconds:.1f} s, spoken by {synthesiser.name}")


def _bounded(sounds: Iterator[Sound]) -> Iterator[Sound]:
    seconds = 0.0
    for sound in sounds:
        seconds += sound.seconds
        if seconds > LONGEST_S:
            raise VoicedError("That text takes longer than an hour to say; say it in parts.")
        yield sound


def _write(sounds: Iterator[Sound], path: Path) -> float:
    pieces = list(sounds)
    if not pieces:
        raise VoicedError(NOTHING)
    samples = np.concatenate([sound.samples for sound in pieces])
    write_sound(path, samples, pieces[0].rate)
    return len(samples) / pieces[0].rate


def _play(sounds: Iterator[Sound], setting: Setting) -> float:
    first = next(sounds, None)
    if first is None:
        raise VoicedError(NOTHING)
    left = threading.Event()
    seconds = 0.0
    with closing(open_speaker(setting)) as speaker:
        for sound in chain((first,), sounds):
            speaker.play(sound, GENERATION)
            seconds += sound.seconds
        speaker.mark(GENERATION, left.set)
        left.wait()
    return seconds
