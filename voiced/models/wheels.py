"""What the set-up has compiled flows in, the wheels that fit this machine flow out; carried ones come into its cache.

A wheel lies in a folder whose name tells all that it was compiled for, so the set-up finds it there if, and only if, it
would compile the very same again. It is a program: whoever takes one in trusts whoever gave it. Nothing is written
outside the cache's folder of wheels, and what is whole there stays.
"""

import hashlib
import os
import re
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Annotated, Any, Final

from voiced.compiled import WHEELS, c_library, cache_folder, kept, processor, read_cpuinfo
from voiced.config.reading import build
from voiced.config.rules import Length, Pattern, Range
from voiced.errors import ConfigError, ModelError, StateError
from voiced.models.digests import sha256_of
from voiced.models.store import sync
from voiced.paths import make_private

KEY: Final = r"(?=.{1,100}$)([a-z0-9][a-z0-9._-]*)-([0-9][A-Za-z0-9.+!]*)-[0-9a-f]{16}"
"""What a wheel's folder is called: package, version, and a digest of all that it was compiled for."""

FILE: Final = r"(?=.{1,100}$)([A-Za-z0-9][A-Za-z0-9._]*)-([A-Za-z0-9._+!]+)(-[A-Za-z0-9._]+){3,4}\.whl"
"""Package, version, perhaps a number of the build, and the tags; so short that every tar can hold it."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A compiled package."""

    key: Annotated[str, Pattern(KEY, "pycairo-1.29.2-0123456789abcdef")]
    """The folder's name."""
    file: Annotated[str, Pattern(FILE, "pycairo-1.29.2-cp311-cp311-linux_x86_64.whl")]
    size: Annotated[int, Range(1, 1_000_000_000)]
    """Bytes."""
    sha256: Annotated[str, Pattern(r"[0-9a-f]{64}", "64 hexadecimal digits")]

    @property
    def name(self) -> str:
        """The package's."""
        return self.key.rsplit("-", 2)[0]

    @property
    def place(self) -> str:
        """Below the cache, and in a bundle."""
        return f"{WHEELS}/{self.key}/{self.file}"


@dataclass(frozen=True, slots=True)
class Cargo:
    """The wheels in a bundle, and the machine that they were compiled on."""

    libc: Annotated[str, Pattern(r"[a-z0-9.-]{0,40}", "glibc-2.36")]
    processor: Annotated[str, Pattern(r"[0-9a-f]{16}", "16 hexadecimal digits")]
    """A digest of its model and instruction sets."""
    wheels: Annotated[tuple[Wheel, ...], Length(1, 500)]


def read_cargo(table: Any) -> Cargo:
    """What a manifest says of wheels. Raises ModelError when that is nothing, or could lead anywhere else."""
    if not isinstance(table, dict):
        raise ModelError("That is no list of wheels.")
    try:
        cargo = build(table, Cargo, Path("wheels"))
    except ConfigError as error:
        raise ModelError(f"That is no list of wheels: {str(error).splitlines()[0]}") from error
    if len({wheel.key for wheel in cargo.wheels}) != len(cargo.wheels):
        raise ModelError("That is no list of wheels: two of them have one folder.")
    for wheel in cargo.wheels:
        if not _belongs(wheel.key, wheel.file):
            raise ModelError(f"That is no list of wheels: {wheel.file} is not what {wheel.key} is called after.")
    return cargo


def _belongs(key: str, file: str) -> bool:
    """Whether a folder with this name is for the package and version that the file's name says."""
    folder, wheel = re.fullmatch(KEY, key), re.fullmatch(FILE, file)
    if not folder or not wheel:
        return False
    plain = re.sub(r"[-_.]+", "-", wheel[1]).lower()  # as all names of one package are the same one
    return (re.sub(r"[-_.]+", "-", folder[1]), folder[2]) == (plain, wheel[2])


@dataclass(frozen=True, slots=True)
class Here:
    """What the set-up would compile for."""

    minor: int
    """Of Python 3."""
    platform: str
    """"linux_x86_64"."""
    libc: str
    processor: str

    def runs(self, file: str) -> bool:
        """Whether a wheel with this name can be installed, by the tags in it."""
        pythons, abis, platforms = (set(part.split(".")) for part in file.removesuffix(".whl").split("-")[-3:])
        own = f"cp3{self.minor}"
        if abis & {"none", "abi3"}:  # those serve later Pythons too
            older = {f"{kind}3{minor}" for kind in ("py", "cp") for minor in range(self.minor + 1)}
            fitting = bool(pythons & (older | {"py3"}))
        else:
            fitting = own in pythons and own in abis
        return fitting and bool(platforms & {"any", self.platform})

    def misfit(self, cargo: Cargo) -> str:
        """Why the set-up would not use these wheels, as the end of a sentence about them; empty when it would."""
        for wheel in cargo.wheels:
            if not self.runs(wheel.file):
                return f"{wheel.file} is not for Python 3.{self.minor} on {self.platform}"
        if cargo.libc != self.libc:
            return f"they were compiled against another C library, {cargo.libc or 'an unknown one'} and not {self.libc}"
        return "" if cargo.processor == self.processor else "they were compiled for another processor"


def find_here() -> Here:
    """This machine, and the Python that runs this."""
    known = hashlib.sha256(processor(read_cpuinfo()).encode()).hexdigest()[:16]
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    return Here(sys.version_info.minor, platform, c_library(), known)


class Cache:
    """The set-up's wheels, of one person."""

    def __init__(self, environment: Mapping[str, str], here: Here | None = None) -> None:
        """`here` is the machine that the wheels are for; by default this one."""
        self.root = cache_folder(environment) / WHEELS
        self._here = here or find_here()

    @cached_property
    def cargo(self) -> Cargo:
        """All wheels that are whole and fit. Raises ModelError when there are none, or one cannot be read."""
        found = []
        try:
            for folder in sorted(self.root.iterdir()) if self.root.is_dir() else []:
                file = kept(folder) if re.fullmatch(KEY, folder.name) else None
                if file and _belongs(folder.name, file.name) and self._here.runs(file.name):
                    size = file.stat().st_size
                    found.append({"key": folder.name, "file": file.name, "size": size, "sha256": sha256_of(file)})
        except OSError as error:
            raise ModelError(f"{self.root} cannot be read ({error.strerror or error}); make it readable.") from error
        if not found:
            raise ModelError(
                f"There is no compiled wheel for this Python in {self.root}; `make demo` in a checkout makes them."
            )
        # As strict as when it is read again.
        return read_cargo({"libc": self._here.libc, "processor": self._here.processor, "wheels": found})

    def place(self, wheel: Wheel) -> Path:
        """Where it lies, if it is there."""
        return self.root / wheel.key / wheel.file

    def missing(self, cargo: Cargo, file: Path) -> list[Wheel]:
        """The wheels that are not there; `file` is where they come from. Raises ModelError when they do not fit."""
        why = self._here.misfit(cargo)
        if why:
            raise ModelError(
                f"The wheels in {file} do not fit here: {why}; leave out --wheels, and let the set-up compile. "
                "Nothing was changed."
            )
        return [wheel for wheel in cargo.wheels if kept(self.root / wheel.key) is None]

    @contextmanager
    def staging(self) -> Iterator[Path]:
        """A folder on the cache's disk for what is on its way, gone at the end. Raises ModelError."""
        try:
            folder = Path(tempfile.mkdtemp(prefix=".new-", dir=make_private(self.root)))
        except (OSError, StateError) as error:
            raise self._failed((error.strerror if isinstance(error, OSError) else None) or "it is no folder") from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def placed(self, new: Sequence[Wheel], staged: Path) -> Iterator[None]:
        """Moves the folders of the wheels from `staged` into their places: for good, unless what follows fails."""
        undo: list[Callable[[], object]] = []
        try:
            for wheel in new:
                self._place(wheel, staged, undo)
            yield
        except BaseException:
            for step in reversed(undo):
                with suppress(OSError):
                    step()
            raise

    def _place(self, wheel: Wheel, staged: Path, undo: list[Callable[[], object]]) -> None:
        place, before, made = self.root / wheel.key, staged / f"{wheel.key}.before", staged / wheel.key
        if kept(place):
            return  # a set-up was faster
        try:
            if os.path.lexists(place):  # it holds no whole wheel
                place.rename(before)
                undo.append(partial(before.rename, place))
            made.rename(place)
            undo.append(partial(place.rename, made))
        except OSError as error:
            if not kept(place):
                raise self._failed(error.strerror or str(error)) from error

    def _failed(self, reason: str) -> ModelError:
        return ModelError(f"{self.root} cannot be written ({reason}); make it yours, or writable.")


def check(staged: Path, wheel: Wheel, file: Path) -> None:
    """Brings to the disk what came out of the bundle `file`. Raises ModelError when it is no wheel, or OSError."""
    if kept(staged / wheel.key) is None:
        raise ModelError(f"{wheel.file} in {file} is no whole wheel; have it exported again. Nothing was changed.")
    sync(staged / wheel.key)
