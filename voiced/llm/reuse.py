"""A prompt and what the model remembers flow in, the same prompt in the tokens that are already read flows out.

A model does not always write the tokens that a tokenizer would make of its words. Cut anew, its answer would differ
from what is remembered, and everything from there on would be read again. So what is remembered is compared as text,
stretch by stretch between control tokens, and kept where it says the same. Tokens without a text, which some models
write to themselves before they answer, are kept with what was said after them.
"""

from collections.abc import Sequence
from typing import Protocol


class Vocabulary(Protocol):
    """What there is to know about tokens."""

    def piece(self, token: int) -> bytes:
        """The bytes that `token` stands for; none for a control token, and for one that is not to be seen."""

    def control(self, token: int) -> bool:
        """Whether `token` structures the conversation instead of standing for text."""

    def tokenize(self, text: bytes) -> list[int]:
        """`text`, from the middle of a stretch, in tokens."""


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens both begin with."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def aligned(prompt: Sequence[int], known: Sequence[int], vocabulary: Vocabulary) -> list[int]:
    """`prompt`, saying the same, but beginning with as many of the `known` tokens as can be."""
    done: list[int] = []
    start = 0
    while start < len(prompt):
        here = len(done)
        if vocabulary.control(prompt[start]):
            if known[here : here + 1] != [prompt[start]]:
                break
            done.append(prompt[start])
            start += 1
            continue
        end = start
        while end < len(prompt) and not vocabulary.control(prompt[end]):
            end += 1
        text = b"".join(vocabulary.piece(token) for token in prompt[start:end])
        run = _run(text, known[here:], vocabulary)
        if sum(len(vocabulary.piece(token)) for token in run) == len(text):
            done += run
            start = end
            continue
        done += _joined(text, run, prompt[start:end], vocabulary)
        start = end
        break
    return done + list(prompt[start:])


def _run(text: bytes, known: Sequence[int], vocabulary: Vocabulary) -> list[int]:
    """The first of the `known` tokens, as many as `text` begins with."""
    run: list[int] = []
    length = 0
    for token in known:
        piece = vocabulary.piece(token)
        if length == len(text) or vocabulary.control(token) or not text.startswith(piece, length):
            break
        run.append(token)
        length += len(piece)
    return run


def _joined(text: bytes, run: list[int], plain: Sequence[int], vocabulary: Vocabulary) -> list[int]:
    """`text` as the part of `run` that ends between two words, and the rest cut anew; or `plain`, where that is no
    gain or the tokenizer cannot begin in the middle (SentencePiece puts a space before what it is given)."""
    while run:
        if not vocabulary.piece(run[-1]):  # what came after it was something else
            run = run[:-1]
            continue
        read = b"".join(vocabulary.piece(token) for token in run)
        rest = text[len(read) :]
        if _begins_anew(rest):
            tail = vocabulary.tokenize(rest)
            same = b"".join(vocabulary.piece(token) for token in tail) == rest
            return run + tail if same and len(run) > common(run, plain) else list(plain)
        run = run[:-1]
    return list(plain)


def _begins_anew(rest: bytes) -> bool:
    """Whether `rest` is not the continuation of a word or of a character."""
    if rest[0] & 0xC0 == 0x80:
        return False
    return not rest.decode("utf-8", "ignore")[:1].isalnum()
