"""Operators flow in, the parts of a real Piper voice flow out: as wide and as deep as a medium one, of random weights.

These are the sizes of VITS (jaywalnut310/vits, `configs/ljs_base.json`) with the decoder of Piper's medium voices, and
they decide what a voice costs: about 7 million multiplications for each latent frame in the flow, 23 million in the
decoder. Left out are what costs next to nothing: the relative positions of the attention, and the splines of the
duration predictor.
"""

import numpy as np

from voiced.shapes.graph import Graph

WIDTH = 192
"""Width of the text, and of the latent."""

LAYERS, HEADS, FILTER = 6, 2, 768
"""Of the text encoder: transformer layers, heads of attention, width between its two convolutions."""

DURATIONS = 5
"""Stacks of convolutions that predict durations: one that reads the text, and four flows."""

COUPLINGS, WAVENET = 4, 4
"""Steps of the flow, and layers of the WaveNet in each."""

DECODER = 256
"""Width of the decoder's first layer; each up-sampling halves it."""

UPSAMPLING = ((8, 16), (8, 16), (4, 8))
"""Factor and kernel of each up-sampling layer: 256 samples per latent frame."""

RESIDUAL = ((3, (1, 2)), (5, (2, 6)), (7, (3, 12)))
"""Kernel and dilations of the residual blocks behind each up-sampling layer."""


def read(graph: Graph, text: str) -> str:
    """The text encoder: `text` [1, 192, n] in the light of all of it."""
    for number in range(LAYERS):
        name = f"/enc_p/encoder/{number}"
        text = _norm(graph, f"{name}/norm_1", graph.node("Add", text, _attend(graph, name, text), name=f"{name}/Add"))
        inner = graph.node("Relu", graph.conv(f"{name}/ffn/conv_1", text, (WIDTH, FILTER), 3), name=f"{name}/Relu")
        outer = graph.conv(f"{name}/ffn/conv_2", inner, (FILTER, WIDTH), 3)
        text = _norm(graph, f"{name}/norm_2", graph.node("Add", text, outer, name=f"{name}/Add_1"))
    return graph.conv("/enc_p/proj/Conv", text, (WIDTH, WIDTH), 1)


def durations(graph: Graph, text: str) -> str:
    """The duration predictor: a number [1, 1, n] for each column of `text` [1, 192, n]."""
    signal = text
    for number in range(DURATIONS):
        signal = graph.conv(f"/dp/{number}/pre/Conv", signal, (WIDTH, WIDTH), 1)
        for layer in range(3):
            name = f"/dp/{number}/convs/{layer}"
            inner = graph.conv(f"{name}/sep", signal, (WIDTH, WIDTH), 3, dilation=3**layer, groups=WIDTH)
            inner = _gelu(graph, f"{name}/gelu_1", _norm(graph, f"{name}/norm_1", inner))
            inner = graph.conv(f"{name}/one", inner, (WIDTH, WIDTH), 1)
            inner = _gelu(graph, f"{name}/gelu_2", _norm(graph, f"{name}/norm_2", inner))
            signal = graph.node("Add", signal, inner, name=f"{name}/Add")
    return graph.conv("/dp/proj/Conv", _norm(graph, "/dp/norm", signal), (WIDTH, 1), 1)


def flow(graph: Graph, latent: str) -> str:
    """The flow: from what the text says to how it sounds, `latent` [1, 192, frames]."""
    half = WIDTH // 2
    sizes = graph.constant("flow.halves", np.array([half, half]))
    for number in range(COUPLINGS):
        name = f"/flow/{number}"
        first, second = graph.split(f"{name}/Split", latent, sizes, axis=1)
        seen = graph.conv(f"{name}/pre/Conv", first, (half, WIDTH), 1)
        mean = graph.conv(f"{name}/post/Conv", _wavenet(graph, name, seen), (WIDTH, half), 1)
        moved = graph.node("Sub", second, mean, name=f"{name}/Sub")
        latent = graph.node("Concat", moved, first, name=f"{name}/Concat", axis=1)
    return latent


def decode(graph: Graph, latent: str) -> str:
    """The decoder, up to the last activation: `latent` [1, 192, frames] to sound [1, 1, 256 * frames]."""
    width = DECODER
    signal = graph.conv("/dec/conv_pre/Conv", latent, (WIDTH, width), 7)
    for number, (factor, kernel) in enumerate(UPSAMPLING):
        signal = _leaky(graph, f"/dec/LeakyRelu_{number}", signal, 0.1)
        signal = graph.upsample(f"/dec/ups.{number}/ConvTranspose", signal, (width, width // 2), factor, kernel)
        width //= 2
        blocks = [
            _residual(graph, f"/dec/resblocks.{number}.{which}", signal, width, block)
            for which, block in enumerate(RESIDUAL)
        ]
        total = graph.node("Sum", *blocks, name=f"/dec/Sum_{number}")
        third = graph.constant(f"dec.third.{number}", np.float32(1 / len(RESIDUAL)))
        signal = graph.node("Mul", total, third, name=f"/dec/Mul_{number}")
    signal = _leaky(graph, "/dec/LeakyRelu_last", signal, 0.01)
    return graph.conv("/dec/conv_post/Conv", signal, (width, 1), 7)


def _attend(graph: Graph, name: str, text: str) -> str:
    """Attention of `text` to itself."""
    size = WIDTH // HEADS
    heads = graph.constant(f"{name}.heads", np.array([1, HEADS, size, -1]))
    query, key, value = (
        graph.node("Reshape", graph.conv(f"{name}/{part}/Conv", text, (WIDTH, WIDTH), 1), heads, name=f"{name}/{part}")
        for part in "qkv"
    )
    rows = graph.node("Transpose", query, name=f"{name}/Transpose", perm=[0, 1, 3, 2])
    scores = graph.node("MatMul", rows, key, name=f"{name}/MatMul")
    scale = graph.constant(f"{name}.scale", np.float32(size**-0.5))
    scores = graph.node("Mul", scores, scale, name=f"{name}/Mul")
    weights = graph.node("Softmax", scores, name=f"{name}/Softmax", axis=-1)
    columns = graph.node("Transpose", weights, name=f"{name}/Transpose_1", perm=[0, 1, 3, 2])
    mixed = graph.node("MatMul", value, columns, name=f"{name}/MatMul_1")
    whole = graph.constant(f"{name}.whole", np.array([1, WIDTH, -1]))
    joined = graph.node("Reshape", mixed, whole, name=f"{name}/Reshape")
    return graph.conv(f"{name}/o/Conv", joined, (WIDTH, WIDTH), 1)


def _wavenet(graph: Graph, name: str, signal: str) -> str:
    """Dilation is 1 in Piper's voices; each layer gates, goes on and contributes to the sum."""
    sizes = graph.constant(f"{name}.wide", np.array([WIDTH, WIDTH]))
    contributions = []
    for layer in range(WAVENET):
        place = f"{name}/enc/{layer}"
        wide = graph.conv(f"{place}/in/Conv", signal, (WIDTH, 2 * WIDTH), 5)
        left, right = graph.split(f"{place}/Split", wide, sizes, axis=1)
        gate = graph.node("Sigmoid", right, name=f"{place}/Sigmoid")
        acts = graph.node("Mul", graph.node("Tanh", left, name=f"{place}/Tanh"), gate, name=f"{place}/Mul")
        if layer == WAVENET - 1:
            contributions.append(graph.conv(f"{place}/last/Conv", acts, (WIDTH, WIDTH), 1))
            break
        both = graph.conv(f"{place}/res_skip/Conv", acts, (WIDTH, 2 * WIDTH), 1)
        on, skip = graph.split(f"{place}/Split_1", both, sizes, axis=1)
        signal = graph.node("Add", signal, on, name=f"{place}/Add")
        contributions.append(skip)
    return graph.node("Sum", *contributions, name=f"{name}/enc/Sum")


def _residual(graph: Graph, name: str, signal: str, width: int, block: tuple[int, tuple[int, ...]]) -> str:
    kernel, dilations = block
    for number, dilation in enumerate(dilations):
        inner = _leaky(graph, f"{name}/LeakyRelu_{number}", signal, 0.1)
        inner = graph.conv(f"{name}/convs.{number}/Conv", inner, (width, width), kernel, dilation=dilation)
        signal = graph.node("Add", inner, signal, name=f"{name}/Add_{number}")
    return signal


def _leaky(graph: Graph, name: str, signal: str, alpha: float) -> str:
    return graph.node("LeakyRelu", signal, name=name, alpha=alpha)


def _norm(graph: Graph, name: str, signal: str) -> str:
    """Normalises each column of `signal` [1, 192, n]."""
    mean = graph.node("ReduceMean", signal, name=f"{name}/ReduceMean", axes=[1])
    off = graph.node("Sub", signal, mean, name=f"{name}/Sub")
    square = graph.node("Mul", off, off, name=f"{name}/Mul")
    spread = graph.node("ReduceMean", square, name=f"{name}/ReduceMean_1", axes=[1])
    least = graph.constant(f"{name}.eps", np.float32(1e-5))
    root = graph.node("Sqrt", graph.node("Add", spread, least, name=f"{name}/Add"), name=f"{name}/Sqrt")
    unit = graph.node("Div", off, root, name=f"{name}/Div")
    gamma = graph.constant(f"{name}.gamma", np.ones((1, WIDTH, 1), np.float32))
    beta = graph.constant(f"{name}.beta", np.zeros((1, WIDTH, 1), np.float32))
    return graph.node("Add", graph.node("Mul", unit, gamma, name=f"{name}/Mul_1"), beta, name=f"{name}/Add_1")


def _gelu(graph: Graph, name: str, signal: str) -> str:
    root = graph.constant(f"{name}.root", np.float32(2**0.5))
    scaled = graph.node("Div", signal, root, name=f"{name}/Div")
    one = graph.constant(f"{name}.one", np.float32(1.0))
    share = graph.node("Add", graph.node("Erf", scaled, name=f"{name}/Erf"), one, name=f"{name}/Add")
    half = graph.constant(f"{name}.half", np.float32(0.5))
    return graph.node("Mul", graph.node("Mul", signal, share, name=f"{name}/Mul"), half, name=f"{name}/Mul_1")
