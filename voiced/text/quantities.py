"""Text flows in, the same with dates, times of day, money and measures in words flows out.

Each rule is one pattern made from the language's table and one function that says what it matched; the order of the
rules matters, the more particular first.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Final, TypeAlias

from voiced.text.language import Currency, Language
from voiced.text.numbers import amount, cardinal, figures, number, ordinal, unit_pattern, year

Say: TypeAlias = Callable[[re.Match[str], Language], str]

LENGTH: Final = re.compile(r"(?<![\w.,])0?(\d{1,2})h ?0?(\d{1,2})m(?:in)?(?!\w)")  # 1h30m


def numeric_dates(text: str, language: Language) -> str:
    """`text` with dates in figures alone, such as 2024-03-05, in words. Must run before ranges are read."""
    return _apply(text, _numeric_rules(language), language)


def dates(text: str, language: Language) -> str:
    """`text` with other dates and times of day in words."""
    return _apply(text, _date_rules(language), language)


def dotted_dates(text: str, language: Language) -> str:
    """`text` with dates such as "3. Mai" in words."""
    return _apply(text, (_date_rules(language)[1],), language)


def amounts(text: str, language: Language) -> str:
    """`text` with money, percentages and measures in words."""
    return _apply(text, _amount_rules(language), language)


def _apply(text: str, rules: tuple[tuple[re.Pattern[str], Say], ...], language: Language) -> str:
    for pattern, say in rules:
        text = pattern.sub(partial(_said, say, language), text)
    return text


def _said(say: Say, language: Language, match: re.Match[str]) -> str:
    return say(match, language)


@cache
def _numeric_rules(language: Language) -> tuple[tuple[re.Pattern[str], Say], ...]:
    free = r"(?<![\w.,:/-])"
    short = re.compile(rf"{free}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?!\w|[.,-]\d)")
    days = ((short, _without_year),) if language.dotted_days else ()
    return (
        (
            re.compile(rf"{free}(?P<year>[12]\d{{3}})([-/])(?P<month>\d\d)\2(?P<day>\d\d)(?:T(?=\d\d:)|(?![\d-]))"),
            _numeric,
        ),
        (
            re.compile(rf"{free}(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/(?P<year>[12]\d{{3}}|\d\d)(?![\w:/]|[.,-]\d)"),
            _slashed,
        ),
        (
            re.compile(rf"{free}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>[12]\d{{3}})(?![\w:/]|[.,-]\d)"),
            _numeric,
        ),
        *days,
    )


@cache
def _date_rules(language: Language) -> tuple[tuple[re.Pattern[str], Say], ...]:
    names = "|".join([*language.months, *(f"{short}\\b\\.?" for short in language.month_forms)])
    ending = f"(?:{language.day_ending or '|'.join(language.ordinal_endings)})?"
    half = r"(?P<half>[ap])(?:\.m\.|m\b)" if language.halves else r"(?P<half>(?!))"
    day = rf"(?P<day>\d{{1,2}}){ending}"
    of_year = f"(?:(?:{language.year_of}) )?" if language.year_of else ""
    later = rf"(?:,? {of_year}(?P<year>[12]\d{{3}}))?"
    free = r"(?<![\w.,:/-])"
    end = r"(?![\w:/]|[.,-]\d)"
    prefix = rf"(?:\b(?:{language.day_prefix}) )?" if language.day_prefix else ""
    of_month = f"(?:(?:{language.day_of}) )?" if language.day_of else ""
    month_first = rf"\b(?P<month>{names}) {day}{later}{end}" if language.month_first else r"(?!)"
    clock = language.clock
    return (
        (re.compile(month_first), _month_first),
        (re.compile(rf"{prefix}{free}{day} {of_month}(?P<month>{names}){later}{end}"), _day_first),
        (re.compile(rf"\b(?P<month>{names}),? {of_year}(?P<year>[12]\d{{3}}){end}"), _month_and_year),
        (
            re.compile(
                rf"(?<![\w:.,])(?P<hour>\d{{1,2}})(?:{clock.between})(?P<minute>[0-5]\d)"
                rf"(?::(?P<second>[0-5]\d)(?:[.]\d{{1,6}})?)?(?: ?{half}|(?: (?:{clock.behind})|Z)?(?![\w:]))",
                re.IGNORECASE,
            ),
            _time,
        ),
        (
            re.compile(
                rf"(?<![\w:.,])(?P<hour>\d{{1,2}})(?:\.(?P<minute>[0-5]\d))? (?:{clock.behind_hours or '(?!)'})\b"
                r"(?: (?P<later>[0-5]?\d)(?![\w:]|[.,]\d))?"
            ),
            _time,
        ),
        (re.compile(rf"(?<![\w:.,])(?P<hour>\d{{1,2}})(?:\.(?P<minute>[0-5]\d))? ?{half}", re.IGNORECASE), _time),
        (re.compile(r"(?<![\w:.,])(\d{1,6}):(\d{1,6})(?![\w:])"), _ratio),
    )


def _month(match: re.Match[str], language: Language) -> int:
    name = match["month"].rstrip(".")
    return language.months.index(name) + 1 if name in language.months else language.month_forms[name]


def _date(template: str, month: int, day: str, year_text: str | None, language: Language, original: str) -> str:
    if not (1 <= month <= 12 and 1 <= int(day) <= 31):
        return original
    placed = language.day == "ordinal" or (language.day == "first" and int(day) == 1)
    read = ordinal(day, language) if placed else cardinal(str(int(day)), language)
    said = template.format(month=language.months[month - 1], day=read)
    return said + (language.date_year.format(year=year(year_text, language)) if year_text else "")


def _without_year(match: re.Match[str], language: Language) -> str:
    original = match.group().replace(".", " ")
    return _date(language.date, int(match["month"]), match["day"], None, language, original) + full_stop(match)


def _numeric(match: re.Match[str], language: Language) -> str:
    original = re.sub(r"[-/.]", " ", match.group())
    said = _date(language.date, int(match["month"]), match["day"], match["year"], language, original)
    return f"{said} " if match.group().endswith("T") else said


def _slashed(match: re.Match[str], language: Language) -> str:
    first, second = match["a"], match["b"]
    if (language.slash_dates == "dmy" or int(first) > 12) and int(second) <= 12:
        first, second = second, first
    years = match["year"] if len(match["year"]) == 4 else f"20{match['year']}"
    original = match.group().replace("/", " ")
    return _date(language.date, int(first), second, years, language, original)


def _month_first(match: re.Match[str], language: Language) -> str:
    return _date(language.date, _month(match, language), match["day"], match["year"], language, match.group())


def _day_first(match: re.Match[str], language: Language) -> str:
    month = _month(match, language)
    return _date(language.date_day_first, month, match["day"], match["year"], language, match.group())


def _month_and_year(match: re.Match[str], language: Language) -> str:
    # English has its comma before the year only where a day stands before the month.
    later = language.date_year.format(year=year(match["year"], language)).removeprefix(",")
    return language.months[_month(match, language) - 1] + later


def _time(match: re.Match[str], language: Language) -> str:
    parts = match.groupdict()
    hour, second = int(parts["hour"]), parts.get("second")
    minute = int(parts["minute"] or parts.get("later") or 0)
    half = language.halves.get((parts.get("half") or "").lower(), "")
    if hour > 24:
        # A score, or minutes and seconds: "45:10".
        numbers = [cardinal(str(part), language) for part in (hour, minute, second) if part is not None]
        return f" {language.words['ratio']} ".join(numbers) + full_stop(match)
    clock = language.clock
    if minute:
        template = clock.low if minute < 10 else clock.other
    elif half:
        template = clock.full_half
    else:
        template = clock.midnight if hour in (0, 24) else clock.full_late if hour > 12 else clock.full
    said = template.format(hour=cardinal(str(hour), language), minute=cardinal(str(minute), language))
    if second and int(second):
        said += clock.seconds.format(second=cardinal(str(int(second)), language))
    said += clock.half.format(half=half) if half else ""
    return said + full_stop(match)


def lengths(text: str, language: Language) -> str:
    """Reads hours and minutes that are written as one word, in figures and words: "1h30m" to "1 hour 30 minutes"."""

    def said(match: re.Match[str]) -> str:
        parts = zip(match.groups(), (language.units["h"], language.units["min"]), strict=True)
        return " ".join(f"{figure} {one if figure == '1' else many}" for figure, (one, many) in parts)

    return LENGTH.sub(said, text)


def full_stop(match: re.Match[str]) -> str:
    """The full stop that an abbreviation shares with the end of its sentence."""
    rest = match.string[match.end() : match.end() + 2]
    ends = not rest.strip() or (rest[0] == " " and rest[1:].isupper())
    return "." if match.group().endswith(".") and ends else ""


def _ratio(match: re.Match[str], language: Language) -> str:
    return f"{cardinal(match[1], language)} {language.words['ratio']} {cardinal(match[2], language)}"


@cache
def _amount_rules(language: Language) -> tuple[tuple[re.Pattern[str], Say], ...]:
    symbols = "|".join(re.escape(symbol) for symbol in sorted(language.currencies, key=len, reverse=True))
    magnitudes = "|".join(sorted(language.magnitudes, key=len, reverse=True))
    money = rf"(?P<amount>{amount(language)})(?: ?(?P<magnitude>{magnitudes})\b)?"
    per = r"(?P<per>/(?=[^\W\d_]))?"
    units = unit_pattern(language)
    unit = rf"(?P<unit>{units})(?![\w^]){per}(?:\.(?= [a-zß-öø-ÿ]))?"  # with the full stop of "tbsp. sugar"
    free = r"(?<![^\W\d_])(?<![^\W\d_]-)"  # not a name, as "PS5s" and "F-16s" are
    return (
        (re.compile(r"~ ?(?=[^\w\s/]?\d)"), _about),
        (re.compile(rf"(?<![^\W\d_])(?P<symbol>{symbols}) ?{money}{per}"), _money),
        (re.compile(rf"{money} ?(?P<symbol>{symbols})(?![\w]){per}"), _money),
        (re.compile(r"(?<![\w'.,])(\d)'(?: ?(\d{1,2})\"?)?(?![\w])"), _feet),
        (re.compile(rf"{free}(?P<amount>{amount(language)})(?P<gap>[ -]?){unit}"), _measure),
        (re.compile(rf"\b{re.escape(language.words['per'])} (?P<unit>{units})(?![\w^])"), _per),
        (re.compile(rf"(?P<amount>{amount(language)}) ?%"), _percent),
        (re.compile(rf"#(?P<amount>{amount(language)})(?!\w)"), _numbered),
    )


def _per_what(match: re.Match[str], language: Language) -> str:
    return f" {language.words['per']} " if match["per"] else ""


def _money(match: re.Match[str], language: Language) -> str:
    currency = language.currencies[match["symbol"]]
    magnitude = match["magnitude"]
    if magnitude:
        said = f"{number(match['amount'], language)} {language.magnitudes[magnitude]} {currency.many}"
    else:
        said = _coins(match["amount"], currency, language)
    return said + _per_what(match, language)


def _coins(text: str, currency: Currency, language: Language) -> str:
    whole, point, fraction = text.replace(language.thousands, "").partition(language.decimal)
    if point and not fraction.strip("0"):
        point = ""
    name = currency.one if whole == "1" and not point else currency.many
    if not point:
        return f"{cardinal(whole, language)} {name}"
    if len(fraction) != 2 or not currency.cent:
        return f"{number(text, language)} {currency.many}"
    coins = str(int(fraction))
    cents = f"{cardinal(coins, language)} {currency.cent if coins == '1' else currency.cents}"
    if not whole.strip("0"):
        return cents
    name = currency.one if whole == "1" else currency.many
    return language.change.format(
        whole=f"{cardinal(whole, language)} {name}",
        cents=cents,
        figure=cardinal(coins, language),
        **{"and": language.words["and"]},
    )


def _feet(match: re.Match[str], language: Language) -> str:
    feet, inches = match.groups()
    said = f"{figures(feet, language)} {language.words['foot']}"
    return f"{said} {cardinal(inches, language)}" if inches else said


def _measure(match: re.Match[str], language: Language) -> str:
    one, many = language.units[match["unit"]]
    said = number(match["amount"], language)
    # "a 5-km run" is a measure in front of a noun: singular.
    unit = one if match["amount"] == "1" or match["gap"] == "-" else many
    return f"{said} {unit}{_per_what(match, language)}"


def _per(match: re.Match[str], language: Language) -> str:
    return f"{language.words['per']} {language.units[match['unit']][0]}"


def _percent(match: re.Match[str], language: Language) -> str:
    return f"{number(match['amount'], language)} {language.words['percent']}"


def _numbered(match: re.Match[str], language: Language) -> str:
    return f"{language.words['number']} {number(match['amount'], language)}"


def _about(_match: re.Match[str], language: Language) -> str:
    return f"{language.words['about']} "
