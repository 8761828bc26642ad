"""What a person sees while the set-up works, and when something in it fails."""

import io
import sys
from pathlib import Path

import pytest
from bootstrap import progress
from bootstrap.errors import CAUSES, cause
from hypothesis import given
from hypothesis import strategies as st

from tests.test_setup import sentence

ROOT = Path(__file__).parent.parent


def test_ninjas_count_moves_the_bar() -> None:
    step = progress.ninja("  [12/48] /usr/bin/c++ -DNDEBUG -O3 ggml.cpp")
    assert step is not None
    assert step.share == 0.25
    assert progress.ninja("-- Configuring done (0.7s)") is None


def test_apt_downloads_fill_the_first_half_and_installing_the_second() -> None:
    fetched = progress.apt("dlstatus:3:50.0000:Retrieving file 3 of 5")
    unpacked = progress.apt("pmstatus:flite:50.0000:Unpacking flite (amd64)")
    assert fetched == progress.Step(0.25, "Retrieving file 3 of 5")
    assert unpacked == progress.Step(0.75, "Unpacking flite (amd64)")
    assert progress.apt("Reading package lists...") is None


def test_pips_packages_are_counted() -> None:
    measure = progress.pip(4)
    first = measure("Collecting numpy==2.4.6 (from -r requirements/run.txt (line 1))\n")
    second = measure("Requirement already satisfied: rich==15.0.0 in ./.venv/lib\n")
    assert first == progress.Step(0.125, "numpy")
    assert second == progress.Step(0.25, "rich")
    assert measure("  Downloading numpy-2.4.6.whl (16.9 MB)") is None


@given(st.text())
def test_no_line_of_output_breaks_the_bar(line: str) -> None:
    for measure in (progress.ninja, progress.apt, progress.pip(0)):
        step = measure(line)
        bar = progress.Bar("label", io.StringIO())
        if step:
            bar.show(step)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_one_line_that_fills_up() -> None:
    screen = Terminal()
    bar = progress.Bar("compiling", screen)
    for share in (0.0, 0.5, 1.0):
        bar.show(progress.Step(share, "a note"))
    bar.done("done")
    shown = screen.getvalue()
    assert shown.count("\n") == 1
    assert "█" * 10 + "░" * 10 in shown
    assert " 50 %" in shown
    assert shown.rstrip().endswith("done in 0 s")


def test_a_log_without_terminal_gets_no_carriage_returns() -> None:
    log = io.StringIO()
    bar = progress.Bar("compiling", log)
    bar.show(progress.Step(0.5, ""))
    bar.done("done")
    assert log.getvalue() == "  compiling  done in 0 s\n"


# What fails


def failing(output: str) -> list[str]:
    return [sys.executable, "-c", f"print({output!r}); raise SystemExit(3)"]


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("E: Failed to fetch http://somewhere/flite.deb  Temporary failure resolving 'somewhere'", "network"),
        ("ERROR: Could not find a version that satisfies the requirement rich (from versions: none)", "network"),
        ("NewConnectionError: Failed to establish a new connection: [Errno 101] Network is unreachable", "network"),
        ("OSError: [Errno 28] No space left on device", "disk"),
        ("c++: fatal error: Killed signal terminated program cc1plus", "memory"),
        ("E: Could not get lock /var/lib/dpkg/lock-frontend", "Another program"),
        ("sudo: a password is required", "sudo"),
        ("guest is not in the sudoers file.", "sudo"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "pinned"),
        ("E: Unable to locate package libgirepository1.0-dev", "release"),
    ],
)
def test_a_known_failure_is_explained_in_one_sentence(tmp_path: Path, output: str, word: str) -> None:
    log = tmp_path / "logs" / "step.log"
    said = sentence(lambda: progress.run("step", failing(output), log))
    assert word in said
    assert output in log.read_text()


def test_an_unknown_failure_shows_the_end_of_its_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "step.log"
    said = sentence(lambda: progress.run("compiling", failing("something unheard of"), log))
    assert str(log) in said
    assert "something unheard of" in capsys.readouterr().err


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no-such-program" in sentence(lambda: progress.run("step", ["no-such-program"], tmp_path / "log"))


def test_success_is_no_cause_for_complaint() -> None:
    assert cause("Successfully installed numpy-2.4.6") is None
    assert all(said.endswith(".") for _, said in CAUSES)


def test_the_setup_leads_no_program_out_of_the_environment() -> None:
    clean = progress.clean_environment({"PYTHONPATH": ".ci", "PIP_USER": "1", "HOME": "/home/x"}, PATH="/bin")
    assert "PYTHONPATH" not in clean
    assert clean["PIP_USER"] == "0"
    assert clean["HOME"] == "/home/x"
    assert clean["PATH"] == "/bin"


# The whole
