"""Weights flow in, a folder that faster-whisper loads flows out: int8, with its tokens and its own short preprocessor.

CTranslate2 wants q, k and v in one matrix (k's missing bias as zeros), cross attention as q and k | v, and the tokens'
embedding as projection. Timestamps were not learnt: their rows are zeros and their bias keeps them from being chosen.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from ctranslate2.specs import whisper_spec
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from torch import nn

from recipe.recogniser.network import LETTERS, SPECIAL, Attention, Layer, Network
from recipe.recogniser.training import Plan
from recipe.run import Workplace
from voiced.stt import letters

TIMES: Final = 1501
"""Timestamps from 0 to 30 s, 20 ms apart."""
NEVER: Final = -30.0
"""The logit of what was not learnt."""
MARGIN_S: Final = 0.3
"""Silence behind an utterance that the encoder should see, as it did in training; it never saw 30 s."""
MERGES: Final = (("Ġ", "-"), ("Ġ", "'"), ("Ġ", "â"))
"""A space and what it may stand before: a dash, a quotation mark, the first byte of a note."""

Array = NDArray[np.float32]


def export(place: Workplace, plan: Plan, folder: Path) -> Path:
    """Writes the cooled weights, or the latest where none were cooled, to `folder`."""
    network = Network(plan.shape)
    state = place.load("cooled") or place.load("training")
    if state is None:
        raise FileNotFoundError(f"Nothing was trained in {place.folder}: start with `python -m recipe.recogniser`.")
    network.load_state_dict(state["network"])
    write(network, folder)
    return folder


def write(network: Network, folder: Path) -> None:
    """Writes `network` to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens = vocabulary()
    spec = _spec(network, tokens)
    spec.register_vocabulary(tokens)
    _configure(spec.config, network, tokens)
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
    head = network.letters
    weight, bias = (part.detach().cpu().numpy().astype(np.float32) for part in (head.weight, head.bias))
    np.savez(folder / letters.FILE, letters=LETTERS, weight=weight, bias=bias)
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))
    extractor = {"feature_size": 80, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(extractor), encoding="utf-8")
    (folder / "voiced.json").write_text(json.dumps({"margin_s": MARGIN_S}), encoding="utf-8")


def _byte_spellings() -> list[str]:
    """Every byte, as a byte-level vocabulary spells it."""
    return sorted(pre_tokenizers.ByteLevel.alphabet())


def vocabulary() -> list[str]:
    """Text tokens, special tokens, timestamps.

    The text tokens that were learnt come first. The others are never written, but faster-whisper looks up what music
    and dashes are made of, in order to suppress it, and would suppress the space if they had no tokens."""
    letters = [letter.replace(" ", "Ġ") for letter in LETTERS]
    others = [spelling for spelling in _byte_spellings() if spelling not in letters]
    merged = ["".join(pair) for pair in MERGES]
    return [*letters, *others, *merged, *SPECIAL, *(f"<|{index * 0.02:.2f}|>" for index in range(TIMES))]


def _configure(config: Any, network: Network, tokens: list[str]) -> None:
    # Whisper suppresses what it was never meant to write; nothing of the kind was learnt here.
    config.suppress_ids = []
    config.suppress_ids_begin = []
    config.lang_ids = [tokens.index("<|en|>")]
    last = network.shape.decoder - 1
    config.alignment_heads = [(last, head) for head in range(network.shape.heads)]


def _tokenizer(tokens: list[str]) -> Tokenizer:
    """Letters one by one, and the special tokens."""
    end = tokens.index(SPECIAL[0])
    model = models.BPE(vocab={token: index for index, token in enumerate(tokens[:end])}, merges=list(MERGES))
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    times = end + len(SPECIAL)
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in tokens[end:times]])
    tokenizer.add_tokens([AddedToken(token, special=False) for token in tokens[times:]])
    return tokenizer


def _array(weights: torch.Tensor) -> Array:
    array: Array = weights.detach().float().numpy().copy()
    return array


def _linear(spec: Any, *parts: nn.Linear) -> None:
    """One matrix of several."""
    spec.weight = np.concatenate([_array(part.weight) for part in parts])
    zeros = [np.zeros(part.out_features, np.float32) for part in parts]
    spec.bias = np.concatenate(
        [zero if part.bias is None else _array(part.bias) for part, zero in zip(parts, zeros, strict=True)]
    )


def _norm(spec: Any, norm: nn.LayerNorm) -> None:
    spec.gamma, spec.beta = _array(norm.weight), _array(norm.bias)


def _attention(spec: Any, attention: Attention, crossed: bool) -> None:
    if crossed:
        _linear(spec.linear[0], attention.query)
        _linear(spec.linear[1], attention.key, attention.value)
    else:
        _linear(spec.linear[0], attention.query, attention.key, attention.value)
    _linear(spec.linear[-1], attention.out)


def _layer(spec: Any, layer: Layer) -> None:
    _norm(spec.self_attention.layer_norm, layer.norm1)
    _attention(spec.self_attention, layer.attention, crossed=False)
    if layer.cross is not None and layer.norm2 is not None:
        _norm(spec.attention.layer_norm, layer.norm2)
        _attention(spec.attention, layer.cross, crossed=True)
    _norm(spec.ffn.layer_norm, layer.norm3)
    _linear(spec.ffn.linear_0, layer.wide)
    _linear(spec.ffn.linear_1, layer.narrow)


def _spec(network: Network, tokens: list[str]) -> whisper_spec.WhisperSpec:
    shape = network.shape
    spec = whisper_spec.WhisperSpec(shape.encoder, shape.heads, shape.decoder, shape.heads)
    for target, convolution in ((spec.encoder.conv1, network.conv1), (spec.encoder.conv2, network.conv2)):
        assert convolution.bias is not None
        target.weight, target.bias = _array(convolution.weight), _array(convolution.bias)
    spec.encoder.position_encodings.encodings = _array(network.waves)
    _norm(spec.encoder.layer_norm, network.encoder_norm)
    _norm(spec.decoder.layer_norm, network.decoder_norm)
    layers = [*zip(spec.encoder.layer, network.encoder, strict=True)]
    layers += [*zip(spec.decoder.layer, network.decoder, strict=True)]
    for target, layer in layers:
        _layer(target, layer)
    # Learnt are the letters at the beginning and the special tokens; all others stay where nothing chooses them.
    places = [*range(len(LETTERS)), *(tokens.index(token) for token in SPECIAL)]
    rows, bias = np.zeros((len(tokens), shape.width), np.float32), np.full(len(tokens), NEVER, np.float32)
    rows[places], bias[places] = _array(network.embedding.weight), 0.0
    spec.decoder.embeddings.weight, spec.decoder.projection.weight = rows, rows.copy()
    spec.decoder.projection.bias = bias
    spec.decoder.position_encodings.encodings = _array(network.positions)
    return spec


__all__ = ["export", "write"]
