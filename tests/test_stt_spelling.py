"""How English is spelled: by the starter's own letters and pocketsphinx's own English, on speech of a voice that the
starter knows."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests import speech
from tests.test_stt_witnesses import sphinx
from voiced.resources import starter_dir
from voiced.stages import Transcription
from voiced.stt.english import COMMON, EXPECTED, STRANGE, English
from voiced.stt.spelling import Spelling
from voiced.stt.sphinx import SphinxRecogniser
from voiced.stt.whisper import WhisperRecogniser


@pytest.fixture(scope="module")
def english() -> English:
    return sphinx().english()


@pytest.fixture(scope="module")
def starter() -> WhisperRecogniser:
    return WhisperRecogniser(starter_dir() / "recogniser", alternatives=4)


def test_english_is_likelier_than_what_only_sounds_like_it(english: English) -> None:
    said, misspelled, reversed_ = map(
        english.likely,
        ("what is the capital of france", "wot iz the capitol uv frans", "france of capital the is what"),
    )
    assert misspelled < reversed_ < said < 0


def test_a_word_of_the_commands_is_never_rare(english: English) -> None:
    assert english.chance("timer", ["<s>"]) == EXPECTED
    assert english.chance("hydrangea", ["<s>"]) < COMMON < EXPECTED
    assert english.chance("frans", ["uv", "capitol"]) == STRANGE
    assert english.chance("you", ["<s>", "thank"]) > -3


def test_common_words_alone_are_looked_for(english: English) -> None:
    assert {"timer", "jarvis", "what's", "morning"} <= english.words.keys()
    assert english.words.keys().isdisjoint({"hydrangea", "</s>", "wot"})
    assert min(english.words.values()) >= COMMON


def test_english_can_be_asked_while_pocketsphinx_reads(english: English) -> None:
    """Its model remembers what it was asked last; two at once would get each other's answers."""
    utterance, text = speech.say("the children went to the park"), "what is the capital of france"
    alone, likely = sphinx().read(utterance), {english.likely(text)}

    with ThreadPoolExecutor(1) as other:
        for _ in range(3):
            reading = other.submit(sphinx().read, utterance)
            while not reading.done():
                likely.add(english.likely(text))
            both = reading.result()
            assert (both.command, both.anything) == (alone.command, alone.anything)

    assert len(likely) == 1


def test_what_the_starter_misspells_is_spelled(starter: WhisperRecogniser, english: English) -> None:
    misspelled = []
    for said in (
        "he has seen the mountain in the morning",
        "why is the sky blue",
        "we will be there at the weekend",
        "the doctor wrote a letter to the teacher",
    ):
        utterance = speech.say(said)
        heard = starter.transcribe(utterance)

        spelled = Spelling(starter, english).of(utterance, heard)

        assert spelled.text == said
        assert heard.text in (spelled.text, *spelled.alternatives)
        if heard.text != said:
            misspelled.append(said)
    # Which letters are wrong differs a little from one kind of processor to the other.
    assert len(misspelled) >= 2, "too easy sentences"


def test_what_is_longer_than_can_be_read_at_once_stays_whole(starter: WhisperRecogniser, english: English) -> None:
    utterance = np.concatenate([speech.say("why is the sky blue"), speech.silence(30)])
    heard = Transcription("whi is the sky blue and so on for half a minute")

    assert Spelling(starter, english).of(utterance, heard) == heard


def test_a_wake_word_that_no_newspaper_had_is_a_word(starter: WhisperRecogniser) -> None:
    named = SphinxRecogniser(lambda: ["what time is it"], lambda _: True, wake_words=["hey_mycroft"]).english()

    assert named.chance("mycroft", ["hey"]) == EXPECTED
    utterance = speech.say("Hey Mycroft, why is the sky blue?")
    spelled = Spelling(starter, named).of(utterance, starter.transcribe(utterance))
    assert spelled.text.startswith("hey mycroft ")


def test_silence_has_no_words(starter: WhisperRecogniser, english: English) -> None:
    heard = Transcription("stop")

    assert Spelling(starter, english).of(speech.silence(1), heard) == heard


def test_an_utterance_is_encoded_once_for_all_that_is_asked(
    starter: WhisperRecogniser, english: English, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[object] = []
    encode = starter._model.encode

    def counted(features: object) -> object:
        encoded.append(features)
        return encode(features)

    monkeypatch.setattr(starter._model, "encode", counted)
    utterance, another = speech.say("why is the sky blue"), speech.say("what time is it")

    spelled = Spelling(starter, english).of(utterance, starter.transcribe(utterance))
    assert (spelled.text, len(encoded)) == ("why is the sky blue", 1)

    starter.weigh(another, ["what time is it"])
    starter.transcribe(utterance)
    assert len(encoded) == 3
