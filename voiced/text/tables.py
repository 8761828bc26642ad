"""The name of a language flows in, its table flows out."""

from typing import Final

from voiced.text.english import BRITISH, ENGLISH
from voiced.text.french import FRENCH
from voiced.text.german import GERMAN
from voiced.text.language import Language
from voiced.text.spanish import MEXICAN, SPANISH

TABLES: Final[dict[str, Language]] = {
    "en": ENGLISH,
    "en-gb": BRITISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "es-mx": MEXICAN,
    "es-us": MEXICAN,
}


def known(language: str) -> bool:
    """Whether there is a table for a language such as "en" or "en-GB"."""
    return language.lower().replace("_", "-").split("-", maxsplit=1)[0] in TABLES


def table(language: str) -> Language:
    """The table for a language such as "en", "en-GB" or "de_DE": the nearest there is.

    A language without a table gets the English one: digits read in English are still better than digits read as
    noise."""
    wanted = language.lower().replace("_", "-")
    return TABLES.get(wanted) or TABLES.get(wanted.split("-", maxsplit=1)[0]) or ENGLISH
