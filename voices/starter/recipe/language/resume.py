"""An exported GGUF flows in, a model that can go on learning flows out, perhaps a larger one.

So a training need not begin from nothing on a machine that has none of the checkpoints. A model grows without
forgetting: what is new adds nothing to the stream at first (T. Chen et al., Net2Net, 2016). And several that went on
from the same one, or one and what became of it, are better in the mean of their weights than each of them (M. Wortsman
et al., Model soups, 2022).
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from recipe.language.model import Model, Size
from recipe.language.tokens import CONTROL, made


def known(file: Path) -> tuple[Model, Tokenizer]:
    """The model in `file`, 8-bit weights multiplied out, and its tokenizer."""
    from gguf import GGUFReader, TokenType
    from gguf.quants import dequantize

    reader = GGUFReader(file)

    def told(name: str) -> Any:
        field = reader.get_field(name)
        assert field is not None, f"{file} says nothing about {name}."
        return field.contents()

    vocabulary, kinds = told("tokenizer.ggml.tokens"), told("tokenizer.ggml.token_type")
    model = Model(
        Size(
            width=told("qwen2.embedding_length"),
            layers=told("qwen2.block_count"),
            heads=told("qwen2.attention.head_count"),
            kv_heads=told("qwen2.attention.head_count_kv"),
            feed_forward=told("qwen2.feed_forward_length"),
            vocabulary=len(vocabulary),
            context=told("qwen2.context_length"),
        )
    )
    values = {tensor.name: torch.tensor(dequantize(tensor.data, tensor.tensor_type)) for tensor in reader.tensors}
    with torch.no_grad():
        for name, place in model.tensors():
            place.copy_(values[name])
    text = [token for token, kind in zip(vocabulary, kinds, strict=True) if kind != TokenType.UNUSED]
    merges = [merge.split(" ") for merge in told("tokenizer.ggml.merges")]
    words = made()
    entries = json.loads(words.to_str())
    entries["model"] |= {"vocab": {token: number for number, token in enumerate(text)}, "merges": merges}
    tokenizer = Tokenizer.from_str(json.dumps(entries))
    tokenizer.add_special_tokens(CONTROL)
    return model, tokenizer


def grown(model: Model, size: Size) -> Model:
    """`model` with the layers, the feed-forward width and the tokens of `size`; it says what `model` says."""
    larger = Model(size)
    with torch.no_grad():
        larger.embedding.weight[: model.size.vocabulary] = model.embedding.weight
        larger.norm.weight.copy_(model.norm.weight)
        for number, block in enumerate(larger.blocks):
            if number >= len(model.blocks):
                block.attn_output.weight.zero_()
                block.ffn_down.weight.zero_()
                continue
            old = model.blocks[number]
            for name in ("attn_norm.weight", "ffn_norm.weight", "qkv.weight", "qkv.bias", "attn_output.weight"):
                block.get_parameter(name).copy_(old.get_parameter(name))
            width = model.size.feed_forward
            block.ffn_down.weight[:, width:] = 0
            block.ffn_down.weight[:, :width] = old.ffn_down.weight
            for wide, narrow in zip(block.gate_up.weight.chunk(2), old.gate_up.weight.chunk(2), strict=True):
                wide[:width] = narrow
    return larger


def mean(files: Sequence[Path]) -> tuple[Model, Tokenizer]:
    """The mean of the models in `files`, and their tokenizer. Raises ValueError when they cannot be mixed."""
    models, words = zip(*map(known, files), strict=True)
    if len({(model.size, tokenizer.to_str()) for model, tokenizer in zip(models, words, strict=True)}) > 1:
        raise ValueError("These models have different shapes or tokens: only what came from one can be mixed.")
    parts = [model.state_dict() for model in models]
    models[0].load_state_dict({name: torch.stack([part[name] for part in parts]).mean(0) for name in parts[0]})
    return models[0], words[0]
