"""A household speaks German, French or Spanish: what is said, written, and what the synthesiser gets to say."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_timers import HandClock
from voiced.intents.commands import HassilCommands
from voiced.intents.grammar import Grammar
from voiced.intents.timers import Timers
from voiced.stages import Answer
from voiced.text import speech

LANGUAGES = ("de", "fr", "es")

GERMAN = [
    ("Hey Jarvis, stell einen Timer auf fünf Minuten.", "Timer auf fünf Minuten gestellt."),
    ("Stelle bitte einen Pizzatimer auf eine Viertelstunde", "Pizza-Timer auf fünfzehn Minuten gestellt."),
    ("Wie lange läuft der Pizza-Timer noch?", "Noch fünfzehn Minuten."),
    ("Welche Timer laufen?", "Es gibt zwei Timer: der fünf-Minuten-Timer läuft noch fünf Minuten und der Pizza-Timer "
     "läuft noch fünfzehn Minuten."),
    ("Lösche den Timer", "Welcher Timer, der fünf-Minuten-Timer oder der Pizza-Timer?"),
    ("der erste", "Timer gestoppt."),
    ("Verlängere den Timer um eine Stunde und 1 Minute", "Pizza-Timer um eine Stunde und eine Minute verlängert."),
    ("Verkürze den Pizzatimer um 1,5 Minuten", "Pizza-Timer um eine Minute und dreißig Sekunden verkürzt."),
    ("Halte den Timer an", "Timer angehalten."),
    ("Setz den Timer fort", "Der Timer läuft weiter."),
    ("Stopp den Kuchentimer", "Es gibt keinen Kuchen-Timer."),
    ("Lösche alle Timer", "Timer gestoppt."),
    ("Wie lange noch?", "Es läuft kein Timer."),
    ("Stell einen Timer", "Für wie lange?"),
    ("anderthalb Stunden", "Timer auf neunzig Minuten gestellt."),
    ("Wie spät ist es?", "Es ist fünfzehn Uhr fünf."),
    ("Welches Datum haben wir heute?", "Heute ist der dritte November zweitausendsechsundzwanzig."),
    ("Welcher Tag ist heute?", "Heute ist Dienstag, der dritte November zweitausendsechsundzwanzig."),
    ("Mach bitte lauter", "Lautstärke sechzig Prozent."),
    ("Stelle die Lautstärke auf 30 Prozent", "Lautstärke dreißig Prozent."),
    ("Nächstes Lied", "Es spielt nichts."),
]  # fmt: skip

FRENCH = [
    ("Hey Jarvis, mets un minuteur de cinq minutes.", "Minuteur réglé sur cinq minutes."),
    ("Peux-tu mettre un minuteur pizza d'un quart d'heure ?", "Minuteur pizza réglé sur quinze minutes."),
    ("Combien de temps reste-t-il sur le minuteur pizza ?", "Il reste quinze minutes."),
    ("Quels minuteurs sont en cours ?", "Il y a deux minuteurs: cinq minutes sur le minuteur de cinq minutes et quinze "
     "minutes sur le minuteur pizza."),
    ("Annule le minuteur", "Lequel, le minuteur de cinq minutes ou le minuteur pizza?"),
    ("le premier", "Minuteur annulé."),
    ("Ajoute une heure et 1 minute au minuteur", "Minuteur pizza prolongé d'une heure et une minute."),
    ("Enlève deux minutes au minuteur pizza", "Minuteur pizza raccourci de deux minutes."),
    ("Mets le minuteur en pause", "Minuteur mis en pause."),
    ("Reprends le minuteur", "Minuteur relancé."),
    ("Arrête le minuteur gâteau", "Il n'y a pas de minuteur gâteau."),
    ("Annule tous les minuteurs", "Minuteur annulé."),
    ("Combien de temps reste-t-il ?", "Aucun minuteur n'est en cours."),
    ("Lance un minuteur", "Pour combien de temps?"),
    ("une heure et demie", "Minuteur réglé sur une heure et trente minutes."),
    ("Quelle heure est-il ?", "Il est quinze heures cinq."),
    ("Quelle est la date d'aujourd'hui ?", "Nous sommes le trois novembre deux mille vingt-six."),
    ("Quel jour sommes-nous ?", "Nous sommes mardi trois novembre deux mille vingt-six."),
    ("Plus fort", "Volume à soixante pour cent."),
    ("Mets le volume à 30 %", "Volume à trente pour cent."),
    ("Chanson suivante", "Rien n'est en cours de lecture."),
]  # fmt: skip

SPANISH = [
    ("Hey Jarvis, pon un temporizador de cinco minutos.", "Temporizador puesto a cinco minutos."),
    ("Por favor, pon un temporizador de pizza de un cuarto de hora", "Temporizador de pizza puesto a quince minutos."),
    ("¿Cuánto le queda al temporizador de pizza?", "Quedan quince minutos."),
    ("¿Qué temporizadores hay?", "Hay dos temporizadores: cinco minutos en el temporizador de cinco minutos y quince "
     "minutos en el temporizador de pizza."),
    ("Cancela el temporizador", "Cuál, el temporizador de cinco minutos o el temporizador de pizza?"),
    ("el primero", "Temporizador cancelado."),
    ("Añade una hora y 21 minutos al temporizador", "Temporizador de pizza alargado en una hora y veintiún minutos."),
    ("Quita dos minutos al temporizador de pizza", "Temporizador de pizza acortado en dos minutos."),
    ("Pausa el temporizador", "Temporizador en pausa."),
    ("Reanuda el temporizador", "El temporizador continúa."),
    ("Para el temporizador de pan", "No hay ningún temporizador de pan."),
    ("Cancela todos los temporizadores", "Temporizador cancelado."),
    ("¿Cuánto tiempo queda?", "No hay ningún temporizador."),
    ("Pon un temporizador", "Por cuánto tiempo?"),
    ("dos horas y media", "Temporizador puesto a dos horas y treinta minutos."),
    ("¿Qué hora es?", "Son las tres y cinco de la tarde"),
    ("¿Qué fecha es hoy?", "Hoy es tres de noviembre de dos mil veintiséis."),
    ("¿Qué día es hoy?", "Hoy es martes, tres de noviembre de dos mil veintiséis."),
    ("Más alto", "Volumen al sesenta por ciento."),
    ("Pon el volumen al 30 %", "Volumen al treinta por ciento."),
    ("Siguiente canción", "No se está reproduciendo nada."),
]  # fmt: skip

TALKS = {"de": GERMAN, "fr": FRENCH, "es": SPANISH}

CONTROLS = {
    "de": {"Stopp": "stop", "Sei ruhig!": "stop", "Vergiss es": "never_mind", "Wiederhole das": "repeat",
           "Was hast du gesagt?": "repeat"},
    "fr": {"Stop": "stop", "Tais-toi !": "stop", "Laisse tomber": "never_mind", "Répète": "repeat",
           "Qu'est-ce que tu as dit ?": "repeat"},
    "es": {"Para": "stop", "¡Cállate!": "stop", "Olvídalo": "never_mind", "Repite": "repeat",
           "¿Qué has dicho?": "repeat"},
}  # fmt: skip

NO_COMMANDS = {
    "de": ["Wie hoch ist der Eiffelturm?", "Erzähl mir einen Witz", "Ich habe noch eine Frage", "Wie wird das Wetter?"],
    "fr": ["Quelle est la hauteur de la tour Eiffel ?", "Raconte-moi une blague", "Il fait quel temps demain ?"],
    "es": ["¿Qué altura tiene la torre Eiffel?", "Cuéntame un chiste", "¿Qué tiempo hará mañana?"],
}


@pytest.fixture(scope="module")
def english() -> Grammar:
    return Grammar("en")


class Household:
    """Commands of one language on the afternoon of 3 November 2026."""

    def __init__(self, language: str, folder: Path) -> None:
        self.clock = HandClock()
        self.clock.now = time.mktime((2026, 11, 3, 15, 5, 0, 0, 0, -1))
        self.timers = Timers(folder / "timers.sqlite", self.clock)
        self.commands = HassilCommands(language, self.timers, self.clock, ["hey_jarvis"])
        self.language = language

    def ask(self, text: str) -> Answer:
        command = self.commands.match(text)
        assert command is not None, f"not understood: {text}"
        return self.commands.perform(command, 0.5)


@pytest.fixture(scope="module", params=LANGUAGES)
def household(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    made = Household(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.timers.close()


def test_a_conversation_is_held_in_the_language_from_words_to_words(household: Household) -> None:
    household.timers.cancel_all()
    spoken = [
        (text, " ".join(clause.spoken for clause in speech([household.ask(text).text], household.language, whole=True)))
        for text, _ in TALKS[household.language]
    ]
    assert spoken == TALKS[household.language]


def test_silence_repetition_and_second_thoughts_are_understood(household: Household) -> None:
    wanted = CONTROLS[household.language]
    assert {text: household.ask(text).control for text in wanted} == wanted


def test_what_is_no_command_is_left_to_the_model(household: Household) -> None:
    assert [household.commands.match(text) for text in NO_COMMANDS[household.language]] == [
        None for _ in NO_COMMANDS[household.language]
    ]


def test_sampled_sentences_are_commands(household: Household) -> None:
    sentences = household.commands.sentences(60, seed=3)
    understood = [sentence for sentence in sentences if household.commands.match(sentence) is not None]
    assert len(understood) > 0.94 * len(sentences)


def test_the_language_has_all_that_english_has(household: Household, english: Grammar) -> None:
    grammar = household.commands._grammar
    assert grammar.own.keys() >= english.own.keys()
    assert grammar.own["phrases"].keys() == english.own["phrases"].keys()
    intents = {name for name, intent in grammar.intents.intents.items() if intent.data}
    assert intents >= {name for name, intent in english.intents.intents.items() if intent.data}


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("en-GB", "set a timer for twenty-five minutes"),
        ("es-MX", "Pon un temporizador de veinticinco minutos"),
    ],
)
def test_a_variant_of_a_language_has_its_commands(variant: str, sentence: str) -> None:
    found = Grammar(variant).match(sentence)
    assert found is not None
    assert (found.intent, found.slots) == ("HassStartTimer", {"minutes": 25})


LONG = {
    "en": ["set a timer for 1,440 minutes"],
    "de": ["Stell einen Timer auf 1.440 Minuten"],
    "fr": ["Mets un minuteur de 1.440 minutes", "Mets un minuteur de 1\u202f440 minutes"],
    "es": ["Pon un temporizador de 1.440 minutos"],
}


@pytest.mark.parametrize(("language", "sentence"), [(name, each) for name, all_ in LONG.items() for each in all_])
def test_thousands_are_no_fractions(language: str, sentence: str, tmp_path: Path) -> None:
    house = Household(language, tmp_path)
    house.ask(sentence)
    assert [timer.seconds for timer in house.timers.all()] == [24 * 3600]
    house.timers.close()
