"""The voice detector against the run of its network that its own package makes over a whole file."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.speech import say
from voiced.errors import EngineError
from voiced.shapes.piper import write_piper
from voiced.stages import RATE, Pcm
from voiced.vad import SileroVad


def stream(vad: SileroVad, sound: Pcm) -> list[float]:
    """The probability of every whole chunk of `sound`."""
    return [vad.probability(sound[at : at + vad.chunk]) for at in range(0, len(sound) - vad.chunk + 1, vad.chunk)]


def utterance() -> Pcm:
    quiet = (np.random.default_rng(1).normal(0, 30, RATE)).astype(np.int16)
    return np.concatenate([quiet, say("turn the music down, please"), quiet])


def test_streaming_gives_what_faster_whisper_gives_for_the_whole_file() -> None:
    from faster_whisper.vad import get_vad_model  # type: ignore[import-untyped]

    vad, sound = SileroVad(), utterance()
    sound = sound[: len(sound) // vad.chunk * vad.chunk]
    # With a chunk behind it, because faster-whisper silences the last 64 samples of what it is given.
    padded = np.append(sound, np.zeros(vad.chunk)).astype(np.float32) / 32768
    whole: NDArray[np.float32] = get_vad_model()(padded).reshape(-1)[:-1]
    assert whole.max() > 0.9
    assert np.abs(np.array(stream(vad, sound)) - whole).max() < 1e-4


def test_speech_is_likely_and_everything_else_is_not() -> None:
    vad, sound = SileroVad(), utterance()
    found = np.array(stream(vad, sound))
    inside = found[RATE // vad.chunk + 5 : -RATE // vad.chunk - 5]
    assert np.median(inside) > 0.9
    assert found[: RATE // vad.chunk - 3].max() < 0.3
    assert found[-10:].max() < 0.1
    vad.reset()
    assert max(stream(vad, np.zeros(RATE, np.int16))) < 0.1
    tone = (np.sin(np.arange(2 * RATE) * 2 * np.pi * 440 / RATE) * 8000).astype(np.int16)
    assert np.median(stream(vad, tone)) < 0.3


def test_a_reset_forgets_what_was_heard() -> None:
    vad, sound = SileroVad(), utterance()
    first = stream(vad, sound)
    assert stream(vad, sound) != first
    vad.reset()
    assert stream(vad, sound) == first


def test_a_chunk_of_another_length_is_refused() -> None:
    with pytest.raises(EngineError, match="512"):
        SileroVad().probability(np.zeros(480, np.int16))


def test_a_missing_damaged_or_foreign_model_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.onnx").write_bytes(b"not a network")
    for path in (tmp_path / "missing.onnx", tmp_path / "bad.onnx", tmp_path):
        with pytest.raises(EngineError, match="reinstall faster-whisper"):
            SileroVad(path)
    with pytest.raises(EngineError, match="not a Silero VAD"):
        SileroVad(write_piper(tmp_path))


def test_faster_whisper_itself_is_not_imported() -> None:
    code = "import sys; from voiced.vad import SileroVad; SileroVad(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert not {"faster_whisper", "ctranslate2", "av"} & set(done.stdout.split())


def test_without_faster_whisper_it_says_what_to_install() -> None:
    code = (
        "import sys\nsys.path = [p for p in sys.path if 'site-packages' not in p]\n"
        "from voiced.vad import bundled_model\n"
        "from voiced.errors import EngineError\n"
        "try:\n    bundled_model()\nexcept EngineError as error:\n    print(error)\n"
    )
    keep = "import numpy\n"  # stays importable, as the module itself needs it
    done = subprocess.run(
        [sys.executable, "-c", keep + code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert "install faster-whisper" in done.stdout
