"""What is wanted and what is installed flow in, the one command that installs the rest flows out."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import NamedTuple

from bootstrap.errors import SetupError
from bootstrap.python import Python

RUNNING = {
    "libportaudio2": "plays and records sound",
    "espeak-ng": "speaks without any download",
    "libgirepository-1.0-1": "carries D-Bus (GLib's bindings)",
    "gir1.2-glib-2.0": "carries D-Bus (GLib's description)",
    "libcairo-gobject2": "is what GLib's bindings link to",
    "libgomp1": "spreads the language model over the cores",
}
"""What the daemon needs."""

DEMO = {"flite": "speaks the person's part"}
"""What `make demo` needs on top."""

TESTING = {
    "sox": "makes noise and changes sound files",
    "pulseaudio": "is the virtual sound card",
    "pulseaudio-utils": "plays into the virtual sound card",
    "libasound2-plugins": "leads ALSA to the virtual sound card",
    "dbus": "is the bus that is spoken to",
    "libglib2.0-bin": "speaks over the bus (gdbus)",
    "strace": "makes disks and system calls fail",
    "procps": "looks at processes",
    "zsh": "reads its completion file",
    "fish": "reads its completion file",
    "lintian": "looks at Debian packages",
    "mmdebstrap": "makes an empty Debian to install a package in",
    "systemd": "looks at systemd's units (it is not started)",
    "git": "lists what belongs to the repository",
}
"""What `make test` and `make check` need on top."""

TRAINING = {
    "festival": "speaks what the starter models learn from",
    "festvox-us-slt-hts": "is the voice that the starter voice learns from",
    "festvox-kdlpc16k": "is an American that the recogniser learns from",
    "festvox-italp16k": "is an Italian who reads English to the recogniser",
    "festvox-itapc16k": "is another Italian",
    "festvox-czech-dita": "is a Czech who reads English to it",
    "festvox-czech-krb": "is a Czech child",
    "festvox-czech-machac": "is another Czech",
    "festvox-czech-ph": "is a fourth Czech",
    "festvox-suopuhe-lj": "is a Finn who reads English to it",
    "festvox-suopuhe-mv": "is another Finn",
    "festvox-hi-nsk": "is an Indian who reads English to it",
    "festival-hi": "tells festival how that one speaks",
}
"""What `make starter` and its kin need on top of a demo."""

COMPILING = {
    "build-essential": "compiles llama.cpp and GLib's bindings",
    "pkg-config": "finds the libraries to compile against",
    "libgirepository1.0-dev": "describes GLib's introspection to the compiler",
    "libcairo2-dev": "describes Cairo to the compiler",
}
"""What is needed only as long as something is still to be compiled."""


class Machine(NamedTuple):
    """What decides how packages can be installed."""

    apt: bool
    root: bool
    sudo: bool
    terminal: bool
    """Whether somebody could type a password."""


def look() -> Machine:
    """This machine."""
    return Machine(
        apt=shutil.which("apt-get") is not None and shutil.which("dpkg-query") is not None,
        root=os.geteuid() == 0,
        sudo=shutil.which("sudo") is not None,
        terminal=sys.stdin is not None and sys.stdin.isatty(),
    )


def wanted(goal: str, python: Python, compiling: bool) -> dict[str, str]:
    """The packages, with why, that `goal` ("demo", "test" or "starter") needs with this interpreter."""
    packages = {**RUNNING, **DEMO, **{"test": TESTING, "starter": TRAINING}.get(goal, {})}
    if compiling:
        packages.update(COMPILING)
    if python.debians:
        if not python.makes_environments:
            packages["python3-venv"] = "makes virtual environments"
        if compiling and not python.has_headers:
            packages["python3-dev"] = "describes Python to the compiler"
    return packages


def parse_installed(listing: str) -> set[str]:
    """The names in dpkg-query's "name status" lines that are fully installed."""
    lines = (line.split() for line in listing.splitlines())
    return {words[0] for words in lines if len(words) == 2 and words[1] == "installed"}


def installed(names: Sequence[str]) -> set[str]:
    """Those of `names` that are installed on this machine."""
    command = ["dpkg-query", "--show", "--showformat=${Package} ${db:Status-Status}\n", *names]
    # Status 1 only says that some are not known.
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return parse_installed(result.stdout.decode())


def become_root(machine: Machine, missing: Sequence[str]) -> list[str]:
    """What to put before a command so that it runs as root. Raises SetupError where packages cannot be installed."""
    names = " ".join(missing)
    if not machine.apt:
        raise SetupError(
            "This set-up knows Debian and Ubuntu only, and there is no apt-get here: install what these packages "
            f"hold ({names}), then run the same command with SYSTEM_READY=1."
        )
    if machine.root:
        return []
    if not machine.sudo:
        raise SetupError(
            f"Debian packages are missing and there is no sudo here: as root, run `apt-get install {names}`, "
            "then the same command again as yourself."
        )
    # Without a terminal sudo must fail at once rather than wait for a password that nobody types.
    return ["sudo"] if machine.terminal else ["sudo", "-n"]


def install_command(missing: Sequence[str]) -> list[str]:
    """The command that installs `missing`, to be run as root, and never at the price of a package that is there: a
    desktop that plays through PipeWire would lose it to pulseaudio. Its output reports how far the installing is."""
    apt_get = "apt-get -q -o DPkg::Lock::Timeout=300"
    return [
        "sh",
        "-c",
        f"export DEBIAN_FRONTEND=noninteractive; {apt_get} update && "
        f'{apt_get} -o APT::Status-Fd=1 install --yes --no-remove --no-install-recommends "$@"',
        "apt-get",
        *missing,
    ]
