"""Small numbers, days and months flow in, questions about them flow out: sums in words and digits, before and after."""

import random
from collections.abc import Callable
from functools import partial

from recipe.language.domain import Case, Family, table

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
OPERATIONS = {"plus": 8.0, "minus": 8.0, "times": 6.0, "divided by": 5.0}
"""The sums, and how much of each there is to learn."""
PLACES = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
]


def words(number: int) -> str:
    """`number`, from 0 to 199, as it is said."""
    if number < 0:
        return f"minus {words(-number)}"
    if number < 20:
        return ONES[number]
    if number >= 100:
        return "one hundred" + (f" and {words(number - 100)}" if number > 100 else "")
    return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")


def asked(number: int, digits: bool) -> str:
    return str(number) if digits else words(number).replace("-", " ")


def _sum(operation: str, rng: random.Random, terse: bool) -> Case:
    """Sums up to twenty and the tables up to ten: what a small model can know by heart."""
    one, other = rng.randint(0, 12), rng.randint(0, 12)
    if operation == "plus":
        result = one + other
    elif operation == "minus":
        one, result = one + other, one
    elif operation == "times":
        one, other = rng.randint(1, 10), rng.randint(1, 10)
        result = one * other
    else:
        result, other = rng.randint(1, 10), rng.randint(1, 10)
        one = result * other
    digits = rng.random() < 0.5
    slots = {"a": [asked(one, digits)], "b": [asked(other, digits)]}
    full = f"{words(one)} {operation} {words(other)} is {words(result)}.".capitalize()
    answer = f"{words(result)}.".capitalize() if terse else full
    return Case(answer, (f"is {words(result)}.", f"={words(result)}."), slots, exact=True)


def larger(operation: str, rng: random.Random) -> dict[str, list[str]]:
    """What stands in the slots of a sum that is beyond those."""
    if operation == "plus":
        one, other = rng.randint(13, 199), rng.randint(1, 99)
    elif operation == "minus":
        one = rng.randint(25, 199)
        other = rng.randint(1, one)
    elif operation == "times":
        one, other = rng.randint(11, 60), rng.randint(2, 60)
    else:
        one, other = rng.randint(101, 199), rng.randint(2, 30)
    if operation in ("plus", "times") and rng.random() < 0.5:
        one, other = other, one
    digits = rng.random() < 0.5
    return {"a": [asked(one, digits)], "b": [asked(other, digits)]}


def _next(names: list[str], step: int, rng: random.Random, terse: bool) -> Case:
    start = rng.randrange(len(names))
    name, other = names[start], names[(start + step) % len(names)]
    where = "after" if step > 0 else "before"
    answer = f"{other}." if terse else f"{other} comes {where} {name}."
    return Case(answer, (f"{other.lower()} comes", f"={other.lower()}."), {"x": [name]})


def _length(rng: random.Random, terse: bool) -> Case:
    month = rng.choice(MONTHS)
    days = {"February": 28, "April": 30, "June": 30, "September": 30, "November": 30}.get(month, 31)
    number = words(days)
    if terse:
        answer = f"{number}.".capitalize()
    else:
        answer = f"{month} has {number} days" + (", or twenty-nine in a leap year." if days == 28 else ".")
    return Case(answer, (number,), {"x": [month]})


def _place(names: list[str], whole: str, rng: random.Random, terse: bool) -> Case:
    start = rng.randrange(len(names))
    what = "month" if whole == "year" else "day"
    answer = f"The {PLACES[start]}." if terse else f"{names[start]} is the {PLACES[start]} {what} of the {whole}."
    return Case(answer, (PLACES[start],), {"x": [names[start]]})


def _nth(names: list[str], whole: str, rng: random.Random, terse: bool) -> Case:
    start = rng.randrange(len(names))
    what = "month" if whole == "year" else "day"
    answer = f"{names[start]}." if terse else f"{names[start]} is the {PLACES[start]} {what} of the {whole}."
    return Case(answer, (names[start].lower(),), {"x": [PLACES[start]]})


def families() -> list[Family]:
    """The questions of numbers and dates."""
    forms = table("numbers.toml")

    def family(form: str, weight: float, answer: Callable[[random.Random, bool], Case], what: str = "") -> Family:
        whole = "year" if what == "month" else "week"
        ask, kept = (
            [pattern.replace("{what}", what).replace("{whole}", whole) for pattern in forms[form][part]]
            for part in ("ask", "held")
        )
        return Family(f"{what} {form}".strip(), ask, kept, answer, weight)

    found = [family(name, weight, partial(_sum, name)) for name, weight in OPERATIONS.items()]
    for names, what, whole, weight in ((DAYS, "day", "week", 1.0), (MONTHS, "month", "year", 1.5)):
        found += [
            family("after", weight, partial(_next, names, 1), what),
            family("before", weight, partial(_next, names, -1), what),
            family("place", weight, partial(_place, names, whole), what),
            family("nth", weight, partial(_nth, names, whole), what),
        ]
    return [*found, family("length", 1.5, _length, "month")]
