"""German as a table: see `voiced.text.language` for what each entry means."""

from voiced.text.language import Clock, Currency, Language, Roman, Sentences


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MONTHS = _words("Januar Februar März April Mai Juni Juli August September Oktober November Dezember")
MONTH_FORMS = {name[:3]: number for number, name in enumerate(MONTHS, 1) if len(name) > 4} | {"Sept": 9, "Jänner": 1}

EURO, DOLLAR = Currency("Euro", "Euro", "Cent", "Cent"), Currency("Dollar", "Dollar", "Cent", "Cent")
POUND = Currency("Pfund", "Pfund", "Penny", "Pence")

SAME = {
    "mm": "Millimeter", "cm": "Zentimeter", "dm": "Dezimeter", "m": "Meter", "km": "Kilometer",
    "mm^2": "Quadratmillimeter", "cm^2": "Quadratzentimeter", "m^2": "Quadratmeter", "km^2": "Quadratkilometer",
    "qm": "Quadratmeter", "cm^3": "Kubikzentimeter", "m^3": "Kubikmeter", "ha": "Hektar",
    "mg": "Milligramm", "g": "Gramm", "kg": "Kilogramm", "ml": "Milliliter", "cl": "Zentiliter", "dl": "Deziliter",
    "l": "Liter", "L": "Liter", "EL": "Esslöffel", "TL": "Teelöffel", "°C": "Grad Celsius", "°F": "Grad Fahrenheit",
    "°": "Grad", "km/h": "Kilometer pro Stunde", "m/s": "Meter pro Sekunde", "B": "Byte", "KB": "Kilobyte",
    "kB": "Kilobyte", "MB": "Megabyte", "GB": "Gigabyte", "TB": "Terabyte", "Mbit/s": "Megabit pro Sekunde",
    "MB/s": "Megabyte pro Sekunde", "Hz": "Hertz", "kHz": "Kilohertz", "MHz": "Megahertz", "GHz": "Gigahertz",
    "W": "Watt", "kW": "Kilowatt", "MW": "Megawatt", "V": "Volt", "A": "Ampere", "mA": "Milliampere", "Pa": "Pascal",
    "hPa": "Hektopascal", "bar": "Bar", "dB": "Dezibel", "kJ": "Kilojoule", "PS": "PS", "px": "Pixel",
    "Prozent": "Prozent",
}  # fmt: skip
"""Units that have no plural of their own."""

UNITS = {unit: (name, name) for unit, name in SAME.items()} | {
    "ms": ("Millisekunde", "Millisekunden"),
    "s": ("Sekunde", "Sekunden"),
    "Sek": ("Sekunde", "Sekunden"),
    "min": ("Minute", "Minuten"),
    "Min": ("Minute", "Minuten"),
    "h": ("Stunde", "Stunden"),
    "Std": ("Stunde", "Stunden"),
    "t": ("Tonne", "Tonnen"),
    "kcal": ("Kilokalorie", "Kilokalorien"),
    "kWh": ("Kilowattstunde", "Kilowattstunden"),
    "Wh": ("Wattstunde", "Wattstunden"),
    "mAh": ("Milliamperestunde", "Milliamperestunden"),
}

ABBREVIATIONS = {
    "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
    "u. a.": "unter anderem", "u.a.": "unter anderem", "o. Ä.": "oder Ähnliches", "o.Ä.": "oder Ähnliches",
    "v. a.": "vor allem", "v.a.": "vor allem", "i. d. R.": "in der Regel", "z. T.": "zum Teil", "z.T.": "zum Teil",
    "v. Chr.": "vor Christus", "n. Chr.": "nach Christus", "usw.": "und so weiter", "etc.": "et cetera",
    "bzw.": "beziehungsweise", "ca.": "circa", "evtl.": "eventuell", "ggf.": "gegebenenfalls", "inkl.": "inklusive",
    "max.": "maximal", "min.": "mindestens", "vgl.": "vergleiche", "sog.": "sogenannt", "zzgl.": "zuzüglich",
    "bspw.": "beispielsweise", "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Fr.": "Frau", "St.": "Sankt",
    "Nr.": "Nummer", "S.": "Seite", "Kap.": "Kapitel", "Abb.": "Abbildung", "Bd.": "Band", "Tel.": "Telefon",
    "Std.": "Stunden", "Min.": "Minuten", "Sek.": "Sekunden", "Mio.": "Millionen", "Mrd.": "Milliarden",
    "Jh.": "Jahrhundert", "Str.": "Straße", "geb.": "geboren", "gest.": "gestorben",
}  # fmt: skip

FEMININE = """Minute|Stunde|Sekunde|Millisekunde|Woche|Million|Milliarde|Tonne|Meile|Kalorie|Kilokalorie|Wattstunde|
Kilowattstunde|Person|Tasse|Prise|Portion|Dose|Packung|Frage|Nacht|Seite|Etage|Runde""".replace("\n", "")

ORDINAL_AFTER = _words("am der die das den dem des vom zum beim im bis ab seit jede jeder jedes jeden")
BETWEEN_ORDINALS = _words("und oder bis auf")

ORDINAL = r"\w{0,40}(?:(?:er|sech|zig|ßig|hundert|tausend)s|zwei|drit|vier|fünf|sieb|ach|neun|zehn|elf|zwölf)te"

PARTS = _words("Drittel Viertel Fünftel Sechstel Siebtel Achtel Neuntel Zehntel Zwölftel Sechzehntel Hundertstel")

UNDER = "(in|mit|mit noch|nach|vor|von|seit|bei|aus|ab)"
"""Words that ask for the dative; what is counted after them is given back with its ending."""

DATIVE = "Tag|Monat|Jahr|Kilometer|Meter|Zentimeter|Liter|Euro|Grad|Prozent"

GERMAN = Language(
    code="de",
    decimal=",",
    thousands=".",
    words={
        "point": "Komma",
        "minus": "minus",
        "plus": "plus",
        "to": "bis",
        "ratio": "zu",
        "over": "durch",
        "by": "mal",
        "percent": "Prozent",
        "per": "pro",
        "and": "und",
        "dot": "Punkt",
        "at": "at",
        "dash": "Strich",
        "slash": "Schrägstrich",
        "number": "Nummer",
        "about": "etwa",
        "version": "Version",
        "less": "kleiner als",
        "greater": "größer als",
        "squared": "hoch zwei",
        "cubed": "hoch drei",
        "power": "hoch",
        "foot": "Fuß",
        "street": "",
    },
    link="ein Link zu {host}",
    code_left_out="Den Code habe ich ausgelassen.",
    clock=Clock(
        full="{hour} Uhr",
        full_late="{hour} Uhr",
        full_half="{hour} Uhr",
        low="{hour} Uhr {minute}",
        other="{hour} Uhr {minute}",
        midnight="null Uhr",
        half="",
        seconds=" und {second} Sekunden",
        behind="Uhr",
        behind_hours="Uhr",
    ),
    halves={},
    date="{day} {month}",
    date_day_first="{day} {month}",
    date_year=" {year}",
    slash_dates="dmy",
    months=MONTHS,
    month_forms=MONTH_FORMS,
    ordinal_endings=(),
    decades=dict(
        zip(
            range(10, 100, 10),
            _words("Zehner zwanziger dreißiger vierziger fünfziger sechziger siebziger achtziger neunziger"),
            strict=True,
        )
    ),
    decade_words=frozenset(),
    century="hunderter",
    year_words=frozenset(_words("seit Jahr Jahre Jahres anno um vor nach ab bis")),
    currencies={
        "€": EURO,
        "EUR": EURO,
        "Euro": EURO,
        "$": DOLLAR,
        "US$": Currency("US-Dollar", "US-Dollar", "Cent", "Cent"),
        "USD": Currency("US-Dollar", "US-Dollar", "Cent", "Cent"),
        "£": POUND,
        "GBP": POUND,
        "CHF": Currency("Franken", "Franken", "Rappen", "Rappen"),
        "¥": Currency("Yen", "Yen"),
    },
    magnitudes={
        "Tausend": "tausend",
        "tausend": "tausend",
        "Million": "Million",
        "Millionen": "Millionen",
        "Milliarde": "Milliarde",
        "Milliarden": "Milliarden",
        "Billionen": "Billionen",
    },
    units=UNITS,
    denominators={
        2: ("halb", "halbe"),
        **{
            number: (name, name)
            for number, name in zip(
                (3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 100),
                PARTS,
                strict=True,
            )
        },
    },
    mixed={2: "einhalb", 3: "ein Drittel", 4: "ein Viertel"},
    signs={
        "&": "und",
        "+": "plus",
        "=": "gleich",
        "%": "Prozent",
        "@": "at",
        "°": "Grad",
        "×": "mal",
        "÷": "geteilt durch",
        "±": "plus minus",
        "−": "minus",
        "≈": "ungefähr",
        "≠": "ungleich",
        "≤": "höchstens",
        "≥": "mindestens",
        "→": "zu",
        "√": "Wurzel aus",
        "§": "Paragraf",
        "π": "Pi",
        "∞": "unendlich",
    },
    abbreviations=ABBREVIATIONS,
    phrases={
        "24/7": "rund um die Uhr",
        "50/50": "fünfzig fünfzig",
        "und/oder": "und oder",
        "C++": "C plus plus",
        "C#": "C sharp",
        "Mo": "Montag",
        "Di": "Dienstag",
        "Mi": "Mittwoch",
        "Do": "Donnerstag",
        "Fr": "Freitag",
    },
    sentences=Sentences(
        going_on=frozenset(
            [
                *_words("z b d h u a o ä v i r t z.b d.h u.a v.a z.t dr prof hr fr st bzw evtl ggf inkl max vgl sog"),
                *_words("zzgl bspw geb gest mio mrd tel"),
                *("z. b", "d. h", "u. a", "v. a", "z. t", "i. d. r"),
            ]
        ),
        before_numbers=frozenset(_words("nr s kap abb bd ca min jan feb mär apr jun jul aug sep sept okt nov dez")),
        sometimes_last=frozenset(_words("usw etc chr std sek jh str o.ä")),
        before_ordinals=frozenset(ORDINAL_AFTER),
        between_ordinals=frozenset(BETWEEN_ORDINALS),
        joints=frozenset(_words("und oder")),  # all others have a comma before them
        pairs=frozenset(_words("zwischen entweder sowohl weder")),
    ),
    roman=Roman(
        numbered=frozenset(_words("Kapitel Teil Band Akt Szene Artikel Abschnitt Stufe Klasse Gruppe")),
        regnal=frozenset(
            _words("Heinrich Ludwig Elisabeth Karl Georg Wilhelm Friedrich Alexander Katharina Nikolaus Napoleon Franz")
        ),
        template="der {ordinal}",
    ),
    change="{whole} {figure}",
    day_ending=r"\.",
    day_prefix="",
    day_of="",
    month_first=False,
    dotted_days=True,
    glued=(r"er[ns]?", "fach", "mal", r"jährig\w{0,2}", r"stündig\w{0,2}", r"tägig\w{0,2}", r"prozentig\w{0,2}"),
    agreement=(
        (rf"\b{UNDER} eins (?=(?:{FEMININE})\b)", r"\1 einer "),
        (rf"\b{UNDER} eins (?=(?:{DATIVE})\b)", r"\1 einem "),
        (rf"\beins (?=(?:{FEMININE})\b)", "eine "),
        (r"\beins und einhalb\b", "eineinhalb"),
        (r"(?<=[^\W\d_]) und einhalb\b", "einhalb"),
        (r"\beins (?=halb\b|[A-ZÄÖÜ])", "ein "),
        (r"\beins-", "ein-"),
        (r"(?<=[a-zäöüß])str\. ?(?=[^\W\d_])", "straße "),
        # "am dritten Oktober", "der dritte Oktober", "dritter Oktober".
        (r"\b((?:[Aa]m|[Vv]om|[Zz]um|[Bb]eim|[Ii]m|[Dd]en|[Dd]em|[Dd]es|[Bb]is|[Aa]b|[Ss]eit) [^\W\d_]{2,40}te) ",
         r"\1n "),
        (rf"\b({ORDINAL}n (?:{'|'.join(BETWEEN_ORDINALS)}) {ORDINAL}) ", r"\1n "),
        (rf"(?<![Dd]er )(?<![Dd]ie )(?<![Dd]as )(?<!te und )(?<!te oder )(?<!te bis )\b([^\W\d_]{{2,40}}te) "
         rf"(?=(?:{'|'.join(MONTHS)})\b)", r"\1r "),
    ),
)  # fmt: skip
