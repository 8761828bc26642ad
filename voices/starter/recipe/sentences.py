"""A seed flows in, sentences for the recogniser flow out: commands, questions to an assistant, everyday English.

Training and test are apart by template *and* by value: a hash puts every eighth template and every eighth value of an
open list on the test's side, and every skeleton of a command (what is left of it without its numbers) likewise.
"""

import random
import re
import zlib
from functools import cache
from pathlib import Path
from typing import Final, Literal, TypeAlias

from num2words import num2words  # type: ignore[import-untyped]

from recipe.recogniser.words import ASSISTANT, EVERYDAY, LISTS
from voiced.intents.grammar import Grammar
from voiced.intents.sampling import sample

Side: TypeAlias = Literal["train", "test"]
Kind: TypeAlias = Literal["command", "assistant", "everyday", "rare"]

SHARES: Final[dict[Kind, float]] = {"command": 0.27, "assistant": 0.27, "everyday": 0.26, "rare": 0.20}
"""What is said most has most of the training; "rare" are words of the dictionary in no order, which no decoder can
guess: they keep the encoder honest."""

WAKE: Final = ("hey jarvis", "hey jarvis", "hey jarvis", "alexa", "hey mycroft", "hey rhasspy")
"""openWakeWord's own. A command may come in one breath with its wake word, and the recogniser then hears both."""

WOKEN: Final = 0.15
"""Share of what is said to an assistant in training that stands behind a wake word."""

CLOSED: Final = frozenset({"day", "month", "number", "plural", "unit", "link", "colour", "went", "go", "opinion"})
"""Lists with the same values on both sides: nothing is learnt from never having heard "tuesday"."""

HELD_OUT: Final = 8
"""One in so many templates and values is the test's."""

LONGEST: Final = 13
"""Words in a sentence: more take longer than the windows of training."""

_CHOICE = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def side(text: str) -> Side:
    """On which side `text`, a template or a value, stands."""
    return "test" if zlib.crc32(text.encode()) % HELD_OUT == 0 else "train"


@cache
def numerals() -> frozenset[str]:
    """The words that numbers up to a hundred are made of."""
    words = (num2words(number).replace("-", " ") for number in range(101))
    return frozenset(word for text in words for word in text.split() if word != "and")


def skeleton(text: str) -> str:
    """A command without its numbers."""
    return re.sub(r"#( #)*", "#", " ".join("#" if word in numerals() else word for word in text.split()))


@cache
def dictionary() -> dict[str, tuple[str, ...]]:
    """Every plain word of pocketsphinx's dictionary, with its phones."""
    import pocketsphinx

    lines = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8").splitlines()
    entries = (line.split() for line in lines)
    return {word: tuple(phones) for word, *phones in entries if _WORD.fullmatch(word) and len(word) > 1}


@cache
def _values(name: str, at: Side) -> tuple[str, ...]:
    values = tuple(LISTS[name].split(","))
    chosen = values if name in CLOSED else tuple(value for value in values if side(value) == at)
    return chosen or values


@cache
def _rare(at: Side) -> tuple[str, ...]:
    # Ten letters: longer ones are mostly names of chemistry and of villages.
    return tuple(word for word in dictionary() if 3 <= len(word) <= 10 and side(word) == at)


@cache
def _templates(kind: Kind, at: Side) -> tuple[str, ...]:
    lines = (ASSISTANT if kind == "assistant" else EVERYDAY).strip().splitlines()
    return tuple(line for line in lines if side(line) == at)


class Sentences:
    """An endless supply of sentences; the same for the same seed."""

    def __init__(self, seed: int, at: Side = "train") -> None:
        """`at` is the side of templates and values."""
        self._chance = random.Random(seed)
        self._at = at
        self._grammar: Grammar | None = None
        self._commands: list[str] = []

    def draw(self, kind: Kind | None = None) -> str:
        """One sentence of words of small letters, of `kind` or of any."""
        drawn = kind or self._chance.choices(list(SHARES), list(SHARES.values()))[0]
        while True:
            text = self._of(drawn)
            if self._at == "train" and drawn in ("command", "assistant") and self._chance.random() < WOKEN:
                text = f"{self._chance.choice(WAKE)} {text}"
            if 1 <= len(text.split()) <= LONGEST and all(_WORD.fullmatch(word) for word in text.split()):
                return text

    def _of(self, kind: Kind) -> str:
        if kind == "command":
            return self._command()
        if kind == "rare":
            count = self._chance.randint(1, 6)
            return " ".join(self._chance.choice(_rare(self._at)) for _ in range(count))
        return self._expand(self._chance.choice(_templates(kind, self._at)))

    def _command(self) -> str:
        if not self._commands:
            self._grammar = self._grammar or Grammar("en")
            drawn = sample(self._grammar, 4000, self._chance.randrange(1 << 30))
            if self._at == "test":
                drawn = list(dict.fromkeys(drawn))
            self._commands = [text for text in drawn if side(skeleton(text)) == self._at]
        return self._commands.pop()

    def _expand(self, template: str) -> str:
        text = template
        while found := _CHOICE.search(text):
            must, may = found.groups()
            options = (must if may is None else may).split("|")
            taken = self._chance.choice(options) if may is None or self._chance.random() < 0.5 else ""
            text = text[: found.start()] + taken + text[found.end() :]
        text = _SLOT.sub(lambda slot: self._value(slot[1]), text)
        text = re.sub(r"\ba (?=[aeiou])", "an ", text)
        for singular, plural in {"mouses": "mice", "sheeps": "sheep", "foots": "feet", "wolfs": "wolves"}.items():
            text = re.sub(rf"\b{singular}\b", plural, text)
        return " ".join(re.sub(r"(x|sh|tch)s\b", r"\1es", text).split())

    def _value(self, name: str) -> str:
        chance = self._chance
        made = {
            "number": self._number,
            "digits": lambda: " ".join(num2words(chance.randint(0, 9)) for _ in range(chance.randint(3, 6))),
            "year": self._year,
            "clock": self._clock,
            "rare": lambda: chance.choice(_rare(self._at)),
            "name": lambda: f"{chance.choice(_rare(self._at))} {chance.choice(_rare(self._at))}",
        }
        return made[name]() if name in made else chance.choice(_values(name, self._at))

    def _number(self) -> str:
        # Most numbers that are said are small.
        top = self._chance.choice((12, 20, 60, 100, 1000))
        return str(num2words(self._chance.randint(0 if top == 100 else 2, top))).replace("-", " ")

    def _year(self) -> str:
        words = str(num2words(self._chance.randint(1700, 2040), to="year"))
        return words.replace("-", " ").replace(" and ", " ")

    def _clock(self) -> str:
        """A time of day."""
        chance = self._chance
        hour = num2words(chance.randint(1, 12))
        minute = chance.choice((0, 0, 5, 10, 15, 20, 30, 45, chance.randint(10, 59)))
        if minute >= 10:
            hour += " " + num2words(minute).replace("-", " ")
        else:
            hour += " oh five" if minute else chance.choice(("", " o'clock"))
        return hour + chance.choice(("", " in the morning", " p m", " a m"))
