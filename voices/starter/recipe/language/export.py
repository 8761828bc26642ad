"""A checkpoint flows in, a GGUF for llama.cpp flows out: Q8_0, with the tokenizer and the chat template inside."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from tokenizers import Tokenizer

from recipe.language.model import EPSILON, THETA, Model
from recipe.language.scores import scores
from recipe.language.tokens import CONTROL, MEANINGS
from recipe.language.train import plan, tokenizer
from recipe.run import Workplace
from voiced.shapes.gguf import CHATML

if TYPE_CHECKING:
    from gguf import GGUFWriter

AGREEMENT = 0.35
"""The scores of llama.cpp and torch may differ by this much at most: 8-bit weights move scores of 10 by 0.1 or so."""

PROBE = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n"


def trained(place: Workplace) -> Model:
    """The model of the last checkpoint. Raises FileNotFoundError when there is none."""
    kept = place.load("model")
    if kept is None:
        raise FileNotFoundError(f"There is no checkpoint in {place.folder}: train first.")
    model = Model(plan(place).size)
    model.load_state_dict(kept["model"])
    return model.eval()


def export(place: Workplace, file: Path) -> Path:
    """Writes the last checkpoint to `file`. Raises ValueError as `write` does."""
    return write(trained(place), tokenizer(place), file)


def write(model: Model, words: Tokenizer, file: Path) -> Path:
    """Writes `model` to `file` and sees that llama.cpp scores as torch does. Raises ValueError if not."""
    from gguf import GGMLQuantizationType, GGUFWriter
    from gguf.quants import quantize

    unfinished = file.with_name(f".{file.name}.part")
    writer = GGUFWriter(unfinished, "qwen2")
    _describe(writer, model)
    _add_tokenizer(writer, words)
    for name, tensor in model.tensors():
        values = tensor.detach().float().contiguous().numpy()
        if values.ndim == 1:
            writer.add_tensor(name, values)
        else:
            kind = GGMLQuantizationType.Q8_0
            writer.add_tensor(name, quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    if (difference := compare(model, words, unfinished)) > AGREEMENT:
        raise ValueError(f"llama.cpp and torch disagree by {difference:.2f} on {PROBE!r}.")
    return unfinished.replace(file)


def _describe(writer: "GGUFWriter", model: Model) -> None:
    size = model.size
    writer.add_name("voiced starter")
    writer.add_license("gpl-3.0")
    writer.add_description("Answers a few kinds of questions, and says that it does not know the rest.")
    writer.add_context_length(size.context)
    writer.add_embedding_length(size.width)
    writer.add_block_count(size.layers)
    writer.add_feed_forward_length(size.feed_forward)
    writer.add_head_count(size.heads)
    writer.add_head_count_kv(size.kv_heads)
    writer.add_rope_freq_base(THETA)
    writer.add_layer_norm_rms_eps(EPSILON)
    writer.add_vocab_size(size.vocabulary)
    writer.add_chat_template(CHATML)


def _add_tokenizer(writer: "GGUFWriter", words: Tokenizer) -> None:
    from gguf import TokenType

    entries: dict[str, Any] = json.loads(words.to_str())["model"]
    tokens = sorted(entries["vocab"], key=entries["vocab"].__getitem__)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in entries["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    # Of an unused token llama.cpp prints nothing and finds none in a text, but it may be written like any other.
    writer.add_token_list([*tokens, *(f"<|meaning {number}|>" for number in range(MEANINGS))])
    kinds = [TokenType.CONTROL if token in CONTROL else TokenType.NORMAL for token in tokens]
    writer.add_token_types(kinds + [TokenType.UNUSED] * MEANINGS)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)


def compare(model: Model, words: Tokenizer, file: Path) -> float:
    """The largest difference between torch's and llama.cpp's scores after a prompt. Raises ValueError when they do not
    even cut it into the same tokens."""
    from voiced.llm.native import Loading, Native

    native = Native(file, Loading(context=256))
    try:
        tokens = native.tokenize(PROBE)
        if tokens != words.encode(PROBE).ids:
            raise ValueError(f"llama.cpp cuts {PROBE!r} into other tokens than the trainer did.")
        theirs = scores(native, PROBE)
    finally:
        native.close()
    with torch.no_grad():
        ours = model.read(tokens)[-1].numpy()
    return float(np.abs(theirs - ours).max())
