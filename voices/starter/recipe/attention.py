"""Queries, keys and values flow in, what was looked at flows out: attention, written out."""

import torch
from torch import Tensor


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Attention of `query` (… × positions × width) to `key` and `value`, where `mask`, if there is one, is True.

    In bfloat16 on a processor torch's fused attention takes twice as long as these three lines.
    """
    scores = (query * query.shape[-1] ** -0.5) @ key.transpose(-2, -1)
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(-1).to(value.dtype) @ value


def earlier(query: Tensor, key: Tensor) -> Tensor:
    """The mask (positions × positions) that shows each position itself and what came before it."""
    return torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool, device=query.device).tril()


def coarse(device: torch.device) -> torch.autocast:
    """Products in bfloat16, sums in float32, where the hardware has that: 1.6 to 1.9 times as fast on a processor that
    has avx512_bf16. On one that stops at AVX2 such a product took 126 times as long as one in float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=has_bfloat16(device))


def has_bfloat16(device: torch.device) -> bool:
    """Whether `device` multiplies in bfloat16 itself."""
    capabilities = torch.cpu.get_capabilities()
    return device.type != "cpu" or bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))
