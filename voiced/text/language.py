"""The classes of a language's table: everything in the text rooms that depends on the language is data of these shapes.

The rules themselves are code and the same for all; a rule whose table is empty never fires. Number words come from
num2words, which knows the language by `Language.code`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Currency:
    """How an amount of money is said."""

    one: str
    many: str
    cent: str = ""
    """Empty where nobody says the hundredths: the amount is then read as a decimal number."""
    cents: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """Templates for times of day; {hour}, {minute} and {second} are number words, {half} one of `Language.halves`."""

    full: str
    """At the full hour: "{hour} o'clock"."""
    full_late: str
    """At the full hour from 13 on."""
    full_half: str
    """At the full hour, when morning or afternoon is given."""
    low: str
    """Minutes 1 to 9."""
    other: str
    midnight: str
    """0:00."""
    half: str
    """Appended when morning or afternoon is given."""
    seconds: str
    """Appended when seconds are given."""
    between: str = ":"
    """Pattern of what stands between hours and minutes: also "h" in French."""
    behind: str = "o'clock"
    """Pattern of what may stand behind a time, and is said by the templates: "Uhr" in German."""
    behind_hours: str = ""
    """Pattern of what makes figures such as "15.30" a time when it stands behind them; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the cutter must know about full stops. Abbreviations are in lower case and without their last full stop."""

    going_on: frozenset[str] = frozenset()
    """Never the end of a sentence: a name or an example follows."""
    before_numbers: frozenset[str] = frozenset()
    """The end of a sentence only when neither a figure nor a lower-case letter follows."""
    sometimes_last: frozenset[str] = frozenset()
    """The end of a sentence only when no lower-case letter follows."""
    before_ordinals: frozenset[str] = frozenset()
    """Words behind which a figure with a full stop is an ordinal number and no end: "am 3. Oktober"."""
    between_ordinals: frozenset[str] = frozenset()
    """Words behind which it is another one, if one stands before them: "am 3. und 4. Oktober"."""
    joints: frozenset[str] = frozenset()
    """Words, in lower case, before which a speaker may take a breath though no mark stands there."""
    pairs: frozenset[str] = frozenset()
    """Words, in lower case, behind which a joint is none: "between Paris and Rome"."""


@dataclass(frozen=True, slots=True)
class Roman:
    """Where capitals from IVXLC are a number. Everywhere else they stay letters: "Vitamin C", "Malcolm X"."""

    numbered: frozenset[str] = frozenset()
    """Words in front of a plain number: "War", "Chapter"."""
    regnal: frozenset[str] = frozenset()
    """Names in front of an ordinal number: "Henry"."""
    template: str = "{ordinal}"
    """How the {ordinal} or {cardinal} number is said after a name."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The table of one language. Values are as they shall be spoken, keys as they are written."""

    code: str
    """What num2words calls it."""
    decimal: str
    """The decimal separator, one character."""
    thousands: str
    """The separator of thousands, one character."""
    words: Mapping[str, str]
    """What the rules put between others; the keys are those of `voiced.text.english.ENGLISH`."""
    link: str
    """Said for a web address; {host} is its host."""
    code_left_out: str
    """Said in place of a block of code."""
    clock: Clock
    halves: Mapping[str, str]
    """The first letter of "am" and "pm" to what is said."""
    date: str
    """Template of {month} and {day}, the latter an ordinal number."""
    date_day_first: str
    """The same where the day was written before the month."""
    date_year: str
    """Appended when the year is given: {year}."""
    slash_dates: Literal["mdy", "dmy"]
    """How 5/3/2024 is meant."""
    months: tuple[str, ...]
    month_forms: Mapping[str, int]
    """Short months, without full stop, to 1..12."""
    ordinal_endings: tuple[str, ...]
    """What makes a figure an ordinal number: "st", "nd", ..."""
    decades: Mapping[int, str]
    """10..90 to "tens".."nineties"."""
    decade_words: frozenset[str]
    """Words, in lower case, that make "30s" behind them a decade and not a number of seconds."""
    century: str
    """For the first decade of a century: "hundreds", as in "the nineteen hundreds"."""
    year_words: frozenset[str]
    """Words, in lower case, that make any four figures behind them a year."""
    currencies: Mapping[str, Currency]
    """Symbols and codes."""
    magnitudes: Mapping[str, str]
    """What may follow an amount of money: "bn" to "billion"."""
    units: Mapping[str, tuple[str, str]]
    """To singular and plural; powers are written "m^2"."""
    denominators: Mapping[int, tuple[str, str]]
    """To singular and plural; other fractions are read with words["over"]."""
    mixed: Mapping[int, str]
    """How one such part is said behind a whole number, where it is not as above: 2 to "a half"."""
    signs: Mapping[str, str]
    """Single characters, wherever no other rule took them; characters without an entry are dropped."""
    abbreviations: Mapping[str, str]
    """With their full stops; those without one count only in front of a capital."""
    phrases: Mapping[str, str]
    """Words with figures or signs in them that no rule would read right."""
    sentences: Sentences
    roman: Roman
    change: str = "{whole} {and} {cents}"
    """Template of an amount of money with hundredths; {figure} are those without their name."""
    fractions: Literal["figures", "number"] = "figures"
    """How two decimals are read: "three point one four", "trois virgule quatorze"."""
    day: Literal["ordinal", "first", "cardinal"] = "ordinal"
    """Which days of a month are ordinal numbers: all, the first, or none."""
    day_ending: str = ""
    """Pattern of what may stand behind the day in figures, where it is not `ordinal_endings`."""
    day_prefix: str = "the|The"
    """Pattern of a word before the day that `date_day_first` brings itself; empty for none."""
    day_of: str = "of"
    """Pattern of a word between the day and the month."""
    year_of: str = ""
    """Pattern of a word between the month and the year."""
    month_first: bool = True
    """Whether a day may stand behind its month."""
    dotted_days: bool = False
    """Whether "24.12." is a date."""
    glued: tuple[str, ...] = ()
    """What stays glued to the number word when it is glued to the figures: "80er"."""
    agreement: tuple[tuple[str, str], ...] = ()
    """Patterns and what takes their place, one after the other, once all figures are words: the number words that
    change before a noun, as in "une minute". What comes out must fit none of them."""
