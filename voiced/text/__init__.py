"""A model's words flow in, clauses to be spoken flow out.

The rooms, in the order in which text passes them, all without any input or output of their own:

- `thinking`: takes tagged thinking out of the stream.
- `clauses`: cuts the stream into clauses, as soon as each is known to be over.
- `speakable`: writes a clause the way it is said; `markup` takes Markdown and addresses away, `quantities` reads dates,
  times, money and measures, `numbers` whatever figures are left.
- `language` is the shape of a language's table; `english`, `german`, `french` and `spanish` are tables, and `tables`
  finds them by name.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from voiced.text.clauses import cut_clauses, fenced
from voiced.text.speakable import speakable
from voiced.text.tables import table
from voiced.text.thinking import without_thinking

__all__ = ["Clause", "speech"]


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of an answer that is spoken in one go."""

    text: str
    """As a person would read it, markup included."""
    spoken: str
    """As the synthesiser gets it; never empty."""


def speech(pieces: Iterable[str], language: str = "en", *, whole: bool = False) -> Iterator[Clause]:
    """The clauses of an answer that comes in `pieces`, each as soon as it is over; without thinking, and without what
    has nothing to pronounce. A text that is there as a `whole` is cut at marks alone: nobody waits for its words. A
    block of code is not read: one phrase says that it was left out."""
    for text, joined in cut_clauses(without_thinking(pieces), language, joints=not whole):
        spoken = speakable(text, language)
        if joined and spoken:
            spoken += ","  # a voice that is told of no end lets the melody fall
        if fenced(text):
            spoken = f"{spoken} {table(language).code_left_out}".strip()
        if spoken:
            yield Clause(text, spoken)
