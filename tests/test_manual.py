"""Man pages and completion: what the shells make of them, where those shells are installed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from voiced.cli import STATUSES
from voiced.manual import files, programs
from voiced.program import INTERRUPTED

FILES = files()


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prefix")
    subprocess.run([sys.executable, "-m", "voiced.manual", str(folder)], check=True)
    return folder


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def run(*command: str | Path) -> str:
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": "/nonexistent"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout


def test_every_file_is_written(prefix: Path) -> None:
    written = {str(f.relative_to(prefix)): f.read_text("utf-8") for f in prefix.rglob("*") if f.is_file()}
    assert written == FILES
    assert len(FILES) == 8


def test_every_command_and_option_is_everywhere() -> None:
    for program in programs():
        texts = [text for path, text in FILES.items() if Path(path).stem.removeprefix("_") == program.name]
        assert len(texts) == 4
        for command in program.walk():
            for text in texts:
                plain = text.replace("\\-", "-")
                assert command.name in plain
                for option in command.options:
                    for flag in option.flags:
                        assert flag in plain or f"-l {flag[2:]}" in text or f"-s {flag[1:]} " in text


def test_commands_of_commands_are_found() -> None:
    paths = [" ".join(command.path) for program in programs() for command in program.walk()]
    assert {"voiced run", "voiced demo", "voicectl ask", "voicectl timers cancel"} <= set(paths)


@needs("groff")
@pytest.mark.parametrize("name", ["voiced", "voicectl"])
def test_man_pages_are_sound(prefix: Path, name: str) -> None:
    shown = run("groff", "-man", "-Tutf8", "-ww", prefix / f"share/man/man1/{name}.1")
    assert f"{name} - " in shown.replace("\x1b[0m", "").replace("‐", "-").replace("−", "-")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["voicectl", "st"], ["status", "stop"]),
        (["voicectl", "--bus", "s"], ["session", "system"]),
        (["voicectl", "--bus", "system", "mut"], ["mute"]),
        (["voicectl", "status", "--b"], ["--bus"]),
        (["voicectl", "timers", "c"], ["cancel"]),
        (["voicectl", "timers", "cancel", "--j"], ["--json"]),
        (["voiced", "run", "--bus", "n"], ["none"]),
        (["voiced", "hardware", "--profile", "raspberry-pi-5-"], ["raspberry-pi-5-8gb", "raspberry-pi-5-16gb"]),
        (["voiced", "demo", "--config", "/etc/host"], ["/etc/hostname", "/etc/hosts"]),
        (["voiced", "transcribe", "/etc/hostn"], ["/etc/hostname"]),
    ],
)
def test_bash_completes(prefix: Path, typed: list[str], expected: list[str]) -> None:
    script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _$1; printf "%s\\n" "${COMPREPLY[@]}"'
    completion = prefix / "share/bash-completion/completions" / typed[0]
    found = run("bash", "--norc", "-c", script, completion, *typed).split()
    assert set(expected) <= set(found)
    assert all(each.startswith(typed[-1]) for each in found)


def test_the_man_page_knows_every_exit_status() -> None:
    section = FILES["share/man/man1/voiced.1"].partition('.SH "EXIT STATUS"\n')[2].partition(".SH")[0]
    told = re.findall(r'^\.B "(\d+)"$', section, re.MULTILINE)
    assert list(map(int, told)) == sorted([0, 1, 2, *STATUSES.values(), INTERRUPTED])


@needs("fish")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("voicectl st", ["status", "stop"]),
        ("voicectl timers c", ["cancel"]),
        ("voiced run --bus n", ["none"]),
        ("voicectl ask --no", ["--no-wait"]),
    ],
)
def test_fish_completes(prefix: Path, tmp_path: Path, typed: str, expected: list[str]) -> None:
    file = prefix / f"share/fish/vendor_completions.d/{typed.split(maxsplit=1)[0]}.fish"
    found = run("env", f"HOME={tmp_path}", "fish", "--no-config", "-c", f"source {file}; complete -C '{typed}'")
    assert [line.split("\t")[0] for line in found.splitlines()] == expected


@needs("zsh")
@pytest.mark.parametrize("name", ["voiced", "voicectl"])
def test_zsh_understands_its_file(prefix: Path, name: str) -> None:
    assert run("zsh", "-n", prefix / f"share/zsh/site-functions/_{name}") == ""
