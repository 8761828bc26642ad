"""Tables of facts flow in, questions with their right answers flow out.

A *family* is all ways to ask for one kind of fact. Its `held` patterns are never trained: the test asks with them.
"""

import random
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from recipe.language.grammar import chosen, expand, filled, held, unlike, wordings

HERE = Path(__file__).parent
ODD = 0.25
"""Share of the questions in odd words: there are more of them, but each is asked less often."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a person says, and what is answered."""

    user: str
    answer: str
    right: tuple[str, ...]
    """The answer is right when it holds one of these, in lower case and as whole words; after a mark "=" it has to be
    that alone."""
    finished: bool = True
    """Whether the person's sentence is whole; the end of one that is not is never learnt."""
    follow: "Follow | None" = None
    """How to ask the same of something else."""
    ours: bool = True
    """Whether the answer is the model's to give; those to commands are voiced's own, and only to be read."""
    wrong: tuple[str, ...] = ()
    """… and none of these, which say more: small fish are no fish, South Sudan is not Sudan."""
    exact: bool = False
    """Whether each word of the person's counts: a sum without one of its numbers is another sum."""


Follow = Callable[[random.Random, bool], Turn]
"""From the random numbers, and whether the persona is terse."""


@dataclass(frozen=True, slots=True)
class Family:
    """All ways to ask for one kind of fact."""

    name: str
    ask: list[str]
    """The first to be learnt."""
    held: list[str]
    """The test's."""
    answer: Callable[[random.Random, bool], "Case"]
    weight: float = 1.0
    more: tuple[str, ...] = ()
    """In plain words, those of `ask` among them."""
    odd: tuple[str, ...] = ()
    """In words that come to few, and what is meant rather than said."""

    def turn(self, rng: random.Random, terse: bool, *, test: bool = False, wide: bool = True) -> Turn:
        """A question and its answer, asked in a pattern of the test or of the training; if not `wide`, of those alone
        that are learnt first."""
        case = self.answer(rng, terse)
        if test:
            wording = chosen(rng.choice(self.held), rng)
        elif wide:
            wording = unlike(self.odd if rng.random() < ODD else self.more, rng, self.teaches)
        else:
            wording = unlike(self.ask, rng, self.teaches, 0.0)
        user = filled(wording, rng, case.slots)
        return Turn(user, case.answer, case.right, follow=case.follow, wrong=case.wrong, exact=case.exact)

    def teaches(self, wording: str) -> bool:
        """Whether training may ask for this family in these words."""
        return owners().get(wording, self.name) == self.name


@dataclass(frozen=True, slots=True)
class Case:
    """One fact of a family."""

    answer: str
    right: tuple[str, ...]
    slots: dict[str, list[str]] = field(default_factory=dict)
    follow: Follow | None = None
    wrong: tuple[str, ...] = ()
    exact: bool = False


def table(name: str) -> dict[str, Any]:
    """The tables in the file `name`."""
    return tomllib.loads((HERE / name).read_text("utf-8"))


def capital_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def many(noun: str) -> str:
    """The plural."""
    odd = {"sheep": "sheep", "deer": "deer", "salmon": "salmon", "mouse": "mice", "goose": "geese", "wolf": "wolves"}
    if noun in odd:
        return odd[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _single(name: str, entry: dict[str, Any]) -> Family:
    right = tuple(text.lower() for text in (*entry["say"], *entry["short"]))

    def answer(rng: random.Random, terse: bool) -> Case:
        return Case(rng.choice(entry["short"] if terse else entry["say"]), right)

    # A joke is asked for more often than a licence; every other family has about as much to learn.
    return Family(name, entry["ask"], entry["held"], answer, 2.0 if name in ("joke", "hello", "private") else 1.0)


def rows(text: str) -> dict[str, list[str]]:
    """Name and values of each line "name: value, value"."""
    lines = (line.split(": ", 1) for line in text.strip().splitlines())
    return {name: values.split(", ") for name, values in lines}


def _tabled(group: str, column: str, form: dict[str, Any], facts: dict[str, str]) -> Family:
    """The questions for one column of a table."""
    animals = group == "animals"

    def case(name: str, rng: random.Random, terse: bool) -> Case:
        fact = facts[name]
        asked = name
        if animals:
            asked = rng.choice((with_article(name), f"the {name}") if rng.random() < 0.4 else (with_article(name),))
        said = with_article(name) if animals else name
        values = {
            "0": said,
            "A0": capital_first(said),
            "1": fact,
            "a1": with_article(fact),
            "0s": many(name),
            "n": name,
        }
        pattern = form["short"] if terse else rng.choice(form["say"])
        answer = capital_first(_fill(pattern, values))
        slots = {"0": [asked], "0s": [many(name)], "n": [name], "ns": [many(name)]}

        def follow(rng: random.Random, terse: bool) -> Turn:
            other = case(rng.choice(list(facts)), rng, terse)
            noun = other.slots["0s" if animals and rng.random() < 0.3 else "0"][0]
            user = expand(rng.choice(FOLLOW), rng, {"x": [noun]})
            return Turn(user, other.answer, other.right, follow=other.follow, wrong=other.wrong)

        follows = follow if form.get("follow") else None
        return Case(answer, (fact.lower(),), slots, follows, more_than(fact, [*facts.keys() - {name}, *facts.values()]))

    # Every fact is to be met about equally often, whatever the length of its table.
    return Family(
        f"{group}.{column}",
        form["ask"],
        form["held"],
        lambda rng, terse: case(rng.choice(list(facts)), rng, terse),
        max(1.0, len(facts) / 12),
    )


def more_than(fact: str, facts: Iterable[str]) -> tuple[str, ...]:
    """Those of `facts` that hold all of `fact` and something else, in lower case."""
    return tuple({other.lower() for other in facts if fact.lower() in other.lower() and len(other) > len(fact)})


def _fill(pattern: str, values: dict[str, str]) -> str:
    for key, value in values.items():
        pattern = pattern.replace("{" + key + "}", value)
    return pattern


FOLLOW = ["and {x}", "what about {x}", "how about {x}", "and what about {x}", "{x}", "and of {x}", "and for {x}",
          "now {x}", "and the same for {x}", "what of {x}", "okay and {x}", "and {x} then"]  # fmt: skip


@cache
def countries() -> dict[str, tuple[str, str]]:
    """Capital and continent of each country."""
    found: dict[str, tuple[str, str]] = {}
    continent = ""
    for line in (HERE / "countries.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continent = line[2:]
            continue
        for entry in line.split():
            country, capital = entry.replace("_", " ").split(":")
            found[country] = (capital, continent)
    return found


THE = {"Bahamas", "Netherlands", "Philippines", "United States", "United Kingdom", "United Arab Emirates", "Gambia",
       "Czech Republic", "Dominican Republic"}  # fmt: skip
ALSO = {"United States": ["america", "the usa", "the us"], "United Kingdom": ["the uk", "britain", "great britain"],
        "Netherlands": ["holland"], "Myanmar": ["burma"], "Czech Republic": ["czechia"]}  # fmt: skip


def country_said(country: str) -> str:
    return f"the {country}" if country in THE else country


def _capital(country: str, rng: random.Random, terse: bool) -> Case:
    capital = countries()[country][0]
    names = [country_said(country)] * 3 + ALSO.get(country, [])
    if terse:
        answer = f"{capital}."
    else:
        said = country_said(country)
        answer = rng.choice([f"The capital of {said} is {capital}.", f"{capital} is the capital of {said}."])

    def follow(rng: random.Random, terse: bool) -> Turn:
        other = _capital(rng.choice(list(countries())), rng, terse)
        user = expand(rng.choice(FOLLOW), rng, {"x": other.slots["c"]})
        return Turn(user, other.answer, other.right, follow=other.follow)

    return Case(answer, (capital.lower(),), {"c": names}, follow)


def _of_capital(rng: random.Random, terse: bool) -> Case:
    country = rng.choice(list(countries()))
    capital = countries()[country][0]
    said = country_said(country)
    answer = capital_first(f"{said}.") if terse else f"{capital} is the capital of {said}."
    right = [name for name, (other, _) in countries().items() if other == capital]
    return Case(answer, tuple(name.lower() for name in right), {"c": [capital]}, wrong=more_than(country, countries()))


def _continent(rng: random.Random, terse: bool) -> Case:
    country = rng.choice(list(countries()))
    continent = countries()[country][1]
    said = country_said(country)
    answer = f"In {continent}." if terse else capital_first(f"{said} is in {continent}.")
    return Case(answer, (continent.lower(),), {"c": [said]})


@cache
def families() -> list[Family]:
    """Everything that the model is to know."""
    from recipe.language.numbers import families as numeric

    facts = table("facts.toml")
    found = [_single(name, entry) for file in ("about.toml", "more.toml") for name, entry in table(file).items()]
    for key, form in facts["forms"].items():
        group, column = key.split(".")
        place = facts[group]["columns"].index(column)
        found.append(_tabled(group, column, form, {n: v[place] for n, v in rows(facts[group]["rows"]).items()}))
    places: list[tuple[str, Callable[[random.Random, bool], Case], float]] = [
        ("capital", lambda rng, terse: _capital(rng.choice(list(countries())), rng, terse), 26.0),
        ("of_capital", _of_capital, 8.0),
        ("continent", _continent, 5.0),
    ]
    forms = table("capitals.toml")
    found += [Family(name, forms[name]["ask"], forms[name]["held"], answer, weight) for name, answer, weight in places]
    plain, odd = table("wordings-plain.toml"), table("wordings.toml")
    return [
        replace(family, more=(*family.ask, *plain[family.name]["ask"]), odd=tuple(odd[family.name]["ask"]))
        for family in found + numeric()
    ]


@cache
def owners() -> dict[str, str]:
    """The name of the one family that each wording asks for; of those kept for the test, no name.

    Two families that are asked in the same words are two answers to one question, and whoever learns both knows
    neither. Such words belong to the family that has them among its plainest, or comes first. What stands in a slot
    tells two families apart, except in sums, and where a country has its capital's name, as four have."""
    found: dict[str, str] = {}
    for patterns in ("ask", "more", "odd"):
        for family in families():
            for wording in wordings(getattr(family, patterns)):
                if "{" not in wording or "{a}" in wording:
                    found.setdefault(wording, family.name)
    return found | dict.fromkeys(chain.from_iterable(wordings(family.held) for family in families()), "")


def held_value(word: str) -> bool:
    """Whether a value of the outside questions belongs to the test."""
    return held(word.lower())
