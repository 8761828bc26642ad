"""What was learnt of a voice flows in from a file of numbers; whether a wake word came in that voice flows out.

openWakeWord's speaker verifier is a logistic regression on what the wake network sees. Its own comes as a pickle, which
runs whatever code it holds; here it is JSON. scikit-learn, which `voiced.tuning.training` learns with, is not needed to
use it: a verdict is one product of 1,536 numbers.

    verifiers/WORD/NAME.json    below the folder of data, one for each person

It holds the regression's numbers and nothing else, no recording and nothing that one could be made from. It is no lock:
it keeps a television from waking the assistant, not somebody who wants to.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray

from voiced.config.reading import build
from voiced.config.rules import Length, Range
from voiced.errors import ConfigError, EngineError, StateError
from voiced.paths import Paths, make_private

FORMAT: Final = 1
"""Of the files."""

EMBEDDING: Final = 96
"""Numbers per frame that openWakeWord's embedding network hands to a wake network."""

LARGEST: Final = 1_000_000
"""Bytes of a file; one of 1,536 numbers takes 35,000."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """What stands in a file."""

    weights: Annotated[tuple[float, ...], Length(EMBEDDING, 100 * EMBEDDING)]
    """One per number that the wake network sees."""
    bias: float
    sure: Annotated[float, Range(0.01, 0.99)]
    """Probability from which a voice counts as known."""
    format: Annotated[int, Range(FORMAT, FORMAT)]


@dataclass(frozen=True, slots=True)
class Verifier:
    """One person's voice, saying one word."""

    weights: NDArray[np.float64]
    """One dimension: as many numbers as the wake network sees."""
    bias: float
    sure: float
    """Probability, 0 to 1, from which a voice counts as this one."""

    def probabilities(self, seen: NDArray[np.float32]) -> NDArray[np.float64]:
        """How likely each row of what the wake network saw is this voice, 0 to 1."""
        odds = np.clip(seen @ self.weights + self.bias, -500, 500)
        found: NDArray[np.float64] = 1 / (1 + np.exp(-odds))
        return found

    def knows(self, seen: NDArray[np.float32]) -> bool:
        """Whether one row of what the wake network saw is this voice."""
        return bool(self.probabilities(seen) >= self.sure)


def place(word: str, name: str, paths: Paths) -> Path:
    """The file of the person called `name`, for `word`. Raises EngineError when that makes no file's name."""
    if not word or "/" in word or "\0" in word or word.startswith("."):
        raise EngineError(f"The wake word {word!r} cannot be a folder's name; name its model otherwise.")
    return paths.data / "verifiers" / word / f"{name}.json"


def known(word: str, paths: Paths) -> list[Path]:
    """The files of all persons for `word`, by their names."""
    return sorted(place(word, "name", paths).parent.glob("[!.]*.json"))


def load_known(word: str, paths: Paths) -> list[Verifier]:
    """What was learnt of every person who says `word`. Raises EngineError when there is none, or a file is damaged."""
    found = [load(path) for path in known(word, paths)]
    if not found:
        raise EngineError(f"No voice was learnt for {word} yet; `voiced wake verify-me` does that.")
    return found


def load(path: Path) -> Verifier:
    """The verifier in a file. Raises EngineError, one sentence, for one that is missing, damaged or none."""
    again = "run `voiced wake verify-me` again"
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        table = json.loads(content) if len(content) <= LARGEST else None
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror}); make it readable, or {again}.") from error
    except (ValueError, RecursionError) as error:
        raise EngineError(f"{path} is damaged; {again}.") from error
    if not isinstance(table, dict):
        raise EngineError(f"{path} holds nothing that was learnt of a voice; {again}.")
    try:
        stored = build(table, _Stored, path)
    except ConfigError as error:
        raise EngineError(f"{str(error).splitlines()[0].removesuffix('.')}; {again}.") from error
    return Verifier(np.array(stored.weights), stored.bias, stored.sure)


def save(verifier: Verifier, path: Path) -> None:
    """Writes the file, for its owner alone; it appears whole or not at all. Raises StateError."""
    table = {
        "format": FORMAT,
        "sure": verifier.sure,
        "bias": verifier.bias,
        "weights": [float(f"{weight:.8g}") for weight in verifier.weights],
    }
    with _told(path):
        folder = path.parent
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        make_private(folder)
        handle, temporary = tempfile.mkstemp(prefix=".", suffix=".json", dir=folder)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(table, file)
                file.flush()
                os.fsync(handle)
            for new in (*missing, Path(temporary)):
                _hand_over(new, missing[-1].parent if missing else folder)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise


def forget(path: Path) -> None:
    """Deletes the file. Raises StateError."""
    with _told(path):
        path.unlink()


def _hand_over(new: Path, like: Path) -> None:
    """Gives what root has made to whom the folder `like` belongs: the system's daemon has to read it."""
    if os.geteuid() == 0:
        owner = like.stat()
        os.chown(new, owner.st_uid, owner.st_gid)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(f"{path} cannot be written ({error.strerror}); make its folder yours.") from error
