"""The pattern of all commands flows in, which letter may follow which flows out.

What `voiced.intents.nearest` finds is near to what a recogniser wrote, which may be far from what it heard: one that
began in the wrong word went on in it. Who searches among the letters that were heard has to know, letter by letter,
what a command may be. All states of such an automaton would be too many; so each is made when somebody comes by, by the
subset construction (Rabin and Scott, "Finite automata and their decision problems", 1959).
"""

from collections.abc import Iterable
from typing import Final

from voiced.intents.pattern import Node, Pattern

MANY: Final = 5_000
"""States after which all are forgotten: they take about 20 MB, and a command makes a hundred new ones at first."""

_END: Final = -1

State = int
Rests = tuple[int, ...]
"""What may be to come, sorted, each once. A set of one takes five times the memory, and most are of few."""


class Automaton:
    """The commands of one language, letter by letter, in lower case with spaces between words. One thread at a time."""

    def __init__(self, pattern: Pattern) -> None:
        """Of `pattern`, which is all of them."""
        self._pattern = pattern
        self.agreed: Final = pattern.agreed
        """As in `Grammar`."""
        self._forget()

    def _forget(self) -> None:
        self._rests: dict[tuple[Node, int, int], int] = {}
        self._parts: list[tuple[Node, int, int]] = []
        self._states: dict[tuple[Rests, bool], State] = {}
        self._further: list[dict[str, Rests]] = []
        self._known: list[dict[str, State]] = []
        self._whole: list[bool] = []

    def begin(self) -> State:
        """Where every command begins; what was known of others is worth nothing from now on."""
        if len(self._known) > MANY or not self._known:
            self._forget()
            after = self._rest(self._pattern.after, 0, _END)
            chains = [self._chain(chain, after) for chain in self._pattern.chains]
            self._state(_sorted(self._rest(self._pattern.before, 0, chain) for chain in chains), spaced=True)
        return 0

    def on(self, state: State, letter: str) -> State | None:
        """Where `letter` leads from `state`; None where no command goes on like this."""
        known = self._known[state].get(letter)
        if known is None and (rests := self._further[state].get(letter)) is not None:
            known = self._known[state][letter] = self._state(rests, spaced=letter == " ")
        return known

    def ends(self, state: State) -> bool:
        """Whether a command may end here."""
        if self._whole[state]:
            return True
        behind = self.on(state, " ")
        return behind is not None and self._whole[behind]

    def _rest(self, node: Node, at: int, then: int) -> int:
        """The number of what is to come: the rest of `node` from character `at` on, and `then` what has that number."""
        part = node, at, then
        number = self._rests.setdefault(part, len(self._parts))
        if number == len(self._parts):
            self._parts.append(part)
        return number

    def _chain(self, nodes: tuple[Node, ...], then: int) -> int:
        for node in reversed(nodes):
            then = self._rest(node, 0, then)
        return then

    def _state(self, rests: Rests, *, spaced: bool) -> State:
        """The state in which any of `rests` is to come; `spaced` where a word is to begin, and no space is due."""
        number = self._states.setdefault((rests, spaced), len(self._known))
        if number == len(self._known):
            further, whole = self._expanded(rests, spaced)
            self._further.append(further)
            self._known.append({})
            self._whole.append(whole)
        return number

    def _expanded(self, rests: Rests, spaced: bool) -> tuple[dict[str, Rests], bool]:
        """What is to come behind each letter that may be next; and whether nothing more has to."""
        further: dict[str, set[int]] = {}
        seen, left = set(rests), list(rests)
        while left:
            rest = left.pop()
            if rest == _END:
                continue
            node, at, then = self._parts[rest]
            beyond: list[int] = []
            if node.kind == "choice":
                beyond = [self._rest(item, 0, then) for item in node.items]
            elif node.kind == "chain":
                beyond = [self._chain(node.items, then)]
            elif at == len(node.text):
                beyond = [then]
            elif (letter := node.text[at]).isalpha() or letter == "'":
                further.setdefault(letter, set()).add(self._rest(node, at + 1, then))
            elif spaced:
                beyond = [self._rest(node, at + 1, then)]
            else:
                further.setdefault(" ", set()).add(self._rest(node, at + 1, then))
            left += set(beyond) - seen
            seen.update(beyond)
        return {letter: _sorted(found) for letter, found in further.items()}, _END in seen


def _sorted(rests: Iterable[int]) -> Rests:
    return tuple(sorted(set(rests)))
