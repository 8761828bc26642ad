"""Random Piper voices whose decoders are as deep as those of real ones, and others that are built otherwise."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from voiced.shapes.piper import write_piper

Residual = Sequence[tuple[int, Sequence[int]]]
"""Kernel and dilations of the residual blocks behind each up-sampling layer."""

MEDIUM: Residual = ((3, (1, 2)), (5, (2, 6)), (7, (3, 12)))
"""Of Piper's low and medium voices."""

HIGH: Residual = ((3, (1, 1, 3, 1, 5, 1)), (7, (1, 1, 3, 1, 5, 1)), (11, (1, 1, 3, 1, 5, 1)))
"""Of its high ones, which have one more up-sampling layer as well."""

SPEAKER, TEXT = "/emb_g/Unsqueeze_output_0", "/Gather_output_0"
"""What a decoder can be told besides the latent: of the speaker, as in real voices; or of each frame, as in none."""


def deep(path: Path, residual: Residual, *, told: str = "", speakers: tuple[str, ...] = ()) -> Path:
    """A voice in the folder `path`."""
    model = write_piper(path, speakers=speakers)
    random = np.random.default_rng(0)

    def deepen(node: Any, add: Callable[..., str]) -> None:
        output = node.output[0]
        if told and node.name == "/dec/conv_pre/Conv":
            node.output[0] = f"{output}_alone"
            weights = random.normal(0, 0.2, (32, 16, 1)).astype(np.float32)
            add("Add", node.output[0], add("Conv", told, weights, kernel_shape=[1]), output=output)
        if node.op_type != "ConvTranspose":
            return
        node.output[0] = f"{output}_alone"
        width = 32 >> int(node.name[len("/dec/ups.")]) + 1
        ends = []
        for kernel, dilations in residual:
            end = node.output[0]
            for dilation in dilations:
                weights = random.normal(0, (width * kernel) ** -0.5, (width, width, kernel)).astype(np.float32)
                reach = dilation * (kernel // 2)
                inner = add("LeakyRelu", end, alpha=0.1)
                inner = add("Conv", inner, weights, kernel_shape=[kernel], dilations=[dilation], pads=[reach, reach])
                end = add("Add", inner, end)
            ends.append(end)
        add("Div", add("Sum", *ends), np.float32(len(ends)), output=output)

    return rebuilt(model, deepen)


def rebuilt(model: Path, change: Callable[[Any, Callable[..., str]], None]) -> Path:
    """Changes the network of `model` in place: `change` sees every node, and may add some behind it with
    `add(kind, *inputs, output=name, **attributes)`, which returns the name of the new node's output."""
    import onnx
    from onnx import helper, numpy_helper

    network = onnx.load(str(model))
    nodes: list[Any] = []

    def add(kind: str, *inputs: Any, output: str = "", **attributes: Any) -> str:
        name = f"{kind}_{len(nodes)}"
        taken = []
        for number, each in enumerate(inputs):
            taken.append(each if isinstance(each, str) else f"{name}.{number}")
            if not isinstance(each, str):
                network.graph.initializer.append(numpy_helper.from_array(np.asarray(each), taken[-1]))
        nodes.append(helper.make_node(kind, taken, [output or f"{name}_output_0"], name=name, **attributes))
        return str(nodes[-1].output[0])

    for node in list(network.graph.node):
        nodes.append(node)
        change(node, add)
    del network.graph.node[:]
    network.graph.node.extend(nodes)
    onnx.checker.check_model(network)
    onnx.save(network, str(model))
    return model
