"""Conversations flow in, tokens with the weight of each in training flow out; and the tokenizer itself, from text.

A byte-level BPE that cuts text as Qwen 2's does, which llama.cpp knows by the name "qwen2".
"""

import random
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from recipe.language.conversation import System, system, turns
from recipe.language.domain import Turn

CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CUT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
"""Where Qwen 2 cuts text before it merges."""

PERSON = 0.1
"""Weight of the person's words, which are mostly chance: with more, what they teach drowns what the answers do."""
MEANINGS = 2048
"""Tokens behind those for text, one for all that an answer may have to say; two of them may share one.

The model writes one of them before each answer (control codes: N. Keskar et al., CTRL, 2019), of which nobody hears
anything. Were the words themselves its first choice, an answer that can begin in three ways, or as others do, would
have to be three times as likely as one that begins like no other."""
FORGOTTEN = 0.25
"""Share of the earlier answers without what stood before them: a conversation that is read anew has none."""
OVER = 0.5
"""Weight of the end of a person's sentence: to be foretold, so that its probability means something."""


def _texts(conversations: int) -> Iterator[str]:
    rng = random.Random(4)
    for _ in range(conversations):
        first = system(rng)
        if rng.random() < 0.02:  # rarely: system prompts are long and few, and each word of theirs would be a token
            yield first.text
        for turn in turns(rng, first.terse):
            yield turn.user
            yield turn.answer


def made() -> Tokenizer:
    """A tokenizer that knows how to cut, and no token yet."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(CUT), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def train(path: Path, vocabulary: int, conversations: int) -> Tokenizer:
    """Makes a tokenizer from what people and the model say, and keeps it at `path`."""
    tokenizer = made()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=CONTROL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(conversations), trainer)
    tokenizer.save(str(path))
    return tokenizer


@dataclass(frozen=True, slots=True)
class Written:
    """Tokens of one text."""

    tokens: list[int]
    weights: list[float]
    """How much each token counts as something to be foretold."""
    meant: list[tuple[int, int]]
    """Where each answer of the model's begins (the token before it), and the token of what it has to say."""


class Writer:
    """Writes conversations as ChatML."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._start, self._end = (tokenizer.token_to_id(name) for name in CONTROL[1:])
        self._break = self.plain("\n")
        self._meanings = tokenizer.get_vocab_size()
        self._opened = {role: [self._start, *self.plain(f"{role}\n")] for role in ("system", "user", "assistant")}

    def plain(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return tokens

    def prefix(self, first: System) -> list[int]:
        """The system turn; nothing where there is none."""
        if not first.text:
            return []
        return [*self._opened["system"], *self.plain(first.text), self._end, *self._break]

    def meaning(self, right: str) -> int:
        """The token before an answer that is right when it holds `right`."""
        return self._meanings + zlib.crc32(right.encode()) % MEANINGS

    def conversation(self, said: list[Turn], rng: random.Random) -> Written:
        """The turns behind it."""
        tokens: list[int] = []
        weights: list[float] = []
        meant: list[tuple[int, int]] = []

        def add(more: list[int], weight: float) -> None:
            tokens.extend(more)
            weights.extend([weight] * len(more))

        for turn in said:
            add(self._opened["user"], 0.0)
            add(self.plain(turn.user), PERSON)
            # Nobody is to learn that a sentence ends where it was broken off.
            add([self._end], OVER if turn.finished else 0.0)
            add([*self._break, *self._opened["assistant"]], 0.0)
            learnt = turn.ours and (turn is said[-1] or rng.random() >= FORGOTTEN)
            if learnt:
                meaning = self.meaning(turn.right[0])
                meant.append((len(tokens) - 1, meaning))
                add([meaning], 0.0)
            add([*self.plain(turn.answer), self._end], 1.0 if learnt else 0.0)
            add(self._break, 0.0)
        return Written(tokens, weights, meant)
