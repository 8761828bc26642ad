"""Houses in which something was compiled, and bundles of it, for the tests."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from bootstrap.python import Python
from bootstrap.wheels import Workshop

from tests.shelf import store_in
from tests.wakes import write_wake
from voiced.models.bundle import export
from voiced.models.store import Store
from voiced.models.wheels import Cache, find_here

ROOT = Path(__file__).parent.parent

HERE = find_here()

THIS = Python(sys.executable, sys.version_info[:2], True, True)


def house(folder: Path) -> tuple[Store, Cache]:
    """Models and wheels of one person, below `folder`."""
    return store_in(folder), Cache({"XDG_CACHE_HOME": str(folder / "cache")}, HERE)


def workshop(cache: Cache) -> Workshop:
    """The set-up, as it would run beside that cache."""
    return Workshop(THIS, ROOT, cache.root.parent)


def wheel(folder: Path, name: str, version: str, tags: str = "") -> Path:
    """A wheel as pip would build it here."""
    folder.mkdir(parents=True, exist_ok=True)
    plain = name.replace("-", "_")
    tags = tags or f"cp3{HERE.minor}-cp3{HERE.minor}-{HERE.platform}"
    with zipfile.ZipFile(folder / f"{plain}-{version}-{tags}.whl", "w") as archive:
        archive.writestr(f"{plain}.py", f"version = {version!r}\n" * 200)
    return folder / f"{plain}-{version}-{tags}.whl"


def compile_all(cache: Cache) -> None:
    """Leaves in `cache` what the set-up would have compiled, in the folders in which it would look."""
    setup = workshop(cache)
    for source in setup.missing():
        folder = setup._folder(source)
        wheel(folder, source.name, folder.name.rsplit("-", 2)[1])
    assert setup.missing() == []


def content(cache: Cache) -> dict[str, bytes]:
    """All files in the cache's folder of wheels."""
    return {
        str(file.relative_to(cache.root)): file.read_bytes() for file in sorted(cache.root.rglob("*")) if file.is_file()
    }


def put_by_hand(store: Store) -> None:
    """A small model in the house."""
    store.folder("wake").mkdir(parents=True)
    write_wake(store.folder("wake") / "computer.onnx")


def pack(folder: Path, furnish: Callable[[Store], None] = lambda _: None) -> Path:
    """A bundle of all wheels, and the models that `furnish` puts into the house."""
    store, cache = house(folder)
    furnish(store)
    compile_all(cache)
    export(store, store.installed(), folder / "house.tar", cache)
    return folder / "house.tar"
