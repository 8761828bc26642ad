"""Batches flow in, weights flow out: first phones, then text, for as long as one likes; then a cool-down.

The learning rate does not know when training ends: it warms up, stays, and falls slowly. Weights that are to be used
come from a branch, `cool`, on which it falls to nothing; the training itself can go on from where the branch began.
Weights, moments, steps and seeds are kept; the utterances after a break are other ones than they would have been.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from recipe.attention import coarse
from recipe.learning import Learner
from recipe.recogniser.network import BLANK, TOKENS, Network, Shape
from recipe.recogniser.supply import Batch, Supply, expected
from recipe.run import Progress, Workplace

WARM: Final = 120
"""Steps until the highest rate is reached; 200 take a tenth of the first hour."""
STEADY: Final = 5000
"""Steps after which it falls with the square root of their number."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    shape: Shape
    seconds: float
    """Audio in one batch. Where hours are short, more steps help more than better ones."""
    phones: int
    """Steps on phones alone."""
    cool: int
    """Steps of the cool-down."""
    end: int
    """Steps in all, before the cool-down."""
    easy: int = 400_000
    """Utterances until the sound is spoilt as much as it will be."""
    rooms: int = 60
    """Rooms, and noises, to draw from."""
    rate: float = 1.3e-3
    """Highest learning rate; by AdamW alone twice as much diverged with this width."""

    def part(self, share: float) -> "Plan":
        """The same with a `share` of the steps but those on phones alone; the sound is spoilt sooner, likewise."""
        end = self.phones + round(share * (self.end - self.phones))
        return replace(self, end=end, cool=round(share * self.cool), easy=round(share * self.easy))


FULL: Final = Plan(Shape(), 40.0, 500, 3_000, 36_000)
"""About as much as what is shipped has learnt; more of the same had not helped it."""
FURTHER: Final = replace(FULL, end=FULL.phones + 200, cool=2_600, rate=6e-4)
"""From a recogniser that reads already: a branch whose mean with the one it came from reads better than either."""
TOY: Final = Plan(Shape(64, 2, 2, 1), 12.0, 40, 20, 80, 500, 6)


class Training:
    """A network on its way."""

    def __init__(self, place: Workplace, plan: Plan, first: Network | None = None) -> None:
        """Goes on from the last checkpoint in `place`, if there is one; else from `first`, which knows how to read but
        has forgotten phones; else from nothing."""
        torch.manual_seed(place.seed)
        self._place, self._plan = place, plan
        self.network = (first or Network(plan.shape)).to(place.device)
        layers = (*self.network.encoder, *self.network.decoder)
        self._learner = Learner(layers, (self.network,), decay=0.01)
        self.step = 0 if first is None else plan.phones
        self.seen = 0 if first is None else plan.easy
        """Utterances."""
        self._restore(place.load("training"))

    def _restore(self, state: dict[str, Any] | None) -> None:
        if state is None:
            return
        self.network.load_state_dict(state["network"])
        self._learner.restore(state["learner"])
        self.step, self.seen = state["step"], state["seen"]
        torch.set_rng_state(state["chance"])

    def state(self) -> dict[str, Any]:
        """Everything that is needed to go on."""
        return {
            "network": self.network.state_dict(),
            "learner": self._learner.state(),
            "step": self.step,
            "seen": self.seen,
            "chance": torch.get_rng_state(),
        }

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        device = self._place.device
        only = self.step < self._plan.phones
        with coarse(device):
            phones, heard = self.network.listen(batch.features.to(device), phones_only=only)
        phones = phones.float()
        frames = batch.phones.to(device)
        known = phones.transpose(1, 2)
        losses = {"phones": F.cross_entropy(known, frames, ignore_index=255)}
        if only:
            with torch.no_grad():
                spoken = frames != 255
                losses["right"] = (phones.argmax(2) == frames)[spoken].float().mean()
            return losses
        tokens = batch.tokens.to(device)
        with coarse(device):
            logits, letters = self.network.write(tokens[:, :-1], heard), self.network.letters(heard)
        losses["text"] = F.cross_entropy(
            logits.float().reshape(-1, TOKENS),
            expected(batch).reshape(-1).to(device),
            ignore_index=-100,
            label_smoothing=0.05,
        )
        spelled = F.log_softmax(letters.float(), 2).transpose(0, 1)
        counts = torch.full((len(tokens),), heard.shape[1])
        losses["letters"] = F.ctc_loss(
            spelled, tokens[:, 2:], counts, batch.lengths, blank=BLANK, reduction="sum", zero_infinity=True
        ) / batch.lengths.sum().clamp(min=1)
        return losses

    def learn(self, batch: Batch, rate: float) -> dict[str, float]:
        """One step."""
        losses = self._losses(batch)
        if "text" in losses:
            total = losses["text"] + 0.3 * losses["letters"] + 0.3 * losses["phones"]
        else:
            total = losses["phones"]
        self._learner.step(total, rate)
        self.step += 1
        self.seen += len(batch.features)
        return {name: float(value.detach()) for name, value in losses.items()}

    def hard(self) -> float:
        """How much the sound is to be spoilt."""
        return min(1.0, 0.2 + 0.8 * self.seen / self._plan.easy)

    def rate(self) -> float:
        """The learning rate of the next step; it warms up again where text comes in."""
        into = self.step if self.step < self._plan.phones else self.step - self._plan.phones
        return self._plan.rate * min(1.0, (into + 1) / WARM) * min(1.0, (STEADY / max(1, self.step)) ** 0.5)


class _Means:
    """Figures smoothed over about fifty steps."""

    def __init__(self) -> None:
        self.values: dict[str, float] = {}

    def add(self, figures: dict[str, float]) -> dict[str, float]:
        kept = {name: self.values.get(name, value) for name, value in figures.items()}
        self.values = {name: kept[name] + 0.02 * (value - kept[name]) for name, value in figures.items()}
        return self.values


def train(
    place: Workplace, plan: Plan, *, first: Network | None = None, stop: Callable[[], bool] = lambda: False
) -> Training:
    """Trains to the plan's end, or until `stop` says so; what was learnt is kept either way. `first` as above."""
    training = Training(place, plan, first)
    progress, means, began, first = Progress("recogniser", plan.end), _Means(), time.monotonic(), training.seen
    supply = Supply(place.seed + training.step, plan.seconds, plan.rooms)
    try:
        while training.step < plan.end and not stop():
            supply.hard.value = training.hard()
            figures = means.add(training.learn(supply.next(), training.rate()))
            speed = (training.seen - first) / (time.monotonic() - began)
            progress.step(training.step, **figures, seen=training.seen, per_s=speed)
            if progress.time_to_save():
                place.save("training", training.state())
    finally:
        supply.close()
    place.save("training", training.state())
    return training


def cool(place: Workplace, plan: Plan) -> Training:
    """A branch from the last checkpoint: the learning rate falls to nothing, the weights are kept as "cooled"."""
    training = Training(place, plan)
    supply = Supply(place.seed + 500_000 + training.step, plan.seconds, plan.rooms)
    rate, means, progress = training.rate(), _Means(), Progress("cooling", plan.cool)
    supply.hard.value = training.hard()
    try:
        for done in range(plan.cool):
            figures = means.add(training.learn(supply.next(), rate * (1 - done / plan.cool)))
            progress.step(done + 1, **figures)
    finally:
        supply.close()
    place.save("cooled", {"network": training.network.state_dict(), "step": training.step, "seen": training.seen})
    return training
