"""How likely a text is, letter by letter: against every way that there is, and on the starter itself."""

import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import speech
from voiced.errors import EngineError
from voiced.resources import starter_dir
from voiced.shapes.whisper import write_whisper
from voiced.stt.letters import FILE, Letters, of
from voiced.stt.whisper import WhisperRecogniser


def head(folder: Path, letters: str = "ab", width: int = 3, seed: int = 0) -> Letters:
    rng = np.random.default_rng(seed)
    rows = len(letters) + 1
    np.savez(folder / FILE, letters=letters, weight=rng.normal(size=(rows, width)), bias=rng.normal(size=rows))
    return Letters(folder)


@given(places=st.integers(1, 6), texts=st.lists(st.text("ab", max_size=4), max_size=4), seed=st.integers(0, 99))
def test_a_text_is_as_likely_as_all_ways_to_write_it(
    tmp_path_factory: pytest.TempPathFactory, places: int, texts: list[str], seed: int
) -> None:
    folder = tmp_path_factory.mktemp("head")
    found = head(folder, seed=seed)
    heard = np.random.default_rng(seed).normal(size=(places, 3)).astype(np.float32)
    with np.load(folder / FILE) as file:
        scores = heard @ file["weight"].T + file["bias"]
    chances = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    ways = dict.fromkeys(texts, 0.0)
    for way in itertools.product("ab-", repeat=places):
        written = "".join(letter for letter, _ in itertools.groupby(way)).replace("-", "")
        if written in ways:
            ways[written] += float(np.prod([chances[at, "ab-".index(letter)] for at, letter in enumerate(way)]))

    for text, likely in zip(texts, found.likely(heard, texts), strict=True):
        assert np.exp(likely) == pytest.approx(ways[text], rel=1e-5, abs=1e-9)


def test_letters_that_it_does_not_know_are_left_out(tmp_path: Path) -> None:
    heard = np.ones((4, 3), np.float32)
    plain, other = head(tmp_path).likely(heard, ["ab", "A-b!"])

    assert plain == other


@pytest.mark.parametrize("content", [b"", b"Not a file of numbers.", b"PK\x03\x04"])
def test_a_damaged_head_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    folder = write_whisper(tmp_path / "teller", says="stop")
    (folder / FILE).write_bytes(content)

    with pytest.raises(EngineError, match=r"letters\.npz is damaged; get the recogniser again\.$"):
        WhisperRecogniser(folder)


def test_a_head_of_another_size_is_one_sentence(tmp_path: Path) -> None:
    np.savez(tmp_path / FILE, letters="abc", weight=np.zeros((3, 2)), bias=np.zeros(3))

    with pytest.raises(EngineError, match="damaged"):
        Letters(tmp_path)


def test_a_recogniser_without_one_has_none(tmp_path: Path) -> None:
    assert of(write_whisper(tmp_path / "teller", says="stop")) is None


def test_the_end_of_what_was_said_counts() -> None:
    """Of a text, its beginning is never less likely; but nobody stopped there."""
    starter = WhisperRecogniser(starter_dir() / "recogniser")
    whole = "start a timer for the workout"
    texts = [whole, whole.removesuffix("out"), whole.removesuffix(" for the workout")]

    likely = starter.weigh(speech.say(whole), texts)

    assert likely == sorted(likely, reverse=True)
    assert likely[0] > likely[1] + 1


def test_of_several_readings_the_one_that_the_letters_favour_too_comes_first(tmp_path: Path) -> None:
    """These favour none, so that the shortest does best; the starter's decoder thinks another likelier."""
    folder = tmp_path / "recogniser"
    shutil.copytree(starter_dir() / "recogniser", folder)
    with np.load(folder / FILE) as file:
        letters, weight = file["letters"], file["weight"]
    utterance = speech.say("My sister bought an envelope.")

    (folder / FILE).unlink()
    alone = WhisperRecogniser(folder, alternatives=4).transcribe(utterance)
    np.savez(folder / FILE, letters=letters, weight=0 * weight, bias=18 * np.eye(len(weight))[-1])
    both = WhisperRecogniser(folder, alternatives=4).transcribe(utterance)

    readings = (alone.text, *alone.alternatives)
    assert {both.text, *both.alternatives} == set(readings)
    assert both.text == min(readings, key=len) != alone.text


def test_a_head_of_another_model_fails_in_one_sentence(tmp_path: Path) -> None:
    folder = write_whisper(tmp_path / "teller", says="stop")
    head(folder)

    with pytest.raises(EngineError, match="failed; restart voiced, or get the model again"):
        WhisperRecogniser(folder, alternatives=2).transcribe(speech.say("stop"))
