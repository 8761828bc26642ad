"""The path of the program in units and for the bus: what can be written is found again, all else is refused before."""

import shlex
import shutil
from pathlib import Path

import pytest

from tests.test_systemd_units import analyze
from voiced.cli import main
from voiced.errors import InstallError
from voiced.install.layout import PROGRAM
from voiced.install.program import check, from_unit, in_activation, in_unit
from voiced.resources import systemd_dir

ODD = "50 % of my größter; folder"


@pytest.mark.parametrize(
    ("kind", "program", "says"),
    [
        ("--system", "/home/anna/voiced/.venv/bin/voiced", "walled off from /home"),
        ("--system", "/root/voiced/.venv/bin/voiced", "walled off from /root"),
        ("--user", "/tmp/voiced/bin/voiced", "walled off from /tmp"),
        ("--user", "bin/voiced", "whole path"),
        ("--user", "/opt/../home/voiced", "whole path"),
        ("--user", "/opt/$HOME/voiced", "No unit can start"),
        ("--user", "/opt/voiced\nExecStartPost=/bin/sh", "No unit can start"),
    ],
)
def test_a_program_that_the_unit_could_not_start_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str, program: str, says: str
) -> None:
    assert main(["install", kind, "--yes", "--root", str(tmp_path), "--program", program]) == 1
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "--dry-run", "--program", "/opt/no-such/voiced"]) == 1
    assert "There is no program /opt/no-such/voiced" in capsys.readouterr().err


def test_a_link_to_a_place_that_the_unit_does_not_see_is_refused() -> None:
    with pytest.raises(InstallError, match="walled off from /tmp"):
        check(Path("/proc/self/root/tmp/voiced"), "user", here=True)


@pytest.mark.parametrize("kind", ["user", "system"])
def test_systemd_finds_a_program_in_a_folder_of_any_name(tmp_path: Path, kind: str) -> None:
    program = tmp_path / ODD / "voiced"
    program.parent.mkdir()
    shutil.copy(shutil.which("true") or "", program)
    unit = tmp_path / "voiced.service"
    unit.write_text((systemd_dir() / kind / unit.name).read_text("utf-8").replace(PROGRAM, in_unit(program)))
    done = analyze("verify", "--man=no", f"--{kind}", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_a_tree_gets_it_written_for_whoever_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", "/home/anna")
    program = f"/opt/{ODD}/voiced"
    assert main(["install", "--yes", "--root", str(tmp_path), "--program", program]) == 0
    unit = tmp_path / "home/anna/.config/systemd/user/voiced.service"
    assert f'ExecStart="{program.replace("%", "%%")}" run --bus session\n' in unit.read_text("utf-8")
    assert from_unit(unit.read_text("utf-8")) == program
    activation = tmp_path / "home/anna/.local/share/dbus-1/services/org.voiced.Voiced1.service"
    [line] = [line for line in activation.read_text("utf-8").splitlines() if line.startswith("Exec=")]
    assert shlex.split(line.removeprefix("Exec=")) == [program, "run", "--bus", "session"]


def test_an_ordinary_path_is_left_as_it_is() -> None:
    plain = Path("/opt/voiced-0.1/.venv/bin/voiced")
    assert in_unit(plain) == in_activation(plain) == str(plain)
    assert from_unit(f"[Service]\nExecStart=-{plain} run\n") == str(plain)
    assert from_unit("[Service]\nExecReload=/bin/true\n") is None
