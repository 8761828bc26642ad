"""A model's file flows in, the first of its matrices with a hole in it flows out.

A file that was cut off on its way and filled up with zeros has the right size and loads. What was learnt is never zero
for long: an eighth of a matrix without any other number is no weight, but a part that did not arrive.
"""

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

SHARE: Final = 8
"""Into so many parts a matrix is cut. Padding is zero too, of heads and of feed-forward layers, but takes less."""

SMALLEST: Final = 16_384
"""Bytes: what is smaller may be a table of switches."""

PIECE: Final = 65_536
"""Bytes read at once: of a whole part the first of them decide."""


class _Parameters(ctypes.Structure):
    """`gguf_init_params`."""

    _fields_ = (("no_alloc", ctypes.c_bool), ("context", ctypes.c_void_p))


def hole_in_gguf(path: Path) -> str:
    """The name of the first matrix of a layer with a hole in it; empty when there is none. To be asked about a file
    that llama.cpp has loaded: its own reader says where the matrices are.

    The embedding and the output, which tokens that nobody uses leave empty, are passed over, and so are vectors."""
    with path.open("rb") as file:
        return next((name for name, begin, size in _matrices(path) if _hole(file, begin, size)), "")


def _matrices(path: Path) -> Iterator[tuple[str, int, int]]:
    """Name, first byte and number of bytes of each."""
    from llama_cpp import llama_cpp

    lib: Any = llama_cpp._lib
    results = {
        "gguf_init_from_file": ctypes.c_void_p, "gguf_get_n_tensors": ctypes.c_int64,
        "gguf_get_tensor_name": ctypes.c_char_p, "gguf_get_tensor_offset": ctypes.c_size_t,
        "gguf_get_tensor_size": ctypes.c_size_t, "gguf_get_data_offset": ctypes.c_size_t, "gguf_free": None,
    }  # fmt: skip
    for name, kind in results.items():
        getattr(lib, name).restype = kind
    opened = lib.gguf_init_from_file(os.fsencode(path), _Parameters(True, None))
    if not opened:
        return
    there = ctypes.c_void_p(opened)
    try:
        data = lib.gguf_get_data_offset(there)
        for number in map(ctypes.c_int64, range(lib.gguf_get_n_tensors(there))):
            name = lib.gguf_get_tensor_name(there, number).decode("utf-8", "replace")
            if name.startswith("blk.") and name.endswith(".weight") and "norm" not in name:
                begin = data + lib.gguf_get_tensor_offset(there, number)
                yield name, begin, lib.gguf_get_tensor_size(there, number)
    finally:
        lib.gguf_free(there)


def _hole(file: BinaryIO, begin: int, size: int) -> bool:
    part = size // SHARE
    return size >= SMALLEST and any(_empty(file, begin + number * part, part) for number in range(SHARE))


def _empty(file: BinaryIO, begin: int, size: int) -> bool:
    file.seek(begin)
    return not any(any(file.read(min(PIECE, size - at))) for at in range(0, size, PIECE))


def hole_in_onnx(path: Path) -> str:
    """The same of a network."""
    import onnx
    from onnx import numpy_helper

    for weights in onnx.load(str(path), load_external_data=False).graph.initializer:
        numbers = numpy_helper.to_array(weights)
        if numbers.nbytes < SMALLEST or numbers.size // max(numbers.shape) < SHARE:
            continue  # a vector, or a few side by side
        flat = numbers.reshape(-1)
        part = flat.size // SHARE
        if any(not flat[at * part : (at + 1) * part].any() for at in range(SHARE)):
            return str(weights.name)
    return ""
