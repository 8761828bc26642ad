"""Installed models: all of them in their places or none, checked against what was installed, and gone when removed."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tests.shelf import in_place, left, paths_in, store_in
from voiced.errors import ModelError, VoicedError
from voiced.models import Kind, find
from voiced.models.records import Pin, Record, read_record
from voiced.models.store import Store, megabytes


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


FILES: dict[Kind, tuple[str, ...]] = {
    "stt": ("ears/model.bin", "ears/config.json"),
    "llm": ("mind.gguf",),
    "tts": ("en_US-mouth.onnx", "en_US-mouth.onnx.json"),
    "wake": ("word.onnx",),
}


def stage(store: Store, kind: Kind, body: bytes = b"new") -> tuple[Record, Path]:
    """A model that is ready to be installed."""
    name = FILES[kind][0].partition("/")[0].removesuffix(".gguf").removesuffix(".onnx")
    staged = store.partial(kind, name)
    pins = []
    for path in FILES[kind]:
        (staged / path).parent.mkdir(exist_ok=True)
        (staged / path).write_bytes(body)
        pins.append(Pin(path, len(body), hashlib.sha256(body).hexdigest()))
    return Record(kind, name, tuple(pins), "people/models@main", "CC0-1.0"), staged


def all_of(body: bytes) -> dict[str, bytes]:
    return {f"{kind}/{path}": body for kind, paths in FILES.items() for path in paths}


def test_models_come_go_and_are_found(store: Store, tmp_path: Path) -> None:
    store.install(*(stage(store, kind) for kind in FILES))

    assert in_place(store) == all_of(b"new")
    assert [model.title for model in store.installed()] == ["stt/ears", "llm/mind", "tts/en_US-mouth", "wake/word"]
    assert [model.size for model in store.installed()] == [6, 3, 6, 3]
    assert all(find(model.kind, model.name, paths_in(tmp_path)) for model in store.installed())
    assert left(store) == []

    for model in store.installed():
        store.remove(model)
    assert in_place(store) == {}
    assert store.installed() == []
    assert [path for path in store.root.rglob("*.json") if path.is_file()] == []


def test_a_newer_one_takes_the_place_of_an_older_one(store: Store) -> None:
    store.install(*(stage(store, kind, b"old") for kind in FILES))
    store.install(*(stage(store, kind, b"new") for kind in FILES))

    assert in_place(store) == all_of(b"new")
    assert {store.verify(model).state for model in store.installed()} == {"ok"}
    assert left(store) == []


@pytest.mark.parametrize("before", [b"", b"old"])
@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_whatever_step_fails_all_is_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch, before: bytes, error: BaseException
) -> None:
    if before:
        store.install(*(stage(store, kind, before) for kind in FILES))
    expected = in_place(store)
    rename, failed = Path.rename, 0
    steps = 9 if not before else 18  # 5 files and folders and 4 records; what was there before is moved aside
    for failing in range(steps):
        done = iter(range(100))

        def step(path: Path, target: Path, failing: int = failing, done: Any = done) -> Path:
            if next(done) == failing:
                raise error
            return rename(path, target)

        new = [stage(store, kind) for kind in FILES]
        monkeypatch.setattr(Path, "rename", step)
        with pytest.raises((KeyboardInterrupt, ModelError)):
            store.install(*new)
        monkeypatch.undo()
        failed += 1
        assert in_place(store) == expected
        assert {store.verify(model).state for model in store.installed()} <= {"ok"}
    assert failed == steps
    store.install(*(stage(store, kind) for kind in FILES))
    assert in_place(store) == all_of(b"new")


@pytest.mark.parametrize("kind", FILES)
def test_what_was_changed_or_taken_away_is_found(store: Store, kind: Kind) -> None:
    store.install(stage(store, kind))
    [model] = store.installed()
    place = store.folder(kind) / FILES[kind][-1]

    place.write_bytes(b"nnn")  # of the same size
    assert (store.verify(model).state, store.verify(model).file) == ("changed", FILES[kind][-1])
    place.unlink()
    assert store.verify(model).state == "missing"


@pytest.mark.parametrize("kind", FILES)
def test_a_model_that_somebody_took_away_is_missed_until_it_is_removed(store: Store, kind: Kind) -> None:
    store.install(stage(store, kind))
    [model] = store.installed()
    for path in FILES[kind]:
        (store.folder(kind) / path).unlink()
    if kind == "stt":
        (store.folder(kind) / model.name).rmdir()

    assert store.installed() == []
    [lost] = store.lost()
    assert (lost.title, store.verify(lost).state) == (model.title, "missing")
    store.remove(store.find(model.name))
    assert store.lost() == []


def test_what_was_put_there_by_hand_is_a_model_that_nothing_is_known_of(store: Store) -> None:
    store.folder("llm").mkdir(parents=True)
    (store.folder("llm") / "my model.gguf").write_bytes(b"GGUF")
    (store.folder("llm") / ".hidden.gguf").write_bytes(b"GGUF")
    (store.folder("llm") / "note.txt").write_bytes(b"?")

    [model] = store.installed()
    assert (model.name, model.record) == ("my model", None)
    assert store.verify(model).state == "not pinned"
    store.remove(store.find("my model"))
    assert sorted(path.name for path in store.folder("llm").iterdir()) == [".hidden.gguf", "note.txt"]


@pytest.mark.parametrize("kind", FILES)
def test_a_link_that_leads_to_nothing_is_missed_until_it_is_removed(store: Store, tmp_path: Path, kind: Kind) -> None:
    store.folder(kind).mkdir(parents=True)
    for name in {path.partition("/")[0] for path in FILES[kind]}:
        (store.folder(kind) / name).symlink_to(tmp_path / "media/usb" / name)
    record, staged = stage(store, "llm" if kind != "llm" else "wake")
    store.install((record, staged))

    assert [model.title for model in store.installed()] == [f"{record.kind}/{record.name}"]
    [lost] = store.lost()
    assert store.verify(lost).state == "missing"
    assert store.has(kind, lost.name) is None
    store.remove(store.find(lost.name))
    assert store.lost() == []
    assert list(store.folder(kind).iterdir()) == []


@pytest.mark.parametrize("kind", FILES)
def test_a_model_takes_the_place_of_a_link_that_leads_to_nothing(store: Store, tmp_path: Path, kind: Kind) -> None:
    store.folder(kind).mkdir(parents=True)
    place = store.folder(kind) / FILES[kind][0].partition("/")[0]
    place.symlink_to(tmp_path / "elsewhere")
    store.install(stage(store, kind))

    assert not place.is_symlink()
    assert not (tmp_path / "elsewhere").exists()
    assert [store.verify(model).state for model in store.installed()] == ["ok"]
    assert store.lost() == []


def test_a_record_that_nobody_can_read_is_none(store: Store) -> None:
    store.install(stage(store, "llm"))
    [file] = (store.root / ".records" / "llm").iterdir()
    for text in ("", "{", "[]", '{"kind": "llm"}'):
        file.write_text(text)
        assert [model.record for model in store.installed()] == [None]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mindd", "did you mean `mind`?"),
        ("voice", "is a starter model"),
        ("language.gguf", "is a starter model"),
        ("llm/language", "is a starter model"),
        ("recogniser", "is a starter model"),
        ("starter", "is a starter model"),
        ("../../etc/passwd", "There is no installed model"),
        ("", "There is no installed model"),
    ],
)
def test_a_name_that_is_none_is_told_of(store: Store, name: str, words: str) -> None:
    store.install(stage(store, "llm"))
    with pytest.raises(ModelError) as caught:
        store.find(name)
    assert words in str(caught.value)
    assert in_place(store) == {"llm/mind.gguf": b"new"}


def test_two_of_one_name_are_told_apart_by_their_kinds(store: Store) -> None:
    for kind, name in (("llm", "same.gguf"), ("wake", "same.onnx")):
        (store.root / kind).mkdir(parents=True)
        (store.root / kind / name).write_bytes(b"?")

    with pytest.raises(ModelError, match=r'There are several models "same"; say llm/same or wake/same\.$'):
        store.find("same")
    assert store.find("wake/same").kind == "wake"


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "llm", "name": "x", "files": [{"path": "y.gguf", "size": 1, "sha256": "0" * 64}]},
        {"kind": "llm", "name": "x", "files": [{"path": "x.gguf", "size": 1, "sha256": "0" * 63}]},
        {"kind": "stt", "name": "x", "files": [{"path": "x/../y", "size": 1, "sha256": "0" * 64}]},
        {"kind": "stt", "name": "x", "files": [{"path": "x", "size": 1, "sha256": "0" * 64}]},
        {"kind": "tts", "name": "..", "files": [{"path": "...onnx", "size": 1, "sha256": "0" * 64}]},
        {"kind": "tts", "name": "x", "files": []},
        {"kind": "tts", "name": "x", "files": [{"path": "x.onnx", "size": 1, "sha256": "0" * 64}] * 2},
        None,
    ],
)
def test_a_record_names_nothing_outside_its_model(told: Any) -> None:
    with pytest.raises(ModelError):
        read_record(told)


def test_what_goes_wrong_under_the_lock_stays_what_it_is(store: Store) -> None:
    with pytest.raises(FileNotFoundError), store.lock("llm", "mind"):
        raise FileNotFoundError
    with store.lock("llm", "mind"):
        pass  # it was let go of


def test_folders_are_private_and_the_lock_stays(store: Store) -> None:
    with store.lock("llm", "mind"):
        pass
    assert (store.root.stat().st_mode & 0o777) == 0o700
    assert (store.root / ".partial" / "llm-mind.lock").is_file()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_installs_belongs_to_whom_the_folder_belongs(store: Store, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    os.chown(tmp_path / "data", 12345, 12345)

    store.install(*(stage(store, kind) for kind in FILES))

    assert {path.stat().st_uid for path in store.root.rglob("*")} == {12345}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_not_ours_is_told_of(store: Store, tmp_path: Path) -> None:
    (tmp_path / "data" / "models").mkdir(parents=True)
    (tmp_path / "data" / "models").chmod(0o500)
    with pytest.raises(VoicedError, match=r"cannot be created \(Permission denied\)"):
        store.partial("llm", "mind")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look everywhere")
@pytest.mark.parametrize("closed", [".", "models", "models/llm", "models/.records", "models/.partial"])
def test_where_nobody_may_look_there_is_nothing(store: Store, tmp_path: Path, closed: str) -> None:
    store.install(stage(store, "llm"))
    stage(store, "wake")
    folder = tmp_path / "data" / closed
    folder.chmod(0)
    try:
        installed, lost, begun = store.installed(), store.lost(), store.begun()
        with pytest.raises(ModelError, match="There is no installed model"):
            store.find("other")
    finally:
        folder.chmod(0o700)
    assert bool(installed) == (closed in ("models/.records", "models/.partial"))
    assert bool(lost) == (closed == "models/llm")
    assert bool(begun) == (closed in ("models/llm", "models/.records"))


@pytest.mark.parametrize(
    ("size", "text"), [(0, "1 kB"), (4999, "4 kB"), (63_531_379, "64 MB"), (2_375_773_472, "2.4 GB")]
)
def test_sizes_are_for_people(size: int, text: str) -> None:
    assert megabytes(size) == text
