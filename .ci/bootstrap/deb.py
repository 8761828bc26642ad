"""A checkout flows in, a Debian package flows out, in dist/: voiced with its own virtual environment inside.

    PYTHONPATH=.ci python3 -m bootstrap.deb

Installing it needs no network and compiles nothing; it is for the architecture and the Debian release that it was built
on. docs/decisions/debian-package.md says why it is made as it is.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bootstrap import debian, progress, python
from bootstrap.__main__ import ROOT, cache_folder
from bootstrap.errors import SetupError
from bootstrap.wheels import Workshop, pins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bootstrap.python import Python

SCRIPTS = Path(__file__).resolve().parent / "package"
"""The maintainer scripts, the copyright and what lintian is told."""

HOME = "usr/lib/voiced"
"""Where the virtual environment is, in the package."""

FILES = {
    "systemd/system/voiced.service": "usr/lib/systemd/system/voiced.service",
    "systemd/user/voiced.service": "usr/lib/systemd/user/voiced.service",
    "systemd/system/voiced.sysusers": "usr/lib/sysusers.d/voiced.conf",
    "systemd/dbus/session.service": "usr/share/dbus-1/services/org.voiced.Voiced1.service",
    "systemd/dbus/system.service": "usr/share/dbus-1/system-services/org.voiced.Voiced1.service",
    "systemd/dbus/system.conf": "usr/share/dbus-1/system.d/org.voiced.Voiced1.conf",
    "README.md": "usr/share/doc/voiced/README.md",
    "docs/raspberry-pi.md": "usr/share/doc/voiced/raspberry-pi.md",
    "docs/configuration.md": "usr/share/doc/voiced/configuration.md",
    ".ci/bootstrap/package/copyright": "usr/share/doc/voiced/copyright",
    ".ci/bootstrap/package/lintian-overrides": "usr/share/lintian/overrides/voiced",
}
"""What the package brings beside the environment, and where it goes."""

PROGRAMS = ("voiced", "voicectl")


def debian_version(version: str) -> str:
    """Python's version as dpkg sorts it: 0.2.0.dev1 and 0.2.0rc1 come before 0.2.0."""
    return re.sub(r"\.?(dev|a|b|rc)(\d*)", r"~\1\2", version)


def control(version: str, architecture: str, release: tuple[int, int], kilobytes: int) -> str:
    """The package's description of itself."""
    this, following = f"{release[0]}.{release[1]}", f"{release[0]}.{release[1] + 1}"
    depends = [
        f"python3 (>= {this})",
        f"python3 (<< {following})",
        "libc6",
        "libstdc++6",
        *debian.RUNNING,
        "systemd | systemd-standalone-sysusers",
    ]
    return f"""Package: voiced
Version: {version}
Architecture: {architecture}
Maintainer: The voiced developers <voiced@localhost.localdomain>
Installed-Size: {kilobytes}
Depends: {", ".join(depends)}
Recommends: dbus
Suggests: pipewire-alsa | libasound2-plugins
Section: sound
Priority: optional
Description: voice assistant that lives on its owner's machine
 It waits for its wake word, understands what is said, carries it out or
 thinks about it, and answers aloud. Wake word, speech recognition, language
 model and voice run in one process and need no network: nothing that is said
 leaves the house.
 .
 Nothing starts by itself: "voiced install" starts it with the desktop of a
 person, "voiced install --system" with a device.
"""


def build() -> Path:
    """The package. Raises SetupError."""
    chosen = python.probe("/usr/bin/python3")
    if chosen is None or not chosen.debians or not chosen.fits:
        raise SetupError("A package is built for Debian's own Python: install python3, 3.11 to 3.13, then try again.")
    wheels = Workshop(chosen, ROOT, cache_folder(), elsewhere=True).wheels()
    tree = ROOT / "build" / "deb"
    if tree.exists():
        shutil.rmtree(str(tree))
    tree.mkdir(parents=True)
    fill_environment(tree / HOME, chosen, wheels)
    for source, place in FILES.items():
        target = tree / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / source), str(target))
        target.chmod(0o644)
    add_manual(tree / "usr")
    (tree / "usr/bin").mkdir()
    for name in PROGRAMS:
        (tree / "usr/bin" / name).symlink_to(f"../lib/voiced/bin/{name}")
    compress(ROOT / "CHANGELOG.md", tree / "usr/share/doc/voiced/changelog.gz")
    return pack(tree, chosen)


def fill_environment(home: Path, chosen: Python, wheels: Sequence[Path]) -> None:
    """The virtual environment with all that voiced runs on, fit to be moved to /usr/lib."""
    log = cache_folder() / "setup"
    progress.run("a virtual environment", [chosen.path, "-m", "venv", "--without-pip", str(home)], log / "deb-venv.log")
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--no-deps", "--no-compile"]
    own = [str(wheel) for wheel in wheels]
    progress.run("compiled packages", [*pip, "--no-index", *own], log / "deb-compiled.log")
    lock = ROOT / "requirements" / "run.txt"
    total = len(pins(lock.read_text(encoding="utf-8")))
    progress.run(
        f"{total} Python packages",
        [*pip, "--require-hashes", "--requirement", str(lock)],
        log / "deb-packages.log",
        progress.pip(total),
    )
    made = home.parent / "wheel"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    os.chdir(str(ROOT))  # hatchling builds what it stands in
    progress.run("voiced itself", command, log / "deb-own.log")
    progress.run("voiced in place", [*pip, "--no-index", *map(str, made.glob("*.whl"))], log / "deb-voiced.log")
    shutil.rmtree(str(made))
    settle(home, chosen)


def add_manual(prefix: Path) -> None:
    """Man pages and completion, as Debian wants them: the pages compressed, and zsh's where it looks in packages."""
    command = [sys.executable, "-m", "voiced.manual", str(prefix)]
    progress.run("man pages and completion", command, cache_folder() / "setup" / "deb-manual.log")
    for page in list((prefix / "share/man").rglob("*.1")):
        compress(page, page.with_name(f"{page.name}.gz"))
        page.unlink()
    zsh = prefix / "share/zsh"
    (zsh / "site-functions").rename(zsh / "vendor-completions")


def compress(source: Path, target: Path) -> None:
    """The same file whenever it is made."""
    with gzip.GzipFile(str(target), "wb", mtime=0) as stream:
        stream.write(source.read_bytes())


def settle(home: Path, chosen: Python) -> None:
    """Takes the place where it was made out of an environment, and what only its making needed."""
    for path in (home / "bin").iterdir():
        if path.name in PROGRAMS:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join([f"#!/{HOME}/bin/python\n", *lines[1:]]), encoding="utf-8")
        elif not path.name.startswith("python"):
            path.unlink()
    version = ".".join(map(str, chosen.version))
    text = f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {version}\n"
    (home / "pyvenv.cfg").write_text(text, encoding="utf-8")
    for name in ("hatchling", "hatchling-*", "editables", "editables-*", "trove_classifiers*"):
        for path in home.glob(f"lib/python*/site-packages/{name}"):
            shutil.rmtree(str(path))
    for path in list(home.rglob("__pycache__")):
        shutil.rmtree(str(path))
    for path in home.glob("lib/python*/site-packages/*.dist-info/RECORD"):
        path.unlink()  # says what pip may remove: nothing of this
    for folder in (home / "include", home / "share"):
        if folder.exists():
            shutil.rmtree(str(folder))


def pack(tree: Path, chosen: Python) -> Path:
    """The tree as a package."""
    architecture = subprocess.check_output(["dpkg", "--print-architecture"]).decode().strip()
    found = re.search(r'__version__ = "(.+)"', (ROOT / "voiced/__init__.py").read_text(encoding="utf-8"))
    assert found is not None
    version = debian_version(found.group(1))
    for path in [tree, *tree.rglob("*")]:
        if path.is_symlink():
            continue
        runs = path.is_dir() or path.parent == tree / HOME / "bin"
        path.chmod(0o755 if runs else 0o644)
    kilobytes = sum(path.lstat().st_size for path in tree.rglob("*")) // 1024
    meta = tree / "DEBIAN"
    meta.mkdir()
    (meta / "control").write_text(control(version, architecture, chosen.version, kilobytes), encoding="utf-8")
    for name in ("preinst", "postinst", "prerm", "postrm"):
        shutil.copy(str(SCRIPTS / name), str(meta / name))
        (meta / name).chmod(0o755)
    package = ROOT / "dist" / f"voiced_{version}_{architecture}.deb"
    package.parent.mkdir(exist_ok=True)
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(tree), str(package)]
    progress.run(package.name, command, cache_folder() / "setup" / "deb-pack.log")
    return package


def main() -> int:
    """Returns the exit status: 0 with the package's name on the last line, 1 with one sentence."""
    try:
        package = build()
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    size = package.stat().st_size // 1_000_000
    print(f"{os.path.relpath(str(package))}: {size} MB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
