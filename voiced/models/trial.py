"""A kind and a path flow in, whether that model works flows out: loaded by voiced's own engines, and used once.

In a process of its own, because what is damaged on purpose can end a process that loads it.
`python -m voiced.models.trial KIND PATH` is that process; it prints one JSON object.
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import voiced
from voiced.errors import ModelError, VoicedError
from voiced.models import Kind
from voiced.models.holes import hole_in_gguf, hole_in_onnx

LONGEST_S: Final = 600
"""Seconds for one try: a large model on a slow SD card is read at 20 MB a second."""

ROOM: Final = 4 << 30
"""Bytes of memory beside twice the model's own: what a file claims to need beyond that it does not get."""


def try_out(kind: Kind, path: Path, shown: Path) -> dict[str, Any]:
    """What the engine says about the model: {"multilingual": true} for a recogniser, {"language": "en"} for a voice.

    `shown` is what messages call it. Raises ModelError when it does not work."""
    command = [sys.executable, "-m", "voiced.models.trial", kind, str(path)]
    try:
        done = subprocess.run(
            command,
            cwd=Path(voiced.__file__).parent.parent,
            capture_output=True,
            timeout=LONGEST_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        said = json.loads(done.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2] or "{}")
    except (subprocess.TimeoutExpired, ValueError):
        said = {}
    if said.get("works"):
        return dict(said)
    reason = str(said.get("error", "")).replace(str(path), str(shown)).replace("\n", " ")
    raise ModelError(reason or f"{shown} is damaged: it brings down the engine that loads it; get it again.")


def _language_model(path: Path) -> dict[str, Any]:
    from voiced.llm.llama import LlamaModel
    from voiced.llm.native import Loading, Sampling
    from voiced.stages import Message

    sampling = Sampling(max_tokens=4, temperature=0)
    model = LlamaModel(path, Loading(batch_threads=2, context=256, checked=True), sampling=sampling)
    _whole(path, hole_in_gguf(path))  # which may be why it answers nothing
    if not "".join(model.stream([Message("user", "Hello.")])).strip():
        raise VoicedError(f"{path} loads, but answers nothing; get it again, or choose another.")
    return {}


def _whole(path: Path, hole: str) -> None:
    """Raises VoicedError when there is a hole."""
    if hole:
        raise VoicedError(f"{path} is damaged: there are only zeros in a part of {hole}; get it again.")


def _recogniser(path: Path) -> dict[str, Any]:
    import numpy as np

    from voiced.stages import RATE
    from voiced.stt.whisper import WhisperRecogniser

    recogniser = WhisperRecogniser(path)
    noise = np.random.default_rng(0).normal(0, 2000, RATE)
    recogniser.transcribe(noise.astype(np.int16))
    return {"multilingual": bool(recogniser._model.model.is_multilingual)}


def _voice(path: Path) -> dict[str, Any]:
    import numpy as np

    from voiced.tts.piper import PiperSynthesiser

    sounds = list(PiperSynthesiser(path).synthesise("hello"))
    if not sounds or not all(np.isfinite(sound.samples).all() for sound in sounds):
        raise VoicedError(f"{path} loads, but says nothing; get it again, or choose another.")
    described = json.loads(Path(f"{path}.json").read_text("utf-8"))
    return {"language": str(described.get("espeak", {}).get("voice", ""))}


def _wake_word(path: Path) -> dict[str, Any]:
    import numpy as np

    from voiced.stages import FRAME
    from voiced.wake import OpenWakeWord

    detector = OpenWakeWord([str(path)])
    scores = detector.scores(np.zeros(FRAME, np.int16))
    if not scores or not all(-0.01 <= score <= 1.01 for score in scores.values()):
        raise VoicedError(f"{path} gives scores that are none; get it again, or choose another.")
    _whole(path, hole_in_onnx(path))
    return {}


TRIALS: Final = {"llm": _language_model, "stt": _recogniser, "tts": _voice, "wake": _wake_word}


def main(kind: str, path: Path) -> int:
    """The process: 0 if the model works."""
    size = sum(file.stat().st_size for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
    limit = 2 * size + ROOM
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))  # not RLIMIT_AS: a GPU's library reserves addresses
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        said = {"works": True} | TRIALS[kind](path)
    except VoicedError as error:
        said = {"works": False, "error": str(error)}
    except MemoryError:
        said = {"works": False, "error": f"{path} asks for more memory than a model of its size needs; get it again."}
    sys.stdout.write("\n" + json.dumps(said) + "\n")
    return 0 if said["works"] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
