"""Tokens flow in, llama.cpp's scores of the next one flow out: for looking at a model, not for talking to it."""

import numpy as np
from numpy.typing import NDArray

from voiced.llm.native import BATCH, Native


def scores(native: Native, text: str) -> NDArray[np.float32]:
    """The score of every token as the next after `text`, which is read from its beginning."""
    tokens = native.tokenize(text)
    native.forget(0)
    for begin in range(0, len(tokens), BATCH):
        native.read(tokens[begin : begin + BATCH])
    # Native offers what voiced needs, and that is no scores.
    found = native._lib.llama_get_logits_ith(native._context, -1)
    return np.ctypeslib.as_array(found, (native._lib.llama_vocab_n_tokens(native._vocab),)).copy()


def probability(native: Native, text: str, token: str) -> float:
    """The probability that `token`, a control token's name, comes next after `text`."""
    found = scores(native, text).astype(np.float64)
    found = np.exp(found - found.max())
    return float(found[native.tokenize(token)[0]] / found.sum())
