"""A trained network flows in, a Piper voice flows out: an `.onnx` file that also holds the vocoder, and its `.json`.

Weights are kept as 16-bit floats that the graph widens once, while it is loaded: half of the size, and the same speed.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from recipe.voice.data import LANGUAGE
from recipe.voice.features import HOP, RATE
from recipe.voice.model import STACK, Voice
from recipe.voice.vocoder import HISS, Vocoder

OPSET = 17

WANDER = 0.03
"""Deviation, in the logarithm of hertz, of the slow wandering that a noise scale of 1 adds to the pitch."""

LINGER = 0.08
"""Deviation, in the logarithm, of the lengths for a noise scale of 1."""

LIVELIER = 1.07
"""By how much the tune is stretched around its middle: on sentences that were not learnt from, what the network tells
has 0.93 of the deviation that its source has."""

SCALES = {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8}
"""As in other Piper voices, so that what is set for one suits this one as well."""


class Speaking(nn.Module):
    """What a Piper network does: phoneme numbers with pads between them to sound."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self.voice, self.vocoder = voice, Vocoder()
        slow = torch.hann_window(64)  # of frames: a third of a second
        self.register_buffer("slow", (slow / slow.square().sum().sqrt()).reshape(1, 1, -1))

    def forward(self, numbers: Tensor, lengths: Tensor, scales: Tensor) -> Tensor:
        """[1, p] and [1] to [1, 1, 1, samples]; `scales` as in Piper: noise, length, noise of the lengths."""
        # An input that is not used would vanish from the graph, and Piper gives it.
        row = numbers[0, : lengths[0]]
        real = row[torch.nonzero(row).reshape(-1)].unsqueeze(0)
        hidden = self.voice.encoded(real)
        spoken = self.voice.durations(hidden)
        uneven = torch.exp(torch.randn_like(spoken) * scales[2] * LINGER)
        ends = torch.cumsum((torch.exp(spoken) - 1) * uneven * scales[1], 1)
        count = torch.ceil(ends[0, -1] / STACK).clamp(min=1)
        steps = torch.cumsum(torch.ones_like(self._row(count)), 0) - 1
        pitch, voicing, colour = self.voice.features(self.voice.sounding(hidden, ends, steps))
        pitch = self.voice.mean[0] + (pitch - self.voice.mean[0]) * LIVELIER
        noise = torch.randn_like(pitch).unsqueeze(0)
        wander = nn.functional.conv1d(noise, self.slow, padding=32)[0, 0, : pitch.shape[1]]
        shift = torch.floor(torch.rand_like(scales[:1]) * HISS * torch.ceil(scales[:1].clamp(0, 1))).long()
        sound = self.vocoder(pitch[0] + wander * scales[0] * WANDER, (voicing[0] > 0).float(), colour[0], shift)
        return sound.reshape(1, 1, 1, -1)

    def _row(self, count: Tensor) -> Tensor:
        """As many numbers as `count` says."""
        return torch.arange(count.long(), dtype=torch.float32)  # type: ignore[call-overload,no-any-return]


def export(voice: Voice, model: Path) -> None:
    """Writes `voice` to `model`, and its description beside it."""
    import onnx

    torch.onnx.export(
        Speaking(voice.eval()).eval(),
        (torch.tensor([[1, 0, 20, 0, 61, 0, 14, 0, 2]]), torch.tensor([9]), torch.tensor([0.667, 1.0, 0.8])),
        str(model),
        dynamo=False,
        opset_version=OPSET,
        input_names=["input", "input_lengths", "scales"],
        output_names=["output"],
        dynamic_axes={"input": {1: "phonemes"}, "output": {3: "time"}},
    )
    graph = onnx.load(str(model))
    _halved(graph.graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, str(model))
    Path(f"{model}.json").write_text(json.dumps(_description(), ensure_ascii=False, indent=1) + "\n", "utf-8")


def _halved(graph: Any) -> None:
    """Keeps every large constant as 16-bit floats, with a node that widens it."""
    from onnx import TensorProto, helper, numpy_helper

    widened = []
    for constant in graph.initializer:
        value = numpy_helper.to_array(constant)
        if value.dtype != np.float32 or value.size < 256:
            continue
        name, narrow = constant.name, f"{constant.name}.half"
        constant.CopyFrom(numpy_helper.from_array(value.astype(np.float16), narrow))
        widened.append(helper.make_node("Cast", [narrow], [name], name=f"{name}.wide", to=TensorProto.FLOAT))
    nodes = [*widened, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _description() -> dict[str, Any]:
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    return {
        "audio": {"sample_rate": RATE, "quality": "starter"},
        "espeak": {"voice": LANGUAGE},
        "language": {"code": "en_US", "family": "en", "region": "US", "name_english": "English"},
        "dataset": "festvox-us-slt-hts",
        "phoneme_type": "espeak",
        "inference": SCALES,
        "num_symbols": 1 + max(number for numbers in DEFAULT_PHONEME_ID_MAP.values() for number in numbers),
        "num_speakers": 1,
        "speaker_id_map": {},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "hop_length": HOP,
    }
