"""A voice of random weights as large as a real one."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from voiced.shapes.piper import write_piper
from voiced.tts.piper import PiperSynthesiser

SENTENCE = "The sky looks blue because the air scatters blue light more than red light, all day."


@pytest.fixture(scope="module")
def medium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_piper(tmp_path_factory.mktemp("voice"), medium=True)


def test_it_has_the_size_of_a_medium_voice_and_its_decoder(medium: Path) -> None:
    assert medium.stat().st_size == pytest.approx(63.2e6, rel=0.005)
    nodes = {node.name: node for node in onnx.load(str(medium)).graph.node}
    convolutions = [name for name in nodes if nodes[name].op_type in ("Conv", "ConvTranspose")]
    assert "/dec/conv_pre/Conv" in nodes
    # Before it, after it, and behind each of three up-samplings three blocks of two.
    assert sum(name.startswith("/dec/") for name in convolutions) == 2 + 3 * (1 + 3 * 2)


def said(voice: PiperSynthesiser, text: str) -> NDArray[np.float32]:
    return np.concatenate([sound.samples for sound in voice.synthesise(text)])


def test_it_speaks_at_the_pace_of_speech(medium: Path) -> None:
    voice = PiperSynthesiser(medium)
    sound = said(voice, SENTENCE)
    assert 2.5 < len(sound) / voice.rate < 7
    assert np.sqrt(np.mean(sound**2)) > 0.05


def test_it_may_have_several_speakers(tmp_path: Path) -> None:
    voice = PiperSynthesiser(write_piper(tmp_path, medium=True, speakers=("one", "two")), speaker="two")
    assert len(said(voice, "Hello there.")) > 0.1 * voice.rate
