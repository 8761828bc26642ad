"""Models go into one file and out of it on another machine: all of them, unchanged, or none."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shelf import in_place, left, store_in
from tests.wakes import write_wake
from voiced.errors import ModelError
from voiced.models.bundle import UNPACKED, export, is_bundle, unpack
from voiced.models.intake import take_in
from voiced.models.store import RESERVE, Store
from voiced.shapes.gguf import write_talker
from voiced.shapes.piper import write_piper
from voiced.shapes.whisper import write_whisper


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A house with a model of each kind."""
    folder = tmp_path_factory.mktemp("full")
    store = store_in(folder)
    write_talker(folder / "talker.gguf", "All is well.")
    write_piper(folder / "en_US-granny-low.onnx")
    write_whisper(folder / "small.en", says="hello")
    write_wake(folder / "computer.onnx")
    for name in ("talker.gguf", "en_US-granny-low.onnx", "small.en", "computer.onnx"):
        take_in(folder / name, store, {})
    return store


@pytest.fixture(scope="module")
def little(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with one small model in it."""
    folder = tmp_path_factory.mktemp("little")
    store = store_in(folder)
    take_in(write_wake(folder / "computer.onnx"), store, {})
    export(store, store.installed(), folder / "little.tar")
    return folder / "little.tar"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_what_goes_in_comes_out_elsewhere(full: Store, store: Store, tmp_path: Path, ending: str) -> None:
    bundle = tmp_path / f"models{ending}"

    size = export(full, full.installed(), bundle)
    records = unpack(bundle, store).models

    assert is_bundle(bundle)
    assert in_place(store) == in_place(full)
    assert size == sum(len(body) for body in in_place(full).values())
    assert [record.kind for record in records] == ["stt", "llm", "tts", "wake"]
    assert {store.verify(model).state for model in store.installed()} == {"ok"}
    assert store.find("talker").record == full.find("talker").record
    assert left(store) == []


def test_an_ordinary_tar_can_look_into_it(full: Store, tmp_path: Path) -> None:
    export(full, [full.find("computer")], tmp_path / "one.tar")

    with tarfile.open(tmp_path / "one.tar") as archive:
        assert archive.getnames() == ["manifest.json", "wake/computer.onnx"]


def test_what_is_there_already_stays_and_the_rest_comes(full: Store, store: Store, tmp_path: Path) -> None:
    export(full, [full.find("computer")], tmp_path / "one.tar")
    export(full, full.installed(), tmp_path / "all.tar")
    unpack(tmp_path / "one.tar", store)

    assert {record.name for record in unpack(tmp_path / "all.tar", store).models} == {
        "talker",
        "en_US-granny-low",
        "small.en",
    }
    assert unpack(tmp_path / "all.tar", store).models == []


def test_another_model_of_the_same_name_is_not_overwritten(full: Store, store: Store, tmp_path: Path) -> None:
    export(full, full.installed(), tmp_path / "all.tar")
    take_in(write_wake(tmp_path / "computer.onnx", seed=1), store, {})
    before = in_place(store)

    with pytest.raises(ModelError, match="There is another model wake/computer already"):
        unpack(tmp_path / "all.tar", store)
    assert in_place(store) == before


def test_what_was_put_there_by_hand_goes_along(store: Store, tmp_path: Path) -> None:
    store.folder("wake").mkdir(parents=True)
    write_wake(store.folder("wake") / "computer.onnx")
    export(store, store.installed(), tmp_path / "one.tar")

    another = store_in(tmp_path / "another")
    unpack(tmp_path / "one.tar", another)
    assert another.verify(another.find("computer")).state == "ok"


def test_what_changed_since_it_was_installed_is_not_passed_on(store: Store, tmp_path: Path) -> None:
    take_in(write_wake(tmp_path / "computer.onnx"), store, {})
    export(store, store.installed(), tmp_path / "one.tar")
    before = (tmp_path / "one.tar").read_bytes()
    place = store.folder("wake") / "computer.onnx"
    place.write_bytes(place.read_bytes()[:-1] + b"!")

    with pytest.raises(ModelError, match=r"is not what was installed \(computer.onnx changed\)"):
        export(store, store.installed(), tmp_path / "one.tar")
    assert (tmp_path / "one.tar").read_bytes() == before


def test_a_file_that_cannot_be_written_is_told_of_and_nothing_is_left(full: Store, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing/all.tar cannot be written \(No such file or directory\)"):
        export(full, full.installed(), tmp_path / "missing" / "all.tar")
    with pytest.raises(ModelError, match="nothing to export"):
        export(full, [], tmp_path / "all.tar")
    (tmp_path / "folder.tar").mkdir()
    with pytest.raises(ModelError, match="cannot be written"):
        export(full, [full.find("computer")], tmp_path / "folder.tar")
    assert [path.name for path in tmp_path.iterdir()] == ["folder.tar"]


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_a_bundle_takes_the_place_of_a_bundle_and_of_nothing_else(full: Store, tmp_path: Path, ending: str) -> None:
    bundle = tmp_path / f"models{ending}"
    bundle.touch()
    export(full, [full.find("computer")], bundle)
    small = bundle.stat().st_size
    export(full, full.installed(), bundle)
    assert bundle.stat().st_size > small

    with tarfile.open(tmp_path / "photos.tar", "w") as archive:
        archive.add(bundle, "photo.jpg")
    (tmp_path / "diary.txt").write_text("Dear diary, \xff")
    (tmp_path / "packed.gz").write_bytes(b"\x1f\x8b and no more")
    (tmp_path / "letter.gz").write_bytes(gzip.compress(b"Dear Anna" * 200))
    for file in (tmp_path / "photos.tar", tmp_path / "diary.txt", tmp_path / "packed.gz", tmp_path / "letter.gz"):
        before = file.read_bytes()
        with pytest.raises(ModelError, match=rf"^There is {file} already, which is no bundle.* It is as it was\.$"):
            export(full, full.installed(), file)
        assert file.read_bytes() == before


def test_what_does_not_fit_is_not_unpacked(
    full: Store, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = export(full, full.installed(), tmp_path / "all.tar")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": RESERVE + size - 1}))

    with pytest.raises(ModelError, match="are needed in"):
        unpack(tmp_path / "all.tar", store)
    assert in_place(store) == {}


def test_one_that_does_not_work_keeps_all_of_them_out(full: Store, store: Store, tmp_path: Path) -> None:
    def spoil(members: Members) -> None:
        body = b"GGUF" + bytes(1000)
        put(members, "llm/talker.gguf", body)

    export(full, full.installed(), tmp_path / "all.tar")
    rewrite(tmp_path / "all.tar", tmp_path / "bad.tar", spoil)

    with pytest.raises(ModelError, match=r"llama.cpp cannot load .*bad.tar"):
        unpack(tmp_path / "bad.tar", store)
    assert in_place(store) == {}
    assert left(store) == []


def begin_pull(store: Store) -> dict[str, int]:
    """Leaves what an interrupted pull leaves of each model of the full house; how much."""
    for kind, name, file in (
        ("stt", "small.en", "small.en/model.bin"), ("llm", "talker", "talker.gguf"),
        ("tts", "en_US-granny-low", "en_US-granny-low.onnx"), ("wake", "computer", "computer.onnx"),
    ):  # fmt: skip
        part = store.partial(kind, name) / f"{file}.part"  # type: ignore[arg-type]
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(bytes(1000))
    return store.begun()


def test_what_a_pull_has_left_goes_into_no_model_and_only_when_it_is_there(
    full: Store, store: Store, tmp_path: Path
) -> None:
    export(full, full.installed(), tmp_path / "all.tar")
    begun = begin_pull(store)
    assert len(begun) == 4
    rewrite(tmp_path / "all.tar", tmp_path / "bad.tar", lambda members: put(members, "llm/talker.gguf", b"GGUF" * 99))
    (tmp_path / "cut.tar").write_bytes((tmp_path / "all.tar").read_bytes()[:200_000])
    for bad in ("bad.tar", "cut.tar"):
        with pytest.raises(ModelError):
            unpack(tmp_path / bad, store)
        assert store.begun() == begun

    unpack(tmp_path / "all.tar", store)
    assert in_place(store) == in_place(full)
    assert left(store) == []


def test_what_an_interrupted_import_has_left_goes_with_the_next(little: Path, store: Store) -> None:
    (store.partial("wake", UNPACKED) / "other").mkdir()
    (store.partial("wake", UNPACKED) / "other/other.onnx").write_bytes(bytes(1000))
    unpack(little, store)
    assert left(store) == []


Members = list[tuple[tarfile.TarInfo, bytes]]


def put(members: Members, name: str, body: bytes) -> None:
    """Exchanges a file, in the manifest too."""
    import hashlib

    for place, (info, old) in enumerate(members):
        if info.name == name:
            info.size = len(body)
            members[place] = (info, body)
        if info.name == "manifest.json":
            told = json.loads(old)
            for pin in (pin for model in told["models"] for pin in model["files"] if name.endswith(pin["path"])):
                pin.update(size=len(body), sha256=hashlib.sha256(body).hexdigest())
            members[place] = with_manifest(info, told)


def with_manifest(info: tarfile.TarInfo, told: Any) -> tuple[tarfile.TarInfo, bytes]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    info.size = len(body)
    return info, body


def rewrite(source: Path, target: Path, change: Callable[[Members], None], how: int = tarfile.USTAR_FORMAT) -> Path:
    """Another archive with `change` made to its members."""
    with tarfile.open(source) as archive:
        members: Members = []
        for info in archive:
            stream = archive.extractfile(info)
            members.append((info, stream.read() if stream else b""))
    change(members)
    with tarfile.open(target, "w", format=how) as archive:
        for info, body in members:
            archive.addfile(info, io.BytesIO(body))
    return target


def member(
    name: str, kind: bytes = tarfile.REGTYPE, body: bytes = b"", link: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, len(body), link
    return info, body


def manifest(change: Callable[[Any], Any]) -> Callable[[Members], None]:
    def edit(members: Members) -> None:
        told = json.loads(members[0][1])
        new = change(told)
        members[0] = with_manifest(members[0][0], told if new is None else new)

    return edit


def first(told: Any, **values: Any) -> None:
    told["models"][0].update(values)


ATTACKS: dict[str, Callable[[Members], None]] = {
    "a path upwards": lambda members: members.append(member("wake/../../evil", body=b"x")),
    "an absolute path": lambda members: members.append(member("/tmp/evil", body=b"x")),
    "one file more": lambda members: members.append(member("wake/evil.onnx", body=b"x")),
    "a link in its place": lambda members: members.__setitem__(
        1, member("wake/computer.onnx", tarfile.SYMTYPE, link="/etc/passwd")
    ),
    "a hard link": lambda members: members.append(member("wake/x", tarfile.LNKTYPE, link="wake/computer.onnx")),
    "a device": lambda members: members.append(member("wake/x", tarfile.CHRTYPE)),
    "a pipe": lambda members: members.append(member("wake/x", tarfile.FIFOTYPE)),
    "a folder": lambda members: members.append(member("wake", tarfile.DIRTYPE)),
    "twice the same": lambda members: members.append(members[1]),
    "a file too few": lambda members: members.pop() and None,
    "another order": lambda members: members.reverse(),
    "no manifest": lambda members: members.pop(0) and None,
    "nothing": lambda members: members.clear(),
    "a manifest of text": manifest(lambda _: b"hello"),
    "a manifest of nothing": manifest(lambda _: b""),
    "a deep manifest": manifest(lambda _: b"[" * 100_000),
    "a long manifest": manifest(lambda _: b" " * 2_000_000),
    "a list": manifest(lambda _: b"[]"),
    "no models": manifest(lambda told: told.update(models=[])),
    "a newer one": manifest(lambda told: told.update(format=3)),
    "no wheels, though it says so": manifest(lambda told: told.update(format=2)),
    "a name upwards": manifest(lambda told: first(told, name="..", files=[])),
    "a name with a slash": manifest(lambda told: first(told, name="a/b")),
    "a kind of its own": manifest(lambda told: first(told, kind="../stt")),
    "another kind": manifest(lambda told: first(told, kind="llm")),
    "a file upwards": manifest(lambda told: told["models"][0]["files"][0].update(path="../computer.onnx")),
    "a hidden file": manifest(
        lambda told: first(told, kind="stt", files=[told["models"][0]["files"][0] | {"path": "computer/.bashrc"}])
    ),
    "another digest": manifest(lambda told: told["models"][0]["files"][0].update(sha256="0" * 64)),
    "another size": manifest(lambda told: told["models"][0]["files"][0].update(size=1)),
    "a size that fits nowhere": manifest(lambda told: told["models"][0]["files"][0].update(size=10**12)),
    "a size below nothing": manifest(lambda told: told["models"][0]["files"][0].update(size=-1)),
    "a size of text": manifest(lambda told: told["models"][0]["files"][0].update(size="1")),
    "twice the same model": manifest(lambda told: told["models"].append(told["models"][0])),
    "words of its own": manifest(lambda told: first(told, run="rm -rf /")),
}  # fmt: skip


def refused(path: Path, store: Store) -> str:
    with pytest.raises(ModelError) as caught:
        unpack(path, store)
    sentence = str(caught.value)
    assert sentence.endswith((".", "?")), sentence
    assert "\n" not in sentence
    assert in_place(store) == {}
    assert left(store) == []
    return sentence


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_archive_that_nobody_here_wrote_is_refused(little: Path, store: Store, tmp_path: Path, attack: str) -> None:
    bad = rewrite(little, tmp_path / "bad.tar", ATTACKS[attack])
    before = sorted(tmp_path.rglob("evil*"))

    refused(bad, store)
    assert sorted(tmp_path.rglob("evil*")) == before == []


def test_extended_headers_are_refused(little: Path, store: Store, tmp_path: Path) -> None:
    def name_it(members: Members) -> None:
        members[1][0].pax_headers = {"comment": "x" * 10_000}

    refused(rewrite(little, tmp_path / "bad.tar", name_it, tarfile.PAX_FORMAT), store)


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_that_was_cut_is_refused_wherever_it_was_cut(
    little: Path, store: Store, tmp_path: Path, packed: bool
) -> None:
    whole = little.read_bytes()
    body = gzip.compress(whole) if packed else whole.rstrip(b"\0")
    for share in (0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.999):
        (tmp_path / "cut").write_bytes(body[: int(len(body) * share)])
        refused(tmp_path / "cut", store)


def test_a_packed_archive_with_a_wrong_checksum_is_refused(little: Path, store: Store, tmp_path: Path) -> None:
    body = bytearray(gzip.compress(little.read_bytes()))
    body[-6] ^= 1
    (tmp_path / "bad.tar.gz").write_bytes(body)
    refused(tmp_path / "bad.tar.gz", store)


def test_an_archive_that_unpacks_without_end_is_left_at_the_first_byte_too_many(
    little: Path, store: Store, tmp_path: Path
) -> None:
    with gzip.open(tmp_path / "bomb.tar.gz", "wb", compresslevel=1) as stream:
        stream.write(little.read_bytes())
        for _ in range(64):
            stream.write(bytes(1 << 20))
    refused(tmp_path / "bomb.tar.gz", store)


@given(place=st.integers(0, 100_000), mask=st.integers(1, 255))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_changed_byte_is_noticed_or_changes_nothing(
    little: Path, tmp_path_factory: pytest.TempPathFactory, place: int, mask: int
) -> None:
    folder = tmp_path_factory.mktemp("changed")
    body = bytearray(little.read_bytes().rstrip(b"\0"))
    body[place % len(body)] ^= mask
    (folder / "changed.tar").write_bytes(bytes(body) + bytes(10240))
    store = store_in(folder)
    before = tarfile.open(little).extractfile("wake/computer.onnx")  # noqa: SIM115
    assert before is not None
    try:
        unpack(folder / "changed.tar", store)
    except ModelError:
        assert in_place(store) == {}
    else:
        assert list(in_place(store).values()) == [before.read()]
    assert left(store) == []


def test_models_are_not_taken_for_bundles(full: Store, tmp_path: Path) -> None:
    assert not any(is_bundle(full.folder(model.kind) / file) for model in full.installed() for file in model.files)
    assert not is_bundle(tmp_path)
    assert not is_bundle(tmp_path / "missing")
