"""Text as people read it flows in, text as a synthesiser can say it flows out.

Laws, which the tests hold for every text:

1. What comes out has only letters (with their marks), single spaces and , . ? ! ; : ' - and begins with a letter.
2. It is empty exactly when there is nothing to pronounce.
3. What is speakable stays as it is: speakable(speakable(x)) == speakable(x).
4. No text raises, and none takes more than linear time.
"""

import re
import unicodedata
from functools import cache
from typing import Final

from voiced.text.language import Language
from voiced.text.markup import dotted, plain
from voiced.text.numbers import before_amounts, cardinal, numbers, ordinal
from voiced.text.quantities import amounts, dates, dotted_dates, full_stop, lengths, numeric_dates
from voiced.text.tables import table

ROUNDS: Final = 6
"""Times a text is rewritten until nothing changes. One does it, a second shows that; more are needed only where the
removal of a mark has joined what was apart ("foo*.com"). Every further round removes punctuation, so it ends; nonsense
that needs more than six loses its punctuation instead."""

STRENGTH: Final = "?!.;:,"
"""Of several punctuation marks in a row the first of these is kept."""

VULGAR: Final = re.compile(r"(\d?)([¼-¾⅐-⅞])")
RAISED: Final = re.compile(r"(?<=[^\W_])⁻?[⁰¹²³⁴-⁹]{1,9}")
AT_MOST: Final = re.compile(r"(?<![-=<>])<=(?![=>])")
AT_LEAST: Final = re.compile(r"(?<![-=<>])>=(?![=>])")
SMILEY: Final = re.compile(r"(?<!\S)[:;=]['-]?[)(DPpOo/|]+(?!\S)")
BEFORE_FOLDING: Final = str.maketrans(
    {
        "º": "°",
        "ª": "",
        "™": "",
        "®": "",
        "©": "",
        "…": "... ",
        "’": "'",
        "‘": "'",
        "ʼ": "'",
        "´": "'",
        "‐": "-",
        "‑": "-",
        "⁻": "-",
        "―": "—",
        "¨": " ",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2044": "/",
    }
)
BRACKETS: Final = str.maketrans(dict.fromkeys("()[]{}|—–", ", ") | dict.fromkeys('"“”„«»‹›‟/\\^~*#<>', " "))
CAPITALS: Final = re.compile(r"(?<!\w)(?:[A-ZÀ-Þ]\.){2,8}(?!\w)")
INITIAL: Final = re.compile(r"(?<!\w)([A-HJ-ZÀ-Þ])\.(?= ?[A-ZÀ-Þ])")
ROMAN: Final = re.compile(r"(?<!\w)([^\W\d_]{2,20}) (?=[XVI])(X{0,3}(?:IX|IV|V?I{0,3}))(?!\w)(?:\.(?= [a-zäöüß]))?")
"""A Roman number behind its name; with the full stop that German puts there, where the sentence goes on."""
ROMAN_FIGURES: Final = {"I": 1, "V": 5, "X": 10}


def speakable(text: str, language: str = "en") -> str:
    """`text` for a synthesiser: without markup, figures and signs, all in words. Empty when there is nothing to say."""
    rules = table(language)
    for _ in range(ROUNDS):
        rewritten = _rewritten(text, rules)
        if rewritten == text:
            return text
        text = rewritten
    return _rewritten(re.sub(r"[,.?!;:'-]", " ", text), rules)


def _rewritten(text: str, language: Language) -> str:
    text = SMILEY.sub(" ", _folded(text))
    counts = any(map(str.isdigit, text))
    if language.dotted_days and counts:
        text = dotted_dates(text, language)  # "3. Mai" must not become the third item of a list
    text = plain(text, language)
    text = re.sub(r"\s+", " ", text)
    text = _abbreviations(text, language)
    text = _phrases(text, language)
    if any(map(str.isdigit, text)):
        text = numeric_dates(lengths(text, language), language)
        text = before_amounts(text, language)
        text = dates(text, language)
        text = amounts(text, language)
        text = numbers(text, language)
    if counts:
        text = _agreeing(text, language)
    text = _initials(text)
    text = dotted(text, language)
    text = _roman(text, language)
    return _clean(_signs(text, language))


def _folded(text: str) -> str:
    """One form for characters that look alike: plain quotes, figures 0-9, fractions with a slash, raised figures
    behind "^", one sign for "<=" and one for ">="."""
    text = AT_MOST.sub("≤", AT_LEAST.sub("≥", text))
    if text.isascii():
        return text
    text = VULGAR.sub(lambda match: f"{match[1]} {unicodedata.normalize('NFKC', match[2])}", text)
    text = RAISED.sub(lambda match: "^" + unicodedata.normalize("NFKC", match[0]).replace("−", "-"), text)
    text = unicodedata.normalize("NFKC", text.translate(BEFORE_FOLDING)).translate(BEFORE_FOLDING)
    return "".join(map(_figure, text))


def _figure(character: str) -> str:
    if character.isascii() or not character.isdecimal():
        return character
    return str(unicodedata.decimal(character))


@cache
def _abbreviation_rules(language: Language) -> re.Pattern[str]:
    def pattern(short: str) -> str:
        written = re.escape(short)
        if not short.endswith("."):
            return rf"{written}(?= [A-ZÀ-Þ])"
        if short[:-1].lower() in language.sentences.before_numbers:
            return rf"{written}(?= ?\d)"
        return written

    return re.compile(
        rf"(?<![\w.])(?:{'|'.join(map(pattern, sorted(language.abbreviations, key=len, reverse=True)))})(?!\w)"
    )


@cache
def _phrase_rules(language: Language) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/])(?:{'|'.join(map(re.escape, language.phrases))})(?![\w/])")


def _phrases(text: str, language: Language) -> str:
    return _phrase_rules(language).sub(lambda match: language.phrases[match.group()], text)


def _abbreviations(text: str, language: Language) -> str:
    if street := language.words["street"]:
        text = re.sub(r"(?<!\w)(\d{1,5} (?:[A-Z]\w{1,20} ){1,3})St\.", lambda match: f"{match[1]}{street}", text)

    def said(match: re.Match[str]) -> str:
        short = match.group()
        going_on = short.rstrip(".").lower() in language.sentences.going_on
        return language.abbreviations[short] + ("" if going_on else full_stop(match))

    return _abbreviation_rules(language).sub(said, text)


@cache
def _agreements(language: Language) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), put) for pattern, put in language.agreement)


def _agreeing(text: str, language: Language) -> str:
    """`text` with number words as they are before their nouns."""
    if language.agreement:
        text = re.sub(r" {2,}", " ", text)
    for pattern, put in _agreements(language):
        text = pattern.sub(put, text)
    return text


def _initials(text: str) -> str:
    def spelled(match: re.Match[str]) -> str:
        at_end = not match.string[match.end() :].strip(" \"')")
        return match.group().replace(".", " ").strip() + ("." if at_end else "")

    return INITIAL.sub(r"\1 ", CAPITALS.sub(spelled, text))


def _roman(text: str, language: Language) -> str:
    def said(match: re.Match[str]) -> str:
        name, roman = match.groups()
        figures = [ROMAN_FIGURES[letter] for letter in roman]
        value = sum(-one if one < two else one for one, two in zip(figures, [*figures[1:], 0], strict=True))
        if value and name in language.roman.numbered:
            return f"{name} {cardinal(str(value), language)}"
        if value > 1 and name in language.roman.regnal:
            words = {"ordinal": ordinal(str(value), language), "cardinal": cardinal(str(value), language)}
            return f"{name} {language.roman.template.format_map(words)}"
        return match.group()

    return ROMAN.sub(said, text)


def _signs(text: str, language: Language) -> str:
    """Words for single signs that have one; brackets and dashes become pauses."""
    words = language.words
    text = re.sub(r" <=? (?=\w)", f" {words['less']} ", text)
    text = re.sub(r" >=? (?=\w)", f" {words['greater']} ", text)
    text = re.sub(r"=+", "=", text)
    text = re.sub(r"(?<!\S)(~?)/(?=\w)", f" {words['slash']} ", text)
    text = re.sub(r"(?<=[^\W\d_])–(?=[^\W\d_])", f" {words['to']} ", text)
    text = re.sub(r"(?<=\w),? --? (?=\w)|--+", ", ", text)
    for sign, word in language.signs.items():
        if sign in text:
            text = text.replace(sign, f" {word} ")
    for sign, currency in language.currencies.items():
        if not sign.isalpha() and sign in text:
            text = re.sub(rf"(?<!\S){re.escape(sign)}(?!\S)", currency.one, text)
    return text.translate(BRACKETS)


def _clean(text: str) -> str:
    """Law 1: drops what no synthesiser should see, sets spaces and punctuation right."""
    text = "".join(character if _allowed(character) else " " for character in text if not _invisible(character))
    text = re.sub(r"(?<![^\W\d_])'|'(?![^\W\d_])", "", text)
    text = re.sub(r"(?<![^\W\d_])-|-(?![^\W\d_])", " ", text)
    text = re.sub(r"[ ,.?!;:]+", _pause, text)
    text = unicodedata.normalize("NFKC", _marked(text).lstrip(" ,.?!;:"))
    return text.strip() if any(map(str.isalpha, text)) else ""


def _allowed(character: str) -> bool:
    return character.isalpha() or character in " ,.?!;:'-" or unicodedata.category(character) in ("Mn", "Mc")


def _invisible(character: str) -> bool:
    """Joiners, variation selectors, soft hyphens: they stand inside of words and must not split them."""
    return not character.isascii() and (
        unicodedata.category(character) in ("Cf", "Me") or "\ufe00" <= character <= "\ufe0f"
    )


def _marked(text: str) -> str:
    """`text` without the combining marks that have no letter to stand on."""
    if text.isascii():
        return text
    kept: list[str] = []
    for character in text:
        if character.isascii() or character.isalpha() or (kept and kept[-1] != " " and kept[-1] not in ",.?!;:'-"):
            kept.append(character)
    return "".join(kept)


def _pause(match: re.Match[str]) -> str:
    run = match.group().replace(" ", "")
    if not run:
        return " "
    following = match.string[match.end() : match.end() + 1]
    if run.startswith("...") and following.islower():
        return ", "
    return next(mark for mark in STRENGTH if mark in run) + " "
