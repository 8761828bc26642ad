"""Features flow in, characters flow out: the network, in Whisper's shape so that CTranslate2 can run it.

Beside the decoder it has two heads: phones after the third encoder layer, which only training uses, and characters
(CTC) on the encoder's output, which voiced asks for a second opinion of what the decoder read.
"""

import math
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from recipe.attention import attend, earlier
from recipe.recogniser.hearing import MELS
from recipe.speech import PHONES

LETTERS: Final = " 'abcdefghijklmnopqrstuvwxyz"
SPECIAL: Final = (
    "<|endoftext|>",
    "<|startoftranscript|>",
    "<|en|>",
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
)
"""In Whisper's order: text tokens below the end, timestamps right after the last of these."""
END, START, NO_SPEECH, NO_TIMES = (len(LETTERS) + index for index in (0, 1, 7, 8))
TOKENS: Final = len(LETTERS) + len(SPECIAL)
"""Tokens that are learnt; the timestamps that follow are not."""
BLANK: Final = len(LETTERS)
"""The blank of the CTC head."""
TEXT_POSITIONS: Final = 448
"""Whisper's: no utterance of training has more than 120."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that decide what it costs."""

    width: int = 192
    heads: int = 4
    encoder: int = 4
    """Layers; the phones are read after all but the last."""
    decoder: int = 2


class Attention(nn.Module):
    """Attention of several heads; keys have no bias, as in Whisper."""

    def __init__(self, shape: Shape) -> None:
        """Of `shape`."""
        super().__init__()
        self.heads = shape.heads
        self.query, self.value, self.out = (nn.Linear(shape.width, shape.width) for _ in range(3))
        self.key = nn.Linear(shape.width, shape.width, bias=False)

    def forward(self, x: Tensor, source: Tensor, causal: bool = False) -> Tensor:
        """`x` (batch × positions × width) looks at `source`."""

        def split(y: Tensor) -> Tensor:
            return y.unflatten(2, (self.heads, -1)).transpose(1, 2)

        query, key, value = split(self.query(x)), split(self.key(source)), split(self.value(source))
        seen = attend(query, key, value, earlier(query, key) if causal else None)
        mixed: Tensor = self.out(seen.transpose(1, 2).flatten(2))
        return mixed


class Layer(nn.Module):
    """Attention to itself, to the encoder if there is one, and two matrices."""

    def __init__(self, shape: Shape, crossed: bool) -> None:
        """Of the decoder, if `crossed`."""
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(shape.width), Attention(shape)
        self.norm2 = nn.LayerNorm(shape.width) if crossed else None
        self.cross = Attention(shape) if crossed else None
        self.norm3 = nn.LayerNorm(shape.width)
        self.wide, self.narrow = nn.Linear(shape.width, 4 * shape.width), nn.Linear(4 * shape.width, shape.width)

    def forward(self, x: Tensor, source: Tensor | None = None) -> Tensor:
        """One layer further."""
        inner = self.norm1(x)
        x = x + self.attention(inner, inner, causal=self.cross is not None)
        if self.cross is not None and self.norm2 is not None and source is not None:
            x = x + self.cross(self.norm2(x), source)
        return x + self.narrow(F.gelu(self.wide(self.norm3(x))))


def waves(length: int, width: int) -> Tensor:
    """Whisper's fixed positions (length × width)."""
    steps = torch.exp(-math.log(10_000) / (width // 2 - 1) * torch.arange(width // 2))
    angles = torch.arange(length)[:, None] * steps[None]
    return torch.cat((angles.sin(), angles.cos()), 1)


class Network(nn.Module):
    """The recogniser."""

    def __init__(self, shape: Shape) -> None:
        """With random weights."""
        super().__init__()
        self.shape = shape
        width = shape.width
        self.conv1, self.conv2 = nn.Conv1d(MELS, width, 3, 1, 1), nn.Conv1d(width, width, 3, 2, 1)
        self.encoder = nn.ModuleList(Layer(shape, False) for _ in range(shape.encoder))
        self.encoder_norm = nn.LayerNorm(width)
        self.embedding = nn.Embedding(TOKENS, width)
        self.positions = nn.Parameter(0.02 * torch.randn(TEXT_POSITIONS, width))
        self.decoder = nn.ModuleList(Layer(shape, True) for _ in range(shape.decoder))
        self.decoder_norm = nn.LayerNorm(width)
        self.phones, self.letters = nn.Linear(width, len(PHONES)), nn.Linear(width, BLANK + 1)
        self.register_buffer("waves", waves(1500, width), persistent=False)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)

    def listen(self, features: Tensor, *, phones_only: bool = False) -> tuple[Tensor, Tensor]:
        """Phones' logits, and what the decoder looks at (both batch × frames / 2 × …)."""
        x = F.gelu(self.conv2(F.gelu(self.conv1(features)))).transpose(1, 2)
        x = x + self.waves[: x.shape[1]]
        for layer in self.encoder[:-1]:
            x = layer(x)
        phones = self.phones(x)
        if not phones_only:
            x = self.encoder_norm(self.encoder[-1](x))
        return phones, x

    def write(self, tokens: Tensor, heard: Tensor) -> Tensor:
        """Logits of the token after each of `tokens`."""
        x = self.embedding(tokens) + self.positions[: tokens.shape[1]]
        for layer in self.decoder:
            x = layer(x, heard)
        return self.decoder_norm(x) @ self.embedding.weight.T

    @torch.no_grad()
    def read(self, features: Tensor, longest: int = 110) -> list[str]:
        """The likeliest text, letter by letter."""
        heard = self.listen(features)[1]
        tokens = torch.tensor([[START, NO_TIMES]] * len(features), device=features.device)
        over = torch.zeros(len(features), dtype=torch.bool, device=features.device)
        for _ in range(longest):
            best = self.write(tokens, heard)[:, -1].argmax(1)
            over |= best >= len(LETTERS)
            if over.all():
                break
            tokens = torch.cat((tokens, torch.where(over, END, best)[:, None]), 1)
        return ["".join(LETTERS[token] for token in row if token < len(LETTERS)) for row in tokens.tolist()]


def spelled(text: str) -> list[int]:
    """The tokens of `text`."""
    return [LETTERS.index(letter) for letter in text]
