"""Seeds flow in, batches of heard speech flow out, made in a process of its own for as long as there is training.

Utterances are said afresh all the time and kept in memory for a while; each is heard about four times, spoilt
differently each time. So the training sees new sentences for ever, for a third of one core.
"""

import multiprocessing
import os
import queue
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from recipe.recogniser.hearing import NO_AUDIO, NO_PHONES, Surroundings, hear
from recipe.recogniser.network import END, NO_SPEECH, NO_TIMES, START, spelled
from recipe.run import uninterrupted
from recipe.sentences import Sentences
from recipe.speech import TICK, Utterance, any_voice, say

KEPT: Final = 8000
"""Utterances in memory: 500 MB."""
FRESH: Final = 0.25
"""Share of new ones in each batch."""
EMPTY: Final = 0.06
"""Share of clips in which nobody speaks."""
POOL: Final = 512
"""Utterances that are sorted by length together, so that windows are well filled."""
LONGEST: Final = 900
"""Frames in a window at most."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step learns from."""

    features: Tensor
    """batch × 80 × frames"""
    phones: Tensor
    """batch × frames / 2; 255 where unknown"""
    tokens: Tensor
    """batch × tokens: start, no times, letters, end; ends fill up"""
    lengths: Tensor
    """Letters in each."""


class _Maker:
    """Lives in the process that makes batches."""

    def __init__(self, seed: int, seconds: float, rooms: int, hard: Any) -> None:
        self._hard = hard
        self._rng = np.random.default_rng(seed)
        self._sentences = Sentences(seed)
        self._surroundings = Surroundings(int(self._rng.integers(1 << 30)), rooms)
        self._kept: list[Utterance] = []
        self._frames = seconds * 100

    def _new(self) -> Utterance:
        while True:
            said = say(self._sentences.draw(), any_voice(self._rng), stretch=self._rng.uniform(0.9, 1.12))
            if said is not None and len(said.audio) < (LONGEST - 60) * TICK and len(said.text) <= 110:
                return said

    def _some(self) -> Utterance:
        if len(self._kept) > POOL // 8 and self._rng.random() > FRESH:
            return self._kept[self._rng.integers(len(self._kept))]
        said = self._new()
        if len(self._kept) < KEPT:
            self._kept.append(said)
        else:
            self._kept[self._rng.integers(KEPT)] = said
        return said

    def batches(self) -> Iterator[tuple[Any, ...]]:
        """Features, phones, tokens and lengths, as arrays."""
        while True:
            size = POOL if self._kept else POOL // 8  # the first comes soon, for whoever waits for it
            pool = [self._some() for _ in range(size)]
            silent = int(EMPTY * size)
            pool += [
                Utterance("", np.zeros(int(self._rng.integers(1, 50)) * 1000, np.int16), NO_PHONES)
                for _ in range(silent)
            ]
            pool.sort(key=lambda said: len(said.audio))
            groups: list[list[Utterance]] = [[]]
            for said in pool:
                longest = self._window(said)
                if (len(groups[-1]) + 1) * longest > self._frames and groups[-1]:
                    groups.append([])
                groups[-1].append(said)
            for index in self._rng.permutation(len(groups)):
                yield self._batch(groups[index])

    @staticmethod
    def _window(said: Utterance) -> int:
        # In steps of 0.2 s; a fifth of a second for what comes before and after.
        return min(LONGEST, -(-(len(said.audio) // TICK + 20) // 20) * 20)

    def _batch(self, group: list[Utterance]) -> tuple[Any, ...]:
        frames = min(LONGEST, self._window(group[-1]) + 20 * int(self._rng.integers(0, 3)))
        others = [said.audio for said in self._kept[:200]]
        heard = [
            hear(
                said.audio if said.text else NO_AUDIO,
                said.phones,
                frames,
                self._rng,
                self._surroundings,
                others,
                float(self._hard.value),
            )
            for said in group
        ]
        rows = [[START, NO_TIMES, *spelled(said.text), END] for said in group]
        tokens = np.full((len(rows), max(map(len, rows))), END, np.int64)
        for row, filled in zip(tokens, rows, strict=True):
            row[: len(filled)] = filled
        lengths = np.array([len(said.text) for said in group])
        return np.stack([x.features for x in heard]), np.stack([x.phones for x in heard]), tokens, lengths


def _work(seed: int, seconds: float, rooms: int, hard: Any, batches: Any) -> None:
    uninterrupted()
    os.nice(5)  # a batch that comes late costs less than a step that is slow
    torch.set_num_threads(1)
    parent = multiprocessing.parent_process()
    for batch in _Maker(seed, seconds, rooms, hard).batches():
        while True:
            try:
                batches.put(batch, timeout=10)
                break
            except queue.Full:
                if parent is None or not parent.is_alive():
                    os._exit(0)  # the training was killed; nobody reads what is still in the queue


class Supply:
    """Batches, made beside the training."""

    def __init__(self, seed: int, seconds: float, rooms: int) -> None:
        """`seconds` of audio in each batch, heard in one of `rooms`."""
        self._context = multiprocessing.get_context("spawn")
        self.hard = self._context.Value("d", 1.0, lock=False)
        """How much the sound is spoilt, from 0 to 1; may be changed at any time."""
        self._seed, self._seconds, self._rooms, self._spare = seed, seconds, rooms, 20
        self._start()

    def _start(self) -> None:
        # 12 batches: ten seconds of training; when it is full the maker waits.
        self._queue = self._context.Queue(12)
        # Its matrices are small: a second thread of OpenBLAS would only spin, on the core that trains.
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        self._process = self._context.Process(
            target=_work,
            args=(self._seed, self._seconds, self._rooms, self.hard, self._queue),
            daemon=True,
            name="supply",
        )
        self._process.start()

    def next(self) -> Batch:
        """The next batch; a maker that died (synthesisers are C) is replaced by one with another seed."""
        while True:
            try:
                features, phones, tokens, lengths = self._queue.get(timeout=20)
            except queue.Empty:
                if not self._process.is_alive():
                    if not self._spare:
                        raise RuntimeError("The process that makes batches dies again and again.") from None
                    self._spare -= 1
                    self._seed += 7919
                    self._start()
                continue
            return Batch(
                torch.from_numpy(features).float(),
                torch.from_numpy(phones).long(),
                torch.from_numpy(tokens),
                torch.from_numpy(lengths),
            )

    def close(self) -> None:
        """Ends the maker."""
        self._process.kill()
        self._process.join()


def expected(batch: Batch) -> Tensor:
    """The token that should follow each of `batch.tokens` but the last; -100 where it does not matter."""
    wanted = batch.tokens[:, 1:].clone()
    places = torch.arange(wanted.shape[1])[None]
    wanted[places > batch.lengths[:, None] + 1] = -100
    wanted[:, 0] = torch.where(batch.lengths == 0, NO_SPEECH, NO_TIMES)
    return wanted
