"""Piper's phoneme numbers flow in, their lengths and the features of every frame flow out.

Convolutions and one recurrent layer over the phonemes, a head for their lengths, dilated convolutions over the frames.
About 2.4 million weights. The frames' part takes `STACK` frames at a step: festival's features are smooth, and half of
the work is saved. Lengths are fractions of frames, never rounded: a frame is told how far from both ends of its phoneme
it lies.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from recipe.voice.features import POINTS

SYMBOLS = 192
"""More than Piper's 166 numbers."""

WIDTH = 192
STACK = 2
OUTPUTS = 2 + POINTS
"""Pitch, voicing, colour."""

DILATIONS = (1, 2, 4, 8, 4, 2, 1)
"""Of the frames' convolutions: 22 steps to each side, a quarter of a second, which is a syllable."""


class Voice(nn.Module):
    """The network."""

    mean: Tensor
    spread: Tensor

    def __init__(self, width: int = WIDTH) -> None:
        super().__init__()
        self.symbols = nn.Embedding(SYMBOLS, width)
        self.texts = nn.ModuleList(TextBlock(width) for _ in range(3))
        self.context = nn.GRU(width, width // 3 * 2, batch_first=True, bidirectional=True)
        self.joined = nn.Linear(width + width // 3 * 4, width)
        self.lengths = nn.Sequential(
            Along(nn.Conv1d(width, width // 2, 3, padding=1)), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width // 2, 1)
        )
        self.position = nn.Linear(5, width)
        self.frames = nn.ModuleList(FrameBlock(width, dilation) for dilation in DILATIONS)
        self.output = nn.Linear(width, STACK * OUTPUTS)
        # Of what is learnt, so that every output has mean 0 and deviation 1.
        self.register_buffer("mean", torch.zeros(OUTPUTS))
        self.register_buffer("spread", torch.ones(OUTPUTS))

    def encoded(self, numbers: Tensor, counts: Tensor | None = None) -> Tensor:
        """[b, p] numbers to [b, p, width]; `counts` [b] says how many phonemes are real, None that all are."""
        real = None if counts is None else (torch.arange(numbers.shape[1]) < counts[:, None]).unsqueeze(2)
        hidden = self.symbols(numbers)
        for block in self.texts:
            hidden = block(hidden if real is None else hidden * real)
        if counts is None:
            context, _ = self.context(hidden)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(hidden, counts, batch_first=True, enforce_sorted=False)
            context, _ = nn.utils.rnn.pad_packed_sequence(self.context(packed)[0], batch_first=True)
        hidden = self.joined(torch.cat([hidden, context], 2))
        return hidden if real is None else hidden * real

    def durations(self, hidden: Tensor) -> Tensor:
        """[b, p, width] to [b, p]: the natural logarithm of one more than each phoneme's frames."""
        told: Tensor = functional.softplus(self.lengths(hidden).squeeze(2) * 2) / 2
        return told

    def sounding(self, hidden: Tensor, ends: Tensor, steps: Tensor) -> Tensor:
        """The features of the frames around `steps` [n], as [b, n, STACK * OUTPUTS], normalised; `ends` [b, p] in
        frames."""
        moments = (steps + 0.5) * STACK
        index = (ends.unsqueeze(1) <= moments[None, :, None]).long().sum(2).clamp(max=ends.shape[1] - 1)
        starts = functional.pad(ends, (1, 0))[:, :-1]
        begin, end = starts.gather(1, index), ends.gather(1, index)
        since, left, length = moments - begin, end - moments, end - begin
        place = torch.stack(
            [since / 16, left / 16, since / (length + 0.1), torch.log1p(since.clamp(min=0)), torch.log1p(length)], 2
        )
        frames = hidden.gather(1, index.unsqueeze(2).expand(-1, -1, hidden.shape[2])) + self.position(place)
        frames = frames.transpose(1, 2)
        for block in self.frames:
            frames = block(frames)
        told: Tensor = self.output(frames.transpose(1, 2))
        return told

    def features(self, told: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What `sounding` gives, as pitch [b, n], voicing's logit [b, n] and colour [b, n, POINTS], not normalised."""
        frames = told.reshape(told.shape[0], -1, OUTPUTS)
        real = frames * self.spread + self.mean
        return real[:, :, 0], frames[:, :, 1], real[:, :, 2:]


class Along(nn.Module):
    """A convolution along the second axis instead of the last."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, signal: Tensor) -> Tensor:
        told: Tensor = self.inner(signal.transpose(1, 2)).transpose(1, 2)
        return told


class TextBlock(nn.Module):
    """Five phonemes at a time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mix = Along(nn.Conv1d(width, width, 5, padding=2))
        self.norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(0.1)

    def forward(self, signal: Tensor) -> Tensor:
        told: Tensor = self.norm(signal + self.drop(functional.relu(self.mix(signal))))
        return told


class FrameBlock(nn.Module):
    """A gated convolution, added to what comes in."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.mix = nn.Conv1d(width, 2 * width, 3, padding=dilation, dilation=dilation)
        self.out = nn.Conv1d(width, width, 1)

    def forward(self, signal: Tensor) -> Tensor:
        value, gate = self.mix(signal).chunk(2, 1)
        told: Tensor = signal + self.out(torch.tanh(value) * torch.sigmoid(gate))
        return told
