"""Pitch, voicing and colour flow in, sound flows out: nothing is learnt here, and all of it fits into an ONNX graph.

Pulses (as many harmonics as fit below the highest frequency) and noise go through a filter of minimum phase, which the
colour alone determines: logarithm of amplitude and phase are both linear in it, so that two fixed matrices make the
filter, and a Fourier transform is a convolution with fixed sines. A frame is filtered whole and added to its
neighbours.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from recipe.voice.features import FFT, HOP, RATE, spread

BINS = FFT // 2 + 1

BREATH_HZ, BREATH_WIDTH_HZ = 5_000.0, 900.0
"""Where a voice turns into breath. festival's own excitation knows pulses alone and buzzes; in voices of women the
harmonics drown in noise at 4 to 6 kHz."""

BREATH_MOST = 0.85
"""The share of noise far above `BREATH_HZ`."""

THROB = 0.6
"""How much the breath swells with every pulse: steady noise beside pulses is heard as a hiss apart."""

HISS = 1 << 16
"""Samples of the noise that is repeated: 3 s, longer than anybody remembers."""

SHARPER = 0.15
"""How much of what is left after smoothing the colour over its neighbours is added again: on sentences that were not
learnt from, what the network tells has 0.87 of the detail that its source has, and sounds muffled by as much."""


class Vocoder(nn.Module):
    """Frames of `HOP` samples."""

    loud: Tensor
    turn: Tensor
    there: Tensor
    back: Tensor
    hiss: Tensor
    breath: Tensor

    def __init__(self) -> None:
        super().__init__()
        points = spread() @ _sharpened(SHARPER)
        self._keep("loud", points)
        self._keep("turn", _minimum_phase(points))
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(2 * HOP) / (2 * HOP))
        angles = 2 * np.pi * np.outer(np.arange(BINS), np.arange(FFT)) / FFT
        sines = np.concatenate([np.cos(angles), -np.sin(angles)])
        self._keep("there", (sines[:, : 2 * HOP] * window)[:, None, :])
        weight = np.full(BINS, 2.0)
        weight[[0, -1]] = 1.0
        self._keep("back", (sines * np.concatenate([weight, weight])[:, None] / FFT)[:, None, :])
        self._keep("hiss", np.random.default_rng(0).normal(0, 1, HISS))
        hertz = np.linspace(0, RATE / 2, BINS)
        share = BREATH_MOST / (1 + np.exp(-(hertz - BREATH_HZ) / BREATH_WIDTH_HZ))
        self._keep("breath", share[None, :, None])

    def _keep(self, name: str, value: NDArray[np.float64]) -> None:
        self.register_buffer(name, torch.tensor(value, dtype=torch.float32))

    def forward(self, pitch: Tensor, voiced: Tensor, colour: Tensor, shift: Tensor) -> Tensor:
        """[n] logarithm of hertz, [n] 0 or 1, [n, POINTS] to [n * HOP] samples; `shift` [1] says where in the noise to
        begin."""
        hertz = torch.exp(pitch)
        pulses, noise = self._excitation(hertz, voiced, shift)
        both = functional.pad(torch.stack([pulses, noise]).unsqueeze(1), (HOP, HOP))
        parts = functional.conv1d(both, self.there, stride=HOP)[:, :, : colour.shape[0]]
        share = self.breath * voiced
        tones = parts[0:1] * torch.sqrt(1 - share).repeat(1, 2, 1)
        excitation = tones + parts[1:2] * torch.sqrt(1 - voiced + share).repeat(1, 2, 1)

        points = colour.transpose(0, 1)
        loud = torch.exp(self.loud @ points)
        turn = self.turn @ points
        cosine, sine = loud * torch.cos(turn), loud * torch.sin(turn)
        real, imaginary = excitation[0, :BINS], excitation[0, BINS:]
        filtered = torch.cat([real * cosine - imaginary * sine, real * sine + imaginary * cosine])
        sound: Tensor = functional.conv_transpose1d(filtered.unsqueeze(0), self.back, stride=HOP)
        return sound.reshape(-1)[HOP : HOP + HOP * colour.shape[0]]

    def _excitation(self, hertz: Tensor, voiced: Tensor, shift: Tensor) -> tuple[Tensor, Tensor]:
        """Pulses where there is voice, and noise everywhere, both of power 1."""
        smooth = functional.interpolate(
            torch.stack([hertz, voiced]).unsqueeze(0), scale_factor=float(HOP), mode="linear", align_corners=False
        )[0]
        # A sum of float32 would lose the pitch after a few seconds.
        turns = torch.cumsum(smooth[0].double() / RATE, 0)
        phase = (turns - torch.round(turns)).float()
        # As many harmonics as stay below the highest frequency; one more from a frame to the next makes no click.
        harmonics = 2 * torch.floor(0.48 * RATE / hertz) + 1
        count = harmonics.unsqueeze(1).repeat(1, HOP).reshape(-1)
        low = torch.sin(np.pi * phase)
        still = (low.abs() < 1e-4).float()
        pulses = torch.sin(np.pi * count * phase) / (low + still * (1 - low)) * (1 - still) + count * still
        pulses = pulses / torch.sqrt(count) * smooth[1]
        places = (torch.cumsum(torch.ones_like(phase), 0).long() + shift) % HISS
        swell = (1 + THROB * torch.cos(2 * np.pi * phase)) / (1 + THROB**2 / 2) ** 0.5
        noise = self.hiss[places] * (1 + smooth[1] * (swell - 1))
        return pulses, noise


def _minimum_phase(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """[BINS, POINTS]: from the colour to the phase that belongs to it, by folding its cepstrum."""
    cepstrum = np.fft.irfft(points, axis=0)
    fold = np.zeros((FFT, 1))
    fold[0], fold[FFT // 2], fold[1 : FFT // 2] = 1, 1, 2
    return np.imag(np.fft.rfft(cepstrum * fold, axis=0))


def _sharpened(much: float) -> NDArray[np.float64]:
    """[POINTS, POINTS]: makes peaks higher and valleys deeper, and leaves slopes alone."""
    from recipe.voice.features import POINTS

    near = np.arange(POINTS)[:, None] - np.arange(POINTS)[None, :]
    smooth = np.exp(-0.5 * (near / 5.0) ** 2)
    smooth /= smooth.sum(1, keepdims=True)
    return np.eye(POINTS) * (1 + much) - much * smooth
