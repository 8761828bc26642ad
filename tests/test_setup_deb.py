"""The Debian package: what it says of itself, what its environment is like, and what its scripts do."""

import gzip
import os
import re
import subprocess
from pathlib import Path

import pytest
from bootstrap import deb, debian, wheels
from bootstrap.python import Python

ROOT = Path(__file__).parent.parent

DEBIANS = Python("/usr/bin/python3", (3, 11), True, True)


@pytest.mark.parametrize(
    ("python", "expected"),
    [("0.1.0", "0.1.0"), ("0.2.0.dev1", "0.2.0~dev1"), ("1.0rc2", "1.0~rc2"), ("1.0b1", "1.0~b1")],
)
def test_versions_sort_as_debian_sorts_them(python: str, expected: str) -> None:
    assert deb.debian_version(python) == expected
    if "~" in expected:
        final = expected.split("~", maxsplit=1)[0]
        assert subprocess.run(["dpkg", "--compare-versions", expected, "lt", final], check=False).returncode == 0


def test_the_package_depends_on_what_the_set_up_installs() -> None:
    text = deb.control("0.1.0", "arm64", (3, 11), 1000)
    depends = re.search(r"^Depends: (.*)", text, re.M)
    assert depends is not None
    names = {each.split()[0] for each in depends[1].split(", ")}
    assert debian.RUNNING.keys() <= names
    assert "python3 (>= 3.11)" in depends[1]
    assert "python3 (<< 3.12)" in depends[1]
    assert text.endswith("\n")
    assert all(len(line) <= 80 for line in text.splitlines() if line.startswith(" "))


def test_every_file_that_it_brings_is_there() -> None:
    assert [source for source in deb.FILES if not (ROOT / source).is_file()] == []


def test_the_units_are_those_that_install_finds() -> None:
    places = set(deb.FILES.values())
    assert {f"usr/lib/systemd/{kind}/voiced.service" for kind in ("user", "system")} <= places


@pytest.mark.parametrize("name", ["preinst", "postinst", "prerm", "postrm"])
def test_the_scripts_are_shell(name: str) -> None:
    subprocess.run(["sh", "-n", str(deb.SCRIPTS / name)], check=True)
    assert "set -e" in (deb.SCRIPTS / name).read_text()


def test_a_wheel_for_elsewhere_is_not_that_for_this_processor() -> None:
    [llama] = [source for source in wheels.SOURCES if source.native]
    elsewhere = wheels.portable(llama)
    assert not elsewhere.native
    assert elsewhere.options[-1] == "-DGGML_NATIVE=OFF"
    keys = {
        wheels.key(source, "1", DEBIANS, cpu, "") for source in (llama, elsewhere) for cpu in ("model: 1", "model: 2")
    }
    assert len(keys) == 3
    others = [source for source in wheels.SOURCES if not source.native]
    assert [wheels.portable(source) for source in others] == others


def test_an_environment_can_be_moved(tmp_path: Path) -> None:
    home = tmp_path / "usr/lib/voiced"
    for name in ("voiced", "pip", "python"):
        (home / "bin" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "bin" / name).write_text("#!/somewhere/else/python\nimport sys\n")
    package = home / "lib/python3.11/site-packages/voiced"
    (package / "__pycache__").mkdir(parents=True)
    deb.settle(home, DEBIANS)
    assert (home / "bin/voiced").read_text() == "#!/usr/lib/voiced/bin/python\nimport sys\n"
    assert sorted(path.name for path in (home / "bin").iterdir()) == ["python", "voiced"]
    assert "home = /usr/bin\n" in (home / "pyvenv.cfg").read_text()
    assert not (package / "__pycache__").exists()


MANUAL = {
    "man/man1/voiced.1.gz",
    "man/man1/voicectl.1.gz",
    "bash-completion/completions/voiced",
    "bash-completion/completions/voicectl",
    "zsh/vendor-completions/_voiced",
    "zsh/vendor-completions/_voicectl",
    "fish/vendor_completions.d/voiced.fish",
    "fish/vendor_completions.d/voicectl.fish",
}


def test_man_pages_and_completion_are_where_debian_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    deb.add_manual(tmp_path / "usr")
    share = tmp_path / "usr/share"
    assert {str(path.relative_to(share)) for path in share.rglob("*") if path.is_file()} == MANUAL
    page = gzip.decompress((share / "man/man1/voiced.1.gz").read_bytes())
    assert b".TH VOICED 1" in page


SOURCES = Path("/etc/apt/sources.list.d/debian.sources")

LIBRARIES = ("python3", "systemd", *debian.RUNNING)
"""What the package depends on; its tree has no network to get them by."""


@pytest.fixture(scope="module")
def package() -> Path:
    return deb.build()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty Debian with what the package depends on."""
    if os.geteuid() != 0 or not SOURCES.exists():
        pytest.skip("needs root, and Debian's sources, to make a tree")
    root = tmp_path / "tree"
    include = f"--include={','.join(LIBRARIES)}"
    subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", include, "", str(root), str(SOURCES)], check=True)
    return root


@pytest.mark.package
@pytest.mark.timeout(1800)
def test_lintian_finds_no_error(package: Path) -> None:
    command = ["lintian", "--allow-root", "--fail-on=error", str(package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.package
@pytest.mark.timeout(1800)
def test_the_package_is_installed_without_a_network_removed_and_purged(package: Path, tree: Path) -> None:
    offline = ["unshare", "--net"]
    dpkg = [*offline, "dpkg", f"--root={tree}"]
    subprocess.run([*dpkg, "--install", str(package)], check=True, capture_output=True)
    said = subprocess.run(
        [*offline, "chroot", str(tree), "env", "HOME=/root", "voiced", "ask", "set a timer for five minutes"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == "Timer set for 5 minutes.\n"
    assert [name for name in MANUAL if not (tree / "usr/share" / name).is_file()] == []
    mine = tree / "root/.local/state/voiced/timers.sqlite"
    daemons = tree / "var/lib/voiced/timers.sqlite"
    daemons.parent.mkdir(parents=True)
    daemons.touch()
    subprocess.run([*dpkg, "--remove", "voiced"], check=True, capture_output=True)
    assert not (tree / "usr/lib/voiced").exists()
    assert mine.exists()
    assert daemons.exists()
    subprocess.run([*dpkg, "--purge", "voiced"], check=True, capture_output=True)
    assert mine.exists()
    assert not daemons.parent.exists()
    assert "voiced" not in (tree / "etc/passwd").read_text()
