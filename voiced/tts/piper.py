"""Text flows in, sound flows out window by window, spoken by a Piper voice: an `.onnx` file and its `.onnx.json`.

Piper's parts are called one by one (phonemes, their numbers) instead of its `synthesize`: that one writes the text into
the debug log, makes a sentence as a whole, cannot be cancelled, and scales every sentence to full loudness by itself,
so that a whispered "yes" comes out as loud as a shout.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from voiced import onnx
from voiced.errors import EngineError
from voiced.stages import Cancelled, Sound, never
from voiced.tts.silence import QUIET, pronounceable, trimmed
from voiced.tts.windows import Network, Session

if TYPE_CHECKING:
    from piper import PiperVoice

_LOG = logging.getLogger(__name__)

INPUTS = {"input", "input_lengths", "scales"}
"""What every Piper network takes; one with several speakers takes "sid" as well."""

LOUDNESS = 0.1
"""Root mean square of speech, -20 dBFS: as loud as espeak-ng, with 10 dB of room for peaks."""

KNEE, CEILING = 0.8, 0.97
"""Where peaks begin to be rounded, and what they never reach, so that nothing clips."""

MOST_GAIN = 10.0
"""A voice that would need more than 20 dB is broken, and amplifying it would make noise of it."""

TRIAL = "1, 2, 3."
"""Spoken once while loading: warms the network up, shows that it works, and tells how loud the voice is. Digits have
words in every language that espeak-ng knows."""

SLOWEST, FASTEST = 0.25, 4.0
"""Limits of `speed`; beyond them voices become unintelligible."""


class PiperSynthesiser:
    """A `Synthesiser`. One thread at a time."""

    name: str = "piper"

    def __init__(
        self,
        model: Path,
        *,
        threads: int = 1,
        speaker: int | str | None = None,
        speed: float = 1.0,
        variation: float | None = None,
        cache: Path | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """`model` is the `.onnx` file. `speaker` is a number or a name of a voice with several; `speed` 2 is twice as
        fast; `variation` 0 says a sentence the same way each time, 1 (as None) varies as the voice was trained to;
        `cache` is a folder for what makes the next loading faster; by `clock` it learns how fast it speaks.

        Raises EngineError when the voice cannot be used; the sentence says why."""
        if not SLOWEST <= speed <= FASTEST:
            raise EngineError(f"A Piper voice speaks at {SLOWEST} to {FASTEST} times its normal speed, not {speed}.")
        if variation is not None and not 0 <= variation <= 2:
            raise EngineError(f"The variation of a Piper voice is between 0 and 2, not {variation}.")
        self._model = model
        self._network, self._voice = _load(model, threads, cache, clock)
        self._how = _settings(self._voice, _speaker(model, self._voice, speaker), speed, variation)
        self.rate: int = self._voice.config.sample_rate
        """Samples per second of what it says."""
        self._gain = 1.0
        trial = [piece for sentence in self._phonemes(TRIAL) for piece in self._say(sentence)]
        samples = np.concatenate([np.zeros(1, np.float32), *trial])
        self._gain = _gain(samples)
        self._network.silence_s = int(np.argmax(np.abs(samples) * self._gain >= QUIET)) / self.rate

    def synthesise(self, text: str, cancelled: Cancelled = never) -> Iterator[Sound]:
        """`text` as sound at the voice's rate, in pieces: a short one first, then longer ones; each sentence begins a
        new one. `cancelled` is asked before each. Raises EngineError when the voice fails."""
        if pronounceable(text) and not cancelled():
            yield from trimmed(self._pieces(text, cancelled))

    def _pieces(self, text: str, cancelled: Cancelled) -> Iterator[Sound]:
        for sentence in self._phonemes(text):
            if cancelled():
                return
            for samples in self._say(sentence, cancelled):
                yield Sound(samples, self.rate)

    def _phonemes(self, text: str) -> list[list[str]]:
        """`text` as phonemes, sentence by sentence; none for a sentence of punctuation alone."""
        # "[[" begins raw phonemes and NUL ends the text; neither is meant in a sentence.
        plain = text.replace("[[", "[ [").replace("\0", " ").encode("utf-8", "replace").decode()
        try:
            sentences = self._voice.phonemize(plain)
        except Exception as error:
            raise EngineError(f"The voice {self._model} cannot pronounce text; get it again.") from error
        return [sentence for sentence in sentences if pronounceable("".join(sentence))]

    def _say(self, sentence: list[str], cancelled: Cancelled = never) -> Iterator[NDArray[np.float32]]:
        """The sound of `sentence` at the voice's loudness, in [-1, 1], in pieces."""
        try:
            numbers = self._voice.phonemes_to_ids(sentence)
            feed = {"input": np.array([numbers], np.int64), "input_lengths": np.array([len(numbers)], np.int64)}
            for samples in self._network.sound(feed | self._how, self.rate, cancelled):
                yield bounded(np.nan_to_num(samples) * np.float32(self._gain))
        except Exception as error:
            raise EngineError(f"The voice {self._model} failed to speak; get it again.") from error


def _load(model: Path, threads: int, cache: Path | None, clock: Callable[[], float]) -> "tuple[Network, PiperVoice]":
    """The voice, on `threads` threads. Raises EngineError."""
    onnxruntime = onnx.runtime()
    from piper import PiperVoice

    if not model.is_file():
        raise EngineError(f"There is no Piper voice {model}; give the path of its .onnx file.")
    config = _config(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Threads that wait by spinning would burn a core between two clauses; windows differ in length, so that a plan of
    # memory kept for each length would only grow.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False

    def session(path: Path) -> Session:
        return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])

    try:
        network = Network(model, session, cache, clock)
    except Exception as error:
        raise EngineError(f"The Piper voice {model} is damaged or not an ONNX file; get it again.") from error
    if not network.inputs >= INPUTS:
        raise EngineError(f"{model} is an ONNX file, but not a Piper voice.")
    if not network.windowed:
        _LOG.info("%s is not built as Piper's own voices are: a sentence is heard once all of it is made.", model.name)
    # Piper warns about each phoneme that a voice lacks, which would put pieces of what is said into the log.
    logging.getLogger("piper").setLevel(logging.ERROR)
    # Only for what comes before the network; `PiperVoice.load` would load that with a thread for each core.
    return network, PiperVoice(session=None, config=config)


def _config(model: Path) -> Any:
    """What the `.onnx.json` beside the model says. Raises EngineError."""
    from piper import PhonemeType, PiperConfig

    path = Path(f"{model}.json")
    try:
        config = PiperConfig.from_dict(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise EngineError(f"The Piper voice {model} lacks {path.name}; put that file beside it.") from None
    except OSError as error:
        raise EngineError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"{path} is not the description of a Piper voice; get it again.") from error
    if config.phoneme_type not in (PhonemeType.ESPEAK, PhonemeType.TEXT):
        raise EngineError(f"The voice {model} needs {config.phoneme_type.value} phonemes, which voiced cannot make.")
    if not isinstance(config.sample_rate, int) or not 8_000 <= config.sample_rate <= 48_000:
        raise EngineError(
            f"{path} gives {config.sample_rate} samples per second, which no Piper voice has; get it again."
        )
    return config


def _speaker(model: Path, voice: "PiperVoice", wanted: int | str | None) -> int | None:
    """The number of the speaker. Raises EngineError, with a suggestion, when there is none such."""
    count, names = voice.config.num_speakers, voice.config.speaker_id_map
    if wanted is None:
        return None
    if isinstance(wanted, str) and wanted in names:
        return names[wanted]
    if str(wanted).isdecimal() and int(wanted) < max(count, 1):
        return int(wanted)
    if count <= 1:
        raise EngineError(f"The voice {model} has one speaker, so that there is no speaker {wanted}; leave it out.")
    close = get_close_matches(str(wanted), names, n=1)
    meant = f'; did you mean "{close[0]}"?' if close else f"; they are 0 to {count - 1}{_some(names)}."
    raise EngineError(f"The voice {model} has no speaker {wanted}{meant}")


def _some(names: Mapping[str, int]) -> str:
    return f" ({', '.join(list(names)[:5])}{', ...' if len(names) > 5 else ''})" if names else ""


def _settings(
    voice: "PiperVoice", speaker: int | None, speed: float, variation: float | None
) -> dict[str, NDArray[Any]]:
    """How to speak, relative to how the voice was trained: what its network is fed beside the text."""
    config, varied = voice.config, 1.0 if variation is None else variation
    scales = [config.noise_scale * varied, config.length_scale / speed, config.noise_w_scale * varied]
    settings: dict[str, NDArray[Any]] = {"scales": np.array(scales, np.float32)}
    if config.num_speakers > 1:
        settings["sid"] = np.array([config.default_speaker_id if speaker is None else speaker], np.int64)
    return settings


def bounded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """`samples` with their peaks below `CEILING`.

    Each is bent by itself, not the sentence turned down: its loudest moment is not known when its first is played."""
    size = np.abs(samples)
    if not (size > KNEE).any():
        return samples
    room = np.float32(CEILING - KNEE)
    bent = np.copysign(KNEE + room * np.tanh((size - KNEE) / room), samples)
    return np.where(size > KNEE, bent, samples).astype(np.float32)


def _gain(samples: NDArray[np.float32]) -> float:
    """What makes `samples` as loud as `LOUDNESS`, pauses not counted.

    One gain for a voice's life, not one per sentence: it keeps loud sentences louder than quiet ones, and is known
    before the first sample, so that a sentence may be played before its end is made."""
    block = 512
    power = np.square(samples[: len(samples) // block * block].reshape(-1, block)).mean(axis=1)
    spoken = power[power > power.max(initial=0.0) / 1000]  # within 30 dB of the loudest
    if not len(spoken) or spoken.mean() < 1e-10:
        return 1.0
    return float(min(LOUDNESS / np.sqrt(spoken.mean()), MOST_GAIN))
