"""A grammar flows in, sentences that it understands flow out: what a small recogniser is told that it may hear.

hassil can enumerate its templates, but in order and completely: millions of sentences, the first hundred thousand
about one hour. Here templates are walked at random instead, which a seed makes repeatable.
"""

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from hassil.expression import Alternative, ListReference, Permutation, RuleReference, Sequence, TextChunk
from hassil.intents import RangeSlotList, TextSlotList
from num2words import num2words  # type: ignore[import-untyped]

from voiced import kept
from voiced.intents.grammar import Grammar

WEIGHTS: Final = {
    "HassStartTimer": 8.0,
    "HassIncreaseTimer": 2.0,
    "HassDecreaseTimer": 1.5,
    "HassTimerStatus": 2.0,
    **dict.fromkeys(("HassMediaPause", "HassMediaUnpause", "HassMediaNext", "HassMediaPrevious"), 0.0),
}
"""How often an intent is drawn; 1 for the others. Setting timers is most of what is asked, and has most of the numbers,
so its words need the most examples. None about music yet: even one in a hundred made pocketsphinx hear "the five minute
timer", the reply to a question, as another command; faster-whisper and what is typed need no samples."""

POLITE: Final = 0.12
"""Share of sentences that begin or end with a word that matching skips, such as "please"."""

COMMON: Final = 0.1
"""Share of sentences from the list of those said every day: by chance "turn it up" would come up once in 20,000."""

_PLAIN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*(?: [^\W\d_]+(?:'[^\W\d_]+)*)*")
"""Nothing but words."""


def sample(grammar: Grammar, limit: int, seed: int) -> list[str]:
    """`limit` sentences, in lower case, without punctuation, numbers in words; the same for the same `seed`.

    Sentences repeat, since frequencies are what a language model is made from: "stop" has to be likelier than one among
    thousands of ways to set a timer. Every number from 1 to 100 comes up after some hundred draws for each of hours,
    minutes, seconds and percent. 18,000 take a third of a second."""
    return list(_Sampler(grammar, random.Random(seed)).sentences(limit))


def source(grammar: Grammar, limit: int, seed: int) -> str:
    """A name for what `sample` gives, which is there without drawing it: another one where that may be other sentences,
    by their templates or by this module."""
    return kept.digest(f"{grammar.digest} {limit} {seed}".encode() + Path(__file__).read_bytes())


class _Sampler:
    def __init__(self, grammar: Grammar, chance: random.Random) -> None:
        self._intents = grammar.intents
        self._chance = chance
        self._language = grammar.language
        self._names = [str(name) for name in grammar.own["names"]]
        self._percent = f" {grammar.own['percent']} "
        self._usual = [int(number) for number in grammar.own["usual"]]
        self._common: list[str] = grammar.own["common"]
        self._before: list[str] = grammar.own["polite_before"]
        self._after: list[str] = grammar.own["polite_after"]
        self._skipped = {word for phrase in [*self._before, *self._after] for word in phrase.split()}
        self._agreed = grammar.agreed
        self._decks: dict[str, list[int]] = {}
        self._words: dict[int, str] = {}
        self._rules: dict[str, Any] = self._intents.expansion_rules

    def sentences(self, limit: int) -> Iterator[str]:
        templates = {
            name: [(sentence, data) for data in intent.data for sentence in data.sentences]
            for name, intent in self._intents.intents.items()
        }
        names = list(templates)
        weights = [WEIGHTS.get(name, 1.0) for name in names]
        made = 0
        while made < limit:
            if self._chance.random() < COMMON:
                text = self._chance.choice(self._common)
            else:
                sentence, data = self._chance.choice(templates[self._chance.choices(names, weights)[0]])
                text = self._tidy(self._walk(sentence.expression, data))
            if _PLAIN.fullmatch(text):  # else a template drew a sign, such as "1/2"
                made += 1
                yield self._politely(text)

    def _politely(self, text: str) -> str:
        # Not where the same words carry meaning, as in "no thank you".
        if self._chance.random() >= POLITE or not self._skipped.isdisjoint(text.split()):
            return text
        if self._chance.random() < 0.6:
            return f"{self._chance.choice(self._before)} {text}"
        return f"{text} {self._chance.choice(self._after)}"

    def _tidy(self, text: str) -> str:
        return self._agreed(text.lower().replace("%", self._percent).replace("-", " "))

    def _walk(self, expression: Any, data: Any) -> str:
        """One of the texts that `expression` stands for."""
        if isinstance(expression, TextChunk):
            return str(expression.original_text)
        if isinstance(expression, Alternative):
            return self._walk(self._chance.choice(expression.items), data)
        if isinstance(expression, Permutation):
            items = list(expression.items)
            self._chance.shuffle(items)
            return "".join(self._walk(item, data) for item in items)
        if isinstance(expression, Sequence):
            return "".join(self._walk(item, data) for item in expression.items)
        if isinstance(expression, ListReference):
            return self._value(expression.list_name, data)
        assert isinstance(expression, RuleReference), expression
        return self._walk(
            (data.expansion_rules.get(expression.rule_name) or self._rules[expression.rule_name]).expression, data
        )

    def _value(self, name: str, data: Any) -> str:
        """One of a list's values, in words."""
        values = data.slot_lists.get(name) or self._intents.slot_lists[name]
        if isinstance(values, TextSlotList):
            return self._walk(self._chance.choice(values.values).text_in, data)
        if isinstance(values, RangeSlotList):
            return self._number(name, values.start)
        return self._chance.choice(self._names)

    def _number(self, name: str, start: int) -> str:
        """A number up to 100, each list from a shuffled deck of its own that has all of them, the usual ones twice."""
        deck = self._decks.setdefault(name, [])
        if not deck:
            deck.extend([*range(max(start if start <= 100 else 1, 1), 101), *self._usual])
            self._chance.shuffle(deck)
        number = deck.pop()
        if number not in self._words:
            self._words[number] = num2words(number, lang=self._language).replace("-", " ")
        return self._words[number]
