"""Readings of an utterance flow in, the commands that are nearest to all of them flow out, with their distance.

Recognisers err differently: one writes what it heard, letter by letter ("cancel mightimer"), another only words that it
was told of ("cancel my nine timer"). What was said is most likely the command that is near to both. There are more
commands than can be listed (half a million different ones still left a fifth of new ones unseen), so they are not
compared one by one: the pattern of all is laid along each reading, part by part. For a part and a reading, a matrix
says how many letters must be changed to turn the reading from one place to another into the part; parts in a row
multiply, in the algebra of sums and minima (Mohri, "Edit-distance of weighted automata", 2003).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from voiced.intents.pattern import Node, Pattern

LAID: Final = 3
"""Readings that the pattern is laid along; the others only judge what was found."""

LONGEST: Final = 90
"""Letters of a reading: of 18,000 sampled commands the longest has 87."""

EXTRA: Final = 4
"""Letters that a word may have too many in a reading."""

FAR: Final = 0.5
"""Share of letters to change above which nothing is near."""

FOUND: Final = 6
"""Templates that are looked at closely, at most."""

ENOUGH: Final = 2
"""Sentences after which a template is left alone that can have none as near."""

_FORBIDDEN: Final = 500
"""A cost that is never paid; sixty of them in a row still fit 16 bits."""
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzäöüßáéíóúàèâêîôûçñ"

Costs = NDArray[np.int16]
"""… × readings × places"""


@dataclass(frozen=True, slots=True)
class Near:
    """A command near to what was heard."""

    text: str
    """In plain lower-case words."""
    distance: float
    """Letters to change per letter, the mean over all readings: 0 for the same."""


@dataclass
class _Branch:
    """A place in the tree that the beginnings of all templates make."""

    node: Node | None = None
    branches: "dict[int, _Branch]" = field(default_factory=dict)
    ends: bool = False
    path: tuple[Node, ...] = ()

    @cached_property
    def sorted(self) -> "tuple[list[_Branch], list[_Branch]]":
        """Branches that are words with letters, and the others."""
        words: list[_Branch] = []
        others: list[_Branch] = []
        for further in self.branches.values():
            node = further.node
            (words if node and node.kind == "word" and node.letters else others).append(further)
        return words, others


def letters(text: str) -> str:
    """`text` without all that is not compared."""
    return "".join(filter(str.isalpha, text.lower()))


def distance(text: str, readings: Sequence[str]) -> float:
    """Letters to change per letter between `text` and each of `readings`, the mean."""
    own = letters(text)
    spans = [Levenshtein.distance(own, other) / max(1, len(own), len(other)) for other in map(letters, readings)]
    return sum(spans) / max(1, len(spans))


class Nearest:
    """The commands of one language. Immutable after construction; may be used from any thread."""

    def __init__(self, pattern: Pattern) -> None:
        """Of `pattern`, which is all of them."""
        self._pattern = pattern
        self._words = [node for node in self._pattern.nodes if node.kind == "word" and node.letters]
        self._index = {id(node): number for number, node in enumerate(self._words)}
        self._spelling = _spelling([node.letters for node in self._words])
        self._tree = _Branch()
        for chain in self._pattern.chains:
            place = self._tree
            for node in chain:
                place = place.branches.setdefault(id(node), _Branch(node, path=(*place.path, node)))
            place.ends = True

    def rank(self, readings: Sequence[str], count: int = 5) -> list[Near]:
        """Up to `count` commands, the nearest first; none where no command is anywhere near."""
        known = list(dict.fromkeys(reading for reading in readings if letters(reading)))
        laid = [letters(reading) for reading in known[:LAID]]
        if not laid or max(map(len, laid)) > LONGEST:
            return []
        found = _Laid(self, laid).commands()
        texts = dict.fromkeys(self._pattern.agreed(text) for text in found)
        ranked = [Near(text, distance(text, known)) for text in texts]
        return sorted(ranked, key=lambda near: near.distance)[:count]


def _spelling(words: Sequence[str]) -> NDArray[np.int8]:
    """Which letter each word has at each place (places × words); -1 behind its end."""
    table = np.full((max(map(len, words)), len(words)), -1, np.int8)
    for column, word in enumerate(words):
        for row, letter in enumerate(word):
            table[row, column] = _LETTERS.find(letter) if letter in _LETTERS else len(_LETTERS)
    return table


class _Laid:
    """The pattern, laid along a few readings."""

    def __init__(self, nearest: Nearest, readings: Sequence[str]) -> None:
        self._nearest = nearest
        self._pattern = nearest._pattern
        self._readings = readings
        self._ends = np.array([len(reading) for reading in readings])
        self._places = int(self._ends.max()) + 1
        self._limit = (FAR * np.maximum(self._ends, 6)).astype(np.int16)
        self._of_words = self._laid_words(readings)
        self._matrices: dict[int, Costs] = {}

    def commands(self) -> list[str]:
        """The nearest sentences of the nearest templates, for each reading one."""
        count = len(self._ends)
        start = np.full((count, self._places), _FORBIDDEN, np.int16)
        start[:, 0] = 0
        start = self._after(self._pattern.before, start)
        ends: list[tuple[_Branch, Costs]] = []
        self._walk(self._nearest._tree, start, ends)
        if not ends:
            return []
        tail = self._matrix(self._pattern.after)
        outs = np.stack([costs for _, costs in ends])
        last = np.stack([tail[reading, :, end] for reading, end in enumerate(self._ends)])
        totals = (outs + last).min(2)  # templates × readings
        least = (totals / np.maximum(self._ends, 6)).sum(1)
        found: dict[str, float] = {}
        for number in np.argsort(least, kind="stable")[:FOUND]:
            if len(found) >= ENOUGH and least[number] > sorted(found.values())[ENOUGH - 1]:
                break  # nothing of this template can be nearer than what was found
            for reading in range(count):
                if totals[number, reading] <= self._limit[reading]:
                    text = self._sentence(ends[number][0], reading)
                    found[text] = distance(text, self._readings) * count
        return list(found)

    def _walk(self, branch: _Branch, costs: Costs, ends: list[tuple[_Branch, Costs]]) -> None:
        if branch.ends:
            ends.append((branch, costs))
        words, others = branch.sorted
        if len(words):
            matrices = self._of_words[[self._nearest._index[id(further.node)] for further in words]]
            reached = np.minimum.reduce(costs[None, :, :, None] + matrices, axis=2)
            near = (np.minimum.reduce(reached, axis=2) <= self._limit).any(1)
            for place in np.flatnonzero(near):
                self._walk(words[place], reached[place], ends)
        for further in others:
            assert further.node is not None
            reached = self._after(further.node, costs)
            if (np.minimum.reduce(reached, axis=1) <= self._limit).any():
                self._walk(further, reached, ends)

    def _after(self, node: Node, costs: Costs) -> Costs:
        """The cheapest way to have got to each place, `node` included. `costs`: readings × places."""
        if node.kind == "word":
            if not node.letters:
                return costs
            return self._times(costs, self._of_words[self._nearest._index[id(node)]])
        if self._worth_a_matrix(node):
            return self._times(costs, self._matrix(node))
        if node.kind == "chain":
            for item in node.items:
                costs = self._after(item, costs)
            return costs
        cheapest: Costs = np.minimum.reduce([self._after(item, costs) for item in node.items])
        return cheapest

    def _worth_a_matrix(self, node: Node) -> bool:
        return node.uses > 3 or (node.kind == "choice" and all(item.kind == "word" for item in node.items))

    @staticmethod
    def _times(costs: Costs, matrix: Costs) -> Costs:
        product: Costs = np.minimum.reduce(costs[:, :, None] + matrix, axis=1)
        return product

    def _matrix(self, node: Node) -> Costs:
        """The cost of `node` from each place to each other: readings × places × places."""
        if node.kind == "word" and node.letters:
            laid: Costs = self._of_words[self._nearest._index[id(node)]]
            return laid
        if (known := self._matrices.get(id(node))) is not None:
            return known
        if node.kind == "word":
            found = np.full((len(self._ends), self._places, self._places), _FORBIDDEN, np.int16)
            found[:, range(self._places), range(self._places)] = 0
        elif node.kind == "choice":
            found = np.minimum.reduce([self._matrix(item) for item in node.items])
        else:
            found = self._matrix(node.items[0])
            for item in node.items[1:]:
                found = self._product(found, self._matrix(item))
        self._matrices[id(node)] = found
        return found

    def _product(self, one: Costs, other: Costs) -> Costs:
        product: Costs = np.minimum.reduce(one[:, :, :, None] + other[:, None], axis=2)
        cheapest: Costs = np.minimum(product, _FORBIDDEN)
        return cheapest

    def _laid_words(self, readings: Sequence[str]) -> Costs:
        """The cost of every word of the pattern (words × readings × from × to), all of them at once."""
        spelling = self._nearest._spelling
        longest, words = spelling.shape
        count, places = len(readings), self._places
        band = longest + EXTRA + 1
        # differs[letter, reading, place]: 1 where the reading has another letter.
        heard = np.full((count, places + band), -2, np.int8)
        for row, reading in enumerate(readings):
            heard[row, : len(reading)] = [_LETTERS.find(letter) for letter in reading]
        differs = (heard[None] != np.arange(-1, len(_LETTERS) + 1)[:, None, None]).astype(np.uint8)
        # costs[width]: words × readings × from; the part of the reading is `width` letters long.
        costs = [np.full((words, count, places), min(width, 250), np.uint8) for width in range(band)]
        for letter in spelling:
            going = letter >= 0
            wrong = differs[letter[going] + 1]
            olds = [cost[going] for cost in costs]
            news = [olds[0] + np.uint8(1)]
            for width in range(1, band):
                put = olds[width - 1] + wrong[:, :, width - 1 : width - 1 + places]
                new = np.minimum(olds[width] + np.uint8(1), put)
                news.append(np.minimum(new, news[-1] + np.uint8(1), out=new))
            for cost, new in zip(costs, news, strict=True):
                cost[going] = new
        laid = np.full((words, count, places, places), _FORBIDDEN, np.int16)
        for width in range(min(band, places)):
            starts = np.arange(places - width)
            laid[:, :, starts, starts + width] = costs[width][:, :, : places - width]
        return laid

    # --- which sentence it was ------------------------------------------------------------------------------------

    def _sentence(self, branch: _Branch, reading: int) -> str:
        """The sentence of the template that ends at `branch` which is nearest to one reading."""
        start = np.full(self._places, _FORBIDDEN, np.int16)
        start[0] = 0
        parts = (self._pattern.before, *branch.path, self._pattern.after)
        return self._back(parts, reading, start, int(self._ends[reading]))[1]

    def _back(self, parts: Sequence[Node], reading: int, start: Costs, end: int) -> tuple[int, str]:
        """Where `parts` began, on their cheapest way from `start` to `end`, and what they are on it."""
        states = [start]
        for part in parts:
            states.append(self._one(part, reading, states[-1]))
        text = ""
        for part, before in zip(reversed(parts), reversed(states[:-1]), strict=True):
            end, written = self._back_one(part, reading, before, end)
            text = written + text
        return end, text

    def _back_one(self, node: Node, reading: int, start: Costs, end: int) -> tuple[int, str]:
        if node.kind == "word":
            if not node.letters:
                return end, node.text
            matrix = self._of_words[self._nearest._index[id(node)], reading]
            return int(np.argmin(start + matrix[:, end])), node.text
        if node.kind == "chain":
            return self._back(node.items, reading, start, end)
        best = min(node.items, key=lambda item: int(self._one(item, reading, start)[end]))
        return self._back_one(best, reading, start, end)

    def _one(self, node: Node, reading: int, costs: Costs) -> Costs:
        """As `_after`, for one reading."""
        if node.kind == "word" and not node.letters:
            return costs
        if node.kind == "word" or self._worth_a_matrix(node):
            reached: Costs = np.minimum.reduce(costs[:, None] + self._matrix(node)[reading])
            return reached
        if node.kind == "chain":
            for item in node.items:
                costs = self._one(item, reading, costs)
            return costs
        cheapest: Costs = np.minimum.reduce([self._one(item, reading, costs) for item in node.items])
        return cheapest
