"""A word flows in, models or their cards flow out: `python -m recipe make|smoke|report`, behind `make starter`.

`make` makes all three from nothing, or goes on where it was interrupted, and puts them into `voices/starter`, or, with
`--to`, elsewhere; with `--share 0.5` in half of the steps. `smoke` does the same at toy size, elsewhere, and ends with
an error when anything does not work; `report` measures the models in `voices/starter` and writes their figures into
their cards.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path

from recipe.run import a_share

STARTER = Path(__file__).resolve().parent.parent
PARTS = ("voice", "language", "recogniser")
PLACES = {"voice": "voice.onnx", "language": "language.gguf", "recogniser": "recogniser"}


def run(*chains: Sequence[Sequence[str]]) -> None:
    """Runs the steps of each chain one after the other, and the chains side by side: a step is a part and what its
    recipe is told, in a process of its own, so that none holds on to the memory of another.

    Raises subprocess.CalledProcessError when a step fails, with which the others end, too; they keep their checkpoints.
    """
    running: dict[int, subprocess.Popen[bytes]] = {}
    over = threading.Event()

    def follow(number: int) -> None:
        for part, *told in chains[number]:
            if over.is_set():
                break
            command = [sys.executable, "-W", "ignore", "-m", f"recipe.{part}", *told]
            running[number] = subprocess.Popen(command)
            if status := running[number].wait():
                raise subprocess.CalledProcessError(status, command)

    with ThreadPoolExecutor(len(chains)) as pool:
        results = [pool.submit(follow, number) for number in range(len(chains))]
        try:
            failed = any(result.exception() for result in wait(results, return_when=FIRST_EXCEPTION).done)
        except KeyboardInterrupt:  # they were interrupted with this process, and come to an end by themselves
            over.set()
            raise
        if failed:
            over.set()
            for process in running.values():
                process.terminate()
    for result in results:
        result.result()


def threads() -> str:
    """For the recogniser, which leaves a core to the others."""
    return str(max(1, len(os.sched_getaffinity(0)) - 1))


def make(target: Path, share: str) -> None:
    """Trains all three and writes them to `target`, in a `share` of the plans' steps; the recogniser, which takes about
    as long as the others, beside them."""
    recogniser = ("recogniser", "--threads", threads(), "--share", share)
    run(
        [
            ("voice", "make", str(target / PLACES["voice"]), "--share", share),
            ("language", "all", str(target / PLACES["language"]), "--share", share),
        ],
        [
            (*recogniser, "train"),
            (*recogniser, "cool"),
            (*recogniser, "export", str(target / PLACES["recogniser"])),
        ],
    )


def smoke() -> None:
    """Makes and measures toys of all three, and lets voiced load them."""
    with tempfile.TemporaryDirectory(prefix="voiced-starter-") as folder:
        target = Path(folder)
        os.environ["XDG_CACHE_HOME"] = folder  # from nothing, and not from an earlier toy
        words, ears = str(target / "branch.gguf"), str(target / "branch")
        run(
            [
                ("voice", "make", str(target / PLACES["voice"]), "--smoke"),
                ("language", "all", words, "--smoke"),
                ("language", "mix", str(target / PLACES["language"]), "--of", words, words),
            ],
            [
                ("recogniser", "--threads", threads(), "--smoke", "all", ears),
                ("recogniser", "mix", str(target / PLACES["recogniser"]), "--of", ears, ears),
            ],
        )
        from recipe.report import check

        check(target)


def main() -> int:
    """Does what the command line says; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m recipe", description="Makes and measures the starter models.")
    parser.add_argument("task", choices=["make", "smoke", "report"])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="for the report; all when none is named")
    parser.add_argument("--recordings", type=Path, help="for the report: people's recordings, NAME.wav and NAME.txt")
    parser.add_argument("--share", type=a_share, default=1.0, help="of the steps, to make them in less time, but worse")
    parser.add_argument("--to", type=Path, default=STARTER, help="folder for what is made; else what ships is replaced")
    asked = parser.parse_args()
    if asked.task != "make" and (asked.share != 1.0 or asked.to != STARTER):
        parser.error("--share and --to are for make.")
    try:
        asked.to.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"{asked.to}: {error.strerror}.")
    try:
        if asked.task == "make":
            make(asked.to, str(asked.share))
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
