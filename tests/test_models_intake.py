"""What somebody has is taken in when it works, and refused in one sentence when it does not; nothing is left behind."""

import json
import os
import random
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from tests.shelf import entry, in_place, left, store_in
from tests.wakes import write_wake
from voiced.errors import ModelError
from voiced.models import others
from voiced.models.holes import hole_in_gguf, hole_in_onnx
from voiced.models.intake import take_in
from voiced.models.recognise import WHISPER_FILES, recognise
from voiced.models.store import Store
from voiced.paths import Paths
from voiced.resources import starter_dir
from voiced.shapes.gguf import Quantization, Shape, write_gguf, write_talker
from voiced.shapes.piper import write_piper
from voiced.shapes.whisper import write_whisper
from voiced.stt import whisper
from voiced.wake import bundled_words


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one model of each kind, called as people call them."""
    folder = tmp_path_factory.mktemp("good")
    write_talker(folder / "Chatty 1B (final).gguf", "All is well.")
    write_piper(folder / "granny.onnx", language="en-gb-x-rp")
    write_whisper(folder / "my whisper", says="hello")
    write_wake(folder / "computer.onnx")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path)


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        ("Chatty 1B (final).gguf", "llm", "Chatty-1B-final-"),
        ("granny.onnx", "tts", "en_GB-granny"),
        ("granny.onnx.json", "tts", "en_GB-granny"),
        ("my whisper", "stt", "my-whisper.en"),
        ("my whisper/model.bin", "stt", "my-whisper.en"),
        ("computer.onnx", "wake", "computer"),
    ],
)
def test_a_model_is_recognised_by_its_content_tried_and_found_by_voiced(
    good: Path, store: Store, tmp_path: Path, given: str, kind: str, name: str
) -> None:
    record = take_in(good / given, store, {})

    assert (record.kind, record.name) == (kind, name.rstrip("-"))
    assert store.verify(store.find(record.name)).state == "ok"
    paths = Paths(tmp_path / "config", tmp_path / "data", tmp_path / "state", tmp_path / "cache")
    assert len(others(record.kind, "en", paths)) == 1
    assert others(record.kind, "de", paths) == [] or kind in ("llm", "wake")
    assert left(store) == []


def test_the_name_of_a_file_decides_nothing(good: Path, store: Store, tmp_path: Path) -> None:
    shutil.copy(good / "Chatty 1B (final).gguf", tmp_path / "voice.bin")
    shutil.copy(good / "computer.onnx", tmp_path / "something")

    assert take_in(tmp_path / "voice.bin", store, {}, "one").kind == "llm"
    assert take_in(tmp_path / "something", store, {}).kind == "wake"


def test_the_starter_models_are_models(store: Store) -> None:
    assert take_in(starter_dir() / "language.gguf", store, {}).name == "language"
    assert take_in(starter_dir() / "voice.onnx", store, {}).name == "en_US-voice"


def test_a_folder_with_one_model_in_it_stands_for_it(good: Path, store: Store, tmp_path: Path) -> None:
    (tmp_path / "download").mkdir()
    shutil.copy(good / "Chatty 1B (final).gguf", tmp_path / "download" / "it.gguf")
    assert take_in(tmp_path / "download", store, {}).name == "it"

    shutil.copy(good / "computer.onnx", tmp_path / "download")
    with pytest.raises(ModelError, match=r"holds 2 models; give one of them"):
        take_in(tmp_path / "download", store, {})


def test_a_folder_of_links_as_the_hubs_own_program_leaves_it_is_taken(good: Path, store: Store, tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    for file in (good / "my whisper").iterdir():
        (tmp_path / "snapshot" / file.name).symlink_to(file)

    assert take_in(tmp_path / "snapshot", store, {}).name == "snapshot.en"
    assert not any(path.is_symlink() for path in (store.folder("stt") / "snapshot.en").iterdir())


def test_what_the_catalogue_knows_gets_its_name_and_licence(good: Path, store: Store) -> None:
    folder = good / "my whisper"
    content = {f"people/listeners/{file.name}": file.read_bytes() for file in folder.iterdir()}
    known = entry("stt", content)

    record = take_in(folder, store, {known.name: known})

    assert (record.name, record.origin, record.licence) == ("small.en", "people/listeners@main", "CC0-1.0")


def test_what_only_bears_a_name_of_the_catalogue_is_refused(good: Path, store: Store, tmp_path: Path) -> None:
    content = {"people/talkers/talker-q4.gguf": (good / "Chatty 1B (final).gguf").read_bytes()}
    write_talker(tmp_path / "talker.gguf", "I am another one.")
    catalogue = {"talker": entry("llm", content)}

    with pytest.raises(ModelError, match=r"is not the talker of the catalogue, or damaged"):
        take_in(tmp_path / "talker.gguf", store, catalogue)
    assert in_place(store) == {}
    assert take_in(tmp_path / "talker.gguf", store, catalogue, "mine").name == "mine"


def test_a_name_that_is_taken_stays_with_what_has_it(good: Path, store: Store) -> None:
    take_in(good / "computer.onnx", store, {})
    before = in_place(store)

    with pytest.raises(ModelError, match="There is a model wake/computer already"):
        take_in(good / "computer.onnx", store, {})
    assert in_place(store) == before
    assert take_in(good / "computer.onnx", store, {}, "machine").name == "machine"


@pytest.mark.parametrize("name", ["../evil", "a/b", "", ".hidden", "x" * 65, "new\nline"])
def test_names_that_lead_elsewhere_are_refused(good: Path, store: Store, name: str) -> None:
    with pytest.raises(ModelError, match=r"is no name for a model; .*\.$"):
        take_in(good / "computer.onnx", store, {}, name)
    assert in_place(store) == {}


def test_a_voice_says_its_language_in_its_name(good: Path, store: Store) -> None:
    with pytest.raises(ModelError, match="begins with its language"):
        take_in(good / "granny.onnx", store, {}, "Granny")


def refused(path: Path, store: Store) -> str:
    """The sentence with which `path` is refused; nothing is left of it."""
    with pytest.raises(ModelError) as caught:
        take_in(path, store, {})
    sentence = str(caught.value)
    assert sentence.endswith("."), sentence
    assert "\n" not in sentence
    assert "_arriving" not in sentence, "it names what the person gave"
    assert in_place(store) == {}
    assert store.installed() == []
    assert left(store) == []
    return sentence


Make = Callable[[Path], object]


def foreign() -> Iterator[tuple[str, Make]]:
    """Files and folders of other kinds, by their names."""
    dice = random.Random(7)
    texts = {
        "empty": b"", "one byte": b"G", "text.gguf": b"This is no model.\n", "page.onnx": b"<!DOCTYPE html><html>",
        "table.json": b"{}", "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100), "old.bin": b"lmgg" + bytes(200),
        "weights.safetensors": (8).to_bytes(8, "little") + b'{"a":{}}', "pickle.pt": b"PK\x03\x04" + bytes(90),
        "program": b"\x7fELF" + bytes(500), "zeros.onnx": bytes(5000), "sound.wav": b"RIFF" + bytes(40) + b"WAVE",
        "magic.gguf": b"GGUF", "magic-and-zeros.gguf": b"GGUF" + bytes(5000), "tag": b"\x08", "tags": b"\x08" * 1000,
        "name.onnx": b"\x08\x08\x12\x07pytorch", "database": b"SQLite format 3\0" + bytes(80),
    }  # fmt: skip
    for number in range(14):
        texts[f"noise {number}.{dice.choice(['gguf', 'onnx', 'bin'])}"] = dice.randbytes(dice.randrange(1, 9000))
    for name, body in texts.items():
        yield name, partial(write, body)
    yield "no.zip", lambda path: zipfile.ZipFile(path, "w").close()
    yield "nothing", lambda path: path.mkdir()
    yield "dangling.gguf", lambda path: path.symlink_to("nowhere")
    yield "circle.gguf", lambda path: path.symlink_to(path)
    yield "pipe.gguf", os.mkfifo
    yield "device.gguf", lambda path: path.symlink_to("/dev/zero")
    yield "missing.gguf", lambda _path: None


def damaged(good: Path) -> Iterator[tuple[str, Make]]:
    """Models of every kind with something wrong in them."""
    talker = (good / "Chatty 1B (final).gguf").read_bytes()
    for share in (0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99, 0.9999):
        yield f"cut {share}.gguf", partial(write, talker[: int(len(talker) * share)])
    for name, at, new in (
        ("version", 4, b"\x63"), ("tensors", 8, b"\xff\xff\xff\xff\x7f"), ("keys", 16, b"\xff\xff\xff\xff\x7f"),
        ("none", 8, bytes(8)), ("key", 24, b"\xff\xff\xff\xff\xff\xff\xff\x7f"),
    ):  # fmt: skip
        yield f"{name}.gguf", partial(write, talker[:at] + new + talker[at + len(new) :])
    yield "no template.gguf", lambda path: write_gguf(path, chat_template=None)
    yield "bad template.gguf", lambda path: write_talker(path, "Hello.", chat_template="{% if %}")
    for file in ("granny.onnx", "computer.onnx"):
        body = (good / file).read_bytes()
        for share in (0.001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
            yield f"{share} {file}", partial(half, body, share)
    yield from voices(good)
    yield "narrow.onnx", lambda path: write_wake(path, width=95)
    yield "flat.onnx", lambda path: write_wake(path, frames=1, width=1)
    yield from listeners(good)


def write(body: bytes, path: Path) -> None:
    path.write_bytes(body)


def half(body: bytes, share: float, path: Path) -> None:
    path.write_bytes(body[: int(len(body) * share)])
    Path(f"{path}.json").write_text("{}")


def voices(good: Path) -> Iterator[tuple[str, Make]]:
    """Piper voices whose descriptions are wrong."""
    told = json.loads((good / "granny.onnx.json").read_text())

    def with_description(text: str) -> Make:
        def make(path: Path) -> None:
            shutil.copy(good / "granny.onnx", path)
            Path(f"{path}.json").write_text(text)

        return make

    for number, text in enumerate(
        ["", "[]", "null", "{", "{}", json.dumps(told | {"audio": {}}),
         json.dumps(told | {"audio": {"sample_rate": -5}}), json.dumps(told | {"phoneme_type": "songs"}),
         json.dumps(told | {"num_speakers": "many"})]
    ):  # fmt: skip
        yield f"description {number}.onnx", with_description(text)
    yield "lonely.onnx", lambda path: shutil.copy(good / "granny.onnx", path)


def listeners(good: Path) -> Iterator[tuple[str, Make]]:
    """Recognisers' folders with something missing, cut or exchanged."""
    folder = good / "my whisper"

    def but(name: str, body: bytes | None) -> Make:
        def make(path: Path) -> None:
            shutil.copytree(folder, path)
            if body is None:
                (path / name).unlink()
            else:
                (path / name).write_bytes(body)

        return make

    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json"):
        yield f"without {name}", but(name, None)
    model = (folder / "model.bin").read_bytes()
    for share in (0.0001, 0.01, 0.5, 0.9, 0.999):
        yield f"whisper cut {share}", but("model.bin", model[: int(len(model) * share)])
    yield "whisper of another", but("model.bin", model.replace(b"WhisperSpec", b"WhimperSpec", 1))
    yield "whisper of text", but("model.bin", b"This is no model.")
    yield "tokenizer of text", but("tokenizer.json", b"This is no tokenizer.")
    yield "tokenizer of nothing", but("tokenizer.json", b"{}")
    yield "config of text", but("config.json", b"{")
    yield "vocabulary of nothing", but("vocabulary.json", b"[]")


def test_files_of_other_kinds_are_refused_in_one_sentence(store: Store, tmp_path: Path) -> None:
    cases = list(foreign())
    for name, make in cases:
        make(tmp_path / name)
        refused(tmp_path / name, store)
    assert len(cases) >= 30


@pytest.mark.long
def test_damaged_models_are_refused_in_one_sentence(store: Store, tmp_path: Path, good: Path) -> None:
    """With those of other kinds, a hundred."""
    cases = list(damaged(good))
    for name, make in cases:
        make(tmp_path / name)
        assert str(tmp_path / name) in refused(tmp_path / name, store) or name == "bad template.gguf"
    assert len(cases) + len(list(foreign())) >= 100


def test_a_model_with_a_hole_in_it_is_damaged_although_it_loads(store: Store, tmp_path: Path) -> None:
    for source, begin, size in (
        (starter_dir() / "language.gguf", 1_000_000, 1_500_000), (bundled_words()["hey_jarvis"], 200_000, 300_000),
    ):  # fmt: skip
        body = source.read_bytes()
        (tmp_path / source.name).write_bytes(body[:begin] + bytes(size) + body[begin + size :])
        assert re.search(
            r" is damaged: there are only zeros in a part of \S+; get it again\.$",
            refused(tmp_path / source.name, store),
        )


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [("llm", "found tensors with invalid data"), ("tts", "loads, but says nothing"), ("wake", "scores that are none")],
)
def test_a_model_with_a_block_of_something_else_in_it_is_refused_although_it_loads(
    store: Store, tmp_path: Path, kind: str, complaint: str
) -> None:
    source = {
        "llm": starter_dir() / "language.gguf", "tts": starter_dir() / "voice.onnx",
        "wake": bundled_words()["hey_jarvis"],
    }[kind]  # fmt: skip
    body, noise = source.read_bytes(), np.random.default_rng(1).bytes(4096)
    middle = len(body) // 2
    (tmp_path / source.name).write_bytes(body[:middle] + noise + body[middle + len(noise) :])
    if kind == "tts":
        shutil.copy(f"{source}.json", tmp_path)
    assert complaint in refused(tmp_path / source.name, store)


def test_no_model_that_is_whole_is_taken_for_one_with_a_hole(tmp_path: Path) -> None:
    assert [hole_in_onnx(file) for file in bundled_words().values()] == [""] * len(bundled_words())
    assert hole_in_gguf(starter_dir() / "language.gguf") == ""
    long = [f"{number:03}".encode() for number in range(300)]
    assert hole_in_gguf(write_talker(tmp_path / "talker.gguf", long)) == ""
    for kind in get_args(Quantization):
        assert hole_in_gguf(write_gguf(tmp_path / "random.gguf", Shape(width=256, quantization=kind))) == ""


def test_a_model_may_be_taken_into_a_folder_whose_name_is_no_text(good: Path, tmp_path: Path) -> None:
    """The home of somebody whose name was written in Latin-1."""
    place = tmp_path / os.fsdecode(b"Ren\xe9")
    store = store_in(place)
    assert take_in(good / "Chatty 1B (final).gguf", store, {}).name == "Chatty-1B-final"
    assert store.verify(store.installed()[0]).state == "ok"


@pytest.mark.parametrize(("source", "name"), [("Chatty 1B (final).gguf", "mine.gguf"), ("computer.onnx", "mine.onnx")])
def test_a_name_may_be_said_with_its_ending(store: Store, good: Path, source: str, name: str) -> None:
    assert take_in(good / source, store, {}, name).name == "mine"
    assert [each.rpartition("/")[2] for each in in_place(store)] == [name]


def test_an_engine_that_dies_is_a_refusal(store: Store, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voiced.models.trial.LONGEST_S", 0.01)

    with pytest.raises(ModelError, match=r"is damaged: it brings down the engine that loads it; get it again\.$"):
        take_in(good / "computer.onnx", store, {})
    assert left(store) == []


def test_what_does_not_fit_is_refused_before_it_is_copied(
    store: Store, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))

    with pytest.raises(ModelError, match="are needed in"):
        take_in(good / "computer.onnx", store, {})
    assert in_place(store) == {}


def test_recognition_and_engine_agree_on_what_a_recogniser_needs() -> None:
    assert set(WHISPER_FILES) == set(whisper.FILES)


def test_what_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"cannot be read \(File name too long\)"):
        recognise(tmp_path / ("x" * 300))
