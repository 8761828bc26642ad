"""Models on a hub, and the folders that they come into, for the tests."""

import hashlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from voiced.models.catalogue import Entry, HubFile
from voiced.models.store import Store
from voiced.paths import Paths
from voiced.shapes.gguf import write_talker
from voiced.shapes.piper import write_piper
from voiced.shapes.whisper import write_whisper

REPOS = {"llm": "people/talkers", "tts": "people/voices", "stt": "people/listeners"}


@cache
def on_a_hub() -> dict[str, bytes]:
    """A model of each kind, by repository and path."""
    with TemporaryDirectory(prefix="voiced-tests-") as name:
        folder = Path(name)
        write_talker(folder / "talker.gguf", "All is well.")
        write_piper(folder / "en_US-test-low.onnx")
        write_whisper(folder / "small.en", says="hello")
        found = {f"{REPOS['llm']}/talker-q4.gguf": (folder / "talker.gguf").read_bytes()}
        for file in ("en_US-test-low.onnx", "en_US-test-low.onnx.json"):
            found[f"{REPOS['tts']}/en/{file}"] = (folder / file).read_bytes()
        for path in (folder / "small.en").iterdir():
            found[f"{REPOS['stt']}/{path.name}"] = path.read_bytes()
    return found


def paths_in(folder: Path) -> Paths:
    return Paths(folder / "config", folder / "data", folder / "state", folder / "cache")


def store_in(folder: Path) -> Store:
    return Store(paths_in(folder))


def entry(kind: str, content: dict[str, bytes], digest: str = "sha256") -> Entry:
    """The catalogue's entry of the model of that kind; `digest` is what it knows of its files: may be empty."""
    name = {"llm": "talker", "tts": "en_US-test-low", "stt": "small.en"}[kind]
    files = []
    for path, body in content.items():
        if path.startswith(f"{REPOS[kind]}/"):
            known = {digest: hashlib.new(digest, body).hexdigest()} if digest else {}
            files.append(HubFile(path.removeprefix(f"{REPOS[kind]}/"), len(body), **known))
    facts: Any = {
        "name": name, "kind": kind, "repo": REPOS[kind], "revision": "main", "memory_mb": 10, "summary": "a test",
        "licence": "CC0-1.0", "languages": ("en",), "speed": "light", "source": "this test",
    }  # fmt: skip
    return Entry(files=tuple(files), **facts)


def in_place(store: Store) -> dict[str, bytes]:
    """All files that voiced would look at."""
    folders = [store.folder(kind) for kind in ("stt", "llm", "tts", "wake")]
    return {
        f"{folder.name}/{file.relative_to(folder)}": file.read_bytes()
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file()
    }


def wanted(model: Entry, content: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{model.kind}/{model.place(file)}": content[f"{model.repo}/{file.path}"] for file in model.files}


def left(store: Store) -> list[str]:
    """What is on its way."""
    folder = store.root / ".partial"
    return sorted(file.name for file in folder.rglob("*") if file.is_file() and file.suffix != ".lock")
