"""Tokens flow in, the scores of the next ones flow out: Qwen 2's shape, small, in torch.

A step trains many conversations that begin with one system prompt. What that prompt's tokens say to the later ones is
computed once and shared, for it is three times as long as a turn.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from recipe.attention import attend, earlier

THETA = 10_000.0
"""Base of the rotary positions: enough for the 1,024 that are trained."""
EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers that decide what the model costs and can hold."""

    width: int = 256
    layers: int = 4
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 640
    vocabulary: int = 2048 + 2048
    """Tokens for text, and for what answers have to say."""
    context: int = 1024


class Norm(nn.Module):
    """Root mean square to 1, then a scale for each place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, self.weight.shape, self.weight, EPSILON)


def rotated(x: Tensor, positions: Tensor) -> Tensor:
    """`x` (..., tokens, head width), its halves turned by an angle that grows with the position (..., tokens)."""
    half = x.shape[-1] // 2
    frequencies = THETA ** (-torch.arange(half, device=x.device) / half)
    angles = positions[..., None].float() * frequencies
    cos, sin = angles.cos(), angles.sin()
    one, other = x[..., :half], x[..., half:]
    return torch.cat((one * cos - other * sin, other * cos + one * sin), -1)


class Block(nn.Module):
    """Attention and feed-forward."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.head = size.heads, size.kv_heads, size.width // size.heads
        keys = self.head * size.kv_heads
        self.attn_norm, self.ffn_norm = Norm(size.width), Norm(size.width)
        self.qkv = nn.Linear(size.width, size.width + 2 * keys)
        self.attn_output = nn.Linear(size.width, size.width, bias=False)
        self.gate_up = nn.Linear(size.width, 2 * size.feed_forward, bias=False)
        self.ffn_down = nn.Linear(size.feed_forward, size.width, bias=False)

    def forward(self, x: Tensor, places: "Places") -> Tensor:
        """`x` (tokens, width): first the prefix, then the rows one after the other."""
        x = x + self.attn_output(self._attention(self.qkv(self.attn_norm(x)), places))
        gate, up = self.gate_up(self.ffn_norm(x)).chunk(2, -1)
        done: Tensor = x + self.ffn_down(functional.silu(gate) * up)
        return done

    def _attention(self, qkv: Tensor, places: "Places") -> Tensor:
        keys = self.head * self.kv_heads
        parts = qkv.split((self.head * self.heads, keys, keys), -1)
        query, key, value = (part.view(len(qkv), -1, self.head).transpose(0, 1) for part in parts)
        query, key = rotated(query, places.positions), rotated(key, places.positions)
        group = self.heads // self.kv_heads
        key, value = key.repeat_interleave(group, 0), value.repeat_interleave(group, 0)
        length, rows = places.prefix, places.rows
        done = []
        if length:
            q, k, v = (part[:, :length] for part in (query, key, value))
            done.append(attend(q, k, v, earlier(q, k)).transpose(0, 1).flatten(1))
        if rows:
            q, k, v = (part[:, length:].unflatten(1, (rows, -1)).transpose(0, 1) for part in (query, key, value))
            k = torch.cat((key[None, :, :length].expand(rows, -1, -1, -1), k), 2)
            v = torch.cat((value[None, :, :length].expand(rows, -1, -1, -1), v), 2)
            mixed = attend(q, k, v, places.mask)
            done.append(mixed.transpose(1, 2).flatten(0, 1).flatten(1))
        return torch.cat(done)


@dataclass(frozen=True, slots=True)
class Places:
    """Who sees whom."""

    positions: Tensor
    """(tokens) position of every token in its conversation."""
    prefix: int
    """Tokens of the prefix, which all rows see."""
    rows: int = 0
    mask: Tensor | None = None
    """(rows, 1, length, prefix + length), True where the token in the row sees the other."""


class Model(nn.Module):
    """The whole model; the embedding is the output matrix too."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.size = size
        self.embedding = nn.Embedding(size.vocabulary, size.width)
        self.blocks = nn.ModuleList(Block(size) for _ in range(size.layers))
        self.norm = Norm(size.width)
        for parameter in self.parameters():
            if parameter.dim() == 2:  # narrower where a layer's result joins the stream, so that its length stays
                nn.init.normal_(parameter, std=0.02 if parameter is self.embedding.weight else size.width**-0.5 * 0.6)
        for block in self.blocks:
            for matrix in (block.attn_output, block.ffn_down):
                matrix.weight.data.mul_((2 * size.layers) ** -0.5)
            block.qkv.bias.data.zero_()

    def hidden(self, tokens: Tensor, places: Places) -> Tensor:
        """The last layer's state (tokens, width) for `tokens` (tokens)."""
        x = self.embedding(tokens)
        for block in self.blocks:
            x = block(x, places)
        state: Tensor = self.norm(x)
        return state

    def scores(self, hidden: Tensor) -> Tensor:
        """The score of every token as the next (…, vocabulary)."""
        return functional.linear(hidden, self.embedding.weight)

    @torch.no_grad()
    def read(self, tokens: list[int]) -> Tensor:
        """The scores after each of `tokens` (tokens, vocabulary), a text on its own."""
        return self.scores(self.hidden(torch.tensor(tokens), Places(torch.arange(len(tokens)), len(tokens))))

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor under llama.cpp's name for it."""
        yield "token_embd.weight", self.embedding.weight
        for number, block in enumerate(self.blocks):
            keys = block.head * block.kv_heads
            name = f"blk.{number}."
            for kind in ("weight", "bias"):
                parts = getattr(block.qkv, kind).split((self.size.width, keys, keys))
                for letter, part in zip("qkv", parts, strict=True):
                    yield f"{name}attn_{letter}.{kind}", part
            gate, up = block.gate_up.weight.chunk(2)
            yield name + "ffn_gate.weight", gate
            yield name + "ffn_up.weight", up
            for part in ("attn_norm", "attn_output", "ffn_norm", "ffn_down"):
                yield f"{name}{part}.weight", getattr(block, part).weight
        yield "output_norm.weight", self.norm.weight
