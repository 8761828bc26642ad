"""Commands from letters: where some are heard wrongly, and by the starter's own ears."""

import pytest

from tests import speech
from tests.test_stt_lexicon import spelled_out
from voiced.intents.automaton import Automaton
from voiced.intents.grammar import grammar_of
from voiced.intents.pattern import Pattern
from voiced.resources import starter_dir
from voiced.stt.phrases import Phrases
from voiced.stt.whisper import WhisperRecogniser

LETTERS = " 'abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def phrases() -> Phrases:
    return Phrases(Automaton(Pattern(grammar_of("en"), ["hey jarvis"])))


def test_a_command_is_found_where_other_letters_are_as_clear(phrases: Phrases) -> None:
    doubts = {1: "h", 5: "t", 11: "s"}
    assert phrases.sentences(spelled_out("wzat dime it it", LETTERS, doubts), LETTERS, 3) == ["what time is it"]


def test_the_likelier_one_comes_first(phrases: Phrases) -> None:
    chances = spelled_out("turn it up", LETTERS, {8: "d", 9: "o"})
    assert phrases.sentences(chances, LETTERS, 3) == ["turn it up"]
    places = spelled_out("set a timer for ten minutes", LETTERS, {18: "w"})
    places[2 * 18, LETTERS.index("t")] *= 1.5
    assert phrases.sentences(places, LETTERS, 1) == ["set a timer for ten minutes"]


def test_what_templates_leave_apart_is_put_together(phrases: Phrases) -> None:
    assert phrases.sentences(spelled_out("timer for one minutes", LETTERS, {}), LETTERS, 1) == ["timer for one minute"]


def test_of_no_letters_and_of_other_words_there_is_none(phrases: Phrases) -> None:
    places = spelled_out("the children went to the park", LETTERS, {})
    assert phrases.sentences(places, LETTERS, 3) == []
    assert phrases.sentences(places[:0], LETTERS, 3) == []


@pytest.mark.parametrize(
    "said",
    [
        "set a timer for twenty five minutes",
        "how much time is left on the pizza timer",
        "add seventy seconds to the oven timer",
        "turn the volume down a bit",
    ],
)
def test_the_starter_finds_commands_by_its_letters(phrases: Phrases, said: str) -> None:
    starter = WhisperRecogniser(starter_dir() / "recogniser", alternatives=4)

    found = starter.spell(speech.say(said), phrases, 5)

    assert found[0] == said
    assert len(found) == len(set(found)) <= 5
