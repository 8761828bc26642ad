"""A file or folder that somebody has flows in, an installed model flows out: recognised, copied, tried, and only then
put into its place. What is refused leaves nothing behind.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from voiced.config.rules import show
from voiced.errors import ModelError
from voiced.models import ENDINGS, Kind
from voiced.models.catalogue import Entry
from voiced.models.digests import Digests, digests
from voiced.models.recognise import WANTED, is_whisper, recognise
from voiced.models.records import NAMED, Pin, Record
from voiced.models.store import Store
from voiced.models.trial import try_out

WHISPER: Final = re.compile(
    r"(model\.bin|config\.json|tokenizer\.json|preprocessor_config\.json|voiced\.json|letters\.npz|vocabulary\..+)"
)
"""Files of a recogniser's folder that are taken along."""

ARRIVING: Final = "_arriving"
"""What a model is called while it is tried; no model's name begins so."""


@dataclass(frozen=True, slots=True)
class Found:
    """A model that was recognised, but not tried yet."""

    kind: Kind
    path: Path
    """Where it is: of several files, the one that matters."""
    name: str
    """What its file or folder is called."""
    files: Mapping[str, Path]
    """By what they are called below the folder of a model called "": "/model.bin", ".gguf", ".onnx.json"."""


def look(path: Path) -> Found:
    """What there is at `path`. Raises ModelError when that is no model."""
    path = _meant(path)
    kind = recognise(path)
    if kind == "stt":
        files = {f"/{file.name}": file for file in sorted(path.iterdir()) if WHISPER.fullmatch(file.name)}
        return Found(kind, path, path.resolve().name, files)
    files = {ENDINGS[kind]: path}
    if kind == "tts":
        files[f"{ENDINGS[kind]}.json"] = Path(f"{path}.json")
    return Found(kind, path, path.name.removesuffix(ENDINGS[kind]), files)


def _meant(path: Path) -> Path:
    """The model that is meant by one of its files, or by the folder that it lies in alone."""
    try:
        if path.name.endswith(".onnx.json") and path.is_file():
            return path.with_name(path.name.removesuffix(".json"))
        if path.name == "model.bin" and path.is_file() and is_whisper(path):
            return path.parent
        if path.is_dir() and not (path / "model.bin").exists():
            inside = [each for each in sorted(path.iterdir()) if each.suffix in (".gguf", ".onnx")]
            if len(inside) == 1:
                return inside[0]
            if inside:
                raise ModelError(f"{path} holds {len(inside)} models; give one of them, such as {inside[0].name}.")
            raise ModelError(f"{path} holds no model; give {WANTED}.")
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror or error}); make it readable.") from error
    return path


def take_in(path: Path, store: Store, catalogue: Mapping[str, Entry], name: str | None = None) -> Record:
    """Installs the model at `path`, called `name`, or as the catalogue, or else its file, calls it.

    Raises ModelError; then all is as it was."""
    found = look(path)
    if name is not None:
        name = name.removesuffix(ENDINGS[found.kind])
        _check_name(found.kind, name)
    for file in found.files.values():
        if not file.is_file():
            raise ModelError(f"{file} is no ordinary file; copy the model into a folder of yours first.")
    with store.lock(found.kind, ARRIVING):
        store.clear(found.kind, ARRIVING)  # of somebody who was interrupted
        staged = store.partial(found.kind, ARRIVING)
        try:
            sums = _copy(found, staged, store)
            known = _known(found.kind, sums, catalogue)
            said = try_out(found.kind, staged / f"{ARRIVING}{ENDINGS[found.kind]}", found.path)
            wanted = name or (known.name if known else _fitting(found, said))
            _check_name(found.kind, wanted)
            _check_catalogue(path, catalogue.get(wanted), known, found.kind)
            _rename(found, staged, wanted)
            pins = tuple(Pin(f"{wanted}{ending}", each.size, each.sha256) for ending, each in sums.items())
            origin, licence = (known.origin, known.licence) if known else ("", "")
            record = Record(found.kind, wanted, pins, origin, licence)
            with store.lock(record.kind, record.name):
                if store.has(record.kind, record.name):
                    raise ModelError(
                        f"There is a model {record.kind}/{wanted} already; remove it first, or say another --name."
                    )
                store.install((record, staged))
        finally:
            store.clear(found.kind, ARRIVING)
    return record


def _copy(found: Found, staged: Path, store: Store) -> dict[str, Digests]:
    """Brings the files to where they can be tried; their digests, by their endings."""
    try:
        store.room(sum(file.stat().st_size for file in found.files.values()))
        sums: dict[str, Digests] = {}
        for ending, file in found.files.items():
            target = staged / f"{ARRIVING}{ending}"
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(file, target)
            sums[ending] = digests(target)
    except OSError as error:
        raise ModelError(f"{found.name} cannot be copied into {staged} ({error.strerror or error}).") from error
    return sums


def _known(kind: Kind, sums: Mapping[str, Digests], catalogue: Mapping[str, Entry]) -> Entry | None:
    """The model of the catalogue that these files are."""
    for entry in catalogue.values():
        if entry.kind != kind or not entry.pinned:
            continue
        here = [(file, sums.get(entry.place(file).removeprefix(entry.name))) for file in entry.files]
        if all(it and (it.sha256 == file.sha256 or it.md5 == file.md5) for file, it in here):
            return entry
    return None


def _fitting(found: Found, said: Mapping[str, object]) -> str:
    """What the file is called, so that voiced.models finds it for the languages that it is for."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", found.name).strip("._-")[:50]
    if found.kind == "stt" and not said.get("multilingual") and not name.endswith((".en", "-en")):
        return f"{name}.en"
    language, _, region = str(said.get("language", "")).partition("-")
    if (
        found.kind == "tts"
        and re.fullmatch("[a-z]{2,3}", language)
        and not name.startswith((f"{language}_", f"{language}-"))
    ):
        region = region.partition("-")[0].upper()
        return f"{language}_{region}-{name}" if re.fullmatch("[A-Z]{2}", region) else f"{language}-{name}"
    return name


def _check_name(kind: Kind, name: str) -> None:
    if not NAMED.fullmatch(name):
        raise ModelError(f"{show(name)} is no name for a model; say --name, with letters, digits, dots and dashes.")
    if kind == "tts" and not re.match("[a-z]{2,3}[_-]", name):
        raise ModelError(f"The name of a voice begins with its language: say --name en_US-{name}, for example.")


def _check_catalogue(path: Path, entry: Entry | None, known: Entry | None, kind: Kind) -> None:
    """Raises ModelError when a model would bear the name of another one in the catalogue."""
    if entry is not None and entry != known and entry.kind == kind and entry.pinned:
        raise ModelError(
            f"{path} is not the {entry.name} of the catalogue, or damaged: its digest differs; say another --name."
        )


def _rename(found: Found, staged: Path, name: str) -> None:
    if found.kind == "stt":
        (staged / ARRIVING).rename(staged / name)
        return
    for ending in found.files:
        (staged / f"{ARRIVING}{ending}").rename(staged / f"{name}{ending}")
