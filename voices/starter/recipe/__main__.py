"""A word flows in, models or their cards flow out: `python -m recipe make|smoke|report`, behind `make starter`.

`make` makes all three from nothing, or goes on where it was interrupted, and puts them into `voices/starter`; `smoke`
does the same at toy size, elsewhere, and ends with an error when anything does not work; `report` measures the models
in `voices/starter` and writes their figures into their cards.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

STARTER = Path(__file__).resolve().parent.parent
PARTS = ("voice", "language", "recogniser")
"""In the order of the time they take."""
PLACES = {"voice": "voice.onnx", "language": "language.gguf", "recogniser": "recogniser"}


def run(part: str, *arguments: str) -> None:
    """Runs the recipe of one part in a process of its own, so that none holds on to the memory of another."""
    subprocess.run([sys.executable, "-W", "ignore", "-m", f"recipe.{part}", *arguments], check=True)


def make(target: Path) -> None:
    """Trains all three and writes them to `target`."""
    run("voice", "make", str(target / PLACES["voice"]))
    run("language", "all", str(target / PLACES["language"]))
    run("recogniser", "train")
    run("recogniser", "cool")
    run("recogniser", "export", str(target / PLACES["recogniser"]))


def smoke() -> None:
    """Makes and measures toys of all three, and lets voiced load them."""
    with tempfile.TemporaryDirectory(prefix="voiced-starter-") as folder:
        target = Path(folder)
        os.environ["XDG_CACHE_HOME"] = folder  # from nothing, and not from an earlier toy
        run("voice", "make", str(target / PLACES["voice"]), "--smoke")
        branch = str(target / "branch.gguf")
        run("language", "all", branch, "--smoke")
        run("language", "mix", str(target / PLACES["language"]), "--of", branch, branch)
        branch = str(target / "branch")
        run("recogniser", "--smoke", "all", branch)
        run("recogniser", "mix", str(target / PLACES["recogniser"]), "--of", branch, branch)
        from recipe.report import check

        check(target)


def main() -> int:
    """Does what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m recipe", description="Makes and measures the starter models.")
    parser.add_argument("task", choices=["make", "smoke", "report"])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="for the report; all when none is named")
    parser.add_argument("--recordings", type=Path, help="for the report: people's recordings, NAME.wav and NAME.txt")
    asked = parser.parse_args()
    try:
        if asked.task == "make":
            make(STARTER)
        elif asked.task == "smoke":
            smoke()
        else:
            from recipe.report import report

            report(STARTER, asked.part or list(PARTS), asked.recordings)
    except subprocess.CalledProcessError as error:
        print(f"{' '.join(error.cmd[3:6])} failed; what it said stands above.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the same command goes on from the last checkpoint.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
