"""Chunks of heard sound flow in, the probability that each is speech flows out: Silero VAD v6.

The network comes inside faster-whisper's wheel, so there is nothing to download. Only the file is used: importing the
package would load CTranslate2, PyAV and tokenizers, which the wake word side of the daemon does not need.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiced import onnx
from voiced.errors import EngineError
from voiced.stages import Pcm

CHUNK = 512
"""Samples per judgement at 16 kHz, 32 ms; the network was trained on this length and takes no other."""

CONTEXT = 64
"""Samples of the chunk before that the network reads ahead of each chunk (silero-vad, `OnnxWrapper`)."""

STATE = (1, 1, 128)
"""Shape of each of the two recurrent states."""


class SileroVad:
    """A `VoiceActivity`. Owned by one thread; 0.1 to 0.2 ms per chunk on one core.

    Raises EngineError when faster-whisper's wheel or the file in it is missing or damaged."""

    chunk: int = CHUNK

    def __init__(self, model: Path | None = None) -> None:
        """`model` is a Silero v6 ONNX file; without it, the one in faster-whisper's wheel."""
        path = model or bundled_model()
        onnxruntime = onnx.runtime()
        options = onnxruntime.SessionOptions()
        options.inter_op_num_threads = 1
        options.intra_op_num_threads = 1
        options.enable_cpu_mem_arena = False  # as faster-whisper does: the arena would keep memory for nothing
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise EngineError(
                f"The voice detector's model {path} cannot be loaded; reinstall faster-whisper."
            ) from error
        inputs = [each.name for each in self._session.get_inputs()]
        if inputs != ["input", "h", "c"]:
            raise EngineError(f"{path} is not a Silero VAD v6 model: it takes {', '.join(inputs)}.")
        self.reset()

    def reset(self) -> None:
        """Forgets what it heard."""
        self._h: NDArray[np.float32] = np.zeros(STATE, np.float32)
        self._c: NDArray[np.float32] = np.zeros(STATE, np.float32)
        self._window: NDArray[np.float32] = np.zeros((1, CONTEXT + CHUNK), np.float32)

    def probability(self, samples: Pcm) -> float:
        """How likely the next 512 samples are speech, 0 to 1. Raises EngineError when the network fails."""
        if samples.shape != (CHUNK,):
            raise EngineError(f"The voice detector takes chunks of {CHUNK} samples, not {samples.shape}.")
        window = self._window
        window[0, :CONTEXT] = window[0, -CONTEXT:]
        np.multiply(samples, np.float32(1 / 32768), out=window[0, CONTEXT:], casting="unsafe")
        try:
            scores, self._h, self._c = self._session.run(None, {"input": window, "h": self._h, "c": self._c})
        except Exception as error:
            raise EngineError("The voice detector failed; restart voiced.") from error
        return float(scores[0])


def bundled_model() -> Path:
    """The Silero file in faster-whisper's wheel. Raises EngineError when it is not there."""
    spec = find_spec("faster_whisper")
    if spec is None or spec.origin is None:
        raise EngineError(
            "The voice detector is part of faster-whisper, which is not installed; install faster-whisper."
        )
    found = sorted((Path(spec.origin).parent / "assets").glob("silero_vad_v6*.onnx"))
    if not found:
        raise EngineError("faster-whisper carries no Silero VAD v6 model; install faster-whisper 1.2.1.")
    return found[-1]
