"""Packages that come as source flow in, wheels flow out: compiled once, and kept in a cache outside the tree."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from bootstrap import carried, progress
from bootstrap.python import Python
from voiced.compiled import WHEELS, c_library, kept, processor, read_cpuinfo

LEAN = Path(__file__).resolve().parent / "lean.cmake"

GIB = 1 << 30

ROOM = ".build-"
"""How the names of the folders begin in which is worked."""

MEMORY_PER_JOB = GIB
"""Twice what the compiler takes for llama.cpp's largest file (450 MB measured with GCC 12), for the other programs."""


class Source(NamedTuple):
    """A package that has no wheel for us."""

    name: str
    options: tuple[str, ...] = ()
    """Options for CMake; {lean} stands for the path of lean.cmake."""
    settings: tuple[str, ...] = ()
    """Settings for the package's build system."""
    native: bool = False
    """Whether it is compiled for this very processor, and runs on no lesser one."""
    only: tuple[tuple[int, int], ...] = ()
    """The Python versions that lack a wheel; empty means all."""


SOURCES = (
    Source("docopt"),
    Source("pocketsphinx", only=((3, 12),)),
    Source("pycairo"),
    Source("pygobject"),
    Source(
        "llama-cpp-python",
        options=("-DLLAVA_BUILD=OFF", "-DCMAKE_PROJECT_INCLUDE={lean}"),
        # llama.cpp installs headers and a second set of libraries into the root of site-packages; nobody looks there.
        settings=("wheel.exclude=lib/**;include/**",),
        native=True,
    ),
)
"""In the order in which they are built: each may need those before it."""


def pins(requirements: str) -> dict[str, str]:
    """The versions that a requirements file pins, by name."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)", requirements, re.MULTILINE))


def excerpt(requirements: str, name: str) -> str:
    """The lines of a requirements file that pin `name`, hashes included."""
    found = re.search(rf"^{re.escape(name)}==(?:.*\\\n)*.*\n", requirements, re.MULTILINE)
    if not found:
        raise ValueError(f"{name} is not pinned")
    return found.group(0)


def sources_for(version: tuple[int, int], pinned: dict[str, str]) -> list[Source]:
    """The packages to be built for this Python version, out of those that are pinned."""
    return [s for s in SOURCES if s.name in pinned and (not s.only or version in s.only)]


PORTABLE = "-DGGML_NATIVE=OFF"
"""Has llama.cpp compiled for every processor of the last ten years (on x86-64 those with AVX2), not for this very one:
for packages that are installed elsewhere."""


def portable(source: Source) -> Source:
    """The same for processors other than this one."""
    return source._replace(options=(*source.options, PORTABLE), native=False) if source.native else source


def key(source: Source, version: str, python: Python, cpuinfo: str, libc: str) -> str:
    """The name of the folder for a wheel: equal only where the same wheel would be built again."""
    lean = LEAN.read_text(encoding="utf-8") if source.options else ""
    facts = [
        version,
        source.options,
        lean,
        source.settings,
        python.version,
        platform.machine(),
        libc,
        processor(cpuinfo) if source.native else "",
    ]
    return f"{source.name}-{version}-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]}"


def jobs(cores: int, available: int) -> int:
    """How many compilers may run at once with `available` bytes of memory: one per core, but none that must swap."""
    return max(1, min(cores, available // MEMORY_PER_JOB))


def available_memory(meminfo: str) -> int:
    """Bytes that programs may take without swapping, from /proc/meminfo; very many when it does not say."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", meminfo, re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 1 << 60


@contextmanager
def room(cache: Path) -> Iterator[Path]:
    """A folder in `cache` to work in. Those of set-ups that were killed, or lost their power, are cleared away; whoever
    lives holds a lock on theirs."""
    cache.mkdir(parents=True, exist_ok=True)
    with ExitStack() as until_made, ExitStack() as until_left:
        _lock(cache, until_made)  # a folder that was just made is not locked yet
        for left in cache.glob(f"{ROOM}*"):
            with ExitStack() as stack, suppress(OSError):
                _lock(left, stack, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(str(left))
        temporary = Path(until_left.enter_context(tempfile.TemporaryDirectory(prefix=ROOM, dir=str(cache))))
        _lock(temporary, until_left)
        until_made.close()
        yield temporary


def _lock(folder: Path, stack: ExitStack, how: int = fcntl.LOCK_EX) -> None:
    opened = os.open(str(folder), os.O_RDONLY)
    stack.callback(os.close, opened)
    fcntl.flock(opened, how)


class Workshop:
    """Builds wheels in an environment of its own, so that compilers' helpers stay out of `.venv`."""

    def __init__(self, python: Python, root: Path, cache: Path, elsewhere: bool = False) -> None:
        """`elsewhere` says that the wheels are for machines other than this one."""
        self._python = python
        self._requirements = (root / "requirements" / "run.txt").read_text(encoding="utf-8")
        self._tools = root / "requirements" / "compile.txt"
        self._cache = cache / WHEELS
        self._log = cache / "setup"
        self._cpuinfo = read_cpuinfo()
        self._pinned = pins(self._requirements)
        sources = sources_for(python.version, self._pinned)
        self._sources = [portable(source) for source in sources] if elsewhere else sources

    def _folder(self, source: Source) -> Path:
        return self._cache / key(source, self._pinned[source.name], self._python, self._cpuinfo, c_library())

    def missing(self) -> list[Source]:
        """What is not in the cache."""
        return [source for source in self._sources if kept(self._folder(source)) is None]

    def take_in(self, bundle: Path) -> list[Source]:
        """Brings what is missing and lies in the bundle into the cache; which that was. Raises SetupError."""
        missing = {self._folder(source).name: source for source in self.missing()}
        with room(self._cache) as temporary:
            for key in carried.unpack(bundle, missing, temporary):
                self._keep(missing[key], temporary / key)
        return [source for source in missing.values() if kept(self._folder(source))]

    def wheels(self) -> list[Path]:
        """A wheel for each package that comes as source; builds those that are missing."""
        missing = self.missing()
        if missing:
            # Not in /tmp: on newer Debians that is memory, and this needs half a gigabyte.
            with room(self._cache) as temporary:
                self._build(missing, temporary)
        return [wheel for wheel in (kept(self._folder(source)) for source in self._sources) if wheel]

    def _build(self, missing: Sequence[Source], temporary: Path) -> None:
        workshop = temporary / "environment"
        create = [self._python.path, "-m", "venv", str(workshop)]
        progress.run("a place to compile in", create, self._log / "workshop.log")
        pip = [str(workshop / "bin" / "python"), "-m", "pip"]
        total = len(pins(self._tools.read_text(encoding="utf-8")))
        progress.run(
            "tools to compile with",
            [*pip, "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "-r", str(self._tools)],
            self._log / "tools.log",
            progress.pip(total),
        )
        for source in self._sources:
            if source in missing:
                self._build_one(source, pip, workshop, temporary)
            if source.name == "pycairo":  # PyGObject compiles against it
                wheel = kept(self._folder(source))
                progress.run("pycairo", [*pip, "install", "--no-index", str(wheel)], self._log / "pycairo-install.log")

    def _build_one(self, source: Source, pip: Sequence[str], workshop: Path, temporary: Path) -> None:
        requirement = temporary / f"{source.name}.txt"
        requirement.write_text(excerpt(self._requirements, source.name), encoding="utf-8")
        lean = Path(shutil.copy(str(LEAN), str(temporary)))
        made = temporary / source.name
        number = jobs(len(os.sched_getaffinity(0)), available_memory(_read("/proc/meminfo")))
        command = [*pip, "wheel", "--verbose", "--no-deps", "--use-pep517", "--no-build-isolation"]
        command += [
            "--require-hashes",
            "--no-binary",
            source.name,
            "--wheel-dir",
            str(made),
            "--requirement",
            str(requirement),
        ]
        for setting in source.settings:
            command += ["--config-settings", setting]
        environment = progress.clean_environment(
            dict(os.environ),
            PATH=f"{workshop / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            CMAKE_ARGS=" ".join(option.format(lean=shlex.quote(str(lean))) for option in source.options),
            CMAKE_BUILD_PARALLEL_LEVEL=str(number),
            TMPDIR=str(temporary),
        )
        label = f"compiling {source.name} {self._pinned[source.name]}"
        progress.run(label, command, self._log / f"{source.name}.log", progress.ninja, environment)
        self._keep(source, made)

    def _keep(self, source: Source, made: Path) -> None:
        """Moves what was built into the cache in one step, so that no other set-up sees half of it."""
        folder = self._folder(source)
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=str(folder.parent)))
        for wheel in made.glob("*.whl"):
            shutil.copy2(str(wheel), str(beside))
        if folder.exists():
            shutil.rmtree(str(folder))  # it held no whole wheel
        try:
            beside.rename(folder)
        except OSError:
            shutil.rmtree(str(beside))  # another set-up was faster


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
