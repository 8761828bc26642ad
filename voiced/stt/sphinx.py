"""An utterance flows in, words flow out: pocketsphinx, told of the commands, as what works without any download.

Two readings are made of each utterance. One expects commands alone: its language model is built from the commands' own
sentences, so that accents and noise leave few other ways to read them. But it reads *anything* as commands. The other
expects any English, and is the witness: where it explains the sound better, or where the first is no whole command,
what was said was no command, and the other's reading is what was said. Measured on 140 commands and 342 everyday
sentences (flite and espeak-ng, three voices each, noise at 25 to 35 dB): of the commands read rightly 89 of 90 stay; of
the everyday sentences 6 are read as a whole command, and 2 are left when the witness has been heard. The margin below
was chosen on these same utterances, all of them by synthesisers.

It can read along while the person speaks: what is left to do at the end is a second look, 0.09 s instead of 0.4 for two
seconds of speech (of one core of a server). It does so beside a better recogniser only: see
docs/decisions/reading-along.md.
"""

import math
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from voiced import kept
from voiced.errors import EngineError
from voiced.stages import RATE, Cancelled, Pcm, Transcription, never
from voiced.stt import dictionary
from voiced.stt.english import English
from voiced.stt.told import VERSION, Told
from voiced.wakeword import spoken_form, without_wake_word

MARGIN = 1.0
"""How much better, in log score per frame of 10 ms, the commands must explain the sound than any English does. The
unit is 1/10,000 of a neper: right readings have 1.3 or more in 99 of 100 cases, 8.4 at the median."""

SURE = 3.0
"""The same for a reading that is acted upon before a better recogniser has had its say."""

FRAMES_S = 100
"""Frames of pocketsphinx per second."""

SILENCE = RATE // 5
"""Samples of silence put before and behind an utterance: pocketsphinx's models begin and end in silence."""

_SILENCE = np.zeros(SILENCE, np.int16)

QUIET = 60.0
"""Root mean square, in steps of 16 bits, under which there is nothing to read: -55 dBFS, a whisper at arm's length has
ten times as much."""


@dataclass(frozen=True, slots=True)
class Readings:
    """What an utterance is, as a command and as any English; lower case, no punctuation."""

    command: str = ""
    anything: str = ""
    better: float = -math.inf
    """How much better the command explains the sound, in 1/10,000 of a neper per frame of 10 ms."""
    certainty: float = -math.inf
    """Log probability of `anything` among all that the sound may be in any English, in nepers per second."""


class SphinxRecogniser:
    """A `Recogniser` and a `Reader`. One call at a time works, others wait; a second of speech takes 0.05 to 0.1 s for
    commands and 0.1 to 0.2 s for any English."""

    name: str = "pocketsphinx"

    def __init__(
        self,
        sentences: Callable[[], Sequence[str]],
        understood: Callable[[str], bool],
        *,
        source: str = "",
        wake_words: Sequence[str] = ("hey_jarvis",),
        cache: Path | None = None,
        beside: bool = False,
    ) -> None:
        """`sentences` draws examples of the commands, in plain lower-case words; each may follow one of `wake_words`.
        `understood` tells whether a text is a whole command. What is made from the sentences is kept in the folder
        `cache`, if one is given, and found again by the name of their `source`, without drawing any. `beside` a better
        recogniser it has to be `SURE`.

        Raises EngineError when pocketsphinx is not installed or cannot use the sentences."""
        try:
            from pocketsphinx import Decoder  # type: ignore[import-untyped]
        except ImportError as error:
            raise EngineError("pocketsphinx is not installed; install pocketsphinx 5.1.1.") from error
        self._understood = understood
        self._wake_words = tuple(wake_words)
        self._margin = SURE if beside else MARGIN
        self._lock = threading.Lock()
        self._english_lock = threading.Lock()  # held while the decoder is at work that expects any English
        self._open: tuple[int, int] | None = None  # where the utterance that is followed began, and samples read of it
        try:
            told = Told(sentences, source, [spoken_form(word) for word in wake_words])
            self._decoders = told.decoder(Decoder, cache), _free(Decoder, cache)
        except (OSError, RuntimeError, ValueError, ZeroDivisionError) as error:
            raise EngineError("pocketsphinx cannot be told of the commands; install pocketsphinx again.") from error

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, in lower case, without punctuation; none when it is silent, or nobody waits any more.
        Raises EngineError when pocketsphinx fails."""
        return self.judge(self.read(speech, cancelled))

    def read(self, speech: Pcm, cancelled: Cancelled = never) -> Readings:
        """Both readings of `speech`; empty ones when it is silent, or nobody waits any more. Raises EngineError."""
        if _silent(speech):
            return Readings()
        with self._explained():
            with self._english_lock:
                self._drop()
            commands, anything = self._decoders
            if cancelled():
                return Readings()
            _read(commands, speech)
            with self._english_lock:
                if cancelled():
                    return Readings()
                _read(anything, speech)
                return Readings() if cancelled() else self._readings(len(speech))

    def follow(self, start: int, speech: Pcm) -> None:
        """See `Reader`."""
        with self._explained(), self._english_lock:
            self._catch_up(start, speech)

    def finish(self, start: int, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """See `Reader`."""
        if _silent(speech):
            return Transcription("")
        with self._explained(), self._english_lock:
            self._catch_up(start, speech)
            if cancelled():
                return Transcription("")
            self._feed(_SILENCE)
            samples = 0 if self._open is None else self._open[1]
            self._drop()
            return self.judge(self._readings(samples))

    def _catch_up(self, start: int, speech: Pcm) -> None:
        """Reads what is new in `speech`, or all, where it is another utterance than the one that is open."""
        if self._open is None or self._open[0] != start:
            self._drop()
            self._open = start, 0
            for decoder in self._decoders:
                decoder.start_utt()
            self._feed(_SILENCE)
        self._feed(speech[self._open[1] :])
        self._open = start, max(self._open[1], len(speech))

    def _feed(self, sound: Pcm) -> None:
        for decoder in self._decoders if len(sound) else ():  # nothing at all would be an error to it
            decoder.process_raw(sound.tobytes(), full_utt=False)

    def _drop(self) -> None:
        """Ends the utterance that is open, if one is."""
        if self._open is not None:
            self._open = None
            for decoder in self._decoders:
                decoder.end_utt()

    def _readings(self, samples: int) -> Readings:
        """What the decoders made of the utterance that ended, of so many `samples`."""
        (command, score, _), (anything, witness, certainty) = (_heard(decoder) for decoder in self._decoders)
        if not anything:
            return Readings()
        seconds = (samples + 2 * SILENCE) / RATE
        return Readings(command, anything, (score - witness) / (seconds * FRAMES_S), certainty / seconds)

    def spelled(self, word: str) -> bool:
        """Whether `word`, in lower case, is one of the English that it expects."""
        with self._lock:
            return self._decoders[1].lookup_word(word) is not None

    def english(self) -> English:
        """How likely something is as English, to which the commands and the wake words belong; it can be asked while
        this reads an utterance as a command. Raises OSError."""
        commands, anything = self._decoders
        names = {name for word in self._wake_words for name in spoken_form(word).split()}
        return English(anything, self._english_lock, lambda word: commands.lookup_word(word) is not None, names)

    def judge(self, read: Readings) -> Transcription:
        """What was said, by both of its readings."""
        better = read.better >= self._margin
        if better and self._whole(read.command):
            return Transcription(read.command, (read.anything,))
        return Transcription(read.anything, (read.command,) if read.command else (), read.command if better else "")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """One call at a time; after one that failed, the next begins anew."""
        with self._lock:
            try:
                yield
            except RuntimeError as error:
                self._open = None
                for decoder in self._decoders:
                    with suppress(RuntimeError):
                        decoder.end_utt()
                raise EngineError("pocketsphinx failed; say it again, or restart voiced.") from error

    def _whole(self, text: str) -> bool:
        """Whether `text` is a command, or nothing but the wake word."""
        rest = without_wake_word(text, self._wake_words)
        return bool(text) and (not rest or self._understood(rest))


def _silent(speech: Pcm) -> bool:
    """Whether there is nothing to read."""
    return not len(speech) or float(np.sqrt(np.mean(np.square(speech, dtype=np.float64)))) < QUIET


def _read(decoder: Any, speech: Pcm) -> None:
    """Has `decoder` read a whole utterance, as if it were its first: what its front end knows of the noise is kept from
    one to the next otherwise, and the same sound is read now so, now otherwise."""
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(np.concatenate((_SILENCE, speech, _SILENCE)).tobytes(), full_utt=True)
    decoder.end_utt()


def _heard(decoder: Any) -> tuple[str, float, float]:
    """The words that `decoder` read last, their log score, in 1/10,000 of a neper, and their log probability among all
    that it has searched, in nepers."""
    found = decoder.hyp()
    if found is None or not found.hypstr or found.score <= 0:
        return "", -math.inf, -math.inf
    return str(found.hypstr), math.log(found.score) * 10_000, math.log(max(found.prob, sys.float_info.min))


def _free(decoder: Any, cache: Path | None) -> Any:
    """A decoder that expects any English."""
    if cache is not None:
        key = kept.digest(f"{VERSION} {version('pocketsphinx')}".encode())
        with suppress(OSError):  # a cache that cannot be used is none
            words = kept.find(cache, key, ".english") or kept.keep(cache, key, ".english", dictionary.write_english)
            return decoder(samprate=RATE, dict=str(words), loglevel="FATAL")
    with tempfile.TemporaryDirectory(prefix="voiced-") as folder:
        words = dictionary.write_english(Path(folder) / "english")
        return decoder(samprate=RATE, dict=str(words), loglevel="FATAL")
