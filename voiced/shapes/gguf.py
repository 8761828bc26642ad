"""A shape flows in, a GGUF that llama.cpp loads flows out: random weights, or a talker that says what it was told.

The speed of a language model depends on its shape and its quantisation, not on what it learnt, so random weights in
the shape of a real model make an honest latency benchmark without a download. A *talker* goes further: its attention
and its feed-forward layers add nothing, so the residual stream is the embedding of the present token, and the output
matrix is a table from each token to the next. Whatever it is asked, it says its answer, token by token, through the
real llama.cpp: whole conversations can be checked by what is said.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gguf import GGMLQuantizationType, GGUFWriter

Quantization: TypeAlias = Literal["F32", "Q8_0", "Q4_0"]
Architecture: TypeAlias = Literal["qwen2", "llama"]

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""The chat template that Qwen, SmolLM and many others share."""

CONTROL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
"""The control tokens of every vocabulary written here: padding and end of text, begin and end of a turn."""

WORDS = """
the be to of and a in that have I it for not on with he as you do at this but his by from they we say her she or
an will my one all would there their what so up out if about who get which go me when make can like time no just
him know take people into year your good some could them see other than then now look only come its over think
also back after use two how our work first well way even new want because any these give day most us is are was
were been has had did said does system user assistant answer answers short sentence sentences question plain
words voice machine hello please thank thanks timer minutes weather today tomorrow light lights kitchen room
music play stop set turn off name
"""
"""Each is one token behind a space, and the others are cut into the longest beginning of one of these and letters: a
prompt has 2 to 3 tokens a word, where a trained vocabulary has 1.3 and a bare byte vocabulary 5."""

OPENINGS = "system user assistant You Your The What How Why Who When Where Is Are It He She They We Hello Yes No"
"""Each is one token at the start of a line. No other lower-case words: a merge of theirs would start inside words."""


NOTHING = 1e-9
"""What a talker's layers add, in place of zero: weights that are all zero are those of a damaged file."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The numbers that decide what a model costs."""

    width: int = 64
    """Length of the residual stream; a multiple of 32."""
    layers: int = 2
    heads: int = 2
    kv_heads: int = 1
    feed_forward: int = 128
    """Width of the feed-forward layers; a multiple of 32."""
    context: int = 2048
    """Tokens that the model says it was trained on."""
    vocabulary: int = 1024
    """Number of tokens; what the words above leave over is filled with tokens that no text contains."""
    quantization: Quantization = "F32"
    """Of the matrices; the embedding, which is the output matrix too, has Q8_0 where this says Q4_0, as in the files
    that llama.cpp's own quantiser writes."""


QWEN25_05B = Shape(896, 24, 14, 2, 4864, 32_768, 151_936, "Q4_0")
"""Qwen2.5-0.5B (its published config.json), as Q4_0: a file of 352 MB."""

SMOLLM2_135M = Shape(576, 30, 9, 3, 1536, 8_192, 49_152, "Q4_0")
"""SmolLM2-135M (its published config.json), as Q4_0: a file of 92 MB."""


def write_gguf(
    path: Path,
    shape: Shape | None = None,
    *,
    architecture: Architecture = "qwen2",
    chat_template: str | None = CHATML,
    words: Sequence[str] = (),
    seed: int = 0,
) -> Path:
    """Writes a model with random weights to `path`; never holds more than one matrix in memory. `words` are further
    ones that are a single token each, behind a space."""
    shape = shape or Shape()
    merges = _merges(words)
    tokens = _fill(_vocabulary(merges), shape.vocabulary)
    rng = np.random.default_rng(seed)
    content = tokens, merges, lambda name, size: _random(rng, shape, name, size)
    return _write(path, shape, architecture, chat_template, content)


def write_talker(
    path: Path,
    answer: str | Sequence[bytes],
    *,
    chat_template: str | None = CHATML,
    endless: bool = False,
    context: int = 2048,
) -> Path:
    """Writes a model that says `answer` to whatever it is asked, then ends its turn; or, `endless`, says it for ever.

    `answer` is cut into words, or given as pieces, one per token (a piece may end inside a character). A piece that
    comes twice is joined with the next, for what comes next depends on nothing but the present token."""
    pieces = _pieces(answer) if isinstance(answer, str) else list(answer)
    if not pieces or len(set(pieces)) < len(pieces) or b"" in pieces or b"\n" in pieces:
        raise ValueError("An answer needs at least one piece, no piece twice, and none that is empty or a line break.")
    merges = _merges()
    tokens = _vocabulary(merges)
    tokens += [token for piece in pieces if (token := _spelled(piece)) not in tokens]
    width = -(-(len(pieces) + 1) // 32) * 32
    shape = Shape(width, 1, 1, 1, 32, context, len(tokens))
    states = [tokens.index(_spelled(piece)) for piece in pieces]
    after = [*states, states[0] if endless else tokens.index("<|im_end|>")]

    def weights(name: str, size: tuple[int, ...]) -> NDArray[np.float32]:
        matrix = np.full(size, NOTHING if name.startswith("blk.") else 0.0, np.float32)
        if name.endswith("norm.weight"):
            matrix[:] = 1.0
        elif name == "token_embd.weight":  # state 0 is every token outside the answer, state i its i-th piece
            matrix[:, 0] = 1.0
            for state, token in enumerate(states, 1):
                matrix[token] = np.eye(width, dtype=np.float32)[state]
        elif name == "output.weight":
            # The norm makes the one-hot stream sqrt(width) long, at least 5.6: 20 of it are 113 nats above all else.
            for state, token in enumerate(after):
                matrix[token, state] = 20.0
        return matrix

    return _write(path, shape, "llama", chat_template, (tokens, merges, weights))


def _pieces(answer: str) -> list[bytes]:
    """`answer` in words with the space before them, joined where one would come a second time."""
    pieces: list[str] = []
    held = ""
    for piece in re.findall(r"\s*\w+|\s*[^\w\s]|\s+$", answer):
        held += piece
        if held not in pieces and held != "\n":
            pieces.append(held)
            held = ""
    while held:  # the end repeats something: join it backwards
        held = pieces.pop() + held if pieces else held
        if held not in pieces:
            pieces.append(held)
            break
    return [piece.encode() for piece in pieces]


@cache
def _alphabet() -> tuple[str, ...]:
    """The printable character that stands for each byte in a byte-level vocabulary, in the order of the bytes."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return tuple(chr(byte) if byte in printable else chr(next(others)) for byte in range(256))


def _spelled(piece: bytes) -> str:
    """`piece` as a byte-level vocabulary spells it."""
    alphabet = _alphabet()
    return "".join(alphabet[byte] for byte in piece)


def _merges(words: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Every merge, the most urgent first: a beginning of a word, and the letter that follows it."""
    merges: dict[str, tuple[str, str]] = {}
    for word in [*(f" {word}" for word in [*WORDS.split(), *words]), *OPENINGS.split()]:
        spelled = _spelled(word.encode())
        for end in range(1, len(spelled)):
            merges.setdefault(spelled[: end + 1], (spelled[:end], spelled[end]))
    return list(merges.values())


def _vocabulary(merges: Sequence[tuple[str, str]]) -> list[str]:
    """Control tokens, bytes and words."""
    return [*CONTROL, *_alphabet(), *(head + letter for head, letter in merges)]


def _fill(tokens: list[str], size: int) -> list[str]:
    """`tokens`, filled up to `size` with tokens that no merge leads to."""
    if len(tokens) > size:
        raise ValueError(f"A vocabulary of {size} tokens is too small: the bytes and words take {len(tokens)}.")
    return tokens + [_spelled(f" unused{number}".encode()) for number in range(size - len(tokens))]


def _tensors(shape: Shape, architecture: Architecture, tied: bool) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and size (rows, columns) of every tensor of `architecture`."""
    width, keys, forward = shape.width, shape.width // shape.heads * shape.kv_heads, shape.feed_forward
    yield "token_embd.weight", (shape.vocabulary, width)
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        yield block + "attn_norm.weight", (width,)
        for name, rows in (("attn_q", width), ("attn_k", keys), ("attn_v", keys)):
            yield block + name + ".weight", (rows, width)
            if architecture == "qwen2":
                yield block + name + ".bias", (rows,)
        yield block + "attn_output.weight", (width, width)
        yield block + "ffn_norm.weight", (width,)
        yield block + "ffn_gate.weight", (forward, width)
        yield block + "ffn_up.weight", (forward, width)
        yield block + "ffn_down.weight", (width, forward)
    yield "output_norm.weight", (width,)
    if not tied:
        yield "output.weight", (shape.vocabulary, width)


def _kind(shape: Shape, name: str, size: tuple[int, ...]) -> "GGMLQuantizationType":
    """How the tensor is stored: vectors are never quantised."""
    from gguf import GGMLQuantizationType

    if len(size) == 1:
        return GGMLQuantizationType.F32
    kind = "Q8_0" if name == "token_embd.weight" and shape.quantization == "Q4_0" else shape.quantization
    return GGMLQuantizationType[kind]


def _random(rng: np.random.Generator, shape: Shape, name: str, size: tuple[int, ...]) -> NDArray[Any]:
    """Random values of standard deviation 1 / sqrt(columns), in the bytes of their quantisation."""
    if len(size) == 1:
        return np.full(size, 0.0 if name.endswith("bias") else 1.0, np.float32)
    kind = _kind(shape, name, size).name
    rows, columns = size
    if kind == "F32":
        return rng.standard_normal(size, np.float32) / np.float32(np.sqrt(columns))
    # A block holds 32 values: a half-precision scale, then 32 int8 (Q8_0) or 16 bytes of two values less 8 (Q4_0).
    # Uniform values have a deviation of range / sqrt(12): 73.9 for int8, 4.6 for 4 bits.
    payload, deviation = (32, 73.9) if kind == "Q8_0" else (16, 4.6)
    blocks = np.empty((rows, columns // 32, 2 + payload), np.uint8)
    blocks[..., :2] = np.frombuffer(np.float16(1 / (deviation * np.sqrt(columns))).tobytes(), np.uint8)
    for row in range(0, rows, 4096):  # in slices: no second copy of the matrix
        part = blocks[row : row + 4096, :, 2:]
        part[...] = np.frombuffer(rng.bytes(part.size), np.uint8).reshape(part.shape)
    matrix: NDArray[np.uint8] = blocks.reshape(rows, -1)
    return matrix


def _write(
    path: Path,
    shape: Shape,
    architecture: Architecture,
    chat_template: str | None,
    content: tuple[list[str], list[tuple[str, str]], Any],
) -> Path:
    """Writes the file; `content` is the vocabulary, its merges and the function that makes each tensor."""
    from gguf import GGUFWriter
    from gguf.quants import quant_shape_to_byte_shape

    tokens, merges, make = content
    shape = replace(shape, vocabulary=len(tokens))
    writer = GGUFWriter(path, architecture)
    _describe(writer, shape, chat_template)
    _add_tokenizer(writer, tokens, merges, architecture)
    tensors = list(_tensors(shape, architecture, tied=architecture == "qwen2"))
    for name, size in tensors:
        kind = _kind(shape, name, size)
        stored = size if kind.name == "F32" else quant_shape_to_byte_shape(size, kind)
        plain = kind.name == "F32"
        nbytes = int(np.prod(stored)) * (4 if plain else 1)
        writer.add_tensor_info(name, stored, np.dtype(np.float32 if plain else np.uint8), nbytes, kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for name, size in tensors:
        writer.write_tensor_data(make(name, size))
    writer.close()
    return path


def _describe(writer: "GGUFWriter", shape: Shape, chat_template: str | None) -> None:
    """Adds the shape and the chat template."""
    writer.add_name("voiced shape")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_rope_freq_base(1_000_000.0)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(shape.vocabulary)
    if chat_template is not None:
        writer.add_chat_template(chat_template)


def _add_tokenizer(
    writer: "GGUFWriter", tokens: list[str], merges: list[tuple[str, str]], architecture: Architecture
) -> None:
    """Adds a byte-level BPE that cuts text as the tokenizers of Qwen 2 or Llama 3 do before it merges."""
    from gguf import TokenType

    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2" if architecture == "qwen2" else "llama-bpe")
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.CONTROL if token in CONTROL else TokenType.NORMAL for token in tokens])
    writer.add_token_merges([f"{head} {letter}" for head, letter in merges])
    writer.add_bos_token_id(tokens.index("<|endoftext|>"))
    writer.add_eos_token_id(tokens.index("<|im_end|>"))
    writer.add_pad_token_id(tokens.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
