"""What the set-up compiled on one machine is found by it on another one like it, or stays out whole."""

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cargo import HERE, compile_all, content, house, pack, put_by_hand, wheel, workshop
from tests.shelf import in_place, left, store_in
from tests.test_models_bundle import Members, manifest, member, rewrite, with_manifest
from voiced.cli import main
from voiced.compiled import kept
from voiced.errors import ModelError
from voiced.models.bundle import export, unpack
from voiced.models.store import Store
from voiced.models.wheels import Cache


@pytest.fixture(scope="module")
def laden(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with a small model and all wheels."""
    return pack(tmp_path_factory.mktemp("laden"), put_by_hand)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle with all wheels and no model."""
    return pack(tmp_path_factory.mktemp("bare"))


@pytest.fixture
def there(tmp_path: Path) -> tuple[Store, Cache]:
    """Another house with nothing in it."""
    return house(tmp_path / "there")


@pytest.mark.parametrize("ending", [".tar", ".tar.gz"])
def test_the_set_up_finds_the_wheels_that_were_carried(there: tuple[Store, Cache], tmp_path: Path, ending: str) -> None:
    here, cache = house(tmp_path / "here")
    compile_all(cache)
    assert workshop(there[1]).missing() != []

    size = export(here, [], tmp_path / f"wheels{ending}", cache)
    taken = unpack(tmp_path / f"wheels{ending}", *there)

    assert workshop(there[1]).missing() == []
    assert content(there[1]) == content(cache)
    assert size == sum(map(len, content(cache).values()))
    assert {each.name for each in taken.wheels} >= {"llama-cpp-python", "pygobject"}
    assert (taken.models, taken.left) == ([], ())
    assert unpack(tmp_path / f"wheels{ending}", *there).wheels == []


def test_without_being_asked_for_they_are_left_and_the_models_come(laden: Path, there: tuple[Store, Cache]) -> None:
    taken = unpack(laden, there[0])

    assert [model.name for model in taken.models] == ["computer"]
    assert taken.wheels == []
    assert "llama-cpp-python" in {each.name for each in taken.left}
    assert list(in_place(there[0])) == ["wake/computer.onnx"]
    assert not there[1].root.exists()


def test_a_bundle_without_models_needs_to_be_asked_for(bare: Path, there: tuple[Store, Cache]) -> None:
    with pytest.raises(ModelError, match=r"nothing but compiled wheels, .* `voiced models import .* --wheels`"):
        unpack(bare, there[0])


def test_a_bundle_without_wheels_says_so(tmp_path: Path, there: tuple[Store, Cache]) -> None:
    here, _ = house(tmp_path / "here")
    put_by_hand(here)
    export(here, here.installed(), tmp_path / "models.tar")

    with pytest.raises(ModelError, match="no wheels in"):
        unpack(tmp_path / "models.tar", *there)
    assert in_place(there[0]) == {}
    with tarfile.open(tmp_path / "models.tar") as archive:
        told = json.load(archive.extractfile("manifest.json") or io.BytesIO())
    assert told["format"] == 1, "whoever has an older voiced can read what holds nothing new"


def test_a_wheel_that_is_whole_stays_and_one_that_is_not_is_replaced(bare: Path, there: tuple[Store, Cache]) -> None:
    store, cache = there
    whole, damaged = (workshop(cache)._folder(source) for source in workshop(cache).missing()[:2])
    name, version, _ = whole.name.rsplit("-", 2)
    own = wheel(whole, name, version, "py3-none-any")
    before = own.read_bytes()
    damaged.mkdir(parents=True)
    (damaged / "half.whl").write_bytes(b"PK")

    taken = unpack(bare, store, cache)
    assert whole.name not in {each.key for each in taken.wheels}
    assert damaged.name in {each.key for each in taken.wheels}
    assert [file.read_bytes() for file in whole.iterdir()] == [before]
    assert kept(damaged) is not None
    assert not (damaged / "half.whl").exists()
    assert [folder for folder in cache.root.iterdir() if folder.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (replace(HERE, minor=HERE.minor + 1), f"is not for Python 3.{HERE.minor + 1} on"),
        (replace(HERE, platform="linux_riscv64"), "on linux_riscv64"),
        (replace(HERE, libc="glibc-9.9"), "another C library"),
        (replace(HERE, processor="0" * 16), "another processor"),
    ],
)
def test_wheels_that_do_not_fit_are_not_taken(laden: Path, tmp_path: Path, other: Any, words: str) -> None:
    store, cache = store_in(tmp_path), Cache({"XDG_CACHE_HOME": str(tmp_path / "cache")}, other)

    assert words in refused(laden, store, cache)


@pytest.mark.parametrize(
    ("tags", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("py38-none-linux_x86_64", True),
        ("cp311-cp311-linux_x86_64", True),
        ("cp38-abi3-linux_x86_64", True),
        ("cp310-cp310-linux_x86_64", False),
        ("cp312-cp312-linux_x86_64", False),
        ("cp312-abi3-linux_x86_64", False),
        ("cp311-cp311d-linux_x86_64", False),
        ("py2-none-any", False),
        ("py3-none-linux_aarch64", False),
        ("py3-none-win_amd64", False),
    ],
)
def test_a_wheels_own_tags_tell_where_it_runs(tags: str, fits: bool) -> None:
    assert replace(HERE, minor=11, platform="linux_x86_64").runs(f"thing-1.0-{tags}.whl") is fits


def test_what_is_damaged_or_for_another_python_is_not_exported(tmp_path: Path) -> None:
    store, cache = house(tmp_path)
    with pytest.raises(ModelError, match="There is no compiled wheel for this Python in"):
        export(store, [], tmp_path / "none.tar", cache)
    good = wheel(cache.root / "thing-1.0-0123456789abcdef", "thing", "1.0")
    wheel(cache.root / "thing-1.0-1123456789abcdef", "thing", "1.0", "cp27-cp27m-linux_x86_64")
    wheel(cache.root / "thing-1.0-2123456789abcdef", "other", "1.0")
    wheel(cache.root / ".build-x", "thing", "1.0")
    half = wheel(cache.root / "thing-1.0-3123456789abcdef", "thing", "1.0")
    half.write_bytes(half.read_bytes()[:-40])

    cache = Cache({"XDG_CACHE_HOME": str(tmp_path / "cache")}, HERE)
    assert [cache.place(each) for each in cache.cargo.wheels] == [good]


def refused(bundle: Path, store: Store, cache: Cache) -> str:
    """The sentence with which a bundle is refused; nothing has come of it."""
    before = content(cache)
    with pytest.raises(ModelError) as caught:
        unpack(bundle, store, cache)
    sentence = str(caught.value)
    assert sentence.endswith((".", "?")), sentence
    assert "\n" not in sentence
    assert in_place(store) == {}
    assert left(store) == []
    assert content(cache) == before
    assert not cache.root.exists() or [each for each in cache.root.iterdir() if each.name.startswith(".")] == []
    return sentence


def first(**values: Any) -> Callable[[Members], None]:
    return manifest(lambda told: told["wheels"]["wheels"][0].update(values))


def both(change: Callable[[Any], None], name: Callable[[str], str] = str) -> Callable[[Members], None]:
    """Changes the first wheel in the manifest, and the name of its file in the archive with it."""

    def edit(members: Members) -> None:
        told = json.loads(members[0][1])
        change(told["wheels"]["wheels"][0])
        members[0] = with_manifest(members[0][0], told)
        members[1][0].name = name(members[1][0].name)

    return edit


def other_body(body: bytes) -> Callable[[Members], None]:
    """Another content of the first wheel, of which the manifest knows."""

    def edit(members: Members) -> None:
        pin = {"size": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        first(**pin)(members)
        members[1] = member(members[1][0].name, body=body)

    return edit


def upwards(key: str) -> Callable[[Members], None]:
    return both(lambda told: told.update(key=key), lambda name: f"wheels/{key}/{name.rpartition('/')[2]}")


def encrypted() -> bytes:
    """A zip that says that it is encrypted, in both of the places where it can."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("thing.py", "x = 1\n")
    body = bytearray(stream.getvalue())
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


KEY = "docopt-0.6.2-0123456789abcdef"

ATTACKS: dict[str, Callable[[Members], None]] = {
    "a folder upwards": upwards("../docopt-0.6.2-0123456789abcdef"),
    "a folder of its own": upwards("/tmp/docopt-0.6.2-0123456789abcdef"),
    "a hidden folder": upwards(f".{KEY}"),
    "the folder above": upwards(".."),
    "a folder within": upwards(f"{KEY}/{KEY}"),
    "another package's folder": upwards("pycairo-0.6.2-0123456789abcdef"),
    "another version's folder": upwards("docopt-0.6.3-0123456789abcdef"),
    "a long folder": upwards(f"docopt-0.6.2{'2' * 100}-0123456789abcdef"),
    "a file upwards": first(file="../../docopt-0.6.2-py3-none-any.whl"),
    "a file that is no wheel": first(file="docopt-0.6.2.tar.gz"),
    "a file with a line in it": first(file="docopt-0.6.2-py3-none-any\n.whl"),
    "another size": first(size=1),
    "a size that fits nowhere": first(size=10**15),
    "another digest": first(sha256="0" * 64),
    "words of its own": first(run="rm -rf /"),
    "no wheel": other_body(b"hello"),
    "half a wheel": other_body(b"PK\x03\x04"),
    "an encrypted wheel": other_body(encrypted()),
    "twice the same": manifest(lambda told: told["wheels"]["wheels"].append(told["wheels"]["wheels"][0])),
    "none": manifest(lambda told: told["wheels"].update(wheels=[])),
    "a list": manifest(lambda told: told.update(wheels=[])),
    "in an old one": manifest(lambda told: told.update(format=1)),
    "another library": manifest(lambda told: told["wheels"].update(libc="<b>")),
    "one wheel more": lambda members: members.append(member(f"wheels/{KEY}/evil.whl", body=b"x")),
    "one wheel less": lambda members: members.pop(1) and None,
    "a link in its place": lambda members: members.__setitem__(
        1, member(members[1][0].name, tarfile.SYMTYPE, link="/etc/passwd")
    ),
    "a model that is none": lambda members: members.__setitem__(-1, member(members[-1][0].name, body=b"x")),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_wheels_that_nobody_here_packed_are_refused_with_all_else(
    laden: Path, there: tuple[Store, Cache], tmp_path: Path, attack: str
) -> None:
    refused(rewrite(laden, tmp_path / "bad.tar", ATTACKS[attack]), *there)
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "there") == ["bad.tar"]


def test_a_model_that_does_not_work_keeps_the_wheels_out(
    laden: Path, there: tuple[Store, Cache], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wheels are in their places when the models cannot be moved into theirs."""
    store, cache = there
    (store.root / "wake").parent.mkdir(parents=True)
    (store.root / "wake").write_text("a file where a folder should be")
    damaged = workshop(cache)._folder(workshop(cache).missing()[0])
    damaged.mkdir(parents=True)
    (damaged / "half.whl").write_bytes(b"PK")
    seen: list[bool] = []
    install = store.install

    def look_and_install(*new: Any) -> None:
        seen.append(workshop(cache).missing() == [])
        install(*new)

    monkeypatch.setattr(store, "install", look_and_install)

    before = content(cache)
    with pytest.raises(Exception, match="wake"):
        unpack(laden, store, cache)
    assert seen == [True]
    assert content(cache) == before == {f"{damaged.name}/half.whl": b"PK"}


@given(share=st.floats(0, 1, exclude_max=True))
@settings(max_examples=20, deadline=None)
def test_a_bundle_that_was_cut_is_refused(laden: Path, tmp_path_factory: pytest.TempPathFactory, share: float) -> None:
    folder = tmp_path_factory.mktemp("cut")
    body = laden.read_bytes().rstrip(b"\0")
    (folder / "cut.tar").write_bytes(body[: int(len(body) * share)])
    refused(folder / "cut.tar", *house(folder))


def test_people_and_programs_are_told_what_became_of_them(
    laden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        status = main(["models", *map(str, arguments)])
        said = capsys.readouterr()
        return status, said.out, said.err

    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))

    status, out, err = call("import", laden)
    assert (status, out.startswith("wake/computer works")) == (0, True)
    assert err.count("\n") == 1
    assert err.endswith(f"trust where it is from, `voiced models import {laden} --wheels` takes it in.\n")
    assert call("import", laden)[1] == f"All models in {laden} are there already.\n"
    told = [json.loads(line) for line in call("import", laden, "--json")[1].splitlines()]
    assert {(each["kind"], each["outcome"]) for each in told} == {("wheel", "left")}

    status, out, err = call("import", laden, "--wheels")
    assert (status, err) == (0, "")
    assert "llama-cpp-python" in out
    assert "`make demo` in a checkout need not compile them any more." in out
    assert call("import", laden, "--wheels")[1] == f"All that {laden} holds is there already.\n"

    status, out, _ = call("export", tmp_path / "all.tar", "--wheels")
    assert (status, "wake/computer, compiled docopt" in out, "all.tar --wheels` takes" in out) == (0, True, True)
    [told] = [
        json.loads(line) for line in call("export", tmp_path / "w.tar", "--only-wheels", "--json")[1].splitlines()
    ]
    assert (told["models"], any(each.startswith("pygobject-") for each in told["wheels"])) == ([], True)

    for arguments, words in {
        ("export", "w.tar", "computer", "--only-wheels"): "leave out their names",
        ("import", tmp_path / "data", "--wheels"): "is no bundle",
        ("import", tmp_path / "nowhere", "--wheels"): "There is no file or folder",
    }.items():
        status, _, err = call(*arguments)
        assert (status, words in err, err.count("\n")) == (1, True, 1), err
