"""`voiced bench` from end to end, in a room in which computing takes no time, and what it says when it cannot begin."""

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import voiced
from tests.home import cache_folder, home, install_ears, install_model, install_voice
from tests.toys import TOY
from voiced.bench.recipes import Recipe
from voiced.cli import main
from voiced.cli.bench import bench
from voiced.cli.parser import build_parser

KEYS = {
    "response_ms", "wait_ms", "compute_ms", "sequential_response_ms", "stages_ms", "false_cutoffs_percent",
    "tts_first_sound_ratio", "extra_tokens_per_turn", "ahead_tokens_per_turn", "vain_tokens_per_turn",
    "idle_cpu_percent", "start_to_listening_s",
    "memory_beyond_models_mb", "bus_answer_ms", "voicectl_ms", "bus_missing", "models", "machine",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache_folder()))
    monkeypatch.chdir(tmp_path)


def options(*arguments: str) -> argparse.Namespace:
    return build_parser().parse_args(["bench", *arguments])


def measured(capsys: pytest.CaptureFixture[str], recipe: Recipe | None, *arguments: str) -> dict[str, Any]:
    assert bench(options("--json", *arguments), recipe, "fast", idle_s=1.0) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def counts(told: dict[str, Any]) -> list[tuple[int, int]]:
    return [(told["response_ms"][kind]["n"], told["sequential_response_ms"][kind]["n"]) for kind in told["wait_ms"]]


@pytest.mark.long
def test_every_kind_is_measured_on_both_sides_and_drawn(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    told = measured(capsys, TOY, "--turns", "1", "--plot", "turns.svg")

    assert set(told) >= KEYS
    assert counts(told) == [(1, 1)] * 3
    assert (told["failed_turns"], told["sequential_failed_turns"]) == (0, 0)
    assert told["models"] == {
        "set": "toy", "scripted": True,
        **{kind: {"name": "a toy", "mb": told["models"][kind]["mb"]} for kind in ("stt", "llm", "tts")},
    }  # fmt: skip
    assert told["machine"]["versions"]["voiced"]
    assert told["memory_beyond_models_mb"] > 50
    assert told["start_to_listening_s"] > 0
    assert (told["bus_answer_ms"]["n"], told["voicectl_ms"]["n"], told["bus_missing"]) == (10, 1, None)
    assert 0 < told["bus_answer_ms"]["p50"] < told["voicectl_ms"]["p50"]
    # The model reads no more than its own turn and that of the command before it, which it was not asked about.
    assert 0 <= told["extra_tokens_per_turn"] < 40
    assert told["vain_tokens_per_turn"] == 0 < told["ahead_tokens_per_turn"]
    picture = (tmp_path / "turns.svg").read_text("utf-8")
    assert "An answer of four sentences" in picture

    # What was printed can be compared with.
    Path("old.json").write_text(json.dumps(told), "utf-8")
    assert bench(options("--turns", "1", "--kinds", "command", "--compare", "old.json"), TOY, "fast", 1.0) == 0
    out = capsys.readouterr().out
    assert "known command" in out
    assert "Compared with before" in out


def test_what_is_installed_is_measured_with_its_own_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    install_ears(home(tmp_path), "hey jarvis why is the sky blue")
    install_model(home(tmp_path), "It is the air. Look up!")
    install_voice(home(tmp_path))
    told = measured(capsys, None, "--models", "installed", "--turns", "1", "--kinds", "short")

    assert counts(told) == [(0, 0), (1, 1), (0, 0)]
    assert (told["models"]["set"], told["models"]["scripted"]) == ("installed", False)
    assert told["models"]["tts"]["name"] == "en_US-kristin-medium.onnx"
    assert told["bus_answer_ms"]["n"] > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--turns", "0"], "0 turns are none; give --turns a number from 1 on."),
        (["--turns", "-3"], "-3 turns are none; give --turns a number from 1 on."),
        (["--compare", "old.json"], "old.json cannot be read (No such file or directory); name what --json"),
        (["--compare", "."], ". cannot be read (Is a directory); name what --json"),
        (["--compare", "broken.json"], "broken.json is not JSON; name what --json"),
        (["--compare", "latin.json"], "latin.json is not JSON; name what --json"),
        (["--compare", "other.json"], "other.json is not a report of this benchmark; name what --json"),
        (["--compare", "list.json"], "list.json is not a report of this benchmark; name what --json"),
        (["--plot", "missing/turns.svg"], "missing/turns.svg cannot be written (No such file or directory);"),
        (["--plot", "."], ". cannot be written (it is a folder);"),
        (["--profile", "nonesuch"], 'There is no hardware profile "nonesuch";'),
    ],
)
def test_what_cannot_work_is_said_before_the_models_are_written(
    arguments: Sequence[str], sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(Path.cwd() / "cache"))
    Path("broken.json").write_text('{"response_ms": ')
    Path("latin.json").write_bytes(b"\xff\xfe{")
    Path("other.json").write_text('{"response_ms": {}}')
    Path("list.json").write_text("[1, 2]")

    assert main(["bench", *arguments]) == (78 if "--profile" in arguments else 1)
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"voiced: {sentence}")
    assert error.count("\n") == 1
    assert not Path("cache").exists()


BEGUN = """
import os
told = open(os.environ["BEGUN"], "w")  # until its end, so that nobody waits for one that has failed
print(os.getpid(), file=told, flush=True)
"""
"""What every Python of the run does first."""


def test_who_interrupts_it_is_told_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    install_ears(home(tmp_path), "hey jarvis why is the sky blue")
    install_model(home(tmp_path), "It is the air. Look up!")
    install_voice(home(tmp_path))
    (tmp_path / "first").mkdir()
    (tmp_path / "first/sitecustomize.py").write_text(BEGUN)
    os.mkfifo(tmp_path / "begun")
    places = f"{tmp_path}/first:{Path(voiced.__file__).parent.parent}"
    environment = os.environ | {"PYTHONPATH": places, "BEGUN": str(tmp_path / "begun")}
    command = [sys.executable, "-m", "voiced", "bench", "--models", "installed", "--json"]
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run,
        (tmp_path / "begun").open() as begun,
    ):
        started = [begun.readline().strip() for _ in range(2)]  # it, and the process that it measures first
        run.send_signal(signal.SIGINT)
        out, error = run.communicate(timeout=60)

    assert (run.returncode, out) == (130, "")
    assert "Traceback" not in error
    assert started[0] == str(run.pid)
    assert started[1]
    assert not Path(f"/proc/{started[1]}").exists()
