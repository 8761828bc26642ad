"""Spanish as a table: see `voiced.text.language` for what each entry means."""

from dataclasses import replace

from voiced.text.language import Clock, Currency, Language, Roman, Sentences


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MONTHS = _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
MONTH_FORMS = {name[:3]: number for number, name in enumerate(MONTHS, 1)} | {"sept": 9, "setiembre": 9}

EURO, DOLLAR = Currency("euro", "euros", "céntimo", "céntimos"), Currency("dólar", "dólares", "centavo", "centavos")
POUND = Currency("libra", "libras", "penique", "peniques")

NAMES = {
    "mm": "milímetro", "cm": "centímetro", "m": "metro", "km": "kilómetro", "mg": "miligramo", "g": "gramo",
    "kg": "kilogramo", "ml": "mililitro", "cl": "centilitro", "dl": "decilitro", "l": "litro", "L": "litro",
    "ha": "hectárea", "t": "tonelada", "ms": "milisegundo", "s": "segundo", "seg": "segundo", "min": "minuto",
    "h": "hora", "kcal": "kilocaloría", "kJ": "kilojulio", "W": "vatio", "kW": "kilovatio", "V": "voltio",
    "A": "amperio", "Pa": "pascal", "dB": "decibelio", "°": "grado", "B": "byte", "KB": "kilobyte", "MB": "megabyte",
    "GB": "gigabyte", "TB": "terabyte",
}  # fmt: skip
"""Units that take an s in the plural."""

UNITS = {unit: (name, f"{name}s") for unit, name in NAMES.items()} | {
    "°C": ("grado centígrado", "grados centígrados"),
    "°F": ("grado Fahrenheit", "grados Fahrenheit"),
    "km/h": ("kilómetro por hora", "kilómetros por hora"),
    "m/s": ("metro por segundo", "metros por segundo"),
    "cm^2": ("centímetro cuadrado", "centímetros cuadrados"),
    "m^2": ("metro cuadrado", "metros cuadrados"),
    "km^2": ("kilómetro cuadrado", "kilómetros cuadrados"),
    "cm^3": ("centímetro cúbico", "centímetros cúbicos"),
    "m^3": ("metro cúbico", "metros cúbicos"),
    "kWh": ("kilovatio hora", "kilovatios hora"),
    "hPa": ("hectopascal", "hectopascales"),
    "Hz": ("hercio", "hercios"),
    "kHz": ("kilohercio", "kilohercios"),
    "MHz": ("megahercio", "megahercios"),
    "GHz": ("gigahercio", "gigahercios"),
    "px": ("píxel", "píxeles"),
    "MB/s": ("megabyte por segundo", "megabytes por segundo"),
}

ABBREVIATIONS = {
    "Sr.": "señor", "Sra.": "señora", "Srta.": "señorita", "Sres.": "señores", "Dr.": "doctor", "Dra.": "doctora",
    "Prof.": "profesor", "D.": "don", "Dña.": "doña", "Ud.": "usted", "Uds.": "ustedes", "p. ej.": "por ejemplo",
    "p.ej.": "por ejemplo", "etc.": "etcétera", "aprox.": "aproximadamente", "máx.": "máximo", "mín.": "mínimo",
    "núm.": "número", "n.º": "número", "pág.": "página", "págs.": "páginas", "vol.": "volumen", "cap.": "capítulo",
    "fig.": "figura", "tel.": "teléfono", "Av.": "avenida", "Avda.": "avenida", "C.": "calle", "a. m.": "de la mañana",
    "p. m.": "de la tarde", "a.m.": "de la mañana", "p.m.": "de la tarde", "a. C.": "antes de Cristo",
    "d. C.": "después de Cristo", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos", "min.": "minutos",
    "seg.": "segundos",
}  # fmt: skip

MASCULINE = """minutos?|segundos?|milisegundos?|días?|mes(?:es)?|años?|euros?|d[oó]lar(?:es)?|yen(?:es)?|francos?|
metros?|kilómetros?|centímetros?|milímetros?|kilos?|kilogramos?|gramos?|miligramos?|litros?|mililitros?|centilitros?|
decilitros?|grados?|vatios?|kilovatios?|voltios?|amperios?|decibelios?|bytes?|kilobytes?|megabytes?|gigabytes?|terabytes?|
hercios?|megahercios?|gigahercios?|temporizador(?:es)?|medios?|tercios?|cuartos?|quintos?|
céntimos?|centavos?|peniques?|mil|millón|millones|
hectopascal(?:es)?|pascals?|píxel(?:es)?|kilojulios?""".replace("\n", "")

FEMININE = """horas?|semanas?|toneladas?|libras?|millas?|personas?|ve(?:z|ces)|tazas?|cucharadas?|cucharaditas?|
páginas?|calorías?|kilocalorías?|pulgadas?|hectáreas?|porciones|raciones|latas?""".replace("\n", "")

SPANISH = Language(
    code="es",
    decimal=",",
    thousands=".",
    words={
        "point": "coma",
        "minus": "menos",
        "plus": "más",
        "to": "a",
        "ratio": "a",
        "over": "partido por",
        "by": "por",
        "percent": "por ciento",
        "per": "por",
        "and": "y",
        "dot": "punto",
        "at": "arroba",
        "dash": "guion",
        "slash": "barra",
        "number": "número",
        "about": "unos",
        "version": "versión",
        "less": "menor que",
        "greater": "mayor que",
        "squared": "al cuadrado",
        "cubed": "al cubo",
        "power": "elevado a",
        "foot": "pies",
        "street": "",
    },
    link="un enlace a {host}",
    code_left_out="He dejado fuera el código.",
    clock=Clock(
        full="{hour}",
        full_late="{hour}",
        full_half="{hour}",
        low="{hour} y {minute}",
        other="{hour} y {minute}",
        midnight="doce de la noche",
        half="",
        seconds=" y {second} segundos",
        behind="horas?|h",
        behind_hours="",
    ),
    halves={},
    date="{day} de {month}",
    date_day_first="{day} de {month}",
    date_year=" de {year}",
    slash_dates="dmy",
    months=MONTHS,
    month_forms=MONTH_FORMS,
    ordinal_endings=(),
    decades=dict(
        zip(
            range(10, 100, 10),
            _words("diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"),
            strict=True,
        )
    ),
    decade_words=frozenset(),
    century="cientos",
    year_words=frozenset(_words("en desde hasta año años antes después hacia")),
    currencies={
        "€": EURO,
        "EUR": EURO,
        "euros": EURO,
        "euro": EURO,
        "$": DOLLAR,
        "US$": Currency("dólar estadounidense", "dólares estadounidenses", "centavo", "centavos"),
        "USD": Currency("dólar estadounidense", "dólares estadounidenses", "centavo", "centavos"),
        "£": POUND,
        "GBP": POUND,
        "CHF": Currency("franco suizo", "francos suizos", "céntimo", "céntimos"),
        "¥": Currency("yen", "yenes"),
    },
    magnitudes={"mil": "mil", "millón": "millón", "millones": "millones", "M": "millones"},
    units=UNITS,
    denominators={
        2: ("medio", "medios"),
        3: ("tercio", "tercios"),
        4: ("cuarto", "cuartos"),
        5: ("quinto", "quintos"),
        6: ("sexto", "sextos"),
        7: ("séptimo", "séptimos"),
        8: ("octavo", "octavos"),
        9: ("noveno", "novenos"),
        10: ("décimo", "décimos"),
        100: ("centésimo", "centésimos"),
    },
    mixed={2: "medio", 3: "un tercio", 4: "cuarto"},
    signs={
        "&": "y",
        "+": "más",
        "=": "igual a",
        "%": "por ciento",
        "@": "arroba",
        "°": "grados",
        "×": "por",
        "÷": "dividido entre",
        "±": "más menos",
        "−": "menos",
        "≈": "aproximadamente",
        "≠": "distinto de",
        "≤": "como mucho",
        "≥": "al menos",
        "→": "a",
        "√": "raíz de",
        "§": "párrafo",
        "π": "pi",
        "∞": "infinito",
    },
    abbreviations=ABBREVIATIONS,
    phrases={
        "24/7": "veinticuatro horas",
        "50/50": "mitad y mitad",
        "y/o": "y o",
        "1.°": "primero",
        "2.°": "segundo",
        "3.°": "tercero",
        "4.°": "cuarto",
        "5.°": "quinto",
        "n.°": "número",
        "N.°": "número",
        "C++": "C más más",
        "C#": "C sostenido",
    },
    sentences=Sentences(
        going_on=frozenset(
            [
                *_words("sr sra srta sres dr dra prof d dña ud uds p ej p.ej aprox máx mín tel av avda c a n"),
                *("p. ej", "a. c", "d. c"),
            ]
        ),
        before_numbers=frozenset(_words("núm pág págs vol cap fig ene feb mar abr jun jul ago sep sept oct nov dic")),
        sometimes_last=frozenset(_words("etc a.m p.m m min seg")),
        joints=frozenset(_words("y e o u pero porque cuando si")),
        pairs=frozenset(_words("entre tanto ni")),
    ),
    roman=Roman(
        numbered=frozenset(
            _words("capítulo Capítulo parte Parte tomo Tomo acto Acto escena Escena nivel clase siglo siglos")
        ),
        regnal=frozenset(
            _words("Enrique Luis Carlos Felipe Isabel Fernando Alfonso Napoleón Guillermo Juan Pablo Pío")
        ),
        template="{ordinal}",
    ),
    change="{whole} con {figure}",
    fractions="number",
    day="cardinal",
    day_prefix="",
    day_of="de",
    year_of="de|del",
    month_first=False,
    agreement=(
        (rf"\bveintiuno (?=(?:{MASCULINE})\b)", "veintiún "),
        (rf"\buno (?=(?:{MASCULINE})\b)", "un "),
        (rf"\bveintiuno (?=(?:{FEMININE})\b)", "veintiuna "),
        (rf"\buno (?=(?:{FEMININE})\b)", "una "),
        (rf"cientos (?=(?:{FEMININE})\b)", "cientas "),
        (r"\b([Ll]as?) uno\b", r"\1 una"),
        (r"\b([Ll]as?) veintiuno\b", r"\1 veintiuna"),
        (r"\b(un medio|una media) (?=hora\b)", "media "),
        (r"\b(millón|millones) (?=(?:euros?|dólar(?:es)?|libras?|yen(?:es)?|francos)\b)", r"\1 de "),
    ),
)

MEXICAN = replace(SPANISH, decimal=".", thousands=",", words={**SPANISH.words, "point": "punto"})
"""Mexico and its neighbours write numbers as English does."""
