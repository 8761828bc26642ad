"""The set-up takes wheels out of a bundle where there is no voiced yet, and looks where voiced puts them."""

import gzip
import os
from pathlib import Path

import pytest
from bootstrap.__main__ import cache_folder, take_in
from bootstrap.errors import SetupError
from bootstrap.wheels import Workshop

from tests.cargo import HERE, ROOT, THIS, content, house, pack, workshop
from voiced.models.wheels import Cache


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All wheels of this machine."""
    return pack(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """Nothing is compiled here."""
    return house(tmp_path / "there")[1]


@pytest.mark.parametrize("packed", [False, True])
def test_the_set_up_takes_them_in_where_there_is_no_voiced_yet(
    bundle: Path, cache: Cache, tmp_path: Path, packed: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bundle"
    file.write_bytes(gzip.compress(bundle.read_bytes(), 1) if packed else bundle.read_bytes())

    take_in(file, workshop(cache))
    assert workshop(cache).missing() == []
    assert capsys.readouterr().out.startswith(f"Compiled elsewhere, from {file}: docopt, ")
    take_in(file, workshop(cache))
    assert capsys.readouterr().out == "", "there is nothing to tell"


def test_the_set_up_leaves_what_it_would_not_have_compiled(
    bundle: Path, cache: Cache, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Workshop(THIS._replace(version=(3, 10)), ROOT, cache.root.parent)
    take_in(bundle, other)
    assert content(cache) == {}
    assert "has none of the wheels that are missing" in capsys.readouterr().out


def test_the_set_up_refuses_what_is_damaged_or_no_bundle(bundle: Path, cache: Cache, tmp_path: Path) -> None:
    body = bundle.read_bytes().rstrip(b"\0")
    packed = gzip.compress(body, 1)
    files = {
        "flipped": body.replace(b"version = ", b"Version = ", 1),
        "cut": body[: len(body) // 2],
        "packed and cut": packed[: len(packed) // 2],
        "text": b"hello",
        "nothing": b"",
    }
    for name, spoilt in files.items():
        (tmp_path / name).write_bytes(spoilt)
    for name in (*files, "missing", "."):
        with pytest.raises(SetupError, match=r"\A[^\n]*\.\Z"):
            workshop(cache).take_in(tmp_path / name)
        assert content(cache) == {}, name


def test_the_set_up_and_voiced_look_in_the_same_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for environment in ({"HOME": str(tmp_path)}, {"HOME": "/", "XDG_CACHE_HOME": str(tmp_path / "x")}):
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert Cache(os.environ, HERE).root == cache_folder() / "wheels"
