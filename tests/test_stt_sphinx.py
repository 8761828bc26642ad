"""pocketsphinx itself, told of a few commands."""

from pathlib import Path

import numpy as np
import pytest

from tests import speech
from voiced.errors import EngineError
from voiced.intents.grammar import Grammar, grammar_of
from voiced.intents.sampling import sample
from voiced.stages import FRAME, Pcm
from voiced.stt.sphinx import SphinxRecogniser


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return grammar_of("en")


@pytest.fixture(scope="module")
def sentences(grammar: Grammar) -> list[str]:
    return sample(grammar, 18_000, 0)


@pytest.fixture(scope="module")
def recogniser(grammar: Grammar, sentences: list[str]) -> SphinxRecogniser:
    return SphinxRecogniser(lambda: sentences, lambda text: grammar.match(text) is not None)


@pytest.mark.parametrize("voice", ["slt", "rms", "kal16"])
@pytest.mark.parametrize("text", ["set a timer for five minutes", "stop", "turn the volume up", "hey jarvis"])
def test_commands_are_read_word_for_word(recogniser: SphinxRecogniser, text: str, voice: str) -> None:
    assert recogniser.transcribe(speech.say(text, voice)).text == text


def test_the_wake_word_may_come_first(recogniser: SphinxRecogniser) -> None:
    """H1: nothing of what was said in one breath with it is lost."""
    heard = recogniser.transcribe(speech.say("hey jarvis, what time is it")).text

    assert heard == "hey jarvis what time is it"


@pytest.mark.parametrize(
    "text",
    [
        "why is the sky blue",
        "my sister will bring the children on saturday",
        "there is a letter for you on the table",
        "who was the first person on the moon",
    ],
)
@pytest.mark.parametrize("voice", ["slt", "rms"])
def test_other_speech_is_not_taken_for_a_command(
    recogniser: SphinxRecogniser, grammar: Grammar, text: str, voice: str
) -> None:
    heard = recogniser.transcribe(speech.say(text, voice)).text

    assert heard
    assert grammar.match(heard) is None


@pytest.mark.parametrize("sound", [speech.silence(2.0), np.zeros(0, np.int16), speech.noise(2.0, level=0.0005)])
def test_there_are_no_words_in_silence(recogniser: SphinxRecogniser, sound: Pcm) -> None:
    """H5."""
    assert recogniser.transcribe(sound).text == ""


@pytest.mark.parametrize("sound", [speech.noise(3.0, level=0.05), speech.melody(3.0), speech.cough()])
def test_there_is_no_command_in_noise(recogniser: SphinxRecogniser, grammar: Grammar, sound: Pcm) -> None:
    """H5: a voice detector stands before the recogniser, but it need not be right."""
    assert grammar.match(recogniser.transcribe(sound).text) is None


def test_the_same_sound_is_read_the_same_whatever_came_before(recogniser: SphinxRecogniser) -> None:
    """In two at once many texts are as likely, and what it knew of the noise before tells which one is read."""
    readings = set()
    for before in (speech.say("stop"), speech.noise(1.0), speech.melody(1.0)):
        recogniser.read(before)
        readings.add(recogniser.read(speech.together()))

    assert len(readings) == 1


def test_nothing_is_read_for_nobody(recogniser: SphinxRecogniser) -> None:
    utterance = speech.say("set a timer for five minutes")

    assert recogniser.transcribe(utterance, lambda: True).text == ""
    assert recogniser.transcribe(utterance).text == "set a timer for five minutes"


def told(sentences: list[str], cache: Path | None = None) -> SphinxRecogniser:
    return SphinxRecogniser(lambda: sentences, bool, source=str(sentences), cache=cache)


def test_where_what_was_made_is_kept_no_sentence_is_drawn_again(tmp_path: Path) -> None:
    drawn: list[str] = []

    def sentences() -> list[str]:
        drawn.append("stop")
        return ["stop"]

    for source in ("these", "these", "others"):
        SphinxRecogniser(sentences, bool, source=source, cache=tmp_path)

    assert len(drawn) == 2


def test_what_was_made_from_the_sentences_is_kept_and_used_again(tmp_path: Path) -> None:
    sentences = ["stop", "set a timer", "what time is it"]
    told(sentences, tmp_path)
    kept = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    again = told(sentences, tmp_path)

    assert sorted(file.suffix for file in kept) == [".dict", ".english", ".lm"]
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == kept
    assert again.transcribe(speech.say("what time is it")).text == "what time is it"


def test_other_sentences_are_kept_apart(tmp_path: Path) -> None:
    told(["stop"], tmp_path)
    told(["stop", "go"], tmp_path)

    assert len(list(tmp_path.glob("*.lm"))) == 2


def test_a_word_is_known_in_each_of_its_pronunciations(tmp_path: Path) -> None:
    told(["stop the timer"], tmp_path)
    (dictionary,) = tmp_path.glob("*.dict")

    words = [line.split()[0] for line in dictionary.read_text("utf-8").splitlines()]
    assert sorted(words) == ["hey", "jarvis", "jarvis(2)", "stop", "the", "the(2)", "timer"]


@pytest.mark.parametrize("ending", [".lm", ".dict", ".english"])
@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\\data\\\nngram 1=5\n"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes, ending: str) -> None:
    told(["stop", "what time is it"], tmp_path)
    (kept,) = tmp_path.glob(f"*{ending}")
    kept.write_bytes(damage)
    again = told(["stop", "what time is it"], tmp_path)

    assert again.transcribe(speech.say("what time is it")).text == "what time is it"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_cache_that_was_cut_short_does_not_end_the_process(
    tmp_path: Path, sentences: list[str], share: float
) -> None:
    """pocketsphinx itself crashes at some such files, so they must not get there: systemd would start the daemon again
    and again."""
    told(sentences[:3000], tmp_path)
    (kept,) = tmp_path.glob("*.lm")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * share)])
    told(sentences[:3000], tmp_path)

    (again,) = tmp_path.glob("*.lm")
    assert again.stat().st_size == len(whole)


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    recogniser = told(["stop"], tmp_path / "file")

    assert recogniser.transcribe(speech.say("stop")).text == "stop"


def test_a_word_that_nobody_can_pronounce_costs_its_sentence_alone() -> None:
    recogniser = told(["stop", "unpause the xyzzyq"])

    assert recogniser.transcribe(speech.say("stop")).text == "stop"


def test_without_commands_there_is_nothing_to_expect() -> None:
    with pytest.raises(EngineError, match="no commands"):
        told([])


def pieces(sound: Pcm) -> list[Pcm]:
    """All of it so far, frame after frame."""
    return [sound[:end] for end in range(FRAME, len(sound), FRAME)]


@pytest.mark.parametrize("text", ["set a timer for five minutes", "what is the capital of france"])
def test_reading_along_reads_the_same(recogniser: SphinxRecogniser, text: str) -> None:
    sound = speech.say(text)
    for so_far in pieces(sound):
        recogniser.follow(7, so_far)
    recogniser.follow(7, sound)

    assert recogniser.finish(7, sound).text == recogniser.transcribe(sound).text == text


def test_an_utterance_that_goes_on_after_a_pause_is_read_whole(recogniser: SphinxRecogniser) -> None:
    sound = np.concatenate((speech.say("set a timer"), speech.silence(0.4), speech.say("for ten minutes")))
    half = len(speech.say("set a timer")) + 3200
    for so_far in pieces(sound[:half]):
        recogniser.follow(0, so_far)
    assert recogniser.finish(0, sound[:half]).text == "set a timer"
    for so_far in pieces(sound)[half // FRAME :]:
        recogniser.follow(0, so_far)

    assert recogniser.finish(0, sound).text == "set a timer for ten minutes"


def test_another_utterance_and_another_question_do_not_mix(recogniser: SphinxRecogniser) -> None:
    five, stop = speech.say("set a timer for five minutes"), speech.say("stop")
    recogniser.follow(0, five[: 4 * FRAME])
    assert recogniser.transcribe(stop).text == "stop"
    recogniser.follow(0, five[: 6 * FRAME])
    recogniser.follow(90_000, stop[:FRAME])

    assert recogniser.finish(90_000, stop).text == "stop"
    assert recogniser.finish(0, five).text == "set a timer for five minutes"
    assert recogniser.finish(0, speech.silence(1.0)).text == ""
    assert recogniser.finish(0, five, lambda: True).text == ""
