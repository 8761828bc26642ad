"""Templates and words flow in, questions that the model cannot answer flow out, with its honest answer.

Most that a person can ask is outside of what a small model knows. So these are the most varied sentences of all, and
many begin exactly as a question inside does: only the last word tells them apart.
"""

import random
from dataclasses import replace
from functools import cache
from typing import Any

from recipe.language.domain import Case, Turn, countries, country_said, families, held_value, owners, rows, table
from recipe.language.grammar import chosen, filled, invented, unlike, wordings
from recipe.language.numbers import OPERATIONS, larger

UNKNOWN = [
    "Sorry, I don't know.", "I don't know that.", "I don't know, and I cannot look it up.",
    "That I don't know: I am only a small model.", "I'm afraid I don't know.",
]  # fmt: skip
SHORT = ["I don't know."]
MARK = "don't know"
"""What every such answer holds."""

# Names of several words, which a split at spaces would tear apart.
JOINERS = {"the", "a", "my", "new", "black", "vacuum", "washing", "stock", "operating", "quantum", "marie", "van",
           "leonardo", "julius", "michael", "taylor", "usain", "harry", "sherlock", "spider", "mickey", "tom", "brad",
           "steve", "bill", "elon", "neil", "peter", "john", "anna", "hong", "mount", "prime", "ice", "apple", "roast",
           "mashed", "scrambled", "tomato", "chocolate", "fish", "and", "da", "north", "moon", "pacific"}  # fmt: skip
STARTS = {"swim", "ski", "dance", "drive", "play", "tie", "fix", "repair", "knit", "plant", "grow", "paint", "build",
          "lose", "fall", "earn", "buy", "write", "learn", "get", "bake", "cut", "train", "clean", "remove", "change",
          "unclog", "hang", "invest", "file", "boil", "make", "survive", "juggle", "meditate", "run", "impress",
          "find", "apply", "break", "stop"}  # fmt: skip
PAIRS = {"national", "largest", "oldest", "highest", "longest", "best", "average", "life", "boiling", "melting",
         "chemical", "atomic", "magnetic", "top", "brain", "heart", "diet", "market", "stock", "main", "release",
         "phone", "time", "prime"}  # fmt: skip
TIMES = ["today", "tomorrow", "tonight", "this week", "next week", "yesterday", "on monday", "this weekend",
         "right now", "this afternoon", "at noon", "this year", "last year", "in the morning"]  # fmt: skip


def _joined(text: str, joiners: set[str]) -> list[str]:
    """The words of `text`, those that `joiners` names together with the next."""
    found, open_ = [], ""
    for word in text.split():
        open_ = f"{open_} {word}".strip()
        if word not in joiners:
            found.append(open_)
            open_ = ""
    return found


def _phrases(text: str) -> list[str]:
    """The phrases of `text`, each beginning with one of `STARTS`."""
    found: list[str] = []
    for word in text.split():
        if word in STARTS or not found:
            found.append(word)
        else:
            found[-1] += " " + word
    return found


@cache
def values(test: bool) -> dict[str, list[str]]:
    """What fills the slots: in training without the words that the test keeps, in the test those alone."""
    entries, facts = table("outside.toml"), table("facts.toml")
    lists = {name: _joined(entries[name], JOINERS) for name in ("thing", "place", "person", "food")}
    lists["attr"] = _joined(entries["attr"], PAIRS)
    lists["activity"] = _phrases(entries["activity"])
    for name, more in table("wordings-outside.toml")["words"].items():
        lists[name] += more
    kept = {name: [word for word in words if held_value(word) == test] for name, words in lists.items()}
    return kept | {
        "when": TIMES,
        "country": [country_said(country) for country in countries()],
        "animal": list(rows(facts["animals"]["rows"])),
        "planet": list(rows(facts["planets"]["rows"])),
    }


def _made(rng: random.Random) -> dict[str, list[str]]:
    """The slots that are new each time."""
    big = rng.choice((rng.randint(150, 999), rng.randint(1000, 99999), rng.randint(60, 149)))
    letters = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(rng.randint(1, 8)))
    return {
        "nonsense": [invented(rng) for _ in range(3)],
        "letters": [letters, letters[::-1]],
        "big": [str(big), str(big * 3 + 7)],
        "small": [str(rng.randint(3, 40))],
    }


def unknown(rng: random.Random, terse: bool) -> str:
    """One of the ways to say so."""
    return rng.choice(SHORT if terse else UNKNOWN)


def question(rng: random.Random, terse: bool, *, test: bool = False, wide: bool = True) -> Turn:
    """Something that the model does not know; if not `wide`, asked in the patterns alone that are learnt first."""
    entries = table_of_templates()
    if test:
        wording = chosen(rng.choice(entries["held"]), rng)
    elif wide:
        wording = unlike(entries["more"], rng, _free)
    else:
        wording = unlike(entries["templates"], rng, _free, 0.0)
    user = filled(wording, rng, values(test) | _made(rng))
    return Turn(user, unknown(rng, terse), (MARK,))


def sum_beyond(rng: random.Random, terse: bool, *, test: bool = False, wide: bool = True) -> Turn:
    """A sum of larger numbers than the model knows by heart, asked as those are that it knows. Without them it took the
    nearest that it knew: twelve times twelve was twenty-four."""
    family = rng.choice([family for family in families() if family.name in OPERATIONS])

    def answer(rng: random.Random, terse: bool) -> Case:
        return Case(unknown(rng, terse), (MARK,), larger(family.name, rng), exact=True)

    return replace(family, answer=answer).turn(rng, terse, test=test, wide=wide)


def _free(wording: str) -> bool:
    """Whether `wording` is neither kept for the test nor a question that the model can answer."""
    return wording not in _kept() and wording not in owners()


@cache
def _kept() -> frozenset[str]:
    return wordings(table_of_templates()["held"])


@cache
def table_of_templates() -> dict[str, Any]:
    """Patterns of questions outside, those of the training and those of the test."""
    found = table("outside.toml")
    return {**found, "more": found["templates"] + table("wordings-outside.toml")["templates"]}


def soup(rng: random.Random, terse: bool, *, test: bool = False) -> Turn:
    """Words and letters without a meaning."""
    lists = values(test)
    pool = [word for name in ("thing", "place", "person", "food") for word in lists[name]]
    count = rng.randint(1, 9)
    glue = [
        "the",
        "of",
        "is",
        "a",
        "and",
        "what",
        "how",
        "in",
        "to",
        "for",
        "not",
        "with",
        "they",
        "we",
        "was",
        "will",
        "it",
        "on",
    ]
    words = [rng.choice((rng.choice(pool), rng.choice(glue), invented(rng))) for _ in range(count)]
    user = " ".join(words)
    if user.split()[-1] in glue:
        user += " " + invented(rng)
    return Turn(user, unknown(rng, terse), (MARK,))
