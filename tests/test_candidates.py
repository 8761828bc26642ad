"""Which models may be loaded for each stage, whatever else lies in their folders."""

from pathlib import Path

import pytest

from tests.home import home, install_model, install_starters, place_for
from voiced import models
from voiced.candidates import Candidate, Candidates
from voiced.easing import eased, rungs
from voiced.engines import STARTER_TEMPERATURE, Engines
from voiced.llm.llama import LlamaModel


def test_a_link_that_leads_to_nothing_is_no_model_and_keeps_none_away(tmp_path: Path) -> None:
    at_home = home(tmp_path, 'profile = "raspberry-pi-5"')
    install_starters(at_home, "hello", "All is well.")
    for kind, name in (("llm", "away.gguf"), ("tts", "en_US-away.onnx"), ("stt", "away.en"), ("wake", "away.onnx")):
        place_for(kind, at_home, name).symlink_to("/media/usb/away")  # type: ignore[arg-type]
    found = Candidates(at_home)

    assert [each.starter for each in found.of("llm")] == [True]
    good = place_for("llm", at_home, "good.gguf")
    install_model(at_home, "I am a good one.").rename(good)
    assert next(found.of("llm")).place == good
    assert [place for place, _ in found.written("llm")] == [good, at_home.starter / "language.gguf"]
    assert [len(list(found.of(kind))) for kind in ("stt", "tts")] == [1, 1]
    assert len(rungs(at_home)) == 3


def test_a_model_that_is_taken_away_while_it_is_looked_at_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_home = home(tmp_path, 'profile = "raspberry-pi-5"')
    place = install_model(at_home, "All is well.")

    def vanish(*_: object) -> Path:
        place.unlink(missing_ok=True)
        return place

    monkeypatch.setattr(models, "find", vanish)

    assert Candidates(at_home).written("llm") == []
    assert len(rungs(at_home)) == 1


def test_a_machine_in_need_has_the_starter_as_it_always_is(tmp_path: Path) -> None:
    at_home = home(tmp_path, 'profile = "raspberry-pi-5"')
    install_starters(at_home, "hello", "All is well.")
    starter, big = at_home.starter / "language.gguf", install_model(at_home, "I am a big one.")
    with big.open("ab") as file:
        file.write(bytes(3 * starter.stat().st_size))
    ladder = rungs(at_home)
    in_need = eased(at_home, ladder, 3)

    assert in_need.ease.model == starter
    assert list(Candidates(in_need).of("llm")) == [Candidate(starter, True)]
    model = Engines(in_need).model()
    assert isinstance(model, LlamaModel)
    assert (model.name, model.sampling.temperature) == ("llama.cpp (starter)", STARTER_TEMPERATURE)
    assert not model._capitals
