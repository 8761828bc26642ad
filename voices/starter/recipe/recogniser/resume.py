"""An exported recogniser flows in, a network that can go on learning flows out.

What is shipped is what `export` wrote, int8, without the head that only training uses; that is learnt again in some
hundred steps. So a training need not begin from nothing on a machine that has none of the checkpoints.
"""

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from recipe.recogniser.export import SPECIAL, vocabulary
from recipe.recogniser.network import LETTERS, Attention, Layer, Network, Shape
from voiced.stt import letters

TYPES: Final = (np.float32, np.int8, np.int16, np.int32, np.float16)
"""Of CTranslate2's files, in the order of their numbers."""

Weights = dict[str, NDArray[np.float32]]


def weights(file: Path) -> Weights:
    """Every weight in a `model.bin` of CTranslate2's format 6, as numbers; int8 ones multiplied out."""
    found = dict(_variables(file.read_bytes()))
    scales = {name.removesuffix("_scale"): value for name, value in found.items() if name.endswith("_scale")}
    return {
        name: value / scales[name].reshape(-1, *[1] * (value.ndim - 1)) if name in scales else value
        for name, value in found.items()
    }


def _variables(data: bytes) -> Iterator[tuple[str, NDArray[np.float32]]]:
    at = 0

    def take(kind: str) -> int:
        nonlocal at
        (value,) = struct.unpack_from("<" + kind, data, at)
        at += struct.calcsize("<" + kind)
        return int(value)

    def word() -> str:
        nonlocal at
        length = take("H")
        text = data[at : at + length - 1].decode()
        at += length
        return text

    take("I")  # version of the format
    word()  # the specification's name
    take("I")  # and its revision
    for _ in range(take("I")):
        name = word()
        shape = [take("I") for _ in range(take("B"))]
        kind = TYPES[take("B")]
        size = take("I")
        yield name, np.frombuffer(data, kind, size // np.dtype(kind).itemsize, at).reshape(shape).astype(np.float32)
        at += size


def network(folder: Path) -> Network:
    """The recogniser in `folder`, with a new head for phones, and for letters where it has none."""
    known = weights(folder / "model.bin")
    width = known["encoder/conv1/weight"].shape[0]
    layers = {side: len({name.split("/")[1] for name in known if name.startswith(f"{side}/layer_")} - {"layer_norm"})
              for side in ("encoder", "decoder")}  # fmt: skip
    made = Network(Shape(width=width, encoder=layers["encoder"], decoder=layers["decoder"]))
    with torch.no_grad():
        for layer, name in ((made.conv1, "conv1"), (made.conv2, "conv2")):
            _put(layer, known, f"encoder/{name}")
        _norm(made.encoder_norm, known, "encoder/layer_norm")
        _norm(made.decoder_norm, known, "decoder/layer_norm")
        for side, blocks in (("encoder", made.encoder), ("decoder", made.decoder)):
            for index, block in enumerate(blocks):
                assert isinstance(block, Layer)
                _layer(block, known, f"{side}/layer_{index}")
        tokens = vocabulary()
        places = [*range(len(LETTERS)), *(tokens.index(token) for token in SPECIAL)]
        made.embedding.weight.copy_(torch.from_numpy(known["decoder/embeddings/weight"][places]))
        made.positions.copy_(torch.from_numpy(known["decoder/position_encodings/encodings"]))
        if (folder / letters.FILE).is_file():
            with np.load(folder / letters.FILE, allow_pickle=False) as head:
                made.letters.weight.copy_(torch.from_numpy(head["weight"]))
                made.letters.bias.copy_(torch.from_numpy(head["bias"]))
    return made


def mean(folders: Sequence[Path]) -> Network:
    """What lies in the middle between the recognisers in `folders` (M. Wortsman et al., Model soups, 2022). They must
    have come from one: those that began apart have nothing in common."""
    mixed, *others = map(network, folders)
    states = [mixed.state_dict(), *(other.state_dict() for other in others)]
    mixed.load_state_dict({name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]})
    return mixed


def _put(layer: nn.Conv1d | nn.Linear, known: Weights, name: str, rows: slice = slice(None)) -> None:
    layer.weight.copy_(torch.from_numpy(known[f"{name}/weight"][rows]))
    if layer.bias is not None:
        layer.bias.copy_(torch.from_numpy(known[f"{name}/bias"][rows]))


def _norm(norm: nn.LayerNorm, known: Weights, name: str) -> None:
    norm.weight.copy_(torch.from_numpy(known[f"{name}/gamma"]))
    norm.bias.copy_(torch.from_numpy(known[f"{name}/beta"]))


def _attention(attention: Attention, known: Weights, name: str, crossed: bool) -> None:
    width = attention.query.out_features
    first, second, third = (slice(part * width, (part + 1) * width) for part in range(3))
    if crossed:
        _put(attention.query, known, f"{name}/linear_0")
        _put(attention.key, known, f"{name}/linear_1", first)
        _put(attention.value, known, f"{name}/linear_1", second)
        _put(attention.out, known, f"{name}/linear_2")
    else:
        for part, rows in ((attention.query, first), (attention.key, second), (attention.value, third)):
            _put(part, known, f"{name}/linear_0", rows)
        _put(attention.out, known, f"{name}/linear_1")


def _layer(layer: Layer, known: Weights, name: str) -> None:
    _norm(layer.norm1, known, f"{name}/self_attention/layer_norm")
    _attention(layer.attention, known, f"{name}/self_attention", crossed=False)
    if layer.cross is not None and layer.norm2 is not None:
        _norm(layer.norm2, known, f"{name}/attention/layer_norm")
        _attention(layer.cross, known, f"{name}/attention", crossed=True)
    _norm(layer.norm3, known, f"{name}/ffn/layer_norm")
    _put(layer.wide, known, f"{name}/ffn/linear_0")
    _put(layer.narrow, known, f"{name}/ffn/linear_1")
