"""A person's tries, their talk and other voices flow in; a verifier flows out, and what it does to misses and wakes.

What it does is told by leaving out: every try, every voice and every stretch of talk is judged by a verifier that was
trained without it. This module alone needs scikit-learn, and loads it when it trains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voiced.errors import EngineError
from voiced.stages import FRAME, RATE, Pcm
from voiced.tuning.hearing import frames_of
from voiced.tuning.threshold import height
from voiced.tuning.voices import shifted
from voiced.verifier import Verifier
from voiced.wake import OpenWakeWord

FEWEST: Final = 3
"""Tries that the wake network has to recognise: with two, leaving one out would leave one."""

OFFSETS: Final = (0, 427, 853)
"""Samples that each try is heard later, so that the word does not always begin with a frame."""

TALK_S: Final = 10.0
"""Seconds of talk that are judged together."""

EVERY: Final = 4
"""Of the talk, one frame of so many is trained with, and all that come near to waking: neighbours are alike."""

NEARLY: Final = 0.4
"""Share of the threshold from which the frames of others are learnt: a few more than could wake, so that the verdict
holds from the first of them to the last. One of flite's voices was told from its others by 0.74 to 0.51 with them, and
by 0.80 to 0.67 without."""

STRENGTH: Final = 0.001
"""scikit-learn's C, as openWakeWord has it: a hundred times more changed no verdict about synthesised voices."""

SUREST, LEAST_SURE = 0.9, 0.5
"""Bounds of the probability from which a voice is known: a person whose own tries stay below the middle is missed
rather than everybody let in."""

NEAR: Final = 0.9
"""A voice is known from this share of the probability that the person's own tries have when nobody heard them before.
One of flite's voices had 0.80 so; of two others, never learnt, one had 0.63 and is refused, one 0.76 and is not."""

REFUSED: Final = 0.2
"""Share of a person's tries beyond which a verifier that refuses them is worse than none."""


@dataclass(frozen=True, slots=True)
class Example:
    """A stretch of sound as the wake network sees it."""

    scores: NDArray[np.float64]
    """Frame by frame."""
    seen: NDArray[np.float32]
    """Shape (frames, numbers)."""

    def over(self, threshold: float) -> NDArray[np.float32]:
        return self.seen[self.scores >= threshold]


Group = Sequence[Example]
"""What is left out together: the same word said by the same voice."""


@dataclass(frozen=True, slots=True)
class Examples:
    """All that is trained with."""

    mine: Sequence[Group]
    """Of each try: as it was, and a little later."""
    shifted: Sequence[Group]
    """Of each try: as other voices would have said it."""
    others: Sequence[Group]
    """Of each other voice: its words."""
    talk: Sequence[Example] = ()


@dataclass(frozen=True, slots=True)
class Effect:
    """How many of a kind wake without and with the verifier."""

    what: str
    of: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Trained:
    """A verifier, and what it does."""

    verifier: Verifier
    tries: Effect
    """The person's own: what is lost of them is missed."""
    strangers: Sequence[Effect] = field(default_factory=tuple)
    """The others, and talk: what still wakes is a false wake."""

    @property
    def refusal(self) -> str | None:
        """Why it should not be used; None when it may be."""
        lost = self.tries.before - self.tries.after
        if lost > REFUSED * self.tries.before:
            return f"it would not know your voice in {lost} of the {self.tries.before} tries that wake it without"
        woke = sum(each.before for each in self.strangers)
        if woke and sum(each.after for each in self.strangers) > woke / 2:
            return "most of the other voices would still wake it"
        return None


def check_installed() -> None:
    """Raises EngineError without scikit-learn, before anybody has said anything in vain."""
    if find_spec("sklearn") is None:
        raise EngineError(
            "scikit-learn is not installed, which learning a voice needs and nothing else; install scikit-learn."
        )


def check_enough(woken: Sequence[bool], threshold: float) -> None:
    """Raises EngineError when too few of the tries wake the network by themselves."""
    if sum(woken) < FEWEST:
        raise EngineError(
            f"Of {len(woken)} tries {sum(woken)} reached the threshold of {threshold:g}, and {FEWEST} have to; try "
            "again, nearer to the microphone, or see `voiced wake test`."
        )


def look(sound: Pcm, detector: OpenWakeWord, later: int = 0) -> Example:
    """What the detector of one word sees in `sound`, `later` samples late, from silence to silence."""
    [word] = detector.words
    detector.reset()
    rows, scores = [], []
    for frame in frames_of(np.concatenate((np.zeros(later, np.int16), sound)), 0.6):
        scores.append(detector.scores(frame)[word])
        rows.append(detector.embeddings(word).copy())
    return Example(np.array(scores), np.stack(rows))


def examples(tries: Sequence[Pcm], talk: Pcm, others: Sequence[Sequence[Pcm]], detector: OpenWakeWord) -> Examples:
    """All sounds as the wake network sees them: `tries` and `talk` of the person, and the words of other voices."""
    size = int(TALK_S * RATE / FRAME) * FRAME
    return Examples(
        mine=[[look(sound, detector, later) for later in OFFSETS] for sound in tries],
        shifted=[[look(each, detector) for each in shifted(sound)] for sound in tries],
        others=[[look(sound, detector) for sound in voice] for voice in others],
        talk=[look(talk[at : at + size], detector) for at in range(0, len(talk), size)],
    )


def train(given: Examples, threshold: float) -> Trained:
    """A verifier behind a wake network of this threshold. Raises EngineError when too few tries wake it, or nothing is
    there to tell them from."""
    woken = [_wakes(group[0], threshold) for group in given.mine]
    check_enough(woken, threshold)
    if not any(len(each.over(threshold)) for group in [*given.others, *given.shifted] for each in group):
        raise EngineError(
            "There is no other voice to tell yours from; install the package espeak-ng, or name recordings of others "
            "with --others-from."
        )
    known = [_known(given, at, threshold) for at in range(len(given.mine)) if woken[at]]
    after = sum(each >= _sure([*known[:at], *known[at + 1 :]]) for at, each in enumerate(known))
    verifier = _fit(given, threshold)
    verifier = Verifier(verifier.weights, verifier.bias, _sure(known))
    return Trained(
        verifier,
        Effect("your tries", len(woken), sum(woken), after),
        tuple(_strangers(given, threshold, verifier.sure)),
    )


def _sure(known: Sequence[float]) -> float:
    """The probability from which a voice is known, by how well the person's own tries are: what the least of them
    reaches, but for one of ten, and a little less."""
    least = sorted(known)[len(known) // 10]
    return round(min(SUREST, max(LEAST_SURE, NEAR * least)), 3)


def _known(given: Examples, at: int, threshold: float) -> float:
    """How well the try is known to those who never heard it."""
    verifier = _fit(_without(given, mine=at), threshold)
    return _probability(given.mine[at][0], verifier, threshold)


def _strangers(given: Examples, threshold: float, sure: float) -> Iterator[Effect]:
    """What the verifier makes of each kind of stranger, without having heard that one."""
    kinds = (
        ("your voice made others'", given.shifted, "mine"),
        ("other voices", given.others, "others"),
        (f"stretches of your talk ({TALK_S:.0f} s)", [[each] for each in given.talk], "talk"),
    )
    for what, groups, left_out in kinds:
        before = after = 0
        for at, group in enumerate(groups):
            woken = [each for each in group if _wakes(each, threshold)]
            if not woken:
                continue  # nothing that a verifier would be asked about
            verifier = _fit(_without(given, **{left_out: at}), threshold)
            before += len(woken)
            after += sum(_probability(each, verifier, threshold) >= sure for each in woken)
        if groups:
            yield Effect(what, sum(map(len, groups)), before, after)


def _without(given: Examples, mine: int = -1, others: int = -1, talk: int = -1) -> Examples:
    """Everything but the try, the voice or the stretch of talk with this number."""
    return Examples(
        mine=[group for at, group in enumerate(given.mine) if at != mine],
        shifted=[group for at, group in enumerate(given.shifted) if at != mine],
        others=[group for at, group in enumerate(given.others) if at != others],
        talk=[each for at, each in enumerate(given.talk) if at != talk],
    )


def _wakes(example: Example, threshold: float) -> bool:
    return height(list(example.scores)) >= threshold


def _probability(example: Example, verifier: Verifier, threshold: float) -> float:
    """The highest probability from which on this would still wake."""
    return height(list(np.where(example.scores >= threshold, verifier.probabilities(example.seen), 0)))


def _fit(given: Examples, threshold: float) -> Verifier:
    """The regression, on columns of the same width; the width then goes into its weights."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    own = np.concatenate([each.over(threshold) for group in given.mine for each in group])
    strange = [each.over(NEARLY * threshold) for group in [*given.shifted, *given.others] for each in group]
    strange += [part for each in given.talk for part in (each.seen[::EVERY], each.over(NEARLY * threshold))]
    rows = np.concatenate((own, *strange)).astype(np.float64)
    mean, width = rows.mean(0), rows.std(0)
    width[width == 0] = 1
    labels = np.arange(len(rows)) < len(own)
    with threadpool_limits(1):  # the matrices are small, and threads that wait for each other take ten times as long
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=2000)
        model.fit((rows - mean) / width, labels)
    weights = model.coef_[0] / width
    return Verifier(weights, float(model.intercept_[0] - weights @ mean), 0.5)
