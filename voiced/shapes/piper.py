"""Sizes flow in, a Piper voice with random weights flows out: right in shape, loadable, babbling.

It has the parts of Piper's VITS that matter to a program: a text encoder, a duration per phoneme that the length scale
stretches, a latent of one frame per 256 samples with noise in it, and a HiFi-GAN decoder whose first node is
`/dec/conv_pre/Conv`, as in an exported voice. For testing loaders and measuring speed without a download.
"""

import json
from pathlib import Path

import numpy as np

from voiced import onnx as onnx_runtime
from voiced.shapes import vits
from voiced.shapes.graph import Graph

RATE = 22_050
"""Samples per second of Piper's medium voices."""

UPSAMPLING = ((8, 16), (8, 16), (4, 8))
"""Factor and kernel of each up-sampling layer of a medium voice: 256 samples per latent frame."""


def write_piper(
    path: Path,
    *,
    hidden: int = 16,
    decoder: int = 32,
    medium: bool = False,
    rate: int = RATE,
    speakers: tuple[str, ...] = (),
    language: str = "en-us",
    seed: int = 0,
) -> Path:
    """Writes `path` (or `voice.onnx` in the folder `path`) and its `.json`; the path of the model.

    `hidden` is the width of encoder and latent, `decoder` that of the decoder's first layer; a `medium` voice is as
    wide and as deep as a real one instead, costs the same and takes 63 MB; more than one of `speakers` makes a voice
    with several. A phoneme lasts 3 to 6 frames of 256 samples at length scale 1, which at 22,050 Hz is the pace of
    speech."""
    import onnx

    onnx_runtime.quieten()
    from piper.phoneme_ids import DEFAULT_PHONEME_ID_MAP

    model = path / "voice.onnx" if path.is_dir() else path
    symbols = 1 + max(number for numbers in DEFAULT_PHONEME_ID_MAP.values() for number in numbers)
    graph = Graph(seed)
    if medium:
        text = vits.read(graph, _embedded(graph, symbols, vits.WIDTH, len(speakers)))
        latent = vits.flow(graph, _expanded(graph, text, vits.durations(graph, text)))
        _finish(graph, vits.decode(graph, latent))
    else:
        latent = _encoder(graph, symbols, hidden, len(speakers))
        _finish(graph, _decoder(graph, latent, hidden, decoder))
    onnx.save(graph.model(with_speakers=len(speakers) > 1), str(model))
    description = {
        "audio": {"sample_rate": rate, "quality": "random"},
        "espeak": {"voice": language},
        "phoneme_type": "espeak",
        "inference": {"noise_scale": 0.667, "length_scale": 1.0, "noise_w": 0.8},
        "num_symbols": symbols,
        "num_speakers": max(len(speakers), 1),
        "speaker_id_map": {name: number for number, name in enumerate(speakers)} if len(speakers) > 1 else {},
        "phoneme_id_map": DEFAULT_PHONEME_ID_MAP,
        "hop_length": 256,
    }
    Path(f"{model}.json").write_text(json.dumps(description, ensure_ascii=False, indent=2), "utf-8")
    return model


def _encoder(graph: Graph, symbols: int, hidden: int, speakers: int) -> str:
    """Phoneme numbers [1, n] to a latent [1, hidden, frames]: embedding, durations, expansion, noise."""
    text = _embedded(graph, symbols, hidden, speakers)
    text = graph.node("Tanh", graph.conv("/enc_p/Conv", text, (hidden, hidden), 5), name="/enc_p/Tanh")
    return _expanded(graph, text, graph.conv("/dp/Conv", text, (hidden, 1), 3))


def _embedded(graph: Graph, symbols: int, hidden: int, speakers: int) -> str:
    """Phoneme numbers [1, n] as columns [1, hidden, n], those of a speaker; and the scales by their names."""
    for position, scale in enumerate(("noise", "length", "noise_w")):
        graph.node("Gather", "scales", graph.constant(f"{scale}.index", np.int64(position)), name=f"/{scale}")
    table = graph.weights("enc_p.emb.weight", symbols, hidden, fan=1)
    embedded = graph.node("Gather", table, "input", name="/enc_p/emb/Gather")
    text = graph.node("Transpose", embedded, name="/enc_p/Transpose", perm=[0, 2, 1])
    if speakers > 1:
        voices = graph.weights("emb_g.weight", speakers, hidden, fan=1)
        voice = graph.node("Gather", voices, "sid", name="/emb_g/Gather")
        column = graph.node("Unsqueeze", voice, graph.constant("emb_g.axis", np.array([2])), name="/emb_g/Unsqueeze")
        text = graph.node("Add", text, column, name="/enc_p/Add")
    return text


def _expanded(graph: Graph, text: str, guess: str) -> str:
    """`text` [1, hidden, n] with every column repeated for as long as its phoneme lasts, by the `guess` [1, 1, n], plus
    noise."""
    noise = graph.node("RandomNormalLike", guess, name="/dp/RandomNormalLike", dtype=1)
    noise = graph.node("Mul", noise, "/noise_w_output_0", name="/dp/Mul")
    share = graph.node("Sigmoid", graph.node("Add", guess, noise, name="/dp/Add"), name="/dp/Sigmoid")
    # 1.2 to 2.8 frames for each number: Piper puts a pad between phonemes, so that a phoneme has two.
    spread = graph.node("Mul", share, graph.constant("dp.spread", np.float32(1.6)), name="/dp/Mul_1")
    frames = graph.node("Add", spread, graph.constant("dp.least", np.float32(1.2)), name="/dp/Add_1")
    frames = graph.node("Mul", frames, "/length_output_0", name="/Mul")
    flat = graph.node("Reshape", frames, graph.constant("all", np.array([-1])), name="/Reshape")
    # The ends are rounded, not the lengths, so that a small change of the length scale shows as well.
    ends = graph.node("CumSum", flat, graph.constant("first", np.int64(0)), name="/CumSum")
    ends = graph.node("Round", ends, name="/Round")
    total = graph.node("ReduceMax", ends, name="/ReduceMax", keepdims=0)
    count = graph.node("Cast", total, name="/Cast", to=7)
    positions = graph.node("Range", "first", count, graph.constant("one", np.int64(1)), name="/Range")
    moments = graph.node("Cast", positions, name="/Cast_1", to=1)
    rows = graph.node("Unsqueeze", moments, graph.constant("columns", np.array([1])), name="/Unsqueeze")
    passed = graph.node("GreaterOrEqual", rows, ends, name="/GreaterOrEqual")
    steps = graph.node("Cast", passed, name="/Cast_2", to=7)
    index = graph.node("ReduceSum", steps, "columns", name="/ReduceSum", keepdims=0)
    mean = graph.node("Gather", text, index, name="/Gather", axis=2)
    noise = graph.node("RandomNormalLike", mean, name="/RandomNormalLike", dtype=1)
    noise = graph.node("Mul", noise, "/noise_output_0", name="/Mul_1")
    quiet = graph.node("Mul", noise, graph.constant("quiet", np.float32(0.1)), name="/Mul_2")
    return graph.node("Add", mean, quiet, name="/Add")


def _decoder(graph: Graph, latent: str, hidden: int, width: int) -> str:
    """Latent [1, hidden, frames] to sound [1, 1, 256 * frames]: HiFi-GAN without its residual blocks."""
    signal = graph.conv("/dec/conv_pre/Conv", latent, (hidden, width), 7)
    for number, (factor, kernel) in enumerate(UPSAMPLING):
        signal = graph.node("LeakyRelu", signal, name=f"/dec/LeakyRelu_{number}", alpha=0.1)
        signal = graph.upsample(f"/dec/ups.{number}/ConvTranspose", signal, (width, width // 2), factor, kernel)
        width //= 2
    signal = graph.node("LeakyRelu", signal, name="/dec/LeakyRelu_last", alpha=0.01)
    return graph.conv("/dec/conv_post/Conv", signal, (width, 1), 7)


def _finish(graph: Graph, sound: str) -> None:
    """Sound [1, 1, n] to the model's output [1, 1, 1, n], in [-1, 1]."""
    sound = graph.node("Tanh", sound, name="/dec/Tanh")
    graph.node("Unsqueeze", sound, graph.constant("channel", np.array([1])), name="/Unsqueeze_1")
    graph.result()
