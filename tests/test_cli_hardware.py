"""`voiced hardware`: on folders laid out like boards, and on this machine, in a process of its own."""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.boards import AVX, BOARDS, Board
from tests.home import live_in
from voiced.cli import main
from voiced.cli.hardware import tell
from voiced.compose import settle
from voiced.hardware.bandwidth import Bandwidth, measure
from voiced.hardware.machine import Machine
from voiced.hardware.profile import load_profiles
from voiced.hardware.survey import Survey, survey
from voiced.models.catalogue import load_catalogue
from voiced.resources import hardware_dir

CATALOGUE = load_catalogue()
PROFILES = load_profiles(hardware_dir())


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path / "home", monkeypatch)
    monkeypatch.setenv("COLUMNS", "100")


def told(
    capsys: pytest.CaptureFixture[str],
    root: Path,
    *,
    config: Path | None = None,
    profile: str | None = None,
    as_json: bool = True,
) -> str:
    options = argparse.Namespace(config=config, profile=profile, json=as_json)
    assert tell(options, root, 0.001) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", BOARDS)
def test_each_board_is_told_what_it_is_and_what_it_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    machine = BOARDS[name].lay_out(tmp_path)
    found: dict[str, Any] = json.loads(told(capsys, tmp_path))

    assert (found["profile"], found["machine"]["memory_mb"]) == (name, machine.memory_mb)
    assert found["uses"]["lacks_mb"] == 0
    assert found["uses"]["memory_mb"] == sum(found["uses"]["memory_parts_mb"].values())
    assert found["expected_ms"]["origin"] == "estimated"
    assert found["bandwidth_gb_s"]["all"] >= found["bandwidth_gb_s"]["one"] > 0
    assert [each["memory_mb"] for each in found["profiles"]] == sorted(each["memory_mb"] for each in found["profiles"])


def test_people_read_what_was_found_what_is_used_and_what_a_step_costs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    BOARDS["raspberry-pi-4"].lay_out(tmp_path)
    text = " ".join(told(capsys, tmp_path, as_json=False).split())

    assert "board Raspberry Pi 4 Model B Rev 1.2 processor 4 cores (4 Cortex-A72)" in text
    assert "instructions aarch64, asimd memory 1,939 MB" in text
    assert "graphics none that voiced could use cooling 48 °C now, no fan is known" in text
    assert 'This machine calls itself "Raspberry Pi 4 Model B Rev 1.2".' in text
    assert "runs tiny.en, Qwen2.5-0.5B-Instruct-Q4_0 with 2,048 tokens, en_US-kristin-medium, no drafts" in text
    assert "memory 999 MB: voiced 125, tiny.en 140, Qwen2.5-0.5B-Instruct-Q4_0 554, en_US-kristin-medium 180" in text
    assert "a command is answered after 1.1 s, an answer after 3.0 s (estimated;" in text
    assert "One step up, raspberry-pi-4-4gb, costs 25 MB of memory;" in text
    assert (
        "One step down, raspberry-pi-zero-2-w, saves 719 MB of memory and 572 MB of disk; it runs pocketsphinx," in text
    )
    assert "Qwen3-4B-Q4_0 3,939 MB" in text
    assert "lacks 2,388 MB" in text  # 3,939 less four fifths of 1,939


def test_a_machine_that_slows_itself_down_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    BOARDS["raspberry-pi-5"].lay_out(tmp_path)
    (tmp_path / "sys/devices/platform/soc/soc:firmware/get_throttled").write_text("50005\n")
    text = " ".join(told(capsys, tmp_path, as_json=False).split())
    assert "the machine slows itself down: too little voltage, throttling" in text


def test_a_profile_that_is_too_large_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    BOARDS["raspberry-pi-zero-2-w"].lay_out(tmp_path)
    text = " ".join(told(capsys, tmp_path, profile="raspberry-pi-4", as_json=False).split())
    assert "What is chosen lacks 650 MB: a fifth of 437 MB belongs to the system. Name smaller models" in text
    assert "It was asked for by name." in text


def test_what_config_toml_names_is_counted_or_said_to_be_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    BOARDS["desktop"].lay_out(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text('[llm]\nmodel = "my[b]model"\ncontext_tokens = 1024\n[stt]\nmodel = "tiny.en"\n')
    found = json.loads(told(capsys, tmp_path, config=config))
    text = told(capsys, tmp_path, config=config, as_json=False)

    assert found["uses"]["models"] == {"stt": "tiny.en", "llm": "my[b]model", "tts": "en_US-kristin-medium"}
    assert found["uses"]["tokens_s_at_most"] is None
    assert found["uncounted"] == ["my[b]model"]
    assert "besides my[b]model, of which the catalogue knows nothing" in " ".join(text.split())
    assert "reckoned with small.en, not tiny.en and Qwen3-4B-Q4_0, not my[b]model (estimated;" in " ".join(text.split())


@pytest.mark.parametrize(("voice", "hears", "speaks", "memory_mb"), [
    ("german", "base", "de_DE-mls-medium", 1243), ("british", "base.en", "en_GB-cori-medium", 1398),
])  # fmt: skip
def test_the_voice_chooses_the_models_as_it_does_for_voiced_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], voice: str, hears: str, speaks: str, memory_mb: int
) -> None:
    BOARDS["raspberry-pi-5"].lay_out(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text(f'voice = "{voice}"\n')
    found = json.loads(told(capsys, tmp_path, config=config))
    assert main(["models", "list", "--json", "--config", str(config), "--profile", "raspberry-pi-5"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    text = " ".join(told(capsys, tmp_path, config=config, as_json=False).split())

    assert (found["uses"]["models"]["stt"], found["uses"]["models"]["tts"]) == (hears, speaks)
    assert set(found["uses"]["models"].values()) == {each["name"] for each in listed if each["recommended"]}
    assert found["uses"]["memory_mb"] == memory_mb, "pocketsphinx reads along in English alone"
    assert found["expected_ms"]["models"]["tts"] == "en_US-kristin-medium"
    assert f"reckoned with en_US-kristin-medium, not {speaks} (estimated; " in text


def test_where_nothing_hears_the_language_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    BOARDS["raspberry-pi-zero-2-w"].lay_out(tmp_path)
    config = tmp_path / "config.toml"
    config.write_text('voice = "german"\n')
    text = " ".join(told(capsys, tmp_path, config=config, as_json=False).split())
    assert "runs no recogniser, commands alone, espeak-ng" in text


def test_engines_are_asked_whether_they_can_use_a_graphics_processor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    BOARDS["desktop-nvidia"].lay_out(tmp_path)
    cuda = json.loads(told(capsys, tmp_path))["cuda"]
    assert set(cuda) == {"CTranslate2", "llama.cpp"}
    assert "NVIDIA GeForce RTX 3060; " in told(capsys, tmp_path, as_json=False)
    BOARDS["desktop"].lay_out(tmp_path / "without")
    text = " ".join(told(capsys, tmp_path / "without", profile="desktop-nvidia", as_json=False).split())
    assert ("graphics not used by " in text) == (not all(cuda.values()))


def test_an_unknown_machine_is_no_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, tmp_path / "nothing", as_json=False)
    assert "No profile describes this machine" in text
    assert "no thermometer is known" in text


def test_a_mistake_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["hardware", "--profile", "raspberry-pi-6"]) == 78
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "did you mean `raspberry-pi-5`?" in said.err


def test_this_very_machine_is_looked_at_in_two_seconds_of_copying(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voiced", "hardware", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"HOME": str(tmp_path)}, timeout=110)
    found = json.loads(done.stdout)
    assert done.stderr == ""
    assert 0.01 < found["bandwidth_gb_s"]["one"] < 10_000
    assert found["uses"]["memory_mb"] > 200


def test_the_bandwidth_is_that_of_the_best_pass() -> None:
    found = measure(seconds=0.01)
    assert found.all >= found.one > 0
    assert found.threads >= 1


def stepped(machine: Machine, name: str | None = None) -> Survey:
    setting = settle(None, name, {"HOME": "/nonexistent"}, machine)
    return survey(machine, Bandwidth(3.0, 3.3, 4), setting, PROFILES, CATALOGUE)


def test_a_language_model_writes_no_faster_than_its_weights_are_read(tmp_path: Path) -> None:
    """The published figures of a Raspberry Pi 4: 3.3 GB/s, and 7.9 tokens a second with 0.5B."""
    at_most = stepped(BOARDS["raspberry-pi-4"].lay_out(tmp_path)).chosen.tokens_s
    assert at_most is not None
    assert 7.6 < at_most < 7.8


@pytest.mark.parametrize(
    ("board", "chosen", "down", "up", "wants"),
    [
        (BOARDS["raspberry-pi-4"], "raspberry-pi-4", "raspberry-pi-zero-2-w", "raspberry-pi-4-4gb", "3,300 MB"),
        (BOARDS["raspberry-pi-4-8gb"], "raspberry-pi-4-8gb", "raspberry-pi-4-4gb", "", ""),
        (BOARDS["raspberry-pi-5"], "raspberry-pi-5", "raspberry-pi-4-4gb", "raspberry-pi-5-8gb", "7,000 MB"),
        (BOARDS["raspberry-pi-5-16gb"], "raspberry-pi-5-16gb", "raspberry-pi-5-8gb", "", ""),
        (BOARDS["mini-pc"], "mini-pc", "raspberry-pi-zero-2-w", "desktop", "12,000 MB"),
        (BOARDS["laptop"], "laptop", "raspberry-pi-zero-2-w", "desktop", ""),
        (BOARDS["desktop"], "desktop", "mini-pc", "", ""),
        (Board(AVX, 4, 16_000_000, processor="Intel(R) Core(TM) i5-2400"), "mini-pc", "raspberry-pi-zero-2-w", "", ""),
    ],
    ids=lambda value: value.model or value.processor if isinstance(value, Board) else None,
)
def test_steps_lead_to_what_this_kind_of_machine_could_run(
    tmp_path: Path, board: Board, chosen: str, down: str, up: str, wants: str
) -> None:
    found = stepped(board.lay_out(tmp_path))
    names = [each.name if each else "" for each in (found.chosen, found.down, found.up)]
    assert names == [chosen, down, up]
    assert wants in (found.up.wants if found.up else "")
    assert found.up is None or bool(found.up.wants) == bool(wants)


def test_what_takes_more_but_is_for_another_machine_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A laptop's profile would let a Raspberry Pi get 97 °C hot, which it slows down at 80 for."""
    BOARDS["raspberry-pi-5-16gb"].lay_out(tmp_path / "pi")
    text = " ".join(told(capsys, tmp_path / "pi", as_json=False).split())
    assert "no step up on this machine: laptop, the next, is for another one, with an x86_64 processor." in text
    assert len(re.findall(r"≤ [\d.]+ no ", text)) == 2, "laptop and desktop"
    BOARDS["mini-pc"].lay_out(tmp_path / "pc")
    text = " ".join(told(capsys, tmp_path / "pc", as_json=False).split())
    assert "The profile chosen is mini-pc, made for: " in text
    assert "It is made for 12,000 MB of memory." in text


def test_what_fits_on_a_board_is_counted() -> None:
    gigabyte = Machine(memory_mb=1000)
    assert stepped(gigabyte, "raspberry-pi-zero-2-w").chosen.lacks_mb == 0
    assert stepped(gigabyte, "raspberry-pi-4").chosen.lacks_mb == 199
    assert stepped(Machine(), "desktop").chosen.lacks_mb == 0, "nobody knows"


@pytest.mark.parametrize("name", ["laptop", "mini-pc", "desktop", "desktop-nvidia"])
def test_of_profiles_that_run_the_same_the_one_in_use_is_in_the_list(name: str) -> None:
    assert [fit.name for fit in stepped(Machine(), name).ladder].count(name) == 1
