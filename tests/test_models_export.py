"""What goes into a bundle: models of any size, however they came into their folders, and nothing else from there."""

import io
import tarfile
from pathlib import Path

import pytest

from tests.shelf import in_place, store_in
from tests.wakes import write_wake
from voiced.errors import ModelError
from voiced.models.bundle import LARGE, _add, _header, export, unpack
from voiced.models.intake import take_in
from voiced.models.store import Store
from voiced.shapes.whisper import write_whisper


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


@pytest.mark.parametrize("size", [LARGE - 1, LARGE, 40 * LARGE])
@pytest.mark.parametrize("name", ["llm/large.gguf", f"stt/{'x' * 64}/preprocessor_config.json"])
def test_a_file_of_any_size_can_be_written_and_read_again(name: str, size: int) -> None:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        _add(archive, name, size, None)
    written.seek(0)
    found = _header(written)
    assert found is not None
    assert (found.name, found.size) == (name, size)


def test_a_recogniser_goes_along_without_what_fetched_it(store: Store, tmp_path: Path) -> None:
    place = store.folder("stt") / "small.en"
    place.parent.mkdir(parents=True)
    write_whisper(place, says="hello")
    its = in_place(store)
    for name in (".gitattributes", "README.md", ".cache/huggingface/download/model.bin.metadata", ".git/objects/x"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"x")

    export(store, store.installed(), tmp_path / "house.tar")
    another = store_in(tmp_path / "another")
    unpack(tmp_path / "house.tar", another)
    assert in_place(another) == its


@pytest.mark.parametrize("kind", ["llm", "stt"])
def test_what_cannot_go_along_is_named(store: Store, tmp_path: Path, kind: str) -> None:
    (store.root / "wake").mkdir(parents=True)
    write_wake(store.root / "wake/computer.onnx")
    (store.root / kind).mkdir()
    if kind == "llm":
        (store.root / "llm/my model.gguf").write_bytes(b"GGUF")
    else:
        (store.root / "stt/notes").mkdir()

    title = "llm/my model" if kind == "llm" else "stt/notes"
    with pytest.raises(ModelError, match=rf"^{title} was put there by hand and cannot go along .* go along\.$"):
        export(store, store.installed(), tmp_path / "house.tar")
    export(store, [store.find("computer")], tmp_path / "house.tar")


def test_a_changed_model_is_to_be_removed_first(store: Store, tmp_path: Path) -> None:
    """A pull alone would find it there already."""
    take_in(write_wake(tmp_path / "computer.onnx"), store, {})
    (store.folder("wake") / "computer.onnx").write_bytes(b"!")
    with pytest.raises(ModelError, match=r"\(computer.onnx changed\); remove it, and pull or import it again\.$"):
        export(store, store.installed(), tmp_path / "house.tar")


def test_a_link_that_leads_to_nothing_is_told_of_where_it_is_named(store: Store, tmp_path: Path) -> None:
    store.folder("llm").mkdir(parents=True)
    (store.folder("llm") / "away.gguf").symlink_to(tmp_path / "media/usb")
    with pytest.raises(ModelError, match=r"^llm/away is not what was installed \(away.gguf missing\); remove it"):
        export(store, [store.find("away")], tmp_path / "house.tar")


@pytest.mark.parametrize("place", [".", "/", "", ".."])
def test_a_folder_is_no_place_for_a_bundle(store: Store, tmp_path: Path, place: str) -> None:
    take_in(write_wake(tmp_path / "computer.onnx"), store, {})
    with pytest.raises(ModelError, match=r" cannot be written \(Is a directory\); name a file on a disk with room\.$"):
        export(store, store.installed(), Path(place))
