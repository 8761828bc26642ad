"""The file of a Piper voice flows in, its network in two halves flows out: phonemes to latent, latent to sound.

The cut is where the decoder begins. Behind it are convolutions and nothing else, so that a stretch of sound depends on
the latent frames around it and on no other; how many those are is read off the convolutions. A network that is built in
another way is not cut.

Cutting takes as long as loading the voice does, so it is done once and kept. docs/decisions/windows.md says more.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

FIRST_NODE = "/dec/conv_pre/Conv"
"""The decoder's first node, as Piper's exporter calls it; its first input is the latent, [1, channels, frames]."""

POINTWISE = {"Add", "Cast", "Div", "Identity", "LeakyRelu", "Mul", "Relu", "Sub", "Sum", "Tanh", "Unsqueeze"}
"""Operators whose output at a moment depends on their inputs at that moment alone."""

CONTEXT = "context"
"""Under this name the decoder's file says how many frames before and behind a frame its sound depends on."""

VERSION = "1"
"""Of what is kept; to be raised when a network is cut in another way."""

KEPT = 3
"""Voices whose halves are kept, those used last: 63 MB for each medium voice."""

ENCODER, DECODER, DIGESTS = "encoder.onnx", "decoder.onnx", "digests.json"

Halves: TypeAlias = tuple[Path, Path]
"""The encoder takes what the network takes and gives the latent, and what else the decoder needs to know of the
speaker. The decoder takes all of that, under the same names and in the same order, and gives sound."""


class _OtherNetworkError(Exception):
    """Raised when a network is not built in the way that this module knows."""


@contextmanager
def halved(model: Path, cache: Path | None) -> Iterator[Halves | None]:
    """The halves of `model`, or None when it is built in another way; the files may be gone afterwards.

    They are kept in the folder `cache`, under the digest of the model. What is damaged there is made again, and a cache
    that cannot be used is none. Raises OSError when the model cannot be read."""
    content = model.read_bytes()
    known, key = FIRST_NODE.encode() in content, f"{VERSION}-{_digest(content)}"
    del content
    with ExitStack() as stack:
        yield _halves(model, cache, key, stack) if known else None


def _halves(model: Path, cache: Path | None, key: str, stack: ExitStack) -> Halves | None:
    try:
        if cache is not None:
            try:
                return _intact(cache / key) or _keep(model, cache, key)
            except OSError:
                pass  # a cache that cannot be used is none
        return _cut(model, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="voiced-"))))
    except (OSError, _OtherNetworkError):
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _intact(folder: Path) -> Halves | None:
    """What `folder` holds, if it is as it was written: ONNX Runtime notices a file that was cut off, not one with wrong
    weights."""
    halves = folder / ENCODER, folder / DECODER
    try:
        digests = json.loads((folder / DIGESTS).read_text("utf-8"))
        if digests != [_digest(half.read_bytes()) for half in halves]:
            return None
        os.utime(folder)
    except (OSError, ValueError):
        return None
    return halves


def _keep(model: Path, cache: Path, key: str) -> Halves:
    """Cuts `model` into a folder of `cache` that appears whole or not at all."""
    cache.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=".", dir=cache))
    try:
        digests = [_digest(half.read_bytes()) for half in _cut(model, made)]
        (made / DIGESTS).write_text(json.dumps(digests), "utf-8")
        shutil.rmtree(cache / key, ignore_errors=True)
        made.rename(cache / key)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    for old in sorted(cache.iterdir(), key=lambda each: each.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return cache / key / ENCODER, cache / key / DECODER


def _cut(model: Path, folder: Path) -> Halves:
    """Writes the halves of `model` into `folder`. Raises _OtherNetworkError, and OSError."""
    import onnx
    from onnx.utils import Extractor

    halves = folder / ENCODER, folder / DECODER
    try:
        network = onnx.load(str(model))
        graph = network.graph
        crossing, context = _decoder(graph)
        graph.value_info.extend(
            onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in crossing
        )
        extractor = Extractor(network)
        encoder = extractor.extract_model([each.name for each in graph.input], crossing)
        decoder = extractor.extract_model(crossing, [graph.output[0].name])
    except _OtherNetworkError:
        raise
    except Exception as error:  # protobuf and onnx raise what they like
        raise _OtherNetworkError from error
    decoder.metadata_props.add(key=CONTEXT, value=str(context))
    for path, half in zip(halves, (encoder, decoder), strict=True):
        path.write_bytes(half.SerializeToString())
    return halves


def _decoder(graph: Any) -> tuple[list[str], int]:
    """What crosses the cut, the latent first, and the frames of context. Raises _OtherNetworkError."""
    latent = next((node.input[0] for node in graph.node if node.name == FIRST_NODE), None)
    if latent is None:
        raise _OtherNetworkError
    told = {each.name for each in graph.input}  # what depends on the text, the scales or the speaker
    rates = {latent: 1}  # of all that depends on the latent: values per frame
    nodes, crossing = [], [latent]
    for node in graph.node:  # in an order in which they can be computed: ONNX demands it
        moving = [name for name in node.input if name in rates]
        if moving:
            if len({rates[name] for name in moving}) > 1:
                raise _OtherNetworkError
            rates[node.output[0]] = rates[moving[0]] * _attributes(node).get("strides", [1])[0]
            crossing += [name for name in node.input if name in told and name not in (latent, *crossing)]
            nodes.append(node)
        elif told.intersection(node.input):
            told.update(node.output)
    output = graph.output[0].name
    if output not in rates:
        raise _OtherNetworkError
    needed = {output: (0, rates[output] - 1)}  # by the sound of frame 0: the first value and the last
    for node in reversed(nodes):
        if node.output[0] not in needed:
            continue
        first, last = _needed(node, *needed[node.output[0]])
        for name in node.input:
            if name in rates:
                others = needed.get(name, (first, last))
                needed[name] = min(first, others[0]), max(last, others[1])
    return crossing, max(-needed[latent][0], needed[latent][1])


def _needed(node: Any, first: int, last: int) -> tuple[int, int]:
    """Which values of its input `node` needs for the values `first` to `last` of its output. Raises
    _OtherNetworkError unless it is known to keep time as the decoders of Piper's voices do."""
    if node.op_type in POINTWISE:
        return first, last
    told = _attributes(node)
    kernel, dilation = told.get("kernel_shape", [0])[0], told.get("dilations", [1])[0]
    stride, pads = told.get("strides", [1])[0], told.get("pads", [0, 0])
    if not told.keys() <= {"kernel_shape", "dilations", "strides", "pads", "group"} or len(pads) != 2:
        raise _OtherNetworkError
    reach = dilation * (kernel - 1)
    if node.op_type == "Conv" and stride == 1 and sum(pads) == reach:
        return first - pads[0], last + pads[1]
    if node.op_type == "ConvTranspose" and reach + 1 - sum(pads) == stride:
        return -((reach - pads[0] - first) // stride), (last + pads[0]) // stride
    raise _OtherNetworkError


def _attributes(node: Any) -> dict[str, Any]:
    from onnx.helper import get_attribute_value

    return {each.name: get_attribute_value(each) for each in node.attribute}
