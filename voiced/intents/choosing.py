"""What a person called a timer flows in, the timers that may be meant flow out. Pure."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from rapidfuzz.fuzz import ratio

from voiced.intents.durations import in_seconds
from voiced.intents.timers import Timer

CLOSE = 80.0
"""How alike (0 to 100, normalised letter distance) a name must be to a timer's: "pizzas" is "pizza" (91) and "past a"
is "pasta" (91), but "pasta" is not "pizza" (40)."""


def named(slots: Mapping[str, str | int | float]) -> bool:
    """Whether the slots say which timer is meant."""
    return not slots.keys().isdisjoint({"id", "name", "all"}) or in_seconds(slots, "start_") is not None


def choose(timers: Sequence[Timer], slots: Mapping[str, str | int | float], language: str) -> list[Timer]:
    """Those of `timers` that the slots "name", "start_hours", "start_minutes", "start_seconds" and "all" may mean: all
    when they say nothing, none when there is none like it. An "id", from the reply to a question, decides alone."""
    if "id" in slots:
        return [timer for timer in timers if timer.id == slots["id"]]
    found = list(timers)
    length = in_seconds(slots, "start_")
    if length is not None:
        found = [timer for timer in found if timer.seconds == length]
    if "name" in slots:
        wanted = plain(str(slots["name"]), language)
        exact = [timer for timer in found if timer.name and plain(timer.name, language) == wanted]
        close = [timer for timer in found if timer.name and ratio(plain(timer.name, language), wanted) >= CLOSE]
        found = exact or close
    return found


def plain(name: str, language: str) -> str:
    """A name as it is compared: lower case, numbers in digits, so that "table five" is "table 5"."""
    digits = _digits(language)
    return " ".join(digits.get(word, word) for word in name.lower().replace("-", " ").split())


@lru_cache(maxsize=4)  # languages, and a process speaks one
def _digits(language: str) -> dict[str, str]:
    from num2words import num2words  # type: ignore[import-untyped]

    return {num2words(number, lang=language): str(number) for number in range(21)}
