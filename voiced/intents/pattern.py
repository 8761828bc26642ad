"""Templates of commands flow in, one pattern flows out: words, choices and chains, each kept once.

hassil's expressions are written for matching text that is spelled rightly. To find the command that is *nearest* to
what a recogniser wrote, everything must be spelled out: rules in their place, numbers as words, names as their list.
Spaces count for nothing, because a recogniser that is unsure of a word is unsure of where it ends.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal

from hassil.expression import Alternative, ListReference, Permutation, RuleReference, TextChunk
from hassil.expression import Sequence as Row
from hassil.intents import RangeSlotList, TextSlotList
from num2words import num2words  # type: ignore[import-untyped]

from voiced.intents.grammar import Grammar

Kind = Literal["word", "choice", "chain"]

MOST_ORDERS: Final = 6
"""Orders of a permutation that are spelled out: all of three parts. Templates have no longer ones."""


_SIGNS = re.compile(r"[\d/½]")


class Node:
    """A part of the pattern. Equal parts are one object, so that what is known of one is known of all."""

    __slots__ = ("items", "kind", "letters", "text", "uses")

    def __init__(self, kind: Kind, text: str, items: "tuple[Node, ...]") -> None:
        self.kind = kind
        self.text = text
        """Of a word: as it is written, with a space where one is due."""
        self.letters = "".join(filter(str.isalpha, text))
        self.items = items
        self.uses = 0
        """How often it occurs in others."""


class Pattern:
    """Everything that the commands of a language may be, as chains of nodes. Immutable after construction."""

    def __init__(self, grammar: Grammar, prefixes: Sequence[str] = ()) -> None:
        """Spells out the templates of `grammar`: about a tenth of a second. `prefixes` are wake words."""
        self._kept: dict[tuple[Kind, str, tuple[int, ...]], Node] = {}
        self._intents = grammar.intents
        self._own = grammar.own
        self.agreed = grammar.agreed
        """As in `Grammar`."""
        self._percent = f" {grammar.own['percent']} "
        self._language = grammar.language
        self._lists: dict[tuple[int, str], Node] = {}
        self._rules: dict[tuple[int, str], Node] = {}
        self.empty: Final = self._node("word", "")
        self.never: Final = self._node("word", "#")
        """What nobody says, such as "1/2"."""
        self._numbers = self._spelled_numbers()
        chains = dict.fromkeys(chain for chain in self._templates() if chain is not self.never)
        self.chains: tuple[tuple[Node, ...], ...] = tuple(
            chain.items if chain.kind == "chain" else (chain,) for chain in chains
        )
        """One for each template: parts that follow each other."""
        self.before = self._chain([self._polite(prefixes), self._polite(self._own["polite_before"])])
        """What may be said before a command without a change of its meaning; may be nothing."""
        self.after = self._polite(self._own["polite_after"])
        """And after it."""

    @property
    def nodes(self) -> Iterable[Node]:
        """All of them; parts come before what is made of them."""
        return self._kept.values()

    def _templates(self) -> Iterator[Node]:
        for intent in self._intents.intents.values():
            for data in intent.data:
                for sentence in data.sentences:
                    yield self._chain([self._spelled(sentence.expression, data)])
        for text in self._own["common"]:
            yield self._chain([self._words(text)])

    def _polite(self, phrases: Sequence[str]) -> Node:
        return self._choice([self.empty, *(self._words(f" {phrase} ") for phrase in phrases)])

    # --- nodes ----------------------------------------------------------------------------------------------------

    def _node(self, kind: Kind, text: str = "", items: Sequence[Node] = ()) -> Node:
        key = (kind, text, tuple(map(id, items)))
        node = self._kept.get(key)
        if node is None:
            node = self._kept[key] = Node(kind, text, tuple(items))
            for item in items:
                item.uses += 1
        return node

    def _chain(self, items: Iterable[Node]) -> Node:
        flat = [part for item in items for part in (item.items if item.kind == "chain" else (item,))]
        flat = [part for part in flat if part is not self.empty]
        if self.never in flat:
            return self.never
        if not flat:
            return self.empty
        return flat[0] if len(flat) == 1 else self._node("chain", "", flat)

    def _choice(self, items: Iterable[Node]) -> Node:
        flat = [part for item in items for part in (item.items if item.kind == "choice" else (item,))]
        flat = [part for part in flat if part is not self.never]
        if not flat:
            return self.never
        # What has no letters is all the same: " " and "-".
        different = {(id(part) if part.kind != "word" or part.letters else 0): part for part in reversed(flat)}
        found = list(reversed(different.values()))
        return found[0] if len(found) == 1 else self._node("choice", "", found)

    def _words(self, text: str) -> Node:
        """Each word a node of its own, a space behind it where `text` has one."""
        words = text.split()
        if _SIGNS.search(text):
            return self.never
        if not words:
            return self._node("word", " ") if text else self.empty
        nodes = [self._node("word", f"{word} ") for word in words[:-1]]
        last = self._node("word", words[-1] + (" " if text[-1].isspace() else ""))
        lead = [self._node("word", " ")] if text[0].isspace() else []
        return self._chain([*lead, *nodes, last])

    # --- hassil's expressions -------------------------------------------------------------------------------------

    def _spelled(self, expression: Any, data: Any) -> Node:
        if isinstance(expression, TextChunk):
            return self._words(str(expression.original_text).lower().replace("%", self._percent))
        if isinstance(expression, Alternative):
            return self._choice(self._spelled(item, data) for item in expression.items)
        if isinstance(expression, Permutation):
            parts = [self._spelled(item, data) for item in expression.items]
            orders = itertools.islice(itertools.permutations(parts), MOST_ORDERS)
            return self._choice(self._chain(order) for order in orders)
        if isinstance(expression, Row):
            return self._chain(self._spelled(item, data) for item in expression.items)
        if isinstance(expression, ListReference):
            return self._list(expression.list_name, data)
        assert isinstance(expression, RuleReference), expression
        own = data.expansion_rules.get(expression.rule_name)
        key = (id(data) if own else 0, expression.rule_name)
        if key not in self._rules:
            found = own or self._intents.expansion_rules[expression.rule_name]
            self._rules[key] = self._spelled(found.expression, data)
        return self._rules[key]

    def _list(self, name: str, data: Any) -> Node:
        own = data.slot_lists.get(name)
        key = (id(data) if own else 0, name)
        if key not in self._lists:
            values = own or self._intents.slot_lists[name]
            if isinstance(values, TextSlotList):
                self._lists[key] = self._choice(self._spelled(value.text_in, data) for value in values.values)
            elif isinstance(values, RangeSlotList):
                self._lists[key] = self._numbers
            else:
                self._lists[key] = self._choice(self._words(name) for name in map(str, self._own["names"]))
        return self._lists[key]

    def _spelled_numbers(self) -> Node:
        """1 to 100, with what they have in common said once: tens, and ones behind them."""

        def words(number: int) -> str:
            return str(num2words(number, lang=self._language)).replace("-", " ")

        tens: dict[str, list[str]] = {}
        alone: list[str] = []
        for number in range(1, 101):
            ten, _, one = words(number).partition(" ")
            tens.setdefault(one, []).append(ten) if one else alone.append(ten)
        # Ones that follow the same tens make one chain: in English all of them, and one more for "one hundred".
        shared: dict[tuple[str, ...], list[str]] = {}
        for one, before in tens.items():
            shared.setdefault(tuple(before), []).append(one)
        chains = [
            self._chain([self._choice(self._words(f"{ten} ") for ten in before), self._choice(map(self._words, ones))])
            for before, ones in shared.items()
        ]
        return self._choice([*map(self._words, alone), *chains])
