"""German, French and Spanish text becomes what a synthesiser of that language can say."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiced.text import speech
from voiced.text.speakable import speakable
from voiced.text.tables import TABLES, table

GERMAN = [
    ("10 / 2 = 5", "zehn geteilt durch zwei gleich fünf"),
    ("Ruf 0171 1234567 an.", "Ruf null eins sieben eins, eins zwei drei vier fünf sechs sieben an."),
    ("in 2h30min", "in zwei Stunden dreißig Minuten"),
    ("25 Min. mit dem Zug", "fünfundzwanzig Minuten mit dem Zug"),
    ("Das war in den 90ern.", "Das war in den neunzigern."),
    ("Timer auf 1 Stunde und 21 Minuten gestellt.", "Timer auf eine Stunde und einundzwanzig Minuten gestellt."),
    ("in 1 Minute", "in einer Minute"),
    ("nach 1 Tag", "nach einem Tag"),
    ("Noch 1 Stunde.", "Noch eine Stunde."),
    ("der 1-Stunden-Timer", "der ein-Stunden-Timer"),
    ("1 km", "ein Kilometer"),
    ("Schlag 1, dann 2.", "Schlag eins, dann zwei."),
    ("Es ist 15:05 Uhr.", "Es ist fünfzehn Uhr fünf."),
    ("um 1:00 Uhr", "um ein Uhr"),
    ("Um 15.30 Uhr", "Um fünfzehn Uhr dreißig"),
    ("8 Uhr 30", "acht Uhr dreißig"),
    ("10–12 Uhr", "zehn bis zwölf Uhr"),
    ("Am 24. Dezember 2024", "Am vierundzwanzigsten Dezember zweitausendvierundzwanzig"),
    ("Dienstag, der 3. November 2026.", "Dienstag, der dritte November zweitausendsechsundzwanzig."),
    ("24. Dezember", "vierundzwanzigster Dezember"),
    ("am 24.12.", "am vierundzwanzigsten Dezember."),
    ("24.12.2024", "vierundzwanzigster Dezember zweitausendvierundzwanzig"),
    ("die 3. Etage", "die dritte Etage"),
    ("am 3. und 4. Mai", "am dritten und vierten Mai"),
    ("der 1. und 2. Mai", "der erste und zweite Mai"),
    ("vom 30. bis 31. Juli", "vom dreißigsten bis einunddreißigsten Juli"),
    ("im 18. oder 19. Jahrhundert", "im achtzehnten oder neunzehnten Jahrhundert"),
    ("1980er Jahre", "neunzehnhundertachtziger Jahre"),
    ("2-mal", "zweimal"),
    ("1.234.567", "eine Million zweihundertvierunddreißigtausendfünfhundertsiebenundsechzig"),
    ("3,5 %", "drei Komma fünf Prozent"),
    ("1.234,50 €", "eintausendzweihundertvierunddreißig Euro fünfzig"),
    ("1,50 €", "ein Euro fünfzig"),
    ("3 Mio. €", "drei Millionen Euro"),
    ("-5 °C", "minus fünf Grad Celsius"),
    ("z. B. 5 kg", "zum Beispiel fünf Kilogramm"),
    ("Dr. Müller wohnt in der Hauptstr. 5.", "Doktor Müller wohnt in der Hauptstraße fünf."),
    ("1 1/2 Stunden", "eineinhalb Stunden"),
    ("3/4", "drei Viertel"),
    ("Ludwig XIV", "Ludwig der vierzehnte"),
    ("Ludwig XIV. war König", "Ludwig der vierzehnte war König"),
    ("0800 123 456", "null acht null null, eins zwei drei, vier fünf sechs"),
    ("5:3", "fünf zu drei"),
    ("3 am Montag", "drei am Montag"),
]

FRENCH = [
    ("Ça dure 2h30min.", "Ça dure deux heures trente minutes."),
    ("Minuteur réglé sur 1 minute.", "Minuteur réglé sur une minute."),
    ("1 heure et 21 minutes", "une heure et vingt et une minutes"),
    ("81 minutes", "quatre-vingt-une minutes"),
    ("le minuteur de 1 heure", "le minuteur d'une heure"),
    ("Il est 15 h 05.", "Il est quinze heures cinq."),
    ("Il est 1 h.", "Il est une heure."),
    ("à 15h30", "à quinze heures trente"),
    ("à 15:30", "à quinze heures trente"),
    ("à 21 h", "à vingt et une heures"),
    ("0 h 00", "minuit"),
    ("1er mai 2024", "premier mai deux mille vingt-quatre"),
    ("le 24 décembre 2024", "le vingt-quatre décembre deux mille vingt-quatre"),
    ("10 000 habitants", "dix mille habitants"),
    ("3,5 %", "trois virgule cinq pour cent"),
    ("3,14", "trois virgule quatorze"),
    ("1 234,50 €", "mille deux cent trente-quatre euros cinquante"),
    ("3 M€", "trois millions d'euros"),
    ("3 millions $", "trois millions de dollars"),
    ("20 °C", "vingt degrés Celsius"),
    ("M. Dupont et Mme Durand", "Monsieur Dupont et Madame Durand"),
    ("n° 5", "numéro cinq"),
    ("la 2e fois", "la deuxième fois"),
    ("le XXe siècle", "le vingtième siècle"),
    ("Louis XIV", "Louis quatorze"),
    ("06 12 34 56 78", "zéro six douze trente-quatre cinquante-six soixante-dix-huit"),
    ("Lequel, le minuteur de 5 minutes ?", "Lequel, le minuteur de cinq minutes?"),
]

SPANISH = [
    ("10 / 2 = 5", "diez dividido entre dos igual a cinco"),
    ("Temporizador puesto a 1 minuto.", "Temporizador puesto a un minuto."),
    ("21 minutos", "veintiún minutos"),
    ("1 hora y 31 minutos", "una hora y treinta y un minutos"),
    ("21 horas", "veintiuna horas"),
    ("200 horas", "doscientas horas"),
    ("Es la 1 y 5 de la tarde", "Es la una y cinco de la tarde"),
    ("a las 15:05", "a las quince y cinco"),
    ("a la 1:00", "a la una"),
    ("a las 0:00", "a las doce de la noche"),
    ("24 de diciembre de 2024", "veinticuatro de diciembre de dos mil veinticuatro"),
    ("el 1 de mayo", "el uno de mayo"),
    ("1.234.567", "un millón doscientos treinta y cuatro mil quinientos sesenta y siete"),
    ("21.000 euros", "veintiún mil euros"),
    ("3,5 %", "tres coma cinco por ciento"),
    ("1,50 €", "un euro con cincuenta"),
    ("3 millones €", "tres millones de euros"),
    ("-5 °C", "menos cinco grados centígrados"),
    ("p. ej. 5 kg", "por ejemplo cinco kilogramos"),
    ("El Sr. García", "El señor García"),
    ("a las 3 p. m.", "a las tres de la tarde."),
    ("2 1/2", "dos y medio"),
    ("el siglo XX", "el siglo veinte"),
    ("¿Cuál, el de 5 minutos?", "Cuál, el de cinco minutos?"),
]

CASES = [("de", *case) for case in GERMAN] + [("fr", *case) for case in FRENCH] + [("es", *case) for case in SPANISH]


@pytest.mark.parametrize(("language", "text", "spoken"), CASES)
def test_figures_and_short_forms_are_said_as_they_are_in_the_language(language: str, text: str, spoken: str) -> None:
    assert speakable(text, language) == spoken
    assert speakable(spoken, language) == spoken


def test_mexico_writes_numbers_as_english_does() -> None:
    assert speakable("1,234.5", "es-MX") == "mil doscientos treinta y cuatro punto cinco"
    assert speakable("1.234,5", "es-ES") == "mil doscientos treinta y cuatro coma cinco"


@pytest.mark.parametrize(
    ("language", "text", "clauses"),
    [
        (
            "de",
            "Am 3. Oktober ist frei. Die Antwort ist 42. Dann z. B. Äpfel. Dr. Müller kommt.",
            ["Am dritten Oktober ist frei.", "Die Antwort ist zweiundvierzig.", "Dann zum Beispiel Äpfel.",
             "Doktor Müller kommt."],
        ),
        (
            "de",
            "Frei ist am 3. und 4. Mai. Nimm 3 und 4. Ludwig II. von Bayern baute. Das war Ludwig II. Dann kam Otto.",
            ["Frei ist am dritten und vierten Mai.", "Nimm drei und vier.", "Ludwig der zweite von Bayern baute.",
             "Das war Ludwig der zweite.", "Dann kam Otto."],
        ),
        (
            "fr",
            "M. Dupont arrive le 3 mai. Il y a p. ex. des pommes. Oui ! Non ?",
            ["Monsieur Dupont arrive le trois mai.", "Il y a par exemple des pommes.", "Oui!", "Non?"],
        ),
        (
            "es",
            "El Sr. García llega a las 3 p. m. de hoy. ¿Qué tal? Bien.",
            ["El señor García llega a las tres de la tarde de hoy.", "Qué tal?", "Bien."],
        ),
    ],
)  # fmt: skip
def test_sentences_are_cut_where_they_end_in_the_language(language: str, text: str, clauses: list[str]) -> None:
    assert [clause.spoken for clause in speech([text], language)] == clauses


def test_a_variant_has_its_languages_table_and_a_stranger_the_english_one() -> None:
    assert table("de-AT") is table("de_CH") is TABLES["de"]
    assert table("en-US") is table("tlh") is TABLES["en"]
    assert table("en-GB") is not TABLES["en"]


def test_every_table_has_the_same_words() -> None:
    assert {frozenset(each.words) for each in TABLES.values()} == {frozenset(TABLES["en"].words)}


MIXED = st.lists(
    st.sampled_from(
        [*"0123456789", *" .,:-/%€$h", " 1 ", "Uhr", " Minute", "minutes", " heures", "horas", "uno ", "eins ", "un ",
         "am ", "der ", "la ", "las ", " Mai", " mai", "mayo", "de ", "z. B. ", "p. ex. ", "er", "millones", "te ",
         "Str. "]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(MIXED, st.sampled_from(["de", "fr", "es"]))
@example("am eins Minute", "de")
@example("1-1 Uhr 1", "de")
def test_what_is_speakable_stays_as_it_is_in_every_language(text: str, language: str) -> None:
    spoken = speakable(text, language)
    assert speakable(spoken, language) == spoken
    assert all(character.isalpha() or character in " ,.?!;:'-" for character in spoken)
