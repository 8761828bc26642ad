"""Tokens flow in, the next token flows out: llama.cpp's own functions, and nothing that knows of conversations.

The functions of libllama are called directly rather than through the package's `Llama` class: that one keeps a matrix
of scores as large as vocabulary x batch (311 MB for Qwen2.5), gives no way to stop while it reads a prompt, and prints.
"""

import ctypes
import logging
import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from voiced.errors import EngineError

log = logging.getLogger(__name__)

BATCH = 32
"""Tokens read at once. Between two batches a reading can be given up: 32 take 117 ms with a 0.5B model on two x86
cores, at 273 tokens a second where batches of 128 reach 330; on a board five times slower it is still 0.6 s."""

FIRST = 512
"""Tokens for which there is room at the beginning: what conversations begin with, and a turn. llama.cpp fills all the
room that it is told of with zeros, so that all of it is memory in use: 470 MB for 4,096 tokens of Qwen3-1.7B."""

STEP = 256
"""llama.cpp makes room for a multiple of so many tokens."""

ALL_LAYERS = 999
"""More than any model has; llama.cpp takes it for all."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen."""

    temperature: float = 0.7
    """0 always takes the likeliest."""
    top_p: float = 0.9
    """Of the tokens, only those that make up this share of the probability."""
    top_k: int = 40
    """Of the tokens, only this many; 0 for all."""
    seed: int | None = None
    """The same seed and prompt give the same answer; None for another each time."""
    max_tokens: int = 200
    """An answer is cut here: about 150 words, a minute of speech."""


@dataclass(frozen=True, slots=True)
class Loading:
    """How a model is loaded."""

    threads: int = 1
    """Threads that write, at least 1; memory-bound: two are best on small boards."""
    batch_threads: int = 1
    """Threads that read, at least 1."""
    context: int = 4096
    """Tokens that can be remembered, where the model was trained on as many."""
    gpu: bool = False
    """Whether all layers go to a graphics processor, where llama.cpp was built for one and finds it."""
    checked: bool = False
    """Whether each number in the file is looked at before, for which all of it has to be read."""


class Native:
    """One model with one context of one sequence. Not safe for threads: its owner holds a lock."""

    def __init__(self, path: Path, how: Loading) -> None:
        """Loads the GGUF at `path`. Raises EngineError."""
        check(path)
        self._lib = lib = _library()
        self._context: Any = None
        self._memory: Any = None
        self._release: Any = None
        model_params = lib.llama_model_default_params()
        if how.gpu and lib.llama_supports_gpu_offload():
            model_params.n_gpu_layers = ALL_LAYERS
        else:
            # Not mapped: most weights are copied into an order that suits the processor, and what is mapped of a file
            # stays in memory as the kernel likes, in pieces of megabytes around each norm.
            model_params.n_gpu_layers = 0
            model_params.load_mode = lib.LLAMA_LOAD_MODE_NONE
        model_params.check_tensors = how.checked
        model_params.use_extra_bufts = not _has_amx(lib)
        _complaints.clear()
        self._model = lib.llama_model_load_from_file(os.fsencode(path), model_params)
        if not self._model:
            raise EngineError(
                f"llama.cpp cannot load {path} ({_complaint()}): get the file again, or choose another model."
            )
        self._vocab = lib.llama_model_get_vocab(self._model)
        self._params = params = lib.llama_context_default_params()
        self.size: int = -(-min(how.context, lib.llama_model_n_ctx_train(self._model)) // STEP) * STEP
        """Tokens that can be remembered."""
        self.room = 0
        """Tokens for which there is memory so far."""
        self.tokens: list[int] = []
        """What has been read, and is remembered."""
        self.scored = False
        """Whether the scores of what may follow the last of them are at hand, for `choose` and `chance`."""
        params.n_batch = params.n_ubatch = BATCH
        params.n_threads, params.n_threads_batch = how.threads, how.batch_threads
        params.no_perf = True
        writes = lib.llama_model_has_decoder(self._model) and not lib.llama_model_has_encoder(self._model)
        if not (writes and self._open(min(FIRST, self.size))):
            lib.llama_model_free(self._model)
            raise EngineError(
                f"llama.cpp cannot write with {path} ({_complaint()}): choose a model that generates text, or a "
                f"smaller context than {how.context} tokens."
            )
        self.rewinds = not (lib.llama_model_is_recurrent(self._model) or lib.llama_model_is_hybrid(self._model))
        """Whether it can forget the last tokens alone; else it forgets all or nothing."""
        self._pieces: dict[int, bytes] = {}

    def _open(self, room: int) -> bool:
        """Makes a context for `room` tokens, in place of the one before; False where llama.cpp cannot."""
        self._params.n_ctx = room
        context = self._lib.llama_init_from_model(self._model, self._params)
        if not context:
            return False
        if self._release is not None:
            self._release.detach()
            self._lib.llama_free(self._context)
        self._context, self.room, self.scored = context, room, False
        self._memory = self._lib.llama_get_memory(context)
        # Whoever drops the last reference gives the memory back, also where nobody thinks of `close`.
        self._release = weakref.finalize(self, _free, self._lib, context, self._model)
        return True

    def reserve(self, tokens: int) -> None:
        """Makes room for `tokens` in all, or as many as there may be; `read` does so where nobody has done it before.
        What is remembered stays. Raises EngineError, and then remembers nothing."""
        if tokens <= self.room or self.room == self.size:
            return
        # At least twice of what there was, so that a long conversation is moved seldom.
        room = min(-(-max(tokens, 2 * self.room) // STEP) * STEP, self.size)
        known, state = self.tokens[:], self._state()
        if not self._open(room):
            self.forget(0)
            raise EngineError(f"llama.cpp has no memory for {room} tokens ({_complaint()}): try a smaller context.")
        self.tokens.clear()
        if known and not self._put_back(state, known):
            raise EngineError("llama.cpp cannot move what it remembers to where there is more room: say it again.")

    @property
    def template(self) -> str | None:
        """The chat template in the file."""
        source = self._lib.llama_model_chat_template(self._model, None)
        return source.decode("utf-8", "replace") if source else None

    @property
    def bos(self) -> str:
        """The text of the token that begins a text; empty when the model has none."""
        return self._special(self._lib.llama_vocab_bos(self._vocab))

    @property
    def eos(self) -> str:
        """The text of the token that ends a text; empty when the model has none."""
        return self._special(self._lib.llama_vocab_eos(self._vocab))

    def tokenize(self, text: str | bytes, *, begin: bool = False) -> list[int]:
        """`text` in tokens; the names of control tokens in it become those. `begin`: at the beginning of a text, where
        the token for that is put before it if the model wants it and it is not there."""
        data = text.encode() if isinstance(text, str) else text
        begin = begin and not (self.bos and data.startswith(self.bos.encode()))
        room = len(data) + 8  # no tokenizer makes more tokens than bytes, but for those it adds
        tokens = (self._lib.llama_token * room)()
        count = self._lib.llama_tokenize(self._vocab, data, len(data), tokens, room, begin, True)
        if count < 0:
            raise EngineError("llama.cpp cannot cut the text into tokens: choose another model.")
        return list(tokens[:count])

    def plain(self, text: str) -> str:
        """`text` without the names of control tokens: nobody ends a turn by saying so."""
        while controls := [token for token in self.tokenize(text) if self.control(token)]:
            shorter = text
            for token in controls:
                shorter = shorter.replace(self._special(token), "")
            if shorter == text:
                break
            text = shorter
        return text

    def piece(self, token: int) -> bytes:
        """The bytes that `token` stands for, perhaps a part of a character; none for a control token."""
        if token not in self._pieces:
            self._pieces[token] = self._spell(token, special=False)
        return self._pieces[token]

    def control(self, token: int) -> bool:
        """Whether `token` structures the conversation instead of standing for text."""
        lib = self._lib
        return bool(lib.llama_vocab_is_control(self._vocab, token) or lib.llama_vocab_is_eog(self._vocab, token))

    def forget(self, count: int) -> None:
        """Keeps the first `count` tokens; none, in a model that can only forget everything (recurrent, hybrid)."""
        if count >= len(self.tokens):
            return
        self.scored = False
        if count and self._lib.llama_memory_seq_rm(self._memory, 0, count, -1):
            del self.tokens[count:]
        else:
            self._lib.llama_memory_clear(self._memory, True)
            self.tokens.clear()

    def read(self, tokens: Sequence[int], score: int | None = None) -> None:
        """Appends at most `BATCH` tokens to what is remembered, and has the scores at hand of what may follow the last
        of them, and the one at the place `score`. Raises EngineError, and then remembers nothing."""
        self.reserve(len(self.tokens) + len(tokens))
        array = (self._lib.llama_token * len(tokens))(*tokens)
        batch = self._lib.llama_batch_get_one(array, len(tokens))
        if score is not None:  # otherwise llama.cpp scores the last one alone
            scored = [place in (score, len(tokens) - 1) for place in range(len(tokens))]
            batch.logits = (ctypes.c_int8 * len(tokens))(*scored)
        status = self._lib.llama_decode(self._context, batch)
        if status != 0:
            self.forget(0)
            raise EngineError(f"llama.cpp failed at its work (status {status}, {_complaint()}): try a smaller context.")
        self.tokens.extend(tokens)
        self.scored = True

    def state(self) -> bytes:
        """What is remembered, to be put back with `restore` by the same model in the same version of llama.cpp."""
        return bytes(self._state())

    def _state(self) -> "ctypes.Array[ctypes.c_uint8]":
        size = self._lib.llama_state_seq_get_size(self._context, 0)
        buffer = (ctypes.c_uint8 * size)()
        count = self._lib.llama_state_seq_get_data(self._context, buffer, size, 0)
        state: ctypes.Array[ctypes.c_uint8] = (ctypes.c_uint8 * count).from_buffer(buffer)
        return state

    def restore(self, state: bytes, tokens: Sequence[int]) -> bool:
        """Remembers `tokens`, which were read when `state` was taken, and nothing else; False, and nothing is
        remembered, when llama.cpp refuses. The state has to be whole: llama.cpp trusts it."""
        self.forget(0)
        self.reserve(len(tokens))
        return self._put_back((ctypes.c_uint8 * len(state)).from_buffer_copy(state), tokens)

    def _put_back(self, state: "ctypes.Array[ctypes.c_uint8]", tokens: Sequence[int]) -> bool:
        self.scored = False
        if not self._lib.llama_state_seq_set_data(self._context, state, len(state), 0):
            self.forget(0)
            return False
        self.tokens[:] = tokens
        return True

    def sampler(self, sampling: Sampling) -> "Sampler":
        """Chooses tokens as `sampling` says."""
        return Sampler(self._lib, sampling)

    def choose(self, sampler: "Sampler") -> int:
        """The token to follow the last one read."""
        return int(self._lib.llama_sampler_sample(sampler.chain, self._context, -1))

    def chance(self, tokens: Sequence[int], place: int = -1) -> float:
        """The probability that one of `tokens` follows the last one read, or the one at this `place` of the last batch,
        which was to be scored."""
        found = self._lib.llama_get_logits_ith(self._context, place)
        scores = np.ctypeslib.as_array(found, (self._lib.llama_vocab_n_tokens(self._vocab),)).astype(np.float64)
        scores = np.exp(scores - scores.max())
        return float(scores[list(tokens)].sum() / scores.sum())

    def close(self) -> None:
        """Frees the memory. May be called twice."""
        if self._release is not None:
            self._release()
        self._context = self._model = None

    def _special(self, token: int) -> str:
        return "" if token < 0 else self._spell(token, special=True).decode("utf-8", "replace")

    def _spell(self, token: int, *, special: bool) -> bytes:
        size = 64
        while True:
            buffer = ctypes.create_string_buffer(size)
            length = self._lib.llama_token_to_piece(self._vocab, token, buffer, size, 0, special)
            if length >= 0:
                return buffer.raw[:length]
            size = -length


def _free(lib: Any, context: Any, model: Any) -> None:
    lib.llama_free(context)
    lib.llama_model_free(model)


class Sampler:
    """A chain of llama.cpp's samplers; freed with `close`."""

    def __init__(self, lib: Any, sampling: Sampling) -> None:
        self._lib = lib
        self.chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        if sampling.temperature <= 0:
            links = [lib.llama_sampler_init_greedy()]
        else:
            seed = lib.LLAMA_DEFAULT_SEED if sampling.seed is None else sampling.seed
            # Top-k first: sorting the 150,000 scores of a large vocabulary would cost as much as a layer.
            links = [
                lib.llama_sampler_init_top_k(sampling.top_k),
                lib.llama_sampler_init_top_p(sampling.top_p, 1),
                lib.llama_sampler_init_temp(sampling.temperature),
                lib.llama_sampler_init_dist(seed),
            ]
        for link in links:
            lib.llama_sampler_chain_add(self.chain, link)

    def close(self) -> None:
        self._lib.llama_sampler_free(self.chain)


def check(path: Path) -> None:
    """Raises EngineError when `path` is not a GGUF file at first sight."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except FileNotFoundError:
        raise EngineError(f"There is no language model at {path}: put a GGUF file there, or change the path.") from None
    except IsADirectoryError:
        raise EngineError(f"{path} is a folder: name the GGUF file in it.") from None
    except OSError as error:
        raise EngineError(f"The language model {path} cannot be read: {error.strerror}.") from None
    if magic != b"GGUF":
        raise EngineError(f"{path} is not a GGUF file: choose a model in llama.cpp's format.")


_complaints: list[str] = []


def _complaint() -> str:
    """The last error that llama.cpp reported, as part of a sentence."""
    return _complaints[-1] if _complaints else "it does not say why"


@cache
def _library() -> Any:
    """libllama's functions, made silent: what it has to say goes to the log, what went wrong into the next error."""
    from llama_cpp import llama_cpp as lib

    def receive(level: int, text: bytes, _: object) -> None:
        line = text.decode("utf-8", "replace").strip().rstrip(".")
        # "llama_model_load: error loading model: unexpected end" -> what is wrong, without where in its source
        complaint = line.split(": ", 1)[-1].removeprefix("error loading model: ")
        if level == 4 and complaint not in ("", "failed to load model"):  # GGML_LOG_LEVEL_ERROR; which says no more
            _complaints[:] = [complaint]
        if line:
            log.debug("llama.cpp: %s", line)

    # llama.cpp keeps the pointer for ever, so the module does too.
    _kept.append(lib.llama_log_callback(receive))
    lib.llama_log_set(_kept[-1], ctypes.c_void_p(0))
    lib.llama_backend_init()
    return lib


def _has_amx(lib: Any) -> bool:
    """Whether llama.cpp was built for Intel's AMX and finds it, as on servers since Sapphire Rapids. What it does there
    crashes at the first batch (at `ldtilecfg`; ggml-org/llama.cpp#20824), unless weights stay in the file's order. That
    gives up the orders that other instructions like, so it is done where there is AMX alone."""
    return b"AMX_INT8 = 1" in lib.llama_print_system_info()


_kept: list[object] = []
