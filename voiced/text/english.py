"""English as a table: see `voiced.text.language` for what each entry means.

Short forms are those that models write in answers, not a dictionary's: each costs a chance to misread something else,
which is why "in", "am" without a figure and "sun." are missing.
"""

from dataclasses import replace

from voiced.text.language import Clock, Currency, Language, Roman, Sentences

DOLLAR = Currency("dollar", "dollars", "cent", "cents")
EURO = Currency("euro", "euros", "cent", "cents")
POUND = Currency("pound", "pounds", "penny", "pence")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MONTHS = _words("January February March April May June July August September October November December")
MONTH_FORMS = {"Sept": 9} | {name[:3]: number for number, name in enumerate(MONTHS, 1) if len(name) > 3}

LENGTHS = {
    "mm": ("millimeter", "millimeters"),
    "cm": ("centimeter", "centimeters"),
    "m": ("meter", "meters"),
    "km": ("kilometer", "kilometers"),
    "ft": ("foot", "feet"),
    "yd": ("yard", "yards"),
    "mi": ("mile", "miles"),
}

POWERS = {
    f"{unit}^{power}": (f"{word} {one}", f"{word} {many}")
    for unit, (one, many) in LENGTHS.items()
    for power, word in ((2, "square"), (3, "cubic"))
}

PREFIXES = {"k": "kilo", "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta"}
PREFIXES |= {"Ki": "kibi", "Mi": "mebi", "Gi": "gibi"}

BYTES = {
    f"{prefix}{unit}": (f"{word}{name}", f"{word}{name}s")
    for prefix, word in PREFIXES.items()
    for unit, name in {"B": "byte", "bit": "bit"}.items()
}

RATES = {
    "km/h": ("kilometer per hour", "kilometers per hour"),
    "kmh": ("kilometer per hour", "kilometers per hour"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "mph": ("mile per hour", "miles per hour"),
    "m/s": ("meter per second", "meters per second"),
    "mpg": ("mile per gallon", "miles per gallon"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "bpm": ("beat per minute", "beats per minute"),
    "fps": ("frame per second", "frames per second"),
    "kbps": ("kilobit per second", "kilobits per second"),
    "Mbps": ("megabit per second", "megabits per second"),
    "Gbps": ("gigabit per second", "gigabits per second"),
    "MB/s": ("megabyte per second", "megabytes per second"),
    "GB/s": ("gigabyte per second", "gigabytes per second"),
}

UNITS = {
    **LENGTHS,
    **POWERS,
    **BYTES,
    **RATES,
    "sq ft": ("square foot", "square feet"),
    "mg": ("milligram", "milligrams"),
    "g": ("gram", "grams"),
    "kg": ("kilogram", "kilograms"),
    "lb": ("pound", "pounds"),
    "lbs": ("pound", "pounds"),
    "oz": ("ounce", "ounces"),
    "ml": ("milliliter", "milliliters"),
    "mL": ("milliliter", "milliliters"),
    "cl": ("centiliter", "centiliters"),
    "l": ("liter", "liters"),
    "L": ("liter", "liters"),
    "tsp": ("teaspoon", "teaspoons"),
    "tbsp": ("tablespoon", "tablespoons"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "°": ("degree", "degrees"),
    "ms": ("millisecond", "milliseconds"),
    "s": ("second", "seconds"),
    "sec": ("second", "seconds"),
    "secs": ("second", "seconds"),
    "min": ("minute", "minutes"),
    "mins": ("minute", "minutes"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "hrs": ("hour", "hours"),
    "Hz": ("hertz", "hertz"),
    "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"),
    "GHz": ("gigahertz", "gigahertz"),
    "W": ("watt", "watts"),
    "kW": ("kilowatt", "kilowatts"),
    "MW": ("megawatt", "megawatts"),
    "kWh": ("kilowatt hour", "kilowatt hours"),
    "V": ("volt", "volts"),
    "mA": ("milliamp", "milliamps"),
    "mAh": ("milliamp hour", "milliamp hours"),
    "Pa": ("pascal", "pascals"),
    "hPa": ("hectopascal", "hectopascals"),
    "psi": ("pound per square inch", "pounds per square inch"),
    "dB": ("decibel", "decibels"),
    "kcal": ("kilocalorie", "kilocalories"),
    "kJ": ("kilojoule", "kilojoules"),
    "in.": ("inch", "inches"),
    "¢": ("cent", "cents"),
    "px": ("pixel", "pixels"),
}

ABBREVIATIONS = {
    "Dr.": "Doctor",
    "Dr": "Doctor",
    "Mr.": "Mister",
    "Mr": "Mister",
    "Mrs.": "Missus",
    "Mrs": "Missus",
    "Ms.": "Miz",
    "Ms": "Miz",
    "Prof.": "Professor",
    "Rev.": "Reverend",
    "Gov.": "Governor",
    "Sen.": "Senator",
    "Capt.": "Captain",
    "Lt.": "Lieutenant",
    "Col.": "Colonel",
    "Sgt.": "Sergeant",
    "Gen.": "General",
    "Mt.": "Mount",
    "Jr.": "Junior",
    "Sr.": "Senior",
    "St.": "Saint",
    "St": "Saint",
    "Ave.": "Avenue",
    "Blvd.": "Boulevard",
    "Rd.": "Road",
    "e.g.": "for example",
    "i.e.": "that is",
    "p.s.": "P S",
    "P.S.": "P S",
    "a.k.a.": "also known as",
    "etc.": "et cetera",
    "vs.": "versus",
    "cf.": "compare",
    "et al.": "and others",
    "approx.": "approximately",
    "a.m.": "AM",
    "p.m.": "PM",
    "Ph.D.": "P H D",
    "Inc.": "Incorporated",
    "Ltd.": "Limited",
    "Corp.": "Corporation",
    "Co.": "Company",
    "dept.": "department",
    "est.": "established",
    "min.": "minutes",
    "No.": "number",
    "no.": "number",
    "Nos.": "numbers",
    "p.": "page",
    "pp.": "pages",
    "vol.": "volume",
    "Vol.": "volume",
    "fig.": "figure",
    "Fig.": "figure",
    "ch.": "chapter",
    "Ch.": "chapter",
    "ca.": "about",
    "c.": "about",
}

GOING_ON = "dr mr mrs ms prof rev gov sen capt lt col sgt gen mt st e.g i.e vs cf viz a.k.a approx"
SOMETIMES_LAST = """etc inc ltd corp co jr sr al dept est min max ave blvd rd ph.d
tbsp tsp lb lbs oz ft hr hrs sec"""
BEFORE_NUMBERS = "no nos p pp vol fig ch ca c jan feb mar apr jun jul aug sep sept oct nov dec"

REGNAL = """Henry Louis Elizabeth Charles George Edward James William Philip Frederick Alexander Catherine Nicholas
Napoleon Wilhelm Francis Paul Pius Benedict Leo Gregory Clement Innocent Urban Margrethe Ramesses Ptolemy"""

NUMBERED = """War Chapter Part Act Scene Volume Book Phase Type Class Level Stage Section Article Appendix Bowl Episode
Season Title Group Category Mark"""

DECADES = _words("tens twenties thirties forties fifties sixties seventies eighties nineties")

ENGLISH = Language(
    code="en",
    decimal=".",
    thousands=",",
    words={
        "point": "point",
        "minus": "minus",
        "plus": "plus",
        "to": "to",
        "ratio": "to",
        "over": "over",
        "by": "by",
        "percent": "percent",
        "per": "per",
        "and": "and",
        "dot": "dot",
        "at": "at",
        "dash": "dash",
        "slash": "slash",
        "number": "number",
        "about": "about",
        "version": "version",
        "less": "less than",
        "greater": "greater than",
        "squared": "squared",
        "cubed": "cubed",
        "power": "to the power of",
        "foot": "foot",
        "street": "Street",
    },
    link="a link to {host}",
    code_left_out="I left out the code.",
    clock=Clock(
        full="{hour} o'clock",
        full_late="{hour} hundred",
        full_half="{hour}",
        low="{hour} oh {minute}",
        other="{hour} {minute}",
        midnight="midnight",
        half=" {half}",
        seconds=" and {second} seconds",
    ),
    halves={"a": "AM", "p": "PM"},
    date="{month} {day}",
    date_day_first="the {day} of {month}",
    date_year=", {year}",
    slash_dates="mdy",
    months=MONTHS,
    month_forms=MONTH_FORMS,
    ordinal_endings=("st", "nd", "rd", "th"),
    decades=dict(zip(range(10, 100, 10), DECADES, strict=True)),
    decade_words=frozenset(_words("the his her my your our their early mid late")),
    century="hundreds",
    year_words=frozenset(_words("in since from until till by before after around circa year of during")),
    currencies={
        "$": DOLLAR,
        "US$": Currency("US dollar", "US dollars", "cent", "cents"),
        "A$": Currency("Australian dollar", "Australian dollars", "cent", "cents"),
        "USD": Currency("US dollar", "US dollars", "cent", "cents"),
        "€": EURO,
        "EUR": EURO,
        "£": POUND,
        "GBP": POUND,
        "¥": Currency("yen", "yen"),
        "JPY": Currency("yen", "yen"),
        "CHF": Currency("Swiss franc", "Swiss francs"),
        "₹": Currency("rupee", "rupees", "paisa", "paise"),
    },
    magnitudes={
        "thousand": "thousand",
        "million": "million",
        "billion": "billion",
        "trillion": "trillion",
        "k": "thousand",
        "K": "thousand",
        "m": "million",
        "M": "million",
        "mn": "million",
        "b": "billion",
        "B": "billion",
        "bn": "billion",
        "T": "trillion",
        "tn": "trillion",
    },
    units=UNITS,
    denominators={
        2: ("half", "halves"),
        3: ("third", "thirds"),
        4: ("quarter", "quarters"),
        5: ("fifth", "fifths"),
        6: ("sixth", "sixths"),
        7: ("seventh", "sevenths"),
        8: ("eighth", "eighths"),
        9: ("ninth", "ninths"),
        10: ("tenth", "tenths"),
        12: ("twelfth", "twelfths"),
        16: ("sixteenth", "sixteenths"),
        32: ("thirty-second", "thirty-seconds"),
        64: ("sixty-fourth", "sixty-fourths"),
        100: ("hundredth", "hundredths"),
    },
    mixed={2: "a half", 3: "a third", 4: "a quarter"},
    signs={
        "&": "and",
        "+": "plus",
        "=": "equals",
        "%": "percent",
        "@": "at",
        "°": "degrees",
        "×": "times",
        "÷": "divided by",
        "±": "plus or minus",
        "−": "minus",
        "≈": "is about",
        "≠": "is not equal to",
        "≤": "is at most",
        "≥": "is at least",
        "→": "to",
        "√": "the square root of",
        "§": "section",
        "π": "pi",
        "∞": "infinity",
    },
    abbreviations=ABBREVIATIONS,
    phrases={
        "24/7": "twenty-four seven",
        "2000s": "two thousands",
        "50/50": "fifty-fifty",
        "Call 911": "Call nine one one",
        "call 911": "call nine one one",
        "dial 911": "dial nine one one",
        "vs": "versus",
        "etc": "et cetera",
        "Mon": "Monday",
        "Tue": "Tuesday",
        "Wed": "Wednesday",
        "Thu": "Thursday",
        "Fri": "Friday",
        "9/11": "nine eleven",
        "and/or": "and or",
        "w/o": "without",
        "N/A": "not applicable",
        "AT&T": "A T and T",
        "Q&A": "Q and A",
        "R&B": "R and B",
        "C++": "C plus plus",
        "C#": "C sharp",
        "F#": "F sharp",
        ".NET": "dot net",
    },
    sentences=Sentences(
        going_on=frozenset(_words(GOING_ON)),
        before_numbers=frozenset(_words(BEFORE_NUMBERS)),
        sometimes_last=frozenset(_words(SOMETIMES_LAST)),
        joints=frozenset(_words("and but or so because while when where which who if until unless although though")),
        pairs=frozenset(_words("between both either neither whether")),
    ),
    roman=Roman(
        numbered=frozenset(_words(NUMBERED)),
        regnal=frozenset(_words(REGNAL)),
        template="the {ordinal}",
    ),
)

BRITISH = replace(ENGLISH, slash_dates="dmy")
