"""Two recognisers that err differently, on real models: pocketsphinx hears real speech, and Whisper reads what it was
made to read, so that what it misreads is known.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from tests import speech
from tests.home import cache_folder
from voiced.intents.automaton import Automaton
from voiced.intents.grammar import Grammar, grammar_of
from voiced.intents.nearest import Nearest
from voiced.intents.pattern import Pattern
from voiced.intents.sampling import sample, source
from voiced.shapes.whisper import write_whisper
from voiced.stages import Cancelled, Pcm, Transcription, never
from voiced.stt.phrases import Phrases
from voiced.stt.search import Sentences
from voiced.stt.sphinx import SphinxRecogniser
from voiced.stt.whisper import WhisperRecogniser
from voiced.stt.witnesses import Witnesses

HELLO: Pcm = speech.say("hello")


@cache
def grammar() -> Grammar:
    return grammar_of("en")


@cache
def nearest() -> Nearest:
    return Nearest(Pattern(grammar(), ["hey jarvis"]))


def understood(text: str) -> bool:
    return grammar().match(text) is not None


@cache
def sphinx() -> SphinxRecogniser:
    return SphinxRecogniser(
        lambda: sample(grammar(), 18_000, 0),
        understood,
        source=source(grammar(), 18_000, 0),
        cache=cache_folder() / "sphinx",
    )


class Teller(WhisperRecogniser):
    """One that reads what it was made to read. It has heard nothing, and so cannot be asked what else it may have been:
    each letter that is otherwise makes a text less likely by two nepers, as it does with the starter."""

    def weigh(self, speech: Pcm, texts: Sequence[str]) -> list[float]:
        own = self.transcribe(speech).text
        return [-2.0 * Levenshtein.distance(own.replace(" ", ""), text.replace(" ", "")) for text in texts]


def witnesses(folder: Path, reads: str, *, alone: bool = False, logprob: float = 0.0) -> Witnesses:
    """Whisper, which reads `reads` whatever it hears and is as sure of it as `logprob` says, and pocketsphinx unless it
    is `alone`."""
    whisper = Teller(write_whisper(folder / "whisper", says=reads, logprob=logprob))
    return Witnesses(whisper, None if alone else sphinx(), understood, nearest().rank)


def test_a_glance_is_the_last_word_of_whisper_alone_and_a_hint_of_two(tmp_path: Path) -> None:
    alone, two = (witnesses(tmp_path / str(each), "Whad time is it?", alone=each) for each in (True, False))
    assert alone.conclusive
    assert alone.glance(HELLO).text == alone.transcribe(HELLO).text == "what time is it"
    assert not two.conclusive
    assert two.glance(HELLO).text == "Whad time is it?"


@pytest.mark.parametrize(
    ("said", "reads", "found"),
    [
        ("Cancel my timer.", "cancel mightimer", "cancel my timer"),
        ("Cancel my timer.", "cancel mi timer", "cancel my timer"),
        ("Set a timer for fifteen minutes.", "set a time her for fivteen min its", "set a timer for fifteen minutes"),
        ("What time is it?", "wot dime is it", "what time is it"),
        ("Turn the volume down.", "turn the foll um down", "turn the volume down"),
        ("How much time is left?", "how mush timer is lept", "how much time is left"),
    ],
)
def test_a_command_that_was_misread_is_found(tmp_path: Path, said: str, reads: str, found: str) -> None:
    assert witnesses(tmp_path, reads).transcribe(speech.say(said)).text == found


@pytest.mark.parametrize("reads", ["what time isit", "whattime is it", "whattimeisit"])
def test_a_missed_space_does_not_hide_the_command_that_both_have_read(tmp_path: Path, reads: str) -> None:
    assert witnesses(tmp_path, reads).transcribe(speech.say("What time is it?")).text == "what time is it"


class Convinced(Teller):
    """One that cannot have heard anything else."""

    def weigh(self, speech: Pcm, texts: Sequence[str]) -> list[float]:
        return [20 * likely for likely in super().weigh(speech, texts)]


def test_a_command_that_whisper_finds_unlikely_is_none(tmp_path: Path) -> None:
    said = "What about the knife for the old man?"
    for kind, taken in ((Teller, True), (Convinced, False)):
        whisper = kind(write_whisper(tmp_path / kind.__name__, says=said.lower().strip("?")))
        assert understood(heard_by(whisper, said)) == taken


class Wavering(Teller):
    """One that thinks it possible that nothing came behind the wake word."""

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        return replace(super().transcribe(speech, cancelled), alternatives=("hey jarvis", "hey jar"))


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("Hey Jarvis, cancel the pizza timer.", "hey jarvis cancel the pizzity timer"),
        ("Hey Jarvis, set a pizza timer for ten minutes.", "hey jarvis set a pizza timer for teminutes"),
    ],
)
def test_a_command_that_both_have_heard_is_not_lost_for_a_reading_that_ended_early(
    tmp_path: Path, said: str, reads: str
) -> None:
    whisper = Wavering(write_whisper(tmp_path / "whisper", says=reads))
    heard = Witnesses(whisper, sphinx(), understood, nearest().rank).transcribe(speech.say(said))

    assert heard.text == said.lower().replace(",", "").strip(".")


class Misled(Teller):
    """One whose decoder began in the wrong word, and whose letters are those of another command."""

    def spell(self, speech: Pcm, among: Sentences, count: int) -> list[str]:  # noqa: ARG002
        return ["hey jarvis put half of an hour alarm on hold"] if isinstance(among, Phrases) else []

    def weigh(self, speech: Pcm, texts: Sequence[str]) -> list[float]:
        return [likely / 20 for likely in super().weigh(speech, texts)]


def test_a_command_that_the_letters_make_is_weighed_as_well(tmp_path: Path) -> None:
    """As the starter and pocketsphinx heard a voice that neither had met; none of the nearest was what was said."""
    whisper = Misled(write_whisper(tmp_path / "whisper", says="betinaff about relarm on hold", logprob=-0.3))
    letters = Phrases(Automaton(Pattern(grammar(), ["hey jarvis"])))
    said = speech.say("Put half of an hour alarm on hold.")

    texts = [
        Witnesses(whisper, sphinx(), understood, lambda _: [], ["hey_jarvis"], commands).transcribe(said).text
        for commands in (None, letters)
    ]

    assert not understood(texts[0])
    assert texts[1] == "put half of an hour alarm on hold"


def heard_by(whisper: WhisperRecogniser, said: str) -> str:
    return Witnesses(whisper, sphinx(), understood, nearest().rank, ["hey_jarvis"]).transcribe(speech.say(said)).text


def test_readings_are_compared_without_the_wake_word(tmp_path: Path) -> None:
    """Whoever reads something else behind it, or nothing, is as far from every command as the wake word is long."""
    whisper = Wavering(
        write_whisper(tmp_path / "whisper", says="hey jarvis how much time is left on the pizza time her")
    )
    # As pocketsphinx takes it: "cow much time is left for dinner".
    said = "Hey Jarvis, how much time is left for dinner?"

    assert heard_by(whisper, said) == "how much time is left on the pizza timer"


@pytest.mark.parametrize(
    ("reads", "logprob", "found"),
    [
        ("add ten minutes to the wine timer", -0.05, "add ten minutes to the wine timer"),
        ("add ten minutes to the vyn timer", -0.05, "add ten minutes to the oven timer"),
        ("add ten minutes to the wine timer", -0.2, "add ten minutes to the rice timer"),
    ],
)
def test_a_name_that_no_template_has_stands_where_it_is_heard_for_sure(
    tmp_path: Path, reads: str, logprob: float, found: str
) -> None:
    whisper = Teller(write_whisper(tmp_path / "whisper", says=reads, logprob=logprob))

    assert heard_by(whisper, "Add ten minutes to the wine timer.") == found


def test_a_command_that_a_grown_up_whisper_read_is_not_touched(tmp_path: Path) -> None:
    heard = witnesses(tmp_path, "Set a timer for 10 minutes.", alone=True).transcribe(HELLO)

    assert heard.text == "Set a timer for 10 minutes."


@pytest.mark.parametrize("said", ["Cancel my timer.", "What time is it?"])
def test_what_a_small_whisper_guesses_at_pocketsphinx_may_know(tmp_path: Path, said: str) -> None:
    """A Whisper that learnt from synthesisers writes nonsense where a person speaks, and says how unsure it is."""
    heard = witnesses(tmp_path, "what did you all operus", logprob=-0.6).transcribe(speech.say(said))

    assert heard.text == said.lower().strip(".?")


def test_the_wake_word_alone_is_no_command(tmp_path: Path) -> None:
    assert witnesses(tmp_path, "hey jarvis").transcribe(speech.say("Hey Jarvis.")).text == "hey jarvis"


def test_what_a_small_whisper_is_sure_of_stands(tmp_path: Path) -> None:
    heard = witnesses(tmp_path, "what did you all operus", logprob=-0.2).transcribe(speech.say("Cancel my timer."))

    assert heard.text == "what did you all operus"


@pytest.mark.parametrize(
    ("reads", "logprob", "found"),
    [
        ("the chillen wend toda bark", -0.4, "the children went to the park"),
        ("mussy bug fo lula", -0.45, "the children went to the park"),
        ("mussy bug fo lula", -0.9, ""),
    ],
)
def test_how_alike_the_two_must_read_depends_on_how_sure_both_are(
    tmp_path: Path, reads: str, logprob: float, found: str
) -> None:
    said = speech.say("The children went to the park.")

    assert witnesses(tmp_path, reads, logprob=logprob).transcribe(said).text == found


@pytest.mark.parametrize(
    ("reads", "logprob"), [("my brother bod a yella bicicle", -0.4), ("mussy bug fo lula", -0.45), ("volume up", -0.6)]
)
def test_where_two_people_talk_at_once_nobody_spoke_to_it(tmp_path: Path, reads: str, logprob: float) -> None:
    """Both read something, one of them what the louder one says, and pocketsphinx is certain of nothing."""
    together = speech.together()

    assert sphinx().read(together).anything
    assert witnesses(tmp_path, reads, logprob=logprob).transcribe(together).text == ""


class Torn(Teller):
    """One that thinks two more readings nearly as likely as its own."""

    others = ("the children went to the park", "the chuldren wint tu the pork")

    def transcribe(self, speech: Pcm, cancelled: Cancelled = never) -> Transcription:
        return replace(super().transcribe(speech, cancelled), alternatives=self.others)

    def weigh(self, speech: Pcm, texts: Sequence[str]) -> list[float]:
        weights = super().weigh(speech, texts)
        return [likely / (20 if text in self.others else 1) for text, likely in zip(texts, weights, strict=True)]


def test_what_pocketsphinx_reads_and_whisper_thinks_possible_was_said(tmp_path: Path) -> None:
    whisper = Torn(write_whisper(tmp_path / "whisper", says="mussy bug fo lula", logprob=-0.45))

    assert heard_by(whisper, "The children went to the park.") == "the children went to the park"


def test_of_readings_as_likely_by_their_sound_the_one_in_better_english_comes_first(tmp_path: Path) -> None:
    whisper = Torn(write_whisper(tmp_path / "whisper", says="thu chuldren wint tew thee perk", logprob=-0.1))

    assert heard_by(whisper, "Why is the sky blue?") == "the children went to the park"


def test_where_a_small_whisper_has_no_idea_nobody_spoke(tmp_path: Path) -> None:
    assert witnesses(tmp_path, "say", logprob=-1.5).transcribe(speech.say("Cancel my timer.")).text == ""


def test_where_whisper_reads_nothing_nothing_was_said(tmp_path: Path) -> None:
    assert witnesses(tmp_path, "").transcribe(speech.say("stop")).text == ""


def test_silence_is_nothing(tmp_path: Path) -> None:
    assert witnesses(tmp_path, "stop").transcribe(np.zeros(16_000, np.int16)).text == ""


def test_what_nobody_waits_for_is_left(tmp_path: Path) -> None:
    heard = witnesses(tmp_path, "cancel mightimer").transcribe(speech.say("cancel my timer"), lambda: True)

    assert heard.text == ""


# A grown-up Whisper, which is asked alone.


@pytest.mark.parametrize(
    ("reads", "found"),
    [
        ("How much time is lept?", "how much time is left"),
        ("Whad time is it?", "what time is it"),
        ("Turned the volume up.", "turn the volume up"),
    ],
)
def test_a_letter_that_a_grown_up_whisper_gets_wrong_is_mended(tmp_path: Path, reads: str, found: str) -> None:
    assert witnesses(tmp_path, reads, alone=True).transcribe(HELLO).text == found


@pytest.mark.parametrize(
    "reads",
    [
        "What is the capital of France?",
        "Set the table for five people.",
        "Stop the car at the corner.",
        "Is it time to go?",
        "What time does the train leave?",
        "How long is the river Nile?",
        "Cancel my subscription to the paper.",
        "The timer is broken.",
        "Add five eggs to the bowl.",
        "I need more time for this.",
        "Turn it over and look.",
        "Time flies.",
        "Who was that?",
        "What a day!",
        "How much is left in the bottle?",
        "Which day is better for you?",
        "Remove the lid from the pot.",
        "Start the engine.",
        "Pause for a moment and think.",
        "Say something nice.",
        "Read me a story.",
        "Tell me a joke.",
        "Play some music.",
        "Good night.",
        "How do I set a clock?",
        "Is there any milk?",
        "What do you know about France?",
        "Turn left at the church.",
        "Thank you.",
        "What's the weather today?",
        "Repeat after me.",
        "Lower the blinds.",
        "Five minutes ago I saw him.",
        "Volume two is missing.",
        "Can you help my mother?",
        "Stop smoking.",
        "Never say never.",
        "It is too late.",
        "That is too loud for the baby.",
    ],
)
def test_a_grown_up_whisper_is_not_talked_out_of_its_words(tmp_path: Path, reads: str) -> None:
    reads = reads.strip()

    heard = witnesses(tmp_path, reads, alone=True).transcribe(HELLO)

    assert heard.text == reads
