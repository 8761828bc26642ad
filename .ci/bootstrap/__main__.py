"""A goal flows in, "demo", "test" or "starter"; what it needs is there when this program ends with status 0.

    PYTHONPATH=.ci:. python3 -m bootstrap demo

The order is: Debian packages, what must be compiled, the Python packages, voiced itself. What is there already is left
alone, and nothing is said about it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bootstrap import debian, progress, python
from bootstrap.environment import LOCKS, Environment
from bootstrap.errors import SetupError
from bootstrap.training import Training
from bootstrap.wheels import Workshop
from voiced import compiled

TRAINING = "starter"
GOALS = (*LOCKS, TRAINING)

ROOT = Path(__file__).resolve().parent.parent.parent


def cache_folder() -> Path:
    """Where wheels and logs are kept."""
    return compiled.cache_folder(os.environ)


def install_packages(goal: str, chosen: python.Python, compiling: bool) -> None:
    """Installs the Debian packages that are missing, saying which and why."""
    machine = debian.look()
    packages = debian.wanted(goal, chosen, compiling)
    there = debian.installed(list(packages)) if machine.apt else set()
    missing = [name for name in packages if name not in there]
    if not missing or os.environ.get("SYSTEM_READY"):
        return
    before = debian.become_root(machine, missing)
    width = max(map(len, missing))
    print("Debian packages that are missing" + (", installed with sudo:" if before else ":"))
    for name in missing:
        print(f"  {name.ljust(width)}  {packages[name]}")
    sys.stdout.flush()
    # Who may do everything without a password may still be asked for one by `sudo -v`.
    asks = before and machine.terminal and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) != 0
    if asks and subprocess.call(["sudo", "-v"]) != 0:
        raise SetupError(f"sudo was refused: as root, run `apt-get install {' '.join(missing)}`, then try again.")
    command = [*before, *debian.install_command(missing)]
    progress.run(f"{len(missing)} Debian packages", command, cache_folder() / "setup" / "apt.log", progress.apt)


def take_in(bundle: Path, workshop: Workshop) -> None:
    """Takes what another machine of the same kind has compiled, and says so. Raises SetupError."""
    taken = workshop.take_in(bundle)
    if taken:
        print(f"Compiled elsewhere, from {bundle}: {', '.join(source.name for source in taken)}.")
    elif workshop.missing():
        print(f"{bundle} has none of the wheels that are missing for this processor, C library and Python.")


def set_up(goal: str) -> None:
    """Brings everything for `goal` into place. Raises SetupError when that is not possible."""
    if goal == TRAINING:
        set_up_training()
        return
    wanted = os.environ.get("PYTHON", "")
    environment = Environment(ROOT, cache_folder())
    if environment.ready(goal, wanted):
        chosen = environment.python(wanted)
        assert chosen is not None
        install_packages(goal, chosen._replace(makes_environments=True), compiling=False)
        return
    chosen = python.choose(python.candidates(wanted))
    workshop = Workshop(chosen, ROOT, cache_folder())
    if os.environ.get("WHEELS"):
        take_in(Path(os.environ["WHEELS"]).expanduser(), workshop)
    compiling = workshop.missing()
    print("Setting up voiced" + (": the first time compiles for some minutes." if compiling else "."), flush=True)
    install_packages(goal, chosen, bool(compiling))
    if not chosen.complete:
        chosen = python.probe(chosen.path) or chosen
    environment.make(goal, chosen, workshop, wanted)


def set_up_training() -> None:
    """Brings everything into place that training the starter models needs: a demo's, then torch. Raises SetupError."""
    set_up("demo")
    chosen = Environment(ROOT, cache_folder()).python()
    assert chosen is not None
    # The environment's own interpreter stands for the one that it was made with.
    install_packages(TRAINING, chosen._replace(makes_environments=True), compiling=False)
    training = Training(ROOT, cache_folder())
    if not training.ready():
        training.make(chosen)


def main(arguments: list[str]) -> int:
    """Returns the exit status: 0 when everything is there, 1 with one sentence when it is not, 2 for a wrong goal."""
    if len(arguments) != 1 or arguments[0] not in GOALS:
        print(f"Say what to set up for: {' or '.join(GOALS)}.", file=sys.stderr)
        return 2
    try:
        set_up(arguments[0])
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename or 'A file'} cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on where this one stopped.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
