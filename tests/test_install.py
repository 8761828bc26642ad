"""`voiced install` and `uninstall` in trees: what they bring, that they can be repeated, and are all or nothing."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trees import snapshot
from voiced.cli import main
from voiced.install.seal import is_sealed, sealed

UNIT = "etc/systemd/system/voiced.service"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", "/home/anna")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (tmp_path / "etc/group").write_text("root:x:0:\naudio:x:29:\n")
    return tmp_path


def install(tree: Path, *options: str) -> int:
    return main(["install", "--root", str(tree), *options])


def uninstall(tree: Path, *options: str) -> int:
    return main(["uninstall", "--root", str(tree), "--yes", *options])


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make accounts in a tree")


@needs_root
def test_the_systems_service_comes_with_all_that_it_needs(tree: Path) -> None:
    assert install(tree, "--system", "--yes", "--profile", "raspberry-pi-4", "--program", "/opt/voiced/bin/voiced") == 0
    there = snapshot(tree)
    assert b"ExecStart=/opt/voiced/bin/voiced run --bus system\n" in there[UNIT]
    assert there["etc/systemd/system/multi-user.target.wants/voiced.service"] == "../voiced.service"
    assert (tree / "etc/systemd/system/multi-user.target.wants/voiced.service").resolve() == tree / UNIT
    assert b"MemoryMax=1500M" in there["etc/systemd/system/voiced.service.d/50-hardware.conf"]
    assert "etc/dbus-1/system.d/org.voiced.Voiced1.conf" in there
    assert "usr/local/share/dbus-1/system-services/org.voiced.Voiced1.service" in there
    assert "voiced:x:" in (tree / "etc/passwd").read_text()
    assert ":voiced" in next(
        line for line in (tree / "etc/group").read_text().splitlines() if line.startswith("audio:")
    )


def test_a_persons_service_lies_in_their_home_and_lingers(tree: Path) -> None:
    """M4."""
    assert install(tree, "--user", "--yes") == 0
    assert (tree / "home/anna/.config/systemd/user/default.target.wants/voiced.service").resolve().is_file()
    assert (tree / "home/anna/.local/share/dbus-1/services/org.voiced.Voiced1.service").is_file()
    assert len(list((tree / "var/lib/systemd/linger").iterdir())) == 1


@needs_root
def test_a_person_of_the_tree_gets_all_that_is_theirs(tree: Path) -> None:
    """And whoever makes the image keeps nothing."""
    with (tree / "etc/passwd").open("a") as accounts:
        accounts.write("pi:x:1000:1001:,,,:/home/pi:/bin/bash\n")
    for folder in ("home/pi/.config", "home/pi/.local/share"):
        (tree / folder).mkdir(parents=True)
    before = set((tree / "home").rglob("*"))
    assert install(tree, "--yes", "--person", "pi", "--profile", "raspberry-pi-5") == 0
    theirs = set((tree / "home").rglob("*")) - before
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in theirs} == {(1000, 1001)}
    assert (tree / "home/pi/.config/systemd/user/voiced.service.d/50-hardware.conf").is_file()
    assert [mark.name for mark in (tree / "var/lib/systemd/linger").iterdir()] == ["pi"]
    assert (tree / "var/lib/systemd/linger/pi").stat().st_uid == 0
    assert uninstall(tree, "--person", "pi") == 0
    assert set((tree / "home").rglob("*")) == before


@needs_root
def test_what_root_has_left_in_a_home_is_given_to_its_owner(tree: Path) -> None:
    with (tree / "etc/passwd").open("a") as accounts:
        accounts.write("anna:x:1000:1000::/home/anna:/bin/sh\n")
    (tree / "home/anna").mkdir(parents=True)
    assert install(tree, "--yes") == 0
    assert install(tree, "--yes", "--person", "anna") == 0
    files = [path for path in (tree / "home/anna").rglob("*") if not path.is_dir() or path.is_symlink()]
    assert {path.lstat().st_uid for path in files} == {1000}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "There is no pi in"),
        ("pi:x:1000", "There is no pi in"),
        ("pi:x:me:1001::/home/anna:/bin/sh", "There is no pi in"),
        ("pi:x::1001::/home/anna:/bin/sh", "There is no pi in"),
        ("pi:x:1000:1001::/home/pi:/bin/sh", "pi has no home in the tree"),
        ("pi:x:1000:1001::home/anna:/bin/sh", "pi has no home in the tree"),
    ],
)
def test_a_person_who_does_not_live_there_is_one_sentence(
    tree: Path, capsys: pytest.CaptureFixture[str], line: str, complaint: str
) -> None:
    with (tree / "etc/passwd").open("a") as accounts:
        accounts.write(f"{line}\n")
    (tree / "home/anna").mkdir(parents=True)
    before = snapshot(tree)
    assert install(tree, "--yes", "--person", "pi") == 1
    error = capsys.readouterr().err
    assert (error.count("\n"), complaint in error) == (1, True), error
    assert snapshot(tree) == before


def test_a_tree_without_accounts_knows_nobody(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "etc/passwd").unlink()
    assert install(tree, "--yes", "--person", "pi") == 1
    assert "Nobody knows who pi is" in capsys.readouterr().err


def test_a_person_is_named_for_a_tree_alone(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install(tree, "--system", "--yes", "--person", "pi") == 1
    assert main(["install", "--yes", "--person", "pi"]) == 1
    assert capsys.readouterr().err.count("--person says whose service it is in a tree") == 2


MANUAL = {
    "man/man1/voiced.1",
    "man/man1/voicectl.1",
    "bash-completion/completions/voiced",
    "bash-completion/completions/voicectl",
    "zsh/site-functions/_voiced",
    "zsh/site-functions/_voicectl",
    "fish/vendor_completions.d/voiced.fish",
    "fish/vendor_completions.d/voicectl.fish",
}


def share(tree: Path, kind: str = "--user") -> Path:
    return tree / ("usr/local/share" if kind == "--system" else "home/anna/.local/share")


@needs_root
@pytest.mark.parametrize("kind", ["--user", "--system"])
def test_man_pages_and_completion_come_along_and_leave_again(tree: Path, kind: str) -> None:
    assert install(tree, kind, "--yes") == 0
    assert {name for name in snapshot(share(tree, kind)) if "dbus-1" not in name} == MANUAL
    assert uninstall(tree, kind) == 0
    assert snapshot(share(tree, kind)) == {}


def test_a_persons_own_folder_for_data_is_respected(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/home/anna/data")
    assert install(tree, "--yes") == 0
    assert snapshot(tree / "home/anna/data").keys() > MANUAL


def test_a_folder_that_is_no_whole_path_is_ignored_as_xdg_demands(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "conf")
    monkeypatch.setenv("XDG_DATA_HOME", "data")
    assert install(tree, "--yes") == 0
    assert (tree / "home/anna/.config/systemd/user/voiced.service").is_file()
    assert snapshot(tree / "home/anna/.local/share").keys() > MANUAL


@pytest.mark.parametrize("name", sorted(MANUAL))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_file_of_ones_own_is_neither_replaced_nor_removed(tree: Path, name: str, when: str) -> None:
    mine = share(tree) / name
    if when == "after":
        assert install(tree, "--yes") == 0
    mine.parent.mkdir(parents=True, exist_ok=True)
    with mine.open("a") as file:
        file.write("# Mine.\n")
    before = mine.read_bytes()
    assert install(tree, "--yes") == 0
    assert mine.read_bytes() == before
    assert uninstall(tree) == 0
    assert mine.read_bytes() == before
    assert MANUAL & snapshot(share(tree)).keys() == {name}


def test_a_link_of_ones_own_stays_even_to_a_file_of_ours(tree: Path) -> None:
    assert install(tree, "--yes") == 0
    page = share(tree) / "man/man1/voiced.1"
    elsewhere = tree / "voiced.1"
    page.rename(elsewhere)
    page.symlink_to(elsewhere)
    assert install(tree, "--yes") == 0
    assert uninstall(tree) == 0
    assert page.is_symlink()
    assert elsewhere.is_file()


def test_what_an_older_version_brought_is_renewed_and_removed(tree: Path) -> None:
    old = share(tree) / "fish/vendor_completions.d/voiced.fish"
    old.parent.mkdir(parents=True)
    old.write_text(sealed("complete -c voiced -f\n", "#"))
    assert install(tree, "--yes") == 0
    assert len(old.read_text().splitlines()) > 10
    old.write_text(sealed("complete -c voiced -f\n", "#"))
    assert uninstall(tree) == 0
    assert not old.exists()


def test_a_packages_own_man_pages_are_enough(tree: Path) -> None:
    unit = tree / "usr/lib/systemd/user/voiced.service"
    unit.parent.mkdir(parents=True)
    unit.touch()
    assert install(tree, "--yes") == 0
    assert not share(tree).exists()


@pytest.mark.parametrize(("program", "name"), [("groff", "man1/voiced.1"), ("zsh", "_voiced"), ("bash", "s/voiced")])
def test_a_seal_is_a_comment(tree: Path, program: str, name: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    assert install(tree, "--yes") == 0
    [file] = [each for each in share(tree).rglob("*") if str(each).endswith(name)]
    options = {"groff": ["-man", "-Tutf8", "-ww"]}.get(program, ["-n"])
    done = subprocess.run([program, *options, str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "SHA-256" not in done.stdout


@given(st.text(max_size=20), st.integers(0, 300), st.characters(codec="utf-8"))
def test_whoever_changes_a_letter_breaks_the_seal(
    tmp_path_factory: pytest.TempPathFactory, text: str, at: int, letter: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "sealed"
    whole = sealed(f"{text}\n", "#")
    path.write_bytes(whole.encode("utf-8"))
    assert is_sealed(path)
    at %= len(whole)
    for changed in (whole[:at] + letter + whole[at:], whole[:at] + whole[at + 1 :]):
        path.write_bytes(changed.encode("utf-8"))
        assert not is_sealed(path)


def test_whoever_lingered_before_does_so_afterwards(tree: Path) -> None:
    assert install(tree, "--yes") == 0
    (mark,) = (tree / "var/lib/systemd/linger").iterdir()
    assert uninstall(tree) == 0
    assert not mark.exists()
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    assert install(tree, "--yes") == 0
    assert uninstall(tree) == 0

    assert mark.read_bytes() == b""


def test_without_linger_nobody_lingers(tree: Path) -> None:
    assert install(tree, "--yes", "--no-linger") == 0
    assert not (tree / "var").exists()


def test_it_says_what_it_will_do_and_a_dry_run_changes_nothing(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(tree)
    assert install(tree, "--system", "--dry-run") == 0
    said = capsys.readouterr().out
    assert f"write {tree}/{UNIT}" in said
    assert "systemd-sysusers" in said
    assert snapshot(tree) == before


def test_limits_alone_need_a_profile_and_a_service(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(tree)
    assert install(tree, "--yes", "--limits-only", "--profile", "desktop") == 1
    assert "no user's service to limit" in capsys.readouterr().err
    assert snapshot(tree) == before
    assert install(tree, "--yes") == 0
    assert install(tree, "--yes", "--limits-only") == 1
    assert "--profile" in capsys.readouterr().err
    assert install(tree, "--yes", "--limits-only", "--profile", "desktop") == 0
    [drop_in] = tree.rglob("50-hardware.conf")
    assert "MemoryMax=" in drop_in.read_text()


def test_a_repetition_finds_nothing_to_do(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install(tree, "--yes") == 0
    before = snapshot(tree)
    capsys.readouterr()
    assert install(tree) == 0
    assert capsys.readouterr().out == "There is nothing to do.\n"
    assert snapshot(tree) == before


def test_an_older_unit_is_replaced(tree: Path) -> None:
    unit = tree / "home/anna/.config/systemd/user/voiced.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\nExecStart=/old\n")
    assert install(tree, "--yes") == 0
    assert "/old" not in unit.read_text()


def test_where_nobody_can_be_asked_nothing_is_done(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = snapshot(tree)
    assert install(tree) == 1
    assert "--yes" in capsys.readouterr().err
    assert snapshot(tree) == before


def test_the_end_of_what_is_typed_is_no_consent(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyboard, terminal = pty.openpty()
    with os.fdopen(keyboard, "wb", 0) as keys, os.fdopen(terminal) as typed:
        monkeypatch.setattr(sys, "stdin", typed)
        keys.write(b"\x04")
        before = snapshot(tree)
        assert install(tree) == 0
    assert capsys.readouterr().out.endswith("Go on? [y/N] \nNothing was changed.\n")
    assert snapshot(tree) == before


@needs_root
def test_a_step_that_fails_takes_those_before_it_back(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "etc/dbus-1").write_text("in the way")
    before = snapshot(tree)
    assert install(tree, "--system", "--yes") == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "Could not write" in error
    assert snapshot(tree) == before


@needs_root
@pytest.mark.parametrize("kind", ["--user", "--system"])
def test_uninstalling_takes_away_what_was_brought_and_keeps_the_data(tree: Path, kind: str) -> None:
    accounts = {"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"}
    data = ("etc/voiced/config.toml", "var/lib/voiced/timers.sqlite", "home/anna/.config/voiced/config.toml")
    for name in data:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("")
    before = set(snapshot(tree))
    assert install(tree, kind, "--yes", "--profile", "desktop") == 0
    assert uninstall(tree, kind) == 0
    assert set(snapshot(tree)) - before <= accounts
    assert uninstall(tree, kind) == 0


def test_uninstalling_leaves_no_empty_folder_and_none_that_lingers(tree: Path) -> None:
    for name in ("home/anna/.config", "home/anna/.local/share/fish/mine", "var/lib/systemd/linger"):
        (tree / name).mkdir(parents=True)
    before = set(tree.rglob("*"))
    assert install(tree, "--yes", "--profile", "desktop") == 0
    assert uninstall(tree) == 0
    assert set(tree.rglob("*")) == before


@needs_root
def test_root_is_told_whose_service_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "--dry-run", "--program", shutil.which("true") or ""]) == 0
    assert capsys.readouterr().out.startswith("This is root's own service: ")


@needs_root
def test_a_purge_deletes_data_and_account(tree: Path) -> None:
    for name in ("etc/voiced", "var/lib/voiced/data/models", "var/cache/voiced"):
        (tree / name).mkdir(parents=True)
        (tree / name / "file").write_text("")
    assert install(tree, "--system", "--yes") == 0
    assert uninstall(tree, "--system", "--purge") == 0
    assert not [name for name in snapshot(tree) if "voiced" in name]
    assert "voiced" not in (tree / "etc/passwd").read_text()


def test_only_root_installs_for_the_system(tmp_path: Path) -> None:
    program = "import sys; from voiced.cli import main; sys.exit(main(['install', '--system', '--yes']))"
    if os.geteuid() == 0:
        pytest.skip("this is root")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("voiced: Only root may install for the whole system; ")
    assert "sudo" in done.stderr


def test_a_tree_that_is_not_there_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert install(tmp_path / "missing", "--yes") == 1
    assert capsys.readouterr().err.count("\n") == 1
