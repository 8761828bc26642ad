"""Text with figures flows in, the same with number words flows out: what is left when dates, money and units are read.

Patterns are bounded and begin only where a run of figures begins, so that no text takes more than linear time. A run
longer than 15 figures is not an amount and is read figure by figure.
"""

import re
from functools import cache
from typing import Final

from num2words import num2words  # type: ignore[import-untyped]

from voiced.text.language import Language

LONGEST_AMOUNT: Final = 15
LONGEST_FRACTION: Final = 40
PHONES: Final = re.compile(
    r"(?<![\w.,/-])(?:"
    r"\+(?=(?:[ .()-]{0,3}\d){7})\d{1,3}(?:[ .-]?\(?\d{1,5}\)?){1,6}"  # +44 20 7946 0958, not +10
    r"|\(\d{2,5}\)[ .-]?\d{3,4}(?:[ .-]?\d{2,4}){0,2}"  # (555) 012-3456
    r"|\d{3}[ .-]\d{3}[ .-]\d{4}|\d{3}-\d{4}"  # 555-012-3456, 555-0123
    r"|0\d{2,4}[ -](?:\d{3,4}(?:[ -]\d{3,4}){0,2}|\d{5,8})"  # 020 7946 0958, 0171 1234567
    r")(?![\w%]|[.,/-]\d)"
)
SPACED: Final = re.compile(r"(?<![\w.,])(?<![\w.,] )[1-9]\d{0,2}(?: \d{3}){2,4}(?!\w| \d|[.,-]\d)")
SERIES: Final = re.compile(r"(?<![\w.,/-])\d{1,15}(?:-\d{1,15}){2,8}(?![\w]|-\d)")
VERSION: Final = re.compile(r"(?<![\w.,])(?:(v)(\d{1,5}(?:\.\d{1,8}){0,6})|(\d{1,5}(?:\.\d{1,8}){2,6}))(?![\d]|\.\d)")
MINUS: Final = re.compile(r"(?<![\w)\]-])[-−](?=[^\w\s.,-]?\.?\d)")
RANGE: Final = re.compile(
    r"(?:(?<=[\d%°])|(?<=\d[ap]m)|(?<=\d [ap]m)|(?<=\d[ap]\.m\.)|(?<=\d [ap]\.m\.))(?: [–-] |[–—-])(?=[^\w\s.,-]?\d)"
)
DIVIDED: Final = re.compile(r"(?<=\d)(?<!/ \d)(?<!/ \d\d) / (?=\d{1,15}(?!\d| ?/))")  # 10 / 2, not 12 / 05 / 2026
OVER: Final = re.compile(r"(?<=\d)(?<!/\d)(?<!/\d\d)/(?=\d{1,15}(?:[.,]\d{1,15})?(?![\d/]))")  # 4.5/5, not 1/2/3
MIXED: Final = re.compile(r"(?<=\d)-(?=\d{1,2}/\d{1,2}(?![\w/]|[.,]\d))")  # 1-1/2 cups
FRACTION: Final = re.compile(r"(?<![\w.,/])(?:(\d{1,6})[ -])?(\d{1,4})/(\d{1,4})(?![\w/]|[.,]\d)")


@cache
def amount(language: Language) -> str:
    """A pattern, without groups, for an amount in figures as the language writes it; it fits whole runs only."""
    decimal, thousands = re.escape(language.decimal), re.escape(language.thousands)
    whole = rf"(?:\d{{1,3}}(?:{thousands}\d{{3}}){{1,4}}|\d{{1,{LONGEST_AMOUNT}}})(?!\d)"
    return rf"(?<!\d){whole}(?:{decimal}\d{{1,{LONGEST_FRACTION}}}(?!\d))?"


def figures(text: str, language: Language) -> str:
    """`text`'s figures, one by one."""
    return " ".join(cardinal(figure, language) for figure in text if figure.isdigit())


def cardinal(text: str, language: Language) -> str:
    """The words for a run of figures; with a leading zero, or too long for an amount, figure by figure."""
    if len(text) > LONGEST_AMOUNT or (len(text) > 1 and text.startswith("0")):
        return figures(text, language)
    # num2words puts commas behind thousands, where a speaker would not pause.
    return str(num2words(int(text), lang=language.code)).replace(",", "")


def number(text: str, language: Language) -> str:
    """The words for what `amount` matches: "1,234.5"."""
    whole, point, fraction = text.replace(language.thousands, "").partition(language.decimal)
    words = cardinal(whole, language)
    if not point:
        return words
    grouped = language.fractions == "number" and len(fraction) == 2 and fraction[0] != "0"
    read = cardinal(fraction, language) if grouped else figures(fraction, language)
    return f"{words} {language.words['point']} {read}"


def ordinal(text: str, language: Language) -> str:
    """The words for a place in a row: "21" to "twenty-first"."""
    return str(num2words(int(text[:LONGEST_AMOUNT]), lang=language.code, to="ordinal")).replace(",", "")


def year(text: str, language: Language) -> str:
    """The words for a year: "1999" to "nineteen ninety-nine"."""
    words = str(num2words(int(text), lang=language.code, to="year"))
    return words.replace("oh-", "oh ").replace(",", "")


def unit_pattern(language: Language) -> str:
    return "|".join(re.escape(unit) for unit in sorted(language.units, key=len, reverse=True))


def before_amounts(text: str, language: Language) -> str:
    """Reads what only looks like amounts (telephone numbers, versions, series), and rewrites ranges and minus signs in
    words. Must run before money and units are read."""
    words = language.words
    text = SPACED.sub(lambda match: match.group().replace(" ", ""), text)
    text = re.sub(r"(?<=\d) x (?=\d)", " × " if "=" in text else f" {words['by']} ", text)
    text = DIVIDED.sub(" ÷ ", text)
    text = re.sub(r"(?<![-=<>])<=? ?(?=[^\w\s<>]?\d)", f" {words['less']} ", text)
    text = re.sub(r"(?<![-=<>])>=? ?(?=[^\w\s<>]?\d)", f" {words['greater']} ", text)
    text = re.sub(r"(?<=[\d)])\^2(?!\d)", f" {words['squared']}", text)
    text = re.sub(r"(?<=[\d)])\^3(?!\d)", f" {words['cubed']}", text)
    text = re.sub(r"(?<=[\d)])\^(?=-?\d)", f" {words['power']} ", text)
    text = PHONES.sub(lambda match: _groups(match.group(), language), text)
    text = _rules(language)[1].sub(lambda match: _decade(match, language), text)
    text = SERIES.sub(lambda match: _groups(match.group(), language), text)

    grouped = re.compile(rf"\d{{1,3}}(?:{re.escape(language.thousands)}\d{{3}})+")

    def version(match: re.Match[str]) -> str:
        if grouped.fullmatch(match.group()):
            return match.group()  # "1.234.567" is a number where full stops part thousands
        parts = (match.group(2) or match.group(3)).split(".")
        said = f" {words['point']} ".join(cardinal(part, language) for part in parts)
        return f"{words['version']} {said}" if match.group(1) else said

    text = VERSION.sub(version, text)
    text = MINUS.sub(f" {words['minus']} ", text)
    between = words["minus"] if "=" in text else words["to"]
    text = MIXED.sub(" ", text)
    text = RANGE.sub(f" {between} ", text)
    text = re.sub(r"(?<![\w.])\.(?=\d)", f"0{language.decimal}", text)
    return FRACTION.sub(lambda match: _fraction(match, language), text)


def _decade(match: re.Match[str], language: Language) -> str:
    ten, century = int(match["ten"]) * 10, match["century"]
    name = language.decades[ten] if ten else language.century
    before = cardinal(century, language) if century else match["word"] or ""
    return f"{before} {name}".strip()


def _groups(text: str, language: Language) -> str:
    """A telephone number: figure by figure, with a comma between its groups, in which people pause."""
    plus = f"{language.words['plus']} " if text.startswith("+") else ""
    return plus + ", ".join(figures(group, language) for group in re.findall(r"\d+", text))


def _fraction(match: re.Match[str], language: Language) -> str:
    whole, upper, lower = match.groups()
    names = language.denominators.get(int(lower))
    if names is None or int(upper) == 0 or (whole and int(upper) >= int(lower)):
        said = f"{cardinal(upper, language)} {language.words['over']} {cardinal(lower, language)}"
        return f"{cardinal(whole, language)} {said}" if whole else said
    part = f"{cardinal(upper, language)} {names[0] if int(upper) == 1 else names[1]}"
    if not whole:
        return part
    part = language.mixed.get(int(lower), part) if upper == "1" else part
    return f"{cardinal(whole, language)} {language.words['and']} {part}"


def _glued(match: re.Match[str], language: Language) -> str:
    text, ending = match.groups()
    return (year if len(text) == 4 else cardinal)(text, language) + ending


def _placed(match: re.Match[str], language: Language) -> str:
    before, one, between, other = match.groups()
    said = before + ordinal(one, language)
    return said + between + ordinal(other, language) if other else said


@cache
def _rules(language: Language) -> tuple[re.Pattern[str], ...]:
    endings = "|".join(language.ordinal_endings) or r"(?!)"
    before = "|".join(language.year_words) or r"(?!)"
    decades = "|".join(language.decade_words) or r"(?!)"
    placed = "|".join(sorted(language.sentences.before_ordinals)) or r"(?!)"
    between = "|".join(sorted(language.sentences.between_ordinals)) or r"(?!)"
    glued = "|".join(language.glued) or r"(?!)"
    return (
        re.compile(
            rf"(?<![\w.,])(\d{{1,3}}(?:{re.escape(language.thousands)}\d{{3}}){{0,4}}|\d{{1,15}})(?:{endings})\b"
        ),
        re.compile(
            rf"(?<![\w.,'])(?:'|(?P<century>1\d|20(?!0))|\b(?P<word>{decades})[ -]'?)(?P<ten>\d)0'?s\b", re.IGNORECASE
        ),
        re.compile(rf"\b({before}) (1\d{{3}})(?![\w]|[.,:]\d)", re.IGNORECASE),
        re.compile(r"(?<![\w.,:/-])(1[7-9]\d\d|20\d\d)(?![\w/]|[.,:]\d)"),
        re.compile(amount(language)),
        re.compile(rf"\b((?:{placed}) )(\d{{1,3}})\.(?:( (?:{between}) )(\d{{1,3}})\.)?(?= [^\W\d_])", re.IGNORECASE),
        re.compile(rf"(?<![\w.,])([1-9]\d{{0,3}})-?({glued})\b"),
    )


def numbers(text: str, language: Language) -> str:
    """`text` with every figure in words."""
    ordinals, _, dated, years, amounts, placed, glued = _rules(language)
    words = language.words
    text = placed.sub(lambda match: _placed(match, language), text)
    text = glued.sub(lambda match: _glued(match, language), text)
    text = ordinals.sub(lambda match: ordinal(match.group(1).replace(language.thousands, ""), language), text)
    text = re.sub(r"(?<=\w)\^2(?!\d)", f" {words['squared']}", text)
    text = re.sub(r"(?<=\w)\^3(?!\d)", f" {words['cubed']}", text)
    text = re.sub(r"(?<=\w)\^(?=\d)", f" {words['power']} ", text)
    text = re.sub(r"(?<=\d)x(?=\d)", f" {words['by']} ", text)
    text = OVER.sub(f" {words['over']} ", text)
    # Figures glued to letters ("MP3", "16th-century" is past): a word each.
    text = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", text)
    text = dated.sub(lambda match: f"{match.group(1)} {year(match.group(2), language)}", text)
    text = years.sub(lambda match: year(match.group(1), language), text)
    text = amounts.sub(lambda match: f" {number(match.group(), language)} ".strip(), text)
    return re.sub(r"\d+", lambda match: f" {figures(match.group(), language)} ", text)
