"""The set-up behind `make demo` and `make test`: what it decides, and how it says so."""

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from bootstrap import python, wheels
from bootstrap.__main__ import cache_folder, main
from bootstrap.environment import LOCKS, Environment
from bootstrap.errors import SetupError
from bootstrap.python import Python
from bootstrap.wheels import Source
from hypothesis import given
from hypothesis import strategies as st

from voiced import compiled

ROOT = Path(__file__).parent.parent
LOCK = (ROOT / "requirements" / "run.txt").read_text()

DEBIANS = Python("/usr/bin/python3", (3, 11), True, True)
BARE = DEBIANS._replace(makes_environments=False, has_headers=False)
OWN = Python("/opt/python/bin/python3.12", (3, 12), True, True)
OLD = Python("/usr/bin/python3", (3, 9), True, True)
NEW = Python("/usr/local/bin/python3", (3, 14), True, True)


CPU = "vendor_id: AuthenticAMD\ncpu family: 25\nmodel: 1\ncpu MHz: 2450.1\nflags: fpu sse sse2 avx avx2 fma ibpb\n"


def sentence(error: Callable[[], object]) -> str:
    """What the set-up says when `error` makes it stop: one sentence."""
    with pytest.raises(SetupError) as caught:
        error()
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    return said


# Python


def test_a_complete_python_wins_over_one_that_apt_would_have_to_complete() -> None:
    assert python.choose([BARE, OWN]) == OWN


def test_the_distributions_python_is_taken_when_it_lacks_nothing() -> None:
    assert python.choose([DEBIANS, OWN]) == DEBIANS


def test_a_bare_debian_python_is_taken_because_apt_completes_it() -> None:
    assert python.choose([OLD._replace(path="/usr/local/bin/python3"), BARE]) == BARE


def test_a_python_too_old_or_too_new_is_passed_over() -> None:
    assert python.choose([OLD, NEW, OWN]) == OWN


def test_python_too_old_is_said_with_its_version() -> None:
    said = sentence(lambda: python.choose([OLD, OLD._replace(version=(3, 10))]))
    assert "3.9, 3.10" in said
    assert "too old" in said
    assert "PYTHON=" in said


def test_python_too_new_is_not_called_old() -> None:
    said = sentence(lambda: python.choose([NEW]))
    assert "3.14" in said
    assert "too old" not in said


def test_no_python_at_all_is_said() -> None:
    assert "no Python" in sentence(lambda: python.choose([]))


def test_a_foreign_python_without_venv_is_said_with_its_path() -> None:
    assert OWN.path in sentence(lambda: python.choose([OWN._replace(makes_environments=False)]))


def test_the_running_python_is_seen_as_it_is() -> None:
    seen = python.probe(sys.executable)
    assert seen is not None
    assert seen.version == sys.version_info[:2]
    assert seen.makes_environments
    assert seen.fits


def test_what_is_not_a_python_is_no_candidate(tmp_path: Path) -> None:
    impostor = tmp_path / "python3"
    impostor.write_text("#!/bin/sh\necho Python 3.11\n")
    impostor.chmod(0o755)
    assert python.probe(str(impostor)) is None
    assert python.probe(str(tmp_path / "missing")) is None
    assert str(impostor) in sentence(lambda: python.candidates(str(impostor)))


SHARED = [ROOT / "voiced" / "__init__.py", ROOT / "voiced" / "compiled.py"]
BEFORE_ALL_ELSE = [*sorted((ROOT / ".ci" / "bootstrap").glob("*.py")), *SHARED]


@pytest.mark.parametrize("file", BEFORE_ALL_ELSE, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_setup_can_be_read_by_a_python_that_is_too_old(file: Path) -> None:
    tree = ast.parse(file.read_text(), feature_version=(3, 7))
    imported = {
        name if name.startswith("voiced") else name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"voiced.{alias.name}" for alias in node.names]
            if isinstance(node, ast.ImportFrom) and node.module == "voiced"
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= set(sys.stdlib_module_names) | {"bootstrap", "voiced.compiled"}


# Compiled wheels


def test_everything_that_comes_as_source_is_pinned() -> None:
    pinned = wheels.pins(LOCK)
    assert {source.name for source in wheels.SOURCES} <= pinned.keys()
    assert pinned["llama-cpp-python"] == "0.3.36"


def test_an_excerpt_of_the_lock_holds_one_package_and_its_hashes() -> None:
    excerpt = wheels.excerpt(LOCK, "pygobject")
    assert excerpt.startswith("pygobject==")
    assert wheels.pins(excerpt).keys() == {"pygobject"}
    assert "--hash=sha256:" in excerpt
    assert not excerpt.rstrip().endswith("\\")


def test_pocketsphinx_is_compiled_only_where_it_has_no_wheel() -> None:
    pinned = wheels.pins(LOCK)
    by_version = {minor: [s.name for s in wheels.sources_for((3, minor), pinned)] for minor in (11, 12, 13)}
    assert "pocketsphinx" in by_version[12]
    assert "pocketsphinx" not in by_version[11] + by_version[13]


def test_what_others_compile_against_is_compiled_before_them() -> None:
    order = [source.name for source in wheels.SOURCES]
    assert order.index("pycairo") < order.index("pygobject")


NATIVE = Source("llama-cpp-python", options=("-DA=ON", "-DB={lean}"), native=True)
PLAIN = Source("pygobject")


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("version", lambda: wheels.key(NATIVE, "2", DEBIANS, CPU, "glibc-2.36")),
        ("options", lambda: wheels.key(NATIVE._replace(options=("-DA=OFF",)), "1", DEBIANS, CPU, "glibc-2.36")),
        ("settings", lambda: wheels.key(NATIVE._replace(settings=("x=y",)), "1", DEBIANS, CPU, "glibc-2.36")),
        ("python", lambda: wheels.key(NATIVE, "1", OWN, CPU, "glibc-2.36")),
        ("processor", lambda: wheels.key(NATIVE, "1", DEBIANS, CPU.replace("avx2 ", ""), "glibc-2.36")),
        ("model", lambda: wheels.key(NATIVE, "1", DEBIANS, CPU.replace("model: 1", "model: 2"), "glibc-2.36")),
        ("library", lambda: wheels.key(NATIVE, "1", DEBIANS, CPU, "glibc-2.41")),
    ],
)
def test_a_wheel_built_for_something_else_is_not_used_again(what: str, other: Callable[[], str]) -> None:
    assert other() != wheels.key(NATIVE, "1", DEBIANS, CPU, "glibc-2.36"), what


def test_a_wheel_is_found_again_whatever_the_kernel_says_about_clocks_and_bugs() -> None:
    later = CPU.replace("2450.1", "3100.7").replace("ibpb", "ibpb_exit_to_user stibp")
    assert wheels.key(NATIVE, "1", DEBIANS, CPU, "l") == wheels.key(NATIVE, "1", DEBIANS, later, "l")


def test_a_wheel_that_is_not_made_for_the_processor_serves_on_all_of_them() -> None:
    assert wheels.key(PLAIN, "1", DEBIANS, CPU, "l") == wheels.key(PLAIN, "1", DEBIANS, "", "l")


def test_an_arm_processor_is_known_by_its_features() -> None:
    pi5 = "CPU implementer : 0x41\nFeatures : fp asimd asimddp\nCPU part : 0xd0b\n"
    pi4 = "CPU implementer : 0x41\nFeatures : fp asimd\nCPU part : 0xd08\n"
    assert compiled.processor(pi4) != compiled.processor(pi5)
    assert "asimddp" in compiled.processor(pi5)


@given(st.integers(1, 256), st.integers(0, 1 << 40))
def test_compilers_fit_into_memory_and_onto_the_cores(cores: int, available: int) -> None:
    """M6: compiling is killed for memory on a small board."""
    number = wheels.jobs(cores, available)
    assert 1 <= number <= cores
    assert number == 1 or number * wheels.MEMORY_PER_JOB <= available
    # and none is left out that would fit
    assert number == cores or (number + 1) * wheels.MEMORY_PER_JOB > available


def test_a_board_with_little_free_memory_compiles_one_file_at_a_time() -> None:
    """M6: compiling is killed for memory on a small board."""
    meminfo = "MemTotal:         935420 kB\nMemFree:           73012 kB\nMemAvailable:     624548 kB\n"
    assert wheels.jobs(4, wheels.available_memory(meminfo)) == 1


def make_wheel(folder: Path, name: str = "thing-1-py3-none-any.whl") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("thing.py", "x = 1\n" * 1000)
    return folder / name


def test_what_a_set_up_left_that_was_killed_is_cleared_away_and_who_works_is_left_alone(tmp_path: Path) -> None:
    hold = """
import sys, pathlib
from bootstrap.wheels import room
with room(pathlib.Path(sys.argv[1])) as place:
    (place / "half.o").touch()
    print(place, flush=True)
    sys.stdin.read()
"""
    searched = os.pathsep.join(str(ROOT / folder) for folder in (".ci", "."))
    command = [sys.executable, "-c", hold, str(tmp_path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": searched}
    ) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with wheels.room(tmp_path) as ours:
            assert sorted(tmp_path.iterdir()) == sorted([ours, theirs])
        other.kill()
    assert (theirs / "half.o").exists()
    with wheels.room(tmp_path) as ours:
        assert list(tmp_path.iterdir()) == [ours]
    assert list(tmp_path.iterdir()) == []


def test_a_whole_wheel_in_the_cache_is_used(tmp_path: Path) -> None:
    made = make_wheel(tmp_path / "key")
    assert compiled.kept(tmp_path / "key") == made


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "absent"])
def test_a_damaged_wheel_in_the_cache_is_built_again(tmp_path: Path, damage: str) -> None:
    made = make_wheel(tmp_path / "key")
    content = made.read_bytes()
    if damage == "absent":
        made.unlink()
    else:
        spoiled = {"truncated": content[:-40], "flipped": content.replace(b"x = 1", b"y = 2", 1), "empty": b""}
        made.write_bytes(spoiled[damage])
    assert compiled.kept(tmp_path / "key") is None


# Progress


def checkout(folder: Path) -> Path:
    """A checkout with what the set-up looks at, and an environment that runs."""
    (folder / "requirements").mkdir()
    for name in (*LOCKS.values(), "compile.txt"):
        (folder / "requirements" / name).write_text("rich==15.0.0 \\\n    --hash=sha256:0\n")
    (folder / "pyproject.toml").write_text("[project]\n")
    interpreter = folder / ".venv" / "bin" / "python"
    interpreter.parent.mkdir(parents=True)
    interpreter.symlink_to(sys.executable)
    return folder


def ready(environment: Environment, root: Path, goal: str) -> None:
    (root / ".venv" / f"ready-for-{goal}").write_text(environment.digest(goal))


def test_an_environment_for_tests_is_good_enough_for_the_demo_and_not_the_other_way_round(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    environment = Environment(root, tmp_path / "cache")
    assert not environment.ready("demo")
    ready(environment, root, "demo")
    assert environment.ready("demo")
    assert not environment.ready("test")
    (root / ".venv" / "ready-for-demo").unlink()
    ready(environment, root, "test")
    assert environment.ready("demo")
    assert environment.ready("test")


@pytest.mark.parametrize("changed", ["pyproject.toml", "requirements/dev.txt"])
def test_an_environment_is_made_again_when_what_it_is_made_from_changes(tmp_path: Path, changed: str) -> None:
    root = checkout(tmp_path)
    environment = Environment(root, tmp_path / "cache")
    ready(environment, root, "test")
    (root / changed).write_text("something = 'else'\n")
    assert not environment.ready("test")


def test_an_environment_is_made_again_when_llama_cpp_is_compiled_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path)
    environment = Environment(root, tmp_path / "cache")
    ready(environment, root, "test")
    other = tmp_path / "lean.cmake"
    other.write_text("set(LLAMA_BUILD_COMMON ON)\n")
    monkeypatch.setattr("bootstrap.environment.LEAN", other)
    assert not environment.ready("test")


def test_an_environment_that_was_moved_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    root = checkout(tmp_path / "here")
    ready(Environment(root, tmp_path), root, "test")
    root.rename(tmp_path / "there")
    assert not Environment(tmp_path / "there", tmp_path).ready("test")


def test_an_environment_whose_python_is_gone_is_made_again(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    environment = Environment(root, tmp_path / "cache")
    ready(environment, root, "test")
    (root / ".venv" / "bin" / "python").unlink()
    assert not environment.ready("test")


def test_a_wrong_goal_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lunch"]) == 2
    assert "demo or test" in capsys.readouterr().err


def test_the_cache_is_outside_the_checkout() -> None:
    assert ROOT not in cache_folder().parents


def bare(tmp_path: Path, **programs: str) -> dict[str, str]:
    """An environment in which nothing but these shell scripts can be found."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder), "HOME": str(tmp_path), "PYTHONPATH": f"{ROOT / '.ci'}:{ROOT}"}


def set_up_copy(tmp_path: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs the set-up program on a checkout of its own, so that it cannot touch this one."""
    root = tmp_path / "checkout"
    (root / ".ci").mkdir(parents=True)
    checkout(root)
    (root / ".ci" / "bootstrap").symlink_to(ROOT / ".ci" / "bootstrap")
    program = (
        "import sys, pathlib, bootstrap.__main__ as m; "
        f"m.ROOT = pathlib.Path({str(root)!r}); sys.exit(m.main(['demo']))"
    )
    command = [sys.executable, "-c", program]
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def test_a_machine_without_apt_ends_in_one_sentence_and_a_non_zero_status(tmp_path: Path) -> None:
    environment = {**bare(tmp_path), "PYTHON": os.path.realpath(sys.executable)}
    result = set_up_copy(tmp_path, environment)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "knows Debian and Ubuntu only" in result.stderr


def test_an_old_python_ends_in_one_sentence_and_a_non_zero_status(tmp_path: Path) -> None:
    environment = bare(tmp_path, ancient="""echo '[[3, 8], "/usr/bin/ancient", true, true]'""")
    result = set_up_copy(tmp_path, {**environment, "PYTHON": "ancient"})
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "3.8" in result.stderr
