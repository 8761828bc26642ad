"""An utterance flows in, words flow out: faster-whisper, on a CTranslate2 folder.

faster-whisper's own `transcribe` fills every utterance up to 30 seconds with silence and pays for that: 1,486 ms to
encode four seconds that by themselves take 85 (base, int8, one thread). Its parts are called one by one here: features,
encoder, decoder. Greedy, without the text before (it would be repeated into silence) and without timestamps.
"""

import importlib
import json
import logging
import sys
import types
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from voiced import onnx
from voiced.errors import EngineError
from voiced.stages import RATE, Cancelled, Pcm, Transcription, never
from voiced.stt import letters
from voiced.stt.gates import LETTERS, LETTERS_S, Reading, believed, runaway
from voiced.stt.search import Sentences

if TYPE_CHECKING:
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]

_LOG = logging.getLogger(__name__)

LONGEST_S = 30
"""Seconds that a Whisper reads at once."""

MARGIN_S = 2.56
"""Seconds of silence that the encoder sees behind an utterance, 128 of its positions: users of whisper.cpp run stock
models with so many (whisper.cpp issue 1855), and with none at all they break (futo-org/whisper-acft)."""

QUIET = 60.0
"""Root mean square, in steps of 16 bits, under which there is nothing to read: -55 dBFS."""

SECOND = 0.6
"""How much of what the letters say counts beside the decoder's own log probability. Of the words in everyday sentences
by unheard synthesisers that the starter gets wrong the letters mend one in ten; what no command is differs more from
all of them by 0.6 than by 0.3."""

FILES = ("model.bin", "config.json", "tokenizer.json")
"""What must be there. Without tokenizer.json faster-whisper would ask a model hub for one."""


class _Encoded(NamedTuple):
    """What the encoder made of an utterance."""

    speech: Pcm
    context_s: float
    heard: Any
    frames: int


class WhisperRecogniser:
    """A `Recogniser`. One thread at a time, and another for `glance`."""

    name: str = "faster-whisper"

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 1,
        language: str = "en",
        alternatives: int = 0,
        glances: bool = False,
        gpu: bool = False,
    ) -> None:
        """`folder` is a Whisper as CTranslate2 writes it; `language` counts for models that know several. With
        `alternatives`, so many further readings are given, which takes a search that wide instead of a greedy one. With
        `glances`, one `glance` can be taken while something is transcribed. With `gpu`, CUDA is used where CTranslate2
        was built with it and it works; otherwise the processor.

        A file voiced.json in the folder says how much silence the model wants behind an utterance: {"margin_s": 2.56},
        or null for the full 30 seconds. A file letters.npz in it is a second opinion of what was heard, which counts
        where there is more than one reading: see voiced.stt.letters. Raises EngineError when the model cannot be
        used."""
        self._folder = folder
        self._beam = alternatives + 1
        self._margin_s = _margin(folder)
        self._model = _load(folder, threads, at_once=2 if glances else 1, gpu=gpu)
        self._prompt = self._tokens(language)
        self._letters = letters.of(folder)
        self._last: _Encoded | None = None
        self.frames: list[int] = []
        """Frames that the encoder saw in each pass of the last `transcribe`: of 10 ms, or what the model's own
        preprocessor_config.json makes them."""

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`; none for silence, noise, a reading that is a guess, or when nobody waits any more.
        Raises EngineError when the model fails."""
        frames: list[int] = []
        self.frames, self._last = frames, None
        pieces = [speech]
        if len(speech) > LONGEST_S * RATE:
            pieces = [speech[at : at + LONGEST_S * RATE] for at in range(0, len(speech), LONGEST_S * RATE)]
        found = [self._piece(piece, cancelled, frames) for piece in pieces]
        if cancelled():
            return Transcription("")
        text = " ".join(each.text for each in found if each.text)
        doubt = min((each.logprob for each in found), default=0.0)
        if len(found) == 1:
            return replace(found[0], text=text)
        return Transcription(text, logprob=doubt)

    def glance(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        """The words in `speech`, which may end in the middle of one: the likeliest reading, at a short context or none
        at all. Raises EngineError when the model fails."""
        seconds = len(speech) / RATE
        if _silent(speech) or seconds > LONGEST_S:
            return Transcription("")
        readings = self._read(speech, self._short(speech), 1, cancelled, [])
        if not readings or cancelled() or runaway(readings[0].text, seconds) or not believed(readings[0]):
            return Transcription("")
        return Transcription(readings[0].text)

    def weigh(self, speech: Pcm, texts: Sequence[str]) -> list[float]:
        """How well each of `texts` explains the `speech`, which may last 30 seconds: the log probability of all of its
        tokens and of their end, and `SECOND` of what the letters say. Raises EngineError when the model fails."""
        if not texts:
            return []
        import ctranslate2  # type: ignore[import-untyped]

        tokens = [self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
        try:
            encoded, _ = self._encoded(speech, self._short(speech))
            batch = np.repeat(np.array(encoded.to_device(ctranslate2.Device.cpu)), len(texts), axis=0)
            # `align`, which is made for this, leaves the end out, and "work" would be as likely as "workout".
            found = self._model.model.generate(
                ctranslate2.StorageView.from_array(batch),
                [[*self._prompt, *each] for each in tokens],
                beam_size=1,
                max_length=2 * (max(map(len, tokens)) + len(self._prompt)),
                return_logits_vocab=True,
                suppress_blank=False,
                suppress_tokens=[],
            )
            second = self._second(encoded, texts)
        except (RuntimeError, ValueError) as error:
            raise self._failed() from error
        own = [
            _likely(np.asarray(result.logits[0]), [*each, self._end])
            for result, each in zip(found, tokens, strict=True)
        ]
        return [one + other for one, other in zip(own, second, strict=True)]

    def spell(self, speech: Pcm, among: Sentences, count: int) -> list[str]:
        """The `count` likeliest sentences of those that there are, the likeliest first, as the letters hear the
        `speech`; none where there are no letters, or it lasts longer than is read at once. Raises EngineError when the
        model fails."""
        if self._letters is None or _silent(speech) or len(speech) > LONGEST_S * RATE:
            return []
        try:
            encoded, _ = self._encoded(speech, self._short(speech))
            return among.sentences(self._letters.chances(_numbers(encoded)), self._letters.known, count)
        except (RuntimeError, ValueError) as error:
            raise self._failed() from error

    def _short(self, speech: Pcm) -> float:
        """Seconds of context for `speech` and the silence behind it."""
        return min(len(speech) / RATE + self._margin_s, float(LONGEST_S))

    def _second(self, encoded: Any, texts: Sequence[str]) -> list[float]:
        """What the letters say of `texts`, as far as it counts. Raises ValueError when they are another model's."""
        if self._letters is None:
            return [0.0] * len(texts)
        return [SECOND * likely for likely in self._letters.likely(_numbers(encoded), texts)]

    def _piece(self, speech: Pcm, cancelled: Cancelled, frames: list[int]) -> Transcription:
        if _silent(speech):
            return Transcription("")
        seconds = len(speech) / RATE
        readings: list[Reading] = []
        contexts = (self._short(speech), float(LONGEST_S))
        for context_s in dict.fromkeys(contexts):  # one pass only, where the first is a full one already
            readings = self._read(speech, context_s, self._beam, cancelled, frames)
            if not readings or not runaway(readings[0].text, seconds):
                break
        else:
            return Transcription("")  # it ran away at full context too: there are no words in there
        if not readings:
            return Transcription("")
        if not believed(readings[0]):
            return Transcription("", logprob=readings[0].logprob)
        text, *others = dict.fromkeys(reading.text for reading in readings if believed(reading))
        return Transcription(text, tuple(others), logprob=readings[0].logprob)

    def _read(self, speech: Pcm, context_s: float, beam: int, cancelled: Cancelled, frames: list[int]) -> list[Reading]:
        """One pass over `speech` with silence up to `context_s`; `beam` readings, the best first."""
        if cancelled():
            return []
        try:
            encoded, length = self._encoded(speech, context_s)
            frames.append(length)
            if cancelled():
                return []
            result = self._model.model.generate(
                encoded,
                [self._prompt],
                beam_size=beam,
                num_hypotheses=beam,
                max_length=self._limit(len(speech) / RATE),
                return_scores=True,
                return_no_speech_prob=True,
            )[0]
            texts = [self._decoded(tokens) for tokens in result.sequences_ids]
            second = self._second(encoded, texts) if beam > 1 else [0.0]
        except (RuntimeError, ValueError) as error:
            raise self._failed() from error
        # CTranslate2 averages over the tokens; Whisper's threshold counts the end of the text in.
        totals = [score * len(tokens) for tokens, score in zip(result.sequences_ids, result.scores, strict=True)]
        counts = [len(tokens) + 1 for tokens in result.sequences_ids]
        readings = [
            Reading(text, total / count, float(result.no_speech_prob), total + more)
            for text, total, count, more in zip(texts, totals, counts, second, strict=True)
        ]
        return sorted(readings, key=lambda reading: -reading.weight)

    def _encoded(self, speech: Pcm, context_s: float) -> tuple[Any, int]:
        """`speech` with silence up to `context_s` as the decoder takes it, and how many frames it is. Where there are
        letters, more will be asked of the same: what was encoded last is not encoded again. Raises RuntimeError and
        ValueError, as CTranslate2 does."""
        last = self._last
        if last is not None and last.speech is speech and last.context_s == context_s:
            return last.heard, last.frames
        audio: NDArray[np.float32] = np.zeros(max(int(context_s * RATE), len(speech)), np.float32)
        np.multiply(speech, np.float32(1 / 32768), out=audio[: len(speech)], casting="unsafe")
        extractor = self._model.feature_extractor
        features = extractor(audio, padding=0)[:, : extractor.nb_max_frames]
        encoded = _Encoded(speech, context_s, self._model.encode(features), features.shape[-1])
        self._last = encoded if self._letters is not None else None
        return encoded.heard, encoded.frames

    def _failed(self) -> EngineError:
        return EngineError(f"The recogniser {self._folder} failed; restart voiced, or get the model again.")

    def _limit(self, seconds: float) -> int:
        """CTranslate2's `max_length` for an utterance this long. It writes min(max_length / 2, max_length - prompt)
        tokens, so twice of what is wanted has to be asked for; a model's tokens may be single letters."""
        tokens = int(seconds * LETTERS_S + LETTERS) + 1  # one more than is believed, so that a runaway shows
        return min(max(2 * tokens, len(self._prompt) + tokens), int(self._model.max_length))

    def _decoded(self, tokens: list[int]) -> str:
        text: str = self._model.hf_tokenizer.decode([token for token in tokens if token < self._end])
        return text.strip()

    def _tokens(self, language: str) -> list[int]:
        """What the decoder begins with. Raises EngineError when the tokenizer is not a Whisper's."""
        names = ["<|startoftranscript|>"]
        spoken = language.split("-", maxsplit=1)[0]
        if self._model.model.is_multilingual:
            names += [f"<|{spoken}|>", "<|transcribe|>"]
        elif spoken != "en":
            raise EngineError(
                f'The recogniser {self._folder} hears English only, not "{language}"; choose a multilingual one.'
            )
        names.append("<|notimestamps|>")
        found: list[Any] = [self._model.hf_tokenizer.token_to_id(name) for name in (*names, "<|endoftext|>")]
        missing = [name for name, token in zip((*names, "<|endoftext|>"), found, strict=True) if token is None]
        if missing:
            raise EngineError(f"The recogniser {self._folder} has no token {missing[0]}; choose another model.")
        self._end = int(found.pop())
        return [int(token) for token in found]


def _likely(logits: NDArray[np.float32], tokens: Sequence[int]) -> float:
    """The log probability of `tokens`, one for each row of `logits` (tokens or more × vocabulary)."""
    rows = logits[: len(tokens)].astype(np.float64)
    rows -= rows.max(1, keepdims=True)
    return float((rows[np.arange(len(tokens)), tokens] - np.log(np.exp(rows).sum(1))).sum())


def _numbers(encoded: Any) -> NDArray[np.float32]:
    """What the encoder heard (places × width)."""
    import ctranslate2

    heard: NDArray[np.float32] = np.asarray(encoded.to_device(ctranslate2.Device.cpu), np.float32)[0]
    return heard


def _silent(speech: Pcm) -> bool:
    """Whether there is nothing to read."""
    return not len(speech) or float(np.sqrt(np.mean(np.square(speech, dtype=np.float64)))) < QUIET


def _load(folder: Path, threads: int, *, at_once: int, gpu: bool) -> "WhisperModel":
    """The model, from this folder and from nowhere else, for so many calls `at_once`: they share the weights. Raises
    EngineError."""
    if not folder.is_dir():
        raise EngineError(f"There is no recogniser {folder}; give the folder of a CTranslate2 Whisper.")
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        raise EngineError(f"The recogniser {folder} lacks {missing[0]}; get the model again.")
    # It logs what was said, at the level "debug".
    logging.getLogger("faster_whisper").setLevel(logging.WARNING)
    _import()
    from faster_whisper import WhisperModel

    if gpu and (model := _on_gpu(folder)) is not None:
        return model
    try:
        return WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=threads,
            num_workers=at_once,
            local_files_only=True,
        )
    except Exception as error:  # tokenizers raises bare Exceptions
        raise EngineError(f"The recogniser {folder} is damaged or not a CTranslate2 Whisper; get it again.") from error


def _import() -> None:
    """Imports faster-whisper, without PyAV. That decodes the files that it is not given here, and takes 17 MB of memory
    with all of FFmpeg; a placeholder stands in for it meanwhile, and is taken away again. Raises EngineError."""
    onnx.quieten()  # its voice detector would load ONNX Runtime
    stand_in = "av" not in sys.modules and "faster_whisper" not in sys.modules
    if stand_in:
        sys.modules["av"] = types.ModuleType("av")
    try:
        importlib.import_module("faster_whisper")
    except ImportError as error:
        raise EngineError("faster-whisper is not installed; install faster-whisper 1.2.1.") from error
    finally:
        if stand_in:
            del sys.modules["av"]


def _on_gpu(folder: Path) -> "WhisperModel | None":
    """The model on the first GPU, after a trial; None where that does not work. CUDA's own libraries are looked for
    when they are first needed, which would otherwise be in the middle of somebody's turn."""
    import ctranslate2
    from faster_whisper import WhisperModel

    if not ctranslate2.get_cuda_device_count():
        return None
    try:
        model = WhisperModel(str(folder), device="cuda", compute_type="int8_float16", local_files_only=True)
        model.encode(np.zeros((model.model.n_mels, 100), np.float32))
    except Exception as error:  # tokenizers raises bare Exceptions
        _LOG.warning("The recogniser cannot use the graphics processor, so the processor does its work: %s", error)
        return None
    return model


def _margin(folder: Path) -> float:
    """What voiced.json in the folder asks for. Raises EngineError when it cannot be understood."""
    path = folder / "voiced.json"
    if not path.is_file():
        return MARGIN_S
    try:
        margin = json.loads(path.read_text("utf-8"))["margin_s"]
        return float(LONGEST_S) if margin is None else min(max(float(margin), 0.0), float(LONGEST_S))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f'{path} cannot be understood; it should read {{"margin_s": {MARGIN_S}}}.') from error
