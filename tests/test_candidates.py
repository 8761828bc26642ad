"""Which models may be loaded for each stage, whatever else lies in their folders."""

from pathlib import Path

import pytest

from tests.home import home, install_model, install_starters, place_for
from voiced import models
from voiced.candidates import Candidates
from voiced.easing import rungs


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
