"""The command line as a whole: what it says, and what it ends with."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.home import live_in
from voiced import __version__
from voiced.cli import main

COMMANDS = ("run", "demo", "converse", "transcribe", "ask", "say", "devices", "doctor")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live_in(tmp_path, monkeypatch)


def voiced(*arguments: str | bytes, stdout: int | None = subprocess.PIPE) -> "subprocess.CompletedProcess[bytes]":
    """`voiced` in a process of its own."""
    program = [sys.executable, "-m", "voiced", *arguments]
    return subprocess.run(program, stdout=stdout, stderr=subprocess.PIPE, check=False, timeout=60)


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """The one sentence on standard error."""
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("voiced: ")
    assert error.count("\n") == 1
    return error.removeprefix("voiced: ").strip()


def test_every_command_says_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert all(f"    {command}" in text for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_explains_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main([command, "--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    assert "--config FILE" in text
    assert "--profile NAME" in text


def test_help_waits_for_no_engine() -> None:
    source = (
        "import sys; from voiced.cli import main\n"
        "try: main(['converse', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'onnxruntime', 'llama_cpp', 'faster_whisper', 'hassil'} & set(sys.modules)\n"
        "sys.exit(repr(heavy) if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"voiced {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["speak"], ["ask"], ["say"], ["say", "a", "b"], ["converse", "--pace", "x"]])
def test_nonsense_is_refused_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: voiced")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read (No such file or directory)"),
        ("vioce = 3", "did you mean `voice`?"),
        ("[llm\n", "is not valid TOML"),
        ('voice = "nobody"', 'There is no voice "nobody"'),
        ('profile = "toaster"', 'There is no hardware profile "toaster"'),
        ("[speaker]\nvolume = 7", "speaker.volume: 7 is out of range"),
    ],
)
def test_a_wrong_configuration_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, expected: str
) -> None:
    file = tmp_path / "my.toml"
    if content is not None:
        file.write_text(content)

    assert main(["ask", "--config", str(file), "what time is it"]) == 78
    assert expected in complaint(capsys)


def test_an_unknown_profile_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["say", "--profile", "toaster", "hello"]) == 78
    assert 'There is no hardware profile "toaster"' in complaint(capsys)


def test_without_a_home_there_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HOME")

    assert main(["ask", "what time is it"]) == 78
    assert "set HOME or XDG_CONFIG_HOME" in complaint(capsys)


def test_a_state_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".local").write_text("in the way")

    assert main(["ask", "what time is it"]) == 1
    assert str(tmp_path / ".local") in complaint(capsys)


def test_an_output_that_cannot_be_written_is_one_sentence_without_a_traceback() -> None:
    with Path("/dev/full").open("wb") as full:
        done = voiced("ask", "what time is it", stdout=full.fileno())

    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == [
        "voiced: The output cannot be written (No space left on device); write elsewhere."
    ]


def test_a_reader_that_has_left_is_nothing_to_complain_about() -> None:
    program = f"{sys.executable} -m voiced ask --json 'what time is it' 'what day is it' | true"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {program}"], capture_output=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (1, b"")


FULL = "voiced: The output cannot be written (No space left on device); write elsewhere.\n"


@pytest.mark.parametrize(
    ("command", "status", "complaint"),
    [
        ("--help | true", 1, ""),
        ("--help >/dev/full", 1, FULL),
        ("ask --help >/dev/full", 1, FULL),
        ("--version >/dev/full", 1, FULL),
        ("voices >&-", 0, ""),
        ("voices <&- >&- 2>&-", 0, ""),
        ('install --root "$HOME" <&-', 1, "Nobody is there to be asked"),
    ],
)
def test_streams_that_are_closed_or_full_are_no_traceback(command: str, status: int, complaint: str) -> None:
    line = ["bash", "-c", f'set -o pipefail; "$@" {command}', "-", sys.executable, "-m", "voiced"]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == status
    assert complaint in done.stderr
    assert done.stderr.count("\n") == bool(complaint)


def test_letters_that_the_terminal_lacks_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = voiced("ask", "--json", "set a timer for five minutes called crème brûlée".encode())

    assert done.returncode == 0
    assert b"cr\\xe8me" in done.stdout


def test_bytes_that_are_no_text_are_taken_for_what_they_are() -> None:
    done = voiced("ask", "--json", b"what time is it \xff\xfe")

    assert (done.returncode, done.stderr) == (0, b"")
    assert "what time is it ��" in done.stdout.decode()
