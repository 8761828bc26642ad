"""pocketsphinx's own files: what is left out is never read."""

import math
from pathlib import Path

import pytest
from pocketsphinx import Decoder, get_model_path  # type: ignore[import-untyped]

from tests import speech
from voiced.stt import dictionary

TEXT = "my sister will bring the children on saturday"


def words(file: Path) -> list[str]:
    return [line.split()[0] for line in file.read_text("utf-8").splitlines()]


def test_without_the_words_that_its_model_does_not_know_it_reads_the_same(tmp_path: Path) -> None:
    """Word for word, and score for score."""
    fewer = dictionary.write_english(tmp_path / "english")
    sound = speech.say(TEXT).tobytes()
    heard = []
    for changed in ({}, {"dict": str(fewer)}):
        decoder = Decoder(samprate=16_000, loglevel="FATAL", **changed)
        decoder.start_utt()
        decoder.process_raw(sound, full_utt=True)
        decoder.end_utt()
        heard.append((decoder.hyp().hypstr, math.log(decoder.hyp().score)))

    assert heard[0] == heard[1]
    assert 50_000 < len(words(fewer)) < 0.6 * len(words(Path(get_model_path(dictionary.DICTIONARY))))
    assert set(TEXT.split()) < set(words(fewer))


def test_a_model_of_another_kind_leaves_all_words_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dictionary, "MODEL", dictionary.DICTIONARY)

    assert len(words(dictionary.write_english(tmp_path / "english"))) > 130_000


def test_what_can_be_pronounced_is_told_from_what_cannot() -> None:
    assert dictionary.known(["stop", "xyzzyq", "jarvis", "the(2)"]) == {"stop", "jarvis"}
