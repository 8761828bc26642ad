"""Examples flow in, a network that tells lengths and features flows out; a stopped training goes on where it was."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from recipe.run import Progress, Workplace
from recipe.voice.data import Example
from recipe.voice.model import OUTPUTS, STACK, Voice

RATE = 1.5e-3
"""Highest learning rate, after a warm-up of `WARMUP` steps; falls as a cosine to a hundredth."""

WARMUP = 100
BATCH = 8
"""Sentences at a time, of similar length."""

POOL = 24
"""Batches that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Several sentences, padded to the longest."""

    numbers: Tensor
    counts: Tensor
    ends: Tensor
    wanted: Tensor
    """[b, n, OUTPUTS], pitch and colour normalised."""
    frames: Tensor
    """[b] how many frames are real."""


def train(place: Workplace, examples: list[Example], steps: int) -> Voice:
    """The network after `steps` steps."""
    torch.manual_seed(place.seed)
    voice = Voice()
    _normalise(voice, examples)
    optimiser = torch.optim.AdamW(voice.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.01)
    done = _resume(place, voice, optimiser)
    progress, batches = Progress("voice: training", steps), _batches(voice, examples, place.seed + done)
    voice.train()
    while done < steps:
        for group in optimiser.param_groups:
            group["lr"] = RATE * _warmth(done, steps)
        losses = _losses(voice, next(batches))
        loss = sum(losses.values(), torch.zeros(()))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(voice.parameters(), 1.0)
        optimiser.step()
        done += 1
        progress.step(done, **{name: float(value.detach()) for name, value in losses.items()})
        if progress.time_to_save() or done == steps:
            place.save("voice", {"voice": voice.state_dict(), "optimiser": optimiser.state_dict(), "done": done})
    return voice.eval()


def trained(place: Workplace) -> Voice | None:
    """The network of the last checkpoint; None when there is none."""
    kept = place.load("voice")
    if kept is None:
        return None
    voice = Voice()
    voice.load_state_dict(kept["voice"])
    return voice.eval()


def _resume(place: Workplace, voice: Voice, optimiser: torch.optim.Optimizer) -> int:
    kept = place.load("voice")
    if kept is None:
        return 0
    voice.load_state_dict(kept["voice"])
    optimiser.load_state_dict(kept["optimiser"])
    return int(kept["done"])


def _warmth(done: int, steps: int) -> float:
    falling = 0.5 * (1 + np.cos(np.pi * min(1.0, done / steps)))
    return float(min(1.0, (done + 1) / WARMUP) * (0.01 + 0.99 * falling))


def _normalise(voice: Voice, examples: list[Example]) -> None:
    """Tells `voice` what is usual."""
    pitch = np.concatenate([example.features.pitch[example.features.voiced > 0] for example in examples])
    colour = np.concatenate([example.features.colour for example in examples])
    mean, spread = [pitch.mean(), 0.0], [pitch.std(), 1.0]
    voice.mean.copy_(torch.tensor(np.concatenate([mean, colour.mean(0)])))
    voice.spread.copy_(torch.tensor(np.concatenate([spread, colour.std(0)])))


def _batches(voice: Voice, examples: list[Example], seed: int) -> Iterator[Batch]:
    """Batches without end, each of sentences that are about as long as one another."""
    chance, order = random.Random(seed), list(range(len(examples)))
    while True:
        chance.shuffle(order)
        ready: list[list[int]] = []
        for begin in range(0, len(order), POOL * BATCH):
            pool = sorted(order[begin : begin + POOL * BATCH], key=lambda at: len(examples[at].features.pitch))
            ready += [pool[at : at + BATCH] for at in range(0, len(pool), BATCH)]
        chance.shuffle(ready)
        for members in ready:
            yield _batch(voice, [examples[at] for at in members])


def _batch(voice: Voice, examples: list[Example]) -> Batch:
    wanted = []
    for example in examples:
        told = example.features
        rows = np.concatenate([told.pitch[:, None], told.voiced[:, None], told.colour], 1)
        wanted.append((torch.tensor(rows) - voice.mean) / voice.spread)
    ends = [torch.tensor(example.ends) for example in examples]
    longest = max(len(end) for end in ends)
    padded = [torch.cat([end, end[-1:].expand(longest - len(end))]) for end in ends]
    frames = torch.tensor([len(rows) for rows in wanted])
    whole = -(-int(frames.max()) // STACK) * STACK
    wanted.append(torch.zeros(whole, OUTPUTS))
    return Batch(
        pad_sequence([torch.tensor(example.numbers) for example in examples], batch_first=True),
        torch.tensor([len(end) for end in ends]),
        torch.stack(padded),
        pad_sequence(wanted, batch_first=True)[:-1],
        frames,
    )


def _losses(voice: Voice, batch: Batch) -> dict[str, Tensor]:
    hidden = voice.encoded(batch.numbers, batch.counts)
    lengths = torch.log1p(torch.diff(batch.ends, prepend=torch.zeros(len(batch.ends), 1), dim=1))
    real = (torch.arange(batch.numbers.shape[1]) < batch.counts[:, None]).float()
    duration = ((voice.durations(hidden) - lengths).abs() * real).sum() / real.sum()

    steps = torch.arange(batch.wanted.shape[1] // STACK)
    told = voice.sounding(hidden, batch.ends, steps).reshape(batch.wanted.shape)
    there = (torch.arange(told.shape[1]) < batch.frames[:, None]).float()
    pitch, voiced, colour = told[:, :, 0], told[:, :, 1], told[:, :, 2:]
    sung = batch.wanted[:, :, 1] * there
    tune = ((pitch - batch.wanted[:, :, 0]).abs() * sung).sum() / sung.sum()
    voicing = functional.binary_cross_entropy_with_logits(voiced, batch.wanted[:, :, 1], reduction="none")
    colour_error = (colour - batch.wanted[:, :, 2:]).abs().mean(2)
    # The change from frame to frame counts as well: an error that jitters is heard, one that stays is not.
    moves = (torch.diff(colour, dim=1) - torch.diff(batch.wanted[:, :, 2:], dim=1)).abs().mean(2)
    return {
        "length": duration,
        "pitch": 0.5 * tune,
        "voicing": 0.5 * (voicing * there).sum() / there.sum(),
        "colour": (colour_error * there).sum() / there.sum(),
        "moves": (moves * there[:, 1:]).sum() / there.sum(),
    }
