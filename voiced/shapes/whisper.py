"""Sizes flow in, a Whisper that CTranslate2 loads flows out: random weights, or a teller that says what it was told.

The speed of a recogniser depends on its shape, so random weights in the shape of a real model make an honest latency
benchmark without a download. A *teller* says its text whatever it hears: its layers add nothing, each position is a
direction of its own, and the output matrix leads from each direction to the next token of the text. English only, as
CTranslate2 takes every Whisper with fewer than 51,865 tokens for one.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

BYTES = 256
"""Text tokens: one per byte, so that every text can be written."""

TIMESTAMPS = 1501
"""Tokens for 0.00 to 30.00 seconds."""

CONTROL = (
    "<|endoftext|>", "<|startoftranscript|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>",
    "<|nospeech|>", "<|notimestamps|>",
)  # fmt: skip
"""Behind the text tokens, in the order that faster-whisper counts on; the timestamps follow."""

APART = 2
"""Channels from one of a teller's directions to the next. Where a processor has no VNNI, two neighbours' products are
added in 16 bits, with 128 added to every input: 255 · 127 fits, and twice that does not. With directions side by side
"oo" was flattened to nothing there."""

PROMPT = 2
"""Tokens that an English Whisper's decoder begins with: start of transcript, no timestamps."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that decide what a model costs. base.en has 512, 8, 6, 6 and 50,256 text tokens."""

    width: int = 64
    heads: int = 2
    encoder_layers: int = 2
    decoder_layers: int = 2
    text_tokens: int = BYTES
    positions: int = 448
    """Longest text, in tokens."""
    mels: int = 80


BASE_EN = Shape(512, 8, 6, 6, 50_256)
"""Whisper base.en (openai/whisper, `ModelDimensions`)."""

TINY_EN = Shape(384, 6, 4, 4, 50_256)
"""Whisper tiny.en."""


def write_whisper(
    folder: Path,
    shape: Shape | None = None,
    *,
    says: str | None = None,
    logprob: float = 0.0,
    quantization: Literal["int8", "float32"] = "int8",
    seed: int = 0,
) -> Path:
    """Writes a model into `folder`, which is created, and returns it. `says` makes it a teller of that text, which
    gives each of its tokens about the log probability `logprob`: 0 for a sure one."""
    from ctranslate2.specs import WhisperSpec  # type: ignore[import-untyped]

    told = [] if says is None else list(says.encode())
    wanted = APART * (len(told) + PROMPT)
    size = shape or Shape(width=max(64, (wanted + 8) // 8 * 8))
    if wanted > size.width:
        raise ValueError(f"A teller of {len(told)} bytes must be {wanted} wide.")
    tokens = _vocabulary(size.text_tokens)
    spec = WhisperSpec(size.encoder_layers, size.heads, size.decoder_layers, size.heads)
    weights = _Weights(seed, size.width, quiet=says is not None)
    _encoder(spec.encoder, weights, size)
    _decoder(spec.decoder, weights, size, len(tokens))
    if says is not None:
        _tell(spec.decoder, [*told, size.text_tokens], size, len(tokens), logprob)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = []
    spec.config.alignment_heads = [(0, 0)]
    spec.register_vocabulary(tokens)
    spec.validate()
    spec.optimize(quantization=quantization)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _write_tokenizer(folder / "tokenizer.json", tokens, size.text_tokens)
    features = {"feature_size": size.mels, "sampling_rate": 16_000, "hop_length": 160, "chunk_length": 30, "n_fft": 400}
    (folder / "preprocessor_config.json").write_text(json.dumps(features), "utf-8")
    return folder


class _Weights:
    """Makes the matrices; `quiet` ones add nothing to what flows past them."""

    def __init__(self, seed: int, width: int, *, quiet: bool) -> None:
        self._random = np.random.default_rng(seed)
        self._width, self._quiet = width, quiet

    def matrix(self, *shape: int) -> NDArray[np.float32]:
        fan = int(np.prod(shape[1:]))
        return self._random.normal(0, fan**-0.5, shape).astype(np.float32)

    def linear(self, spec: Any, outputs: int, inputs: int, *, adds: bool = False) -> None:
        """A layer with a bias; one that `adds` to the stream is silent in a teller."""
        silent = adds and self._quiet
        spec.weight = np.zeros((outputs, inputs), np.float32) if silent else self.matrix(outputs, inputs)
        spec.bias = np.zeros(outputs, np.float32)

    def norm(self, spec: Any) -> None:
        spec.gamma, spec.beta = np.ones(self._width, np.float32), np.zeros(self._width, np.float32)

    def attention(self, spec: Any, *, stacked: tuple[int, ...]) -> None:
        """`stacked` are the matrices that are one: q, k and v of a self-attention; q, then k and v of a cross one."""
        self.norm(spec.layer_norm)
        for linear, count in zip(spec.linear, stacked, strict=False):
            self.linear(linear, count * self._width, self._width)
        self.linear(spec.linear[-1], self._width, self._width, adds=True)

    def feed_forward(self, spec: Any) -> None:
        self.norm(spec.layer_norm)
        self.linear(spec.linear_0, 4 * self._width, self._width)
        self.linear(spec.linear_1, self._width, 4 * self._width, adds=True)


def _encoder(spec: Any, weights: _Weights, size: Shape) -> None:
    spec.conv1.weight = weights.matrix(size.width, size.mels, 3)
    spec.conv1.bias = np.zeros(size.width, np.float32)
    spec.conv2.weight = weights.matrix(size.width, size.width, 3)
    spec.conv2.bias = np.zeros(size.width, np.float32)
    spec.position_encodings.encodings = _sinusoids(1500, size.width)
    weights.norm(spec.layer_norm)
    for layer in spec.layer:
        weights.attention(layer.self_attention, stacked=(3,))
        weights.feed_forward(layer.ffn)


def _decoder(spec: Any, weights: _Weights, size: Shape, tokens: int) -> None:
    spec.embeddings.weight = weights.matrix(tokens, size.width)
    spec.position_encodings.encodings = weights.matrix(size.positions, size.width)
    spec.projection.weight = spec.embeddings.weight
    weights.norm(spec.layer_norm)
    for layer in spec.layer:
        weights.attention(layer.self_attention, stacked=(3,))
        weights.attention(layer.attention, stacked=(1, 2))
        weights.feed_forward(layer.ffn)


def _tell(spec: Any, told: list[int], size: Shape, tokens: int, logprob: float) -> None:
    """Makes the decoder say the tokens `told`: each position is a direction of the stream, and nothing else is in it.
    Whoever asks for timestamps is told that of the beginning first."""
    positions = np.zeros((size.positions, size.width), np.float32)
    directions = positions[:, ::APART]
    np.fill_diagonal(directions, 1.0)
    output = np.zeros((tokens, size.width), np.float32)
    said = [size.text_tokens + len(CONTROL), *told]
    # All other tokens have a score of about 0, so that is the score which the wanted share asks for.
    share = math.exp(logprob)
    score = 32.0 if logprob == 0 else math.log(share * tokens / (1 - share))
    for at, token in enumerate(said):
        # Layer normalisation makes sqrt(width - 1) of a 1 among zeros and a little less than 0 of these, which counts
        # wherever else the token is said.
        elsewhere = said.count(token) - 1
        output[token, APART * (PROMPT - 2 + at)] = score * math.sqrt(size.width - 1) / (size.width - 1 - elsewhere)
    # Once over it stays over: a search of several beams goes on until all of them have come to an end.
    output[told[-1], APART * (PROMPT - 2 + len(told)) :: APART] = 4.0
    spec.embeddings.weight = np.zeros((tokens, size.width), np.float32)
    spec.position_encodings.encodings = positions
    spec.projection.weight = output


def _sinusoids(length: int, width: int) -> NDArray[np.float32]:
    """Whisper's positions: sines in the first half, cosines in the second."""
    scales = np.exp(-np.log(10_000) / (width // 2 - 1) * np.arange(width // 2))
    angles = np.arange(length)[:, None] * scales[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def _vocabulary(text_tokens: int) -> list[str]:
    from tokenizers.pre_tokenizers import ByteLevel

    letters = sorted(ByteLevel.alphabet(), key=_byte)
    filler = [f"<unused{number}>" for number in range(text_tokens - BYTES)]
    timestamps = [f"<|{number * 0.02:.2f}|>" for number in range(TIMESTAMPS)]
    return [*letters, *filler, *CONTROL, *timestamps]


def _byte(letter: str) -> int:
    """The byte that one of byte-level BPE's letters stands for: printable ones themselves, the others from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(BYTES) if byte not in printable]
    return ord(letter) if ord(letter) < BYTES else others[ord(letter) - BYTES]


def _write_tokenizer(path: Path, tokens: list[str], text_tokens: int) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokenizer = Tokenizer(models.BPE({token: number for number, token in enumerate(tokens[:text_tokens])}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in tokens[text_tokens:]])
    tokenizer.save(str(path))
