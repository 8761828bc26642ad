"""The package away from its checkout, and the pins that it is installed with."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import voiced
from voiced.resources import data_dir, hardware_dir, systemd_dir, voices_dir

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = [ROOT / "requirements" / f"{name}.txt" for name in ("run", "dev", "compile")]
BLOCK = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)((?:.*\\\n)*.*)", re.MULTILINE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(lock: Path) -> dict[str, str]:
    return {name: version for name, version, _ in BLOCK.findall(lock.read_text())}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--target", str(target)]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return target


def ask(installed: Path, question: str) -> str:
    """What the installed package answers, far from the checkout."""
    program = f"import sys; sys.path.insert(0, {str(installed)!r})\n{question}"
    command = [sys.executable, "-I", "-c", program]
    return subprocess.run(command, cwd="/", check=True, capture_output=True, text=True).stdout.strip()


def test_the_wheel_carries_every_file_of_the_package_and_its_data(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    sources = {ROOT / "voiced": "voiced"}
    sources |= {folder: f"voiced/data/{folder.name}" for folder in (voices_dir(), hardware_dir(), systemd_dir())}
    expected = {
        f"{to}/{file.relative_to(folder)}"
        for folder, to in sources.items()
        for file in folder.rglob("*")
        if file.is_file() and not {"__pycache__", "recipe"} & set(file.parts)
    }
    assert len(expected) > 50
    assert expected <= inside
    assert not [name for name in inside if name.startswith(("tests/", "voices/", "hardware/", "systemd/", ".ci/"))]
    assert not [name for name in inside if "/recipe/" in name]


def test_the_installed_package_finds_its_own_voices_and_profiles(installed: Path) -> None:
    answer = ask(
        installed,
        "from voiced.resources import voices_dir, hardware_dir\n"
        "for folder in (voices_dir(), hardware_dir()): print(folder, *sorted(f.name for f in folder.glob('*.toml')))",
    )
    expected = [
        " ".join([f"{installed}/voiced/data/{folder.name}", *sorted(file.name for file in folder.glob("*.toml"))])
        for folder in (voices_dir(), hardware_dir())
    ]
    assert answer.splitlines() == expected
    assert "default.toml" in answer


def test_the_installed_package_loads_a_voice_away_from_the_checkout(installed: Path) -> None:
    question = (
        "from voiced.config import load_voice; from voiced.resources import voices_dir\n"
        "print(load_voice('default', [voices_dir()]).wake_words)"
    )
    assert "hey_jarvis" in ask(installed, question)


def test_package_metadata_and_source_agree_on_the_version(installed: Path, wheel: Path) -> None:
    question = "import voiced, importlib.metadata as m; print(voiced.__file__, voiced.__version__, m.version('voiced'))"
    file, *versions = ask(installed, question).split()
    assert file.startswith(str(installed))
    assert versions == [voiced.__version__] * 2
    assert wheel.name.split("-")[1] == voiced.__version__


def test_both_commands_are_installed_with_the_package(installed: Path) -> None:
    assert {script.name for script in (installed / "bin").iterdir()} >= {"voiced", "voicectl"}
    text = (installed / "bin" / "voiced").read_text()
    assert "from voiced.cli import main" in text


def test_in_a_checkout_the_data_are_those_at_the_top_level(tmp_path: Path) -> None:
    package = tmp_path / "voiced"
    assert data_dir("voices", package) == tmp_path / "voices"
    (package / "data" / "voices").mkdir(parents=True)
    assert data_dir("voices", package) == package / "data" / "voices"


def test_what_the_project_asks_for_is_what_the_lock_pins() -> None:
    groups = PROJECT["dependency-groups"]
    asked = {
        "run": PROJECT["project"]["dependencies"] + groups["checkout"],
        "dev": PROJECT["project"]["dependencies"] + groups["checkout"] + groups["dev"],
        "compile": groups["compile"],
    }
    for lock in LOCKS:
        wanted = dict(requirement.split("==") for requirement in asked[lock.stem])
        there = pinned(lock)
        assert {normal(name): version for name, version in wanted.items()}.items() <= there.items(), lock.name


def test_what_is_tested_is_what_runs() -> None:
    run, dev, _ = LOCKS
    assert pinned(run).items() <= pinned(dev).items()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_names_no_host_and_pins_everything_by_hash(lock: Path) -> None:
    text = lock.read_text()
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted-host|\s@\s", text)
    blocks = BLOCK.findall(text)
    assert blocks
    assert all("--hash=sha256:" in rest for _, _, rest in blocks)
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(lines) == len(blocks)


def test_a_lock_has_one_version_of_each_package_for_all_machines() -> None:
    for lock in LOCKS:
        names = [name for name, _, _ in BLOCK.findall(lock.read_text())]
        assert len(names) == len(set(names))


def test_training_libraries_are_no_part_of_what_is_installed() -> None:
    for lock in LOCKS:
        assert not {name for name in pinned(lock) if name.startswith(("torch", "nvidia", "tensorflow", "tflite"))}


def test_the_licence_of_every_package_is_listed() -> None:
    listed = set(re.findall(r"^\| ([a-z0-9-]+) \|", (ROOT / "docs" / "licences.md").read_text(), re.MULTILINE))
    missing = {normal(name) for lock in LOCKS for name in pinned(lock)} - listed
    assert not missing, f"add these to docs/licences.md: {', '.join(sorted(missing))}"


def test_the_licence_is_the_gpl_in_full() -> None:
    text = (ROOT / "LICENSE").read_text()
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text
    assert "END OF TERMS AND CONDITIONS" in text
    assert PROJECT["project"]["license"] == "GPL-3.0-or-later"
