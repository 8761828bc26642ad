"""A wake network for the tests: random weights, of the shape that openWakeWord's have."""

from pathlib import Path

import numpy as np


def write_wake(path: Path, *, frames: int = 16, width: int = 96, seed: int = 0) -> Path:
    """Writes a network that looks at `frames` embeddings of `width` numbers and gives one score; the path."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    weights = np.random.default_rng(seed).normal(0, 0.01, (frames * width, 1)).astype(np.float32)
    nodes = [
        helper.make_node("Flatten", ["x"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["sum"]),
        helper.make_node("Sigmoid", ["sum"], ["score"]),
    ]
    given = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, frames, width])
    score = helper.make_tensor_value_info("score", TensorProto.FLOAT, [1, 1])
    graph = helper.make_graph(nodes, "wake", [given], [score], [numpy_helper.from_array(weights, "weights")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), str(path))
    return path
