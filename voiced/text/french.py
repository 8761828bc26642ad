"""French as a table: see `voiced.text.language` for what each entry means."""

from voiced.text.language import Clock, Currency, Language, Roman, Sentences


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MONTHS = _words("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")
MONTH_FORMS = {"janv": 1, "févr": 2, "fév": 2, "avr": 4, "juil": 7, "sept": 9, "oct": 10, "nov": 11, "déc": 12}

EURO, DOLLAR = Currency("euro", "euros", "centime", "centimes"), Currency("dollar", "dollars", "cent", "cents")
POUND = Currency("livre", "livres", "penny", "pence")

NAMES = {
    "mm": "millimètre", "cm": "centimètre", "m": "mètre", "km": "kilomètre", "mg": "milligramme", "g": "gramme",
    "kg": "kilogramme", "ml": "millilitre", "cl": "centilitre", "dl": "décilitre", "l": "litre", "L": "litre",
    "ha": "hectare", "t": "tonne", "ms": "milliseconde", "s": "seconde", "sec": "seconde", "min": "minute",
    "mn": "minute", "h": "heure", "j": "jour", "o": "octet", "Ko": "kilooctet", "Mo": "mégaoctet", "Go": "gigaoctet",
    "To": "téraoctet", "MB": "mégaoctet", "GB": "gigaoctet", "W": "watt", "kW": "kilowatt", "V": "volt",
    "A": "ampère", "Pa": "pascal", "hPa": "hectopascal", "dB": "décibel", "kcal": "kilocalorie", "kJ": "kilojoule",
    "kWh": "kilowattheure", "°": "degré", "px": "pixel",
}  # fmt: skip
"""Units that take an s in the plural."""

UNITS = {unit: (name, f"{name}s") for unit, name in NAMES.items()} | {
    "°C": ("degré Celsius", "degrés Celsius"),
    "°F": ("degré Fahrenheit", "degrés Fahrenheit"),
    "km/h": ("kilomètre heure", "kilomètres heure"),
    "m/s": ("mètre par seconde", "mètres par seconde"),
    "cm^2": ("centimètre carré", "centimètres carrés"),
    "m^2": ("mètre carré", "mètres carrés"),
    "km^2": ("kilomètre carré", "kilomètres carrés"),
    "cm^3": ("centimètre cube", "centimètres cubes"),
    "m^3": ("mètre cube", "mètres cubes"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("mégahertz", "mégahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "Mo/s": ("mégaoctet par seconde", "mégaoctets par seconde"),
}

ABBREVIATIONS = {
    "M.": "Monsieur", "MM.": "Messieurs", "Mme": "Madame", "Mmes": "Mesdames", "Mlle": "Mademoiselle",
    "Dr": "Docteur", "Dr.": "Docteur", "Pr": "Professeur", "Me": "Maître", "St": "Saint", "Ste": "Sainte",
    "p. ex.": "par exemple", "p.ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "etc.": "et cetera",
    "env.": "environ", "min.": "minimum", "max.": "maximum", "no.": "numéro", "tél.": "téléphone", "p.": "page",
    "pp.": "pages", "vol.": "volume", "chap.": "chapitre", "fig.": "figure", "av.": "avenue", "bd.": "boulevard",
    "boul.": "boulevard", "apr.": "après", "cf.": "voir", "J.-C.": "Jésus-Christ",
}  # fmt: skip

FEMININE = """minutes?|heures?|secondes?|millisecondes?|semaines?|années?|journées?|tonnes?|livres?|personnes?|fois|
tasses?|cuillères?|cuillerées?|pages?|kilocalories?|calories?|portions?|pincées?|boîtes?|tranches?|gousses?""".replace(
    "\n", ""
)

COINS = "euros?|dollars?|livres?|yens?|francs? suisses?"

FRENCH = Language(
    code="fr",
    decimal=",",
    thousands=" ",
    words={
        "point": "virgule",
        "minus": "moins",
        "plus": "plus",
        "to": "à",
        "ratio": "à",
        "over": "sur",
        "by": "par",
        "percent": "pour cent",
        "per": "par",
        "and": "et",
        "dot": "point",
        "at": "arobase",
        "dash": "tiret",
        "slash": "slash",
        "number": "numéro",
        "about": "environ",
        "version": "version",
        "less": "inférieur à",
        "greater": "supérieur à",
        "squared": "au carré",
        "cubed": "au cube",
        "power": "puissance",
        "foot": "pied",
        "street": "",
    },
    link="un lien vers {host}",
    code_left_out="J'ai laissé le code de côté.",
    clock=Clock(
        full="{hour} heures",
        full_late="{hour} heures",
        full_half="{hour} heures",
        low="{hour} heures {minute}",
        other="{hour} heures {minute}",
        midnight="minuit",
        half="",
        seconds=" et {second} secondes",
        between=r":| ?h ?| heures? ",
        behind="h|heures?",
        behind_hours="",
    ),
    halves={},
    date="{day} {month}",
    date_day_first="{day} {month}",
    date_year=" {year}",
    slash_dates="dmy",
    months=MONTHS,
    month_forms=MONTH_FORMS,
    ordinal_endings=("er", "ère", "re", "ième", "ème", "e", "nd", "nde"),
    decades=dict(
        zip(
            range(10, 100, 10),
            (
                *_words("dix vingt trente quarante cinquante soixante"),
                *("soixante-dix", "quatre-vingts", "quatre-vingt-dix"),
            ),
            strict=True,
        )
    ),
    decade_words=frozenset(),
    century="cents",
    year_words=frozenset(_words("en depuis avant après vers année an années")),
    currencies={
        "€": EURO,
        "EUR": EURO,
        "euros": EURO,
        "euro": EURO,
        "$": DOLLAR,
        "US$": Currency("dollar américain", "dollars américains", "cent", "cents"),
        "USD": Currency("dollar américain", "dollars américains", "cent", "cents"),
        "£": POUND,
        "GBP": POUND,
        "CHF": Currency("franc suisse", "francs suisses", "centime", "centimes"),
        "¥": Currency("yen", "yens"),
    },
    magnitudes={
        "mille": "mille",
        "million": "million",
        "millions": "millions",
        "milliard": "milliard",
        "milliards": "milliards",
        "M": "millions",
        "Md": "milliards",
        "k": "mille",
    },
    units=UNITS,
    denominators={
        2: ("demi", "demis"),
        3: ("tiers", "tiers"),
        4: ("quart", "quarts"),
        5: ("cinquième", "cinquièmes"),
        6: ("sixième", "sixièmes"),
        7: ("septième", "septièmes"),
        8: ("huitième", "huitièmes"),
        9: ("neuvième", "neuvièmes"),
        10: ("dixième", "dixièmes"),
        100: ("centième", "centièmes"),
    },
    mixed={2: "demi", 3: "un tiers", 4: "quart"},
    signs={
        "&": "et",
        "+": "plus",
        "=": "égale",
        "%": "pour cent",
        "@": "arobase",
        "°": "degrés",
        "×": "fois",
        "÷": "divisé par",
        "±": "plus ou moins",
        "−": "moins",
        "≈": "environ",
        "≠": "différent de",
        "≤": "au plus",
        "≥": "au moins",
        "→": "vers",
        "√": "racine de",
        "§": "paragraphe",
        "π": "pi",
        "∞": "l'infini",
    },
    abbreviations=ABBREVIATIONS,
    phrases={
        "24/7": "vingt-quatre heures sur vingt-quatre",
        "50/50": "moitié moitié",
        "et/ou": "et ou",
        "n°": "numéro",
        "N°": "numéro",
        "1re": "première",
        "1ère": "première",
        "1ères": "premières",
        "Ier": "premier",
        "XVe": "quinzième",
        "XVIe": "seizième",
        "XVIIe": "dix-septième",
        "XVIIIe": "dix-huitième",
        "XIXe": "dix-neuvième",
        "XXe": "vingtième",
        "XXIe": "vingt et unième",
        "C++": "C plus plus",
        "C#": "C dièse",
    },
    sentences=Sentences(
        going_on=frozenset([*_words("m mm p p.ex ex env min cf tél c.-à-d chap bd boul"), "p. ex"]),
        before_numbers=frozenset(_words("no pp vol fig chap janv févr fév avr juil sept oct nov déc")),
        sometimes_last=frozenset(_words("etc max j.-c av apr")),
        joints=frozenset(_words("et ou mais parce quand lorsque si")),
        pairs=frozenset(_words("entre soit")),
    ),
    roman=Roman(
        numbered=frozenset(
            _words("chapitre Chapitre partie Partie tome Tome acte Acte scène Scène livre classe niveau")
        ),
        regnal=frozenset(_words("Henri Louis Charles Philippe Élisabeth Napoléon Guillaume François Jean Paul Pie")),
        template="{cardinal}",
    ),
    change="{whole} {figure}",
    fractions="number",
    day="first",
    day_prefix="",
    day_of="",
    month_first=False,
    agreement=(
        (r"\b(zéro|(?<!et )un) heures\b", r"\1 heure"),
        (rf"\bun (?=(?:{FEMININE})\b)", "une "),
        (r"\bde une (?=heure|minute|seconde)", "d'une "),
        (rf"\b(millions?|milliards?) (?=eu(?:{COINS[2:]})\b)", r"\1 d'"),
        (rf"\b(millions?|milliards?) (?=(?:{COINS})\b)", r"\1 de "),
    ),
)
