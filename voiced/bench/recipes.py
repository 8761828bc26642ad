"""A recipe flows in, models with the shape of real ones flow out: written once, kept in the cache, checked at each use.

Speed depends on a model's shape and not on what it learnt, so these cost what real ones cost, and need no download.
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from voiced.bench.lines import vocabulary
from voiced.errors import StateError
from voiced.paths import make_private
from voiced.shapes import gguf, whisper

VERSION: Final = 2
"""Of what is written; to be raised when the shapes' code writes something else from the same numbers."""

SAID: Final = "thirteenheard"
"""What a Whisper writes here for every utterance, letter by letter: thirteen tokens, about as many as the lines of the
benchmark have in Whisper's own vocabulary (11 to 15, estimated). Letters alone: faster-whisper suppresses signs."""

ROOM: Final = 1.1
"""Free space that is asked for, as a multiple of what will be written."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """The shapes of the three models."""

    name: str
    stt: whisper.Shape
    llm: gguf.Shape
    medium_voice: bool
    """A voice of 63 MB; else the smallest that speaks."""
    called: tuple[str, str, str]
    """What they have the shape of, for people."""
    megabytes: int
    """About how much they take on the disk."""


RECIPES: Final = {
    "shapes": Recipe(
        "shapes",
        whisper.BASE_EN,
        gguf.QWEN25_05B,
        True,
        ("Whisper base.en", "Qwen2.5-0.5B Q4_0", "Piper medium"),
        505,
    ),
    "tiny": Recipe(
        "tiny",
        whisper.TINY_EN,
        gguf.SMOLLM2_135M,
        True,
        ("Whisper tiny.en", "SmolLM2-135M Q4_0", "Piper medium"),
        215,
    ),
}


@dataclass(frozen=True, slots=True)
class Models:
    """Three models on the disk."""

    stt: Path
    """A CTranslate2 folder."""
    llm: Path
    tts: Path

    def files(self) -> list[Path]:
        """What a program reads of them."""
        return [self.stt / "model.bin", self.llm, self.tts]


Progress = Callable[[str, float, float], None]
"""Told what is being written, how many bytes of the whole are there, and how many there will be."""


def prepare(recipe: Recipe, cache: Path, words: str, progress: Progress) -> Models:
    """The models of `recipe` below `cache`, whose language model has each of the `words` as a token; those that are
    missing or damaged are written. Raises StateError when there is no room for them."""
    key = hashlib.sha256(json.dumps([VERSION, asdict(recipe), vocabulary(words)]).encode()).hexdigest()[:12]
    folder = make_private(cache / "bench") / f"{recipe.name}-{key}"
    if not _whole(folder):
        _write(recipe, folder, words, progress)
    return _models(folder)


def _models(folder: Path) -> Models:
    return Models(folder / "recogniser", folder / "language.gguf", folder / "voice.onnx")


def _whole(folder: Path) -> bool:
    """Whether what was written into `folder` is still what it was."""
    try:
        kept: dict[str, str] = json.loads((folder / "written.json").read_text("utf-8"))
        return all(_digest(folder / name) == digest for name, digest in kept.items())
    except (OSError, ValueError, AttributeError):
        return False


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()


def _write(recipe: Recipe, folder: Path, words: str, progress: Progress) -> None:
    """Writes everything beside `folder` first, so that what is there is always whole."""
    for other in folder.parent.glob(f"{recipe.name}-*"):  # of an older version, or damaged
        shutil.rmtree(other, ignore_errors=True)
    needed = recipe.megabytes * 1_000_000
    free = shutil.disk_usage(folder.parent).free
    if free < needed * ROOM:
        raise StateError(
            f"The benchmark's models need {needed * ROOM / 1e6:.0f} MB in {folder.parent}, where {free / 1e6:.0f} MB "
            "are free; make room, or name another place in XDG_CACHE_HOME."
        )
    made = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    try:
        models, called = _models(made), recipe.called
        steps: list[tuple[str, Callable[[], Any]]] = [
            (called[0], partial(whisper.write_whisper, models.stt, recipe.stt, says=SAID)),
            (called[1], partial(gguf.write_gguf, models.llm, recipe.llm, words=vocabulary(words))),
            (called[2], partial(_write_voice, models.tts, recipe.medium_voice)),
        ]
        for name, step in steps:
            for _ in _meanwhile(step):
                progress(name, sum(file.stat().st_size for file in made.rglob("*") if file.is_file()), needed)
        files = sorted(file for file in made.rglob("*") if file.is_file())
        kept = {str(file.relative_to(made)): _digest(file) for file in files}
        (made / "written.json").write_text(json.dumps(kept), "utf-8")
        made.rename(folder)
    except OSError as error:
        if _whole(folder):  # somebody else was quicker
            return
        raise StateError(f"The benchmark's models cannot be written ({error.strerror}); make room for them.") from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _meanwhile(work: Callable[[], Any]) -> Iterator[None]:
    """Comes by ten times a second while `work` is done elsewhere; raises what it raises."""
    with ThreadPoolExecutor(1, thread_name_prefix="voiced-bench") as pool:
        done = pool.submit(work)
        while not done.done():
            wait([done], timeout=0.1)
            yield
        done.result()


def _write_voice(path: Path, medium: bool) -> None:
    from voiced.shapes.piper import write_piper

    write_piper(path, medium=medium)
