"""The network of a voice in two halves: cut right, kept, and made again when what was kept is damaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.decoders import HIGH, MEDIUM, SPEAKER, deep, rebuilt
from voiced import onnx
from voiced.resources import starter_dir
from voiced.shapes.piper import write_piper
from voiced.tts.halves import CONTEXT, DECODER, DIGESTS, ENCODER, KEPT, halved

FEED = {
    "input": np.array([[1, 0, 20, 0, 61, 0, 14, 0, 2]]),
    "input_lengths": np.array([9]),
    "scales": np.array([0, 1, 0], np.float32),  # no noise
}


def run(model: Path, feed: dict[str, Any]) -> list[NDArray[Any]]:
    session = onnx.runtime().InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return list(session.run(None, feed))


def context(model: Path) -> int:
    session = onnx.runtime().InferenceSession(str(model), providers=["CPUExecutionProvider"])
    return int(session.get_modelmeta().custom_metadata_map[CONTEXT])


# --- the cut ---


@pytest.mark.parametrize(
    ("build", "frames"),
    [
        (write_piper, 4),
        (lambda path: deep(path, MEDIUM), 11),
        (lambda path: deep(path, HIGH), 13),
        (lambda path: deep(path, MEDIUM, told=SPEAKER, speakers=("anna", "bert")), 11),
    ],
    ids=["plain", "medium", "high", "speakers"],
)
def test_the_halves_are_the_whole_and_say_how_far_a_frame_is_heard(
    tmp_path: Path, build: Callable[[Path], Path], frames: int
) -> None:
    model = build(tmp_path)
    import onnx as library

    inputs = {each.name for each in library.load(str(model)).graph.input}
    feed = FEED | ({"sid": np.array([1])} if "sid" in inputs else {})
    with halved(model, None) as halves:
        assert halves is not None
        encoder, decoder = halves
        names = [each.name for each in library.load(str(decoder)).graph.input]
        sound = run(decoder, dict(zip(names, run(encoder, feed), strict=True)))[0]
        assert context(decoder) == frames
        assert encoder.stat().st_size + decoder.stat().st_size < 1.2 * model.stat().st_size  # no weights twice
    np.testing.assert_array_equal(sound, run(model, feed)[0])
    assert not encoder.exists()


def test_the_decoder_is_told_of_the_speaker(tmp_path: Path) -> None:
    model = deep(tmp_path, MEDIUM, told=SPEAKER, speakers=("anna", "bert"))
    with halved(model, None) as halves:
        assert halves is not None
        ((_, anna), (_, bert)) = (run(halves[0], FEED | {"sid": np.array([who])}) for who in (0, 1))
    assert anna.shape == bert.shape == (1, 32, 1)
    assert not np.allclose(anna, bert)


def other_name(node: Any, _: Callable[..., str]) -> None:
    node.name = node.name.replace("/dec/", "/vocoder/")


def other_operator(node: Any, add: Callable[..., str]) -> None:
    if node.name == "/dec/LeakyRelu_1":
        output, node.output[0] = node.output[0], "alone"
        add("Softmax", "alone", axis=2, output=output)  # looks at all of the sentence


def other_length(node: Any, _: Callable[..., str]) -> None:
    if node.name == "/dec/conv_post/Conv":
        next(each for each in node.attribute if each.name == "pads").ints[:] = [3, 2]


@pytest.mark.parametrize("change", [other_name, other_operator, other_length])
def test_a_network_that_is_built_otherwise_is_not_cut(tmp_path: Path, change: Callable[[Any, Any], None]) -> None:
    model = rebuilt(write_piper(tmp_path), change)
    with halved(model, tmp_path / "cache") as halves:
        assert halves is None


def test_the_starter_voice_is_not_cut_and_nothing_is_kept_of_it(tmp_path: Path) -> None:
    with halved(starter_dir() / "voice.onnx", tmp_path / "cache") as halves:
        assert halves is None
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("size", [0, 10, 20_000])
def test_a_damaged_model_is_not_cut(tmp_path: Path, size: int) -> None:
    model = write_piper(tmp_path)
    model.write_bytes(model.read_bytes()[:size])
    with halved(model, None) as halves:
        assert halves is None


# --- the cache ---


def kept(model: Path, cache: Path) -> Path:
    """The folder in which the halves of `model` are kept."""
    with halved(model, cache) as halves:
        assert halves is not None
        encoder, decoder = halves
    assert encoder.parent == decoder.parent
    assert encoder.parent.parent == cache
    return encoder.parent


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_the_halves_are_made_once(tmp_path: Path) -> None:
    model, cache = write_piper(tmp_path), tmp_path / "cache"
    folder = kept(model, cache)
    made = {each.name: each.stat().st_ino for each in folder.iterdir()}
    assert kept(model, cache) == folder
    assert {each.name: each.stat().st_ino for each in folder.iterdir()} == made
    assert list(cache.iterdir()) == [folder]


@pytest.mark.parametrize("name", [ENCODER, DECODER, DIGESTS])
@pytest.mark.parametrize("damage", ["gone", "empty", "cut", "changed"])
def test_what_is_damaged_is_made_again(tmp_path: Path, name: str, damage: str) -> None:
    model, cache = write_piper(tmp_path), tmp_path / "cache"
    folder = kept(model, cache)
    sound = contents(folder)
    damaged = bytearray(sound[name])
    damaged[len(damaged) // 2] ^= 1
    match damage:
        case "gone":
            (folder / name).unlink()
        case "empty":
            (folder / name).write_bytes(b"")
        case "cut":
            (folder / name).write_bytes(sound[name][:-20])
        case _:
            (folder / name).write_bytes(damaged)
    assert kept(model, cache) == folder
    assert contents(folder) == sound
    assert list(cache.iterdir()) == [folder]


def test_another_voice_in_the_same_place_has_halves_of_its_own(tmp_path: Path) -> None:
    model, cache = write_piper(tmp_path), tmp_path / "cache"
    first = kept(model, cache)
    write_piper(tmp_path, seed=1)
    assert kept(model, cache) != first


def test_the_cache_keeps_the_voices_used_last(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    models = [write_piper(tmp_path / f"{seed}.onnx", seed=seed) for seed in range(KEPT + 1)]
    folders = [kept(model, cache) for model in models[:-1]]
    kept(models[0], cache)
    folders.append(kept(models[-1], cache))
    assert set(cache.iterdir()) == {*folders[2:], folders[0]}


def test_a_cache_that_cannot_be_used_is_none(tmp_path: Path) -> None:
    model, cache = write_piper(tmp_path), tmp_path / "cache"
    cache.write_text("a file")
    with halved(model, cache) as halves:
        assert halves is not None
        assert all(half.is_file() for half in halves)
    assert not any(half.exists() for half in halves)
