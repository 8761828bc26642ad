"""What was learnt of a voice, as a file: written, read, and refused when it is not what it should be."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.home import home
from voiced.engines import Engines
from voiced.errors import EngineError, StateError
from voiced.stages import FRAME
from voiced.verifier import EMBEDDING, FORMAT, Verifier, forget, known, load, load_known, place, save
from voiced.wake import CONSECUTIVE, WARM_UP, OpenWakeWord

SIZE = 16 * EMBEDDING

NOBODY, EVERYBODY = -1000.0, 1000.0


def verifier(bias: float = 0.0, size: int = SIZE) -> Verifier:
    return Verifier(np.zeros(size), bias, 0.5)


def stored(**changes: Any) -> dict[str, Any]:
    return {"format": FORMAT, "sure": 0.5, "bias": 0.0, "weights": [0.0] * SIZE} | changes


def test_a_verdict_outlives_the_file(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    learnt = Verifier(random.normal(0, 0.01, SIZE), -0.3, 0.6)
    seen = random.normal(0, 10, (50, SIZE)).astype(np.float32)
    save(learnt, tmp_path / "voices" / "me.json")
    again = load(tmp_path / "voices" / "me.json")
    assert again.sure == 0.6
    assert np.allclose(again.probabilities(seen), learnt.probabilities(seen), atol=1e-5)
    assert {each.knows(row) for each in (learnt, again) for row in seen} == {True, False}


def test_the_file_is_its_owners_alone_and_holds_numbers_alone(tmp_path: Path) -> None:
    file = tmp_path / "voices" / "me.json"
    save(verifier(), file)
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(file.parent.iterdir()) == [file]
    table = json.loads(file.read_text())
    assert set(table) == {"format", "sure", "bias", "weights"}
    assert all(isinstance(each, float) for each in table["weights"])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95pickle",
        b"[" * 100_000,
        b"[1, 2]",
        b"null",
        b"9" * 1_100_000,
        json.dumps(stored(format=2)).encode(),
        json.dumps(stored(weights=[0.0])).encode(),
        json.dumps(stored(weights=["0"] * SIZE)).encode(),
        json.dumps(stored(bias=float("nan"))).encode(),
        json.dumps(stored(sure=0)).encode(),
        json.dumps(stored(code="import os")).encode(),
        json.dumps({"format": FORMAT}).encode(),
        json.dumps(stored()).encode()[:-20],
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "me.json"
    file.write_bytes(content)
    with pytest.raises(EngineError) as told:
        load(file)
    sentence = str(told.value)
    assert str(file) in sentence
    assert "\n" not in sentence
    assert sentence.endswith("run `voiced wake verify-me` again.")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_are_worse_than_damaged(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_bytes(content)
    with pytest.raises(EngineError):
        load(file)


def test_a_missing_file_and_a_folder_that_is_not_ours_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be read"):
        load(tmp_path / "me.json")
    (tmp_path / "file").touch()
    with pytest.raises(StateError):
        save(verifier(), tmp_path / "file" / "me.json")
    with pytest.raises(StateError, match="cannot be written"):
        forget(tmp_path / "me.json")


def test_a_word_leads_nowhere_else(tmp_path: Path) -> None:
    for word in ("../models", "", "..", "a/b", ".hidden"):
        with pytest.raises(EngineError):
            place(word, "me", home(tmp_path).paths)


def test_every_person_who_is_known_is_loaded(tmp_path: Path) -> None:
    paths = home(tmp_path).paths
    with pytest.raises(EngineError, match="verify-me"):
        load_known("alexa", paths)
    for name in ("me", "you"):
        save(verifier(), place("alexa", name, paths))
    assert [each.stem for each in known("alexa", paths)] == ["me", "you"]
    assert len(load_known("alexa", paths)) == 2


# --- in the detector ---


@pytest.fixture(scope="module")
def jarvis() -> OpenWakeWord:
    return OpenWakeWord(["hey_jarvis"])


class Scored(OpenWakeWord):
    """Hears what it is told to have heard, and counts how often somebody asks what the network saw."""

    said = 0.0
    asked = 0

    def scores(self, frame: np.ndarray[Any, Any]) -> dict[str, float]:
        del frame
        return {"hey_jarvis": self.said}

    def embeddings(self, word: str) -> np.ndarray[Any, Any]:
        self.asked += 1
        return super().embeddings(word)

    def wakes(self, scores: list[float]) -> int:
        found = 0
        for self.said in [0.0] * WARM_UP + scores:
            found += self.hear(np.full(FRAME, 1000, np.int16)) is not None
        return found


@pytest.mark.parametrize(
    ("verifiers", "wakes"),
    [([], 1), ([NOBODY], 0), ([EVERYBODY], 1), ([NOBODY, NOBODY], 0), ([NOBODY, EVERYBODY], 1)],
)
def test_a_word_wakes_in_a_known_voice_alone(verifiers: list[float], wakes: int) -> None:
    detector = Scored(["hey_jarvis"])
    detector.verify("hey_jarvis", [verifier(bias) for bias in verifiers])
    assert detector.wakes([0.9] * CONSECUTIVE) == wakes


def test_nobody_is_asked_below_the_threshold() -> None:
    detector = Scored(["hey_jarvis"])
    detector.verify("hey_jarvis", [verifier(NOBODY)])
    detector.wakes([0.49] * 30)
    assert detector.asked == 0
    detector.wakes([0.9])
    assert detector.asked == 1


def test_a_stranger_who_goes_on_does_not_wake_later_either() -> None:
    detector = Scored(["hey_jarvis"])
    detector.verify("hey_jarvis", [verifier(NOBODY)])
    assert detector.wakes([0.9] * 60) == 0


def test_a_verifier_of_another_network_is_refused(jarvis: OpenWakeWord) -> None:
    with pytest.raises(EngineError, match="another model of hey_jarvis"):
        jarvis.verify("hey_jarvis", [verifier(size=28 * EMBEDDING)])


def test_what_the_network_saw_is_what_a_verifier_is_asked_about(jarvis: OpenWakeWord) -> None:
    jarvis.scores(np.zeros(FRAME, np.int16))
    assert jarvis.embeddings("hey_jarvis").shape == (SIZE,)


# --- in the daemon ---


def test_a_configured_verifier_is_used(tmp_path: Path) -> None:
    at_home = home(tmp_path, "[wake]\nverifier = true\n")
    save(verifier(NOBODY), place("hey_jarvis", "me", at_home.paths))
    engines = Engines(at_home)
    detector = engines.wake()
    assert isinstance(detector, OpenWakeWord)
    assert [each.bias for each in detector._verifiers["hey_jarvis"]] == [NOBODY]
    assert engines.health()["wake"] == "ok"


@pytest.mark.parametrize("content", [None, "damaged", json.dumps(stored(weights=[0.0] * 28 * EMBEDDING))])
def test_without_a_usable_one_the_word_is_obeyed_in_any_voice_and_health_says_so(
    tmp_path: Path, content: str | None
) -> None:
    at_home = home(tmp_path, "[wake]\nverifier = true\n")
    if content is not None:
        file = place("hey_jarvis", "me", at_home.paths)
        file.parent.mkdir(parents=True)
        file.write_text(content)
    engines = Engines(at_home)
    detector = engines.wake()
    assert isinstance(detector, OpenWakeWord)
    assert not detector._verifiers.get("hey_jarvis")
    assert engines.health()["wake"].startswith(
        "The verifier of hey_jarvis cannot be used, so any voice takes its place: "
    )


def test_one_that_is_not_configured_is_not_read(tmp_path: Path) -> None:
    at_home = home(tmp_path)
    save(verifier(NOBODY), place("hey_jarvis", "me", at_home.paths))
    detector = Engines(at_home).wake()
    assert isinstance(detector, OpenWakeWord)
    assert not detector._verifiers
