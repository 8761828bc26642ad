"""Conversations flow in, a trained model flows out: fresh sentences in every step, never the same twice.

Step n's sentences come from the seed n alone, so a training that goes on from a checkpoint sees what an uninterrupted
one would have seen.
"""

import random
import shutil
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional

from recipe.attention import coarse
from recipe.language.conversation import System, system, turns
from recipe.language.domain import Turn
from recipe.language.model import Model, Places, Size
from recipe.language.tokens import MEANINGS, Writer, Written, train
from recipe.learning import Learner
from recipe.run import Progress, Workplace

ROW = 160
"""Tokens of a row, in which several conversations stand one after the other, blind to each other."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is trained."""

    size: Size
    steps: int
    rows: int
    """Rows in a step: 8 of 160 tokens are about 40 questions. In the same seven minutes, from nothing, 470 steps of
    8 and 810 of 4 (Muon's directions found anew every other time) taught as much: what 64 % meant, in few words."""
    text: int
    """Conversations that the tokenizer is made from."""
    rate: float = 1.5e-3
    """Highest learning rate."""
    bare: float = 0.65
    """Share of the training in which most steps have no system prompt: before the model has learnt to look at the
    question, 160 words that are always the same keep it from finding the ten that matter. With them from the first
    step on, 470 steps taught it how answers sound, but hardly one that fits its question."""
    plain: float = 0.25
    """Share of the training in the words alone that are learnt first. With all wordings, and words put in for others,
    from the first step on, it gave a third of the answers after 10,500 steps; one that began with 8,000 in few words
    gave three in four after 17,500."""
    orders: float = 0.75
    """Share of the training after which commands are among the turns."""


FULL = Plan(Size(layers=7, feed_forward=1536, vocabulary=2048 + MEANINGS), steps=23_000, rows=8, text=12_000)
"""10.7 M weights. A step takes 0.6 s on a core that has amx_bf16, where a second one hardly helps, and the whole is
four hours; 0.85 s on one that has avx512_bf16, and 0.47 s on two of them. Where bfloat16 is no help, one of half the
size took four times as long."""
FURTHER = replace(FULL, steps=5_000, rate=4e-4, bare=0.25, plain=0.0, orders=0.0)
"""From a model that answers already."""
SMOKE = Plan(Size(width=64, layers=2, heads=2, kv_heads=1, feed_forward=128, vocabulary=768 + MEANINGS), 700, 4, 1_500)


def plan(place: Workplace, share: float = 1.0, *, further: bool = False) -> Plan:
    """What is to be done at this place, in a `share` of the steps; `further` where a model is there already."""
    chosen = SMOKE if place.smoke else FURTHER if further else FULL
    return replace(chosen, steps=round(chosen.steps * share))


def tokenizer(place: Workplace) -> Tokenizer:
    """The tokenizer of this place, made if there is none yet."""
    path = place.folder / "tokenizer.json"
    if path.exists():
        return Tokenizer.from_file(str(path))
    return train(path, plan(place).size.vocabulary - MEANINGS, plan(place).text)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step learns from."""

    tokens: Tensor
    """The prefix, then the rows."""
    places: Places
    follows: Tensor
    """(tokens) The token to be foretold after each."""
    weights: Tensor
    """(tokens) How much that counts."""
    begins: Tensor
    """(answers) The token before each answer."""
    meant: Tensor
    """(answers) The token of what it has to say."""

    def to(self, device: torch.device) -> "Batch":
        places, mask = self.places, self.places.mask
        moved = Places(
            places.positions.to(device), places.prefix, places.rows, None if mask is None else mask.to(device)
        )
        others = (part.to(device) for part in (self.follows, self.weights, self.begins, self.meant))
        return Batch(self.tokens.to(device), moved, *others)


def batch(step: int, seed: int, writer: Writer, todo: Plan) -> Batch:
    """The sentences of step `step`."""
    rng = random.Random(seed * 1_000_003 + step)
    rows, context = todo.rows, todo.size.context
    bare = step < todo.bare * todo.steps and step % 7 != 3
    first = System("", False) if bare else system(rng)
    prefix = writer.prefix(first)
    # One step in twelve has long conversations, in fewer rows: a history of many turns is to be read, too.
    long = step % 12 == 5
    length, rows = (ROW * 3, max(1, rows // 4)) if long else (ROW, rows)
    draw = partial(
        turns,
        rng,
        first.terse,
        longest=14 if long else 4,
        orders=step >= todo.orders * todo.steps,
        wide=step >= todo.plain * todo.steps,
    )
    filled = [_row(writer, length, rng, draw) for _ in range(rows)]
    tokens, follows, weights, positions = list(prefix), [0] * len(prefix), [0.0] * len(prefix), list(range(len(prefix)))
    mask = torch.zeros(rows, 1, length, len(prefix) + length, dtype=torch.bool)
    mask[..., : len(prefix)] = True
    meant: list[tuple[int, int]] = []
    for number, row in enumerate(filled):
        begin = 0
        for written in row:
            count = len(written.tokens)
            meant += [(len(tokens) + place, meaning) for place, meaning in written.meant]
            tokens += written.tokens
            follows += [*written.tokens[1:], 0]
            weights += [*written.weights[1:], 0.0]
            # Sometimes as if much had been said in between, so that late positions are no strangers.
            ahead = len(prefix) + (rng.randrange(context - len(prefix) - count) if rng.random() < 0.15 else 0)
            positions += range(ahead, ahead + count)
            seen = torch.ones(count, count, dtype=torch.bool).tril()
            mask[number, 0, begin : begin + count, len(prefix) + begin : len(prefix) + begin + count] = seen
            begin += count
        rest = length - begin
        tokens += [0] * rest
        follows += [0] * rest
        weights += [0.0] * rest
        positions += [0] * rest
        for place in range(begin, length):
            mask[number, 0, place, len(prefix) + place] = True
    places = Places(torch.tensor(positions), len(prefix), rows, mask)
    begins, meanings = torch.tensor(meant or [(0, 0)]).unbind(1)
    return Batch(torch.tensor(tokens), places, torch.tensor(follows), torch.tensor(weights), begins, meanings)


def _row(writer: Writer, length: int, rng: random.Random, draw: Callable[[], list[Turn]]) -> list[Written]:
    """Conversations that fill a row as well as may be."""
    row: list[Written] = []
    left = length
    for _ in range(50):
        written = writer.conversation(draw(), rng)
        if len(written.tokens) <= left:
            row.append(written)
            left -= len(written.tokens)
        elif left < 40:
            break
    return row


def loss(model: Model, given: Batch) -> Tensor:
    """Mean loss of the words per unit of weight, and of what answers have to say per answer, in nats.

    Of the loss of an answer's words little is about what was asked: most words follow from those before, and some are
    drawn. The other part is about nothing else."""
    wanted = given.weights > 0
    with coarse(given.tokens.device):
        hidden = model.hidden(given.tokens, given.places)
        scores, meanings = model.scores(hidden[wanted]), model.scores(hidden[given.begins])
    losses = functional.cross_entropy(scores.float(), given.follows[wanted], reduction="none")
    weights = given.weights[wanted]
    return (losses * weights).sum() / weights.sum() + functional.cross_entropy(meanings.float(), given.meant)


def rate_at(step: int, steps: int, highest: float) -> float:
    """The learning rate: up within the first 60 steps, then down in a straight line to nearly nothing."""
    return highest * min((step + 1) / 60, max(0.02, 1 - step / steps))


def fuse(model: Model) -> None:
    """Does all between a block's products in fewer passes over memory, where there is a compiler for that: a step takes
    three quarters of the time. What is learnt stays the same."""
    if shutil.which("g++") and Path(sysconfig.get_path("include"), "Python.h").is_file():
        for block in model.blocks:
            block.compile(dynamic=True)


def fit(place: Workplace, share: float = 1.0, first: Path | None = None) -> Model:
    """Trains, or goes on training, until the plan is fulfilled; begins with the GGUF `first`, if there is one."""
    todo = plan(place, share, further=first is not None)
    torch.manual_seed(place.seed)
    if first is None:
        model = Model(todo.size).to(place.device)
    else:
        from recipe.language.resume import grown, known

        shipped, words = known(first)
        words.save(str(place.folder / "tokenizer.json"))
        model = grown(shipped, todo.size).to(place.device)
    if not place.smoke:
        fuse(model)
    writer = Writer(tokenizer(place))
    learner = Learner(model.blocks, (model,), decay=0.05)
    begin = 0
    if (kept := place.load("model")) is not None:
        model.load_state_dict(kept["model"])
        learner.restore(kept["learner"])
        begin = int(kept["step"])
    if begin >= todo.steps:
        return model
    progress = Progress("language", todo.steps)
    smooth = 0.0
    for step in range(begin, todo.steps):
        given = batch(step, place.seed, writer, todo).to(place.device)
        lost = loss(model, given)
        learner.step(lost, rate_at(step, todo.steps, todo.rate))
        smooth = lost.item() if step == begin else 0.95 * smooth + 0.05 * lost.item()
        progress.step(step + 1, loss=smooth)
        if progress.time_to_save() or step + 1 == todo.steps:
            parts = {"model": model.state_dict(), "learner": learner.state()}
            place.save("model", parts | {"step": step + 1})
    return model
