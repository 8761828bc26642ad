"""Operators and weights flow in, an ONNX model flows out: what the random Piper voices are written with."""

from typing import Any

import numpy as np

OPSET = 15
"""ONNX operator set that Piper's exporter uses."""


class Graph:
    """Nodes and weights on their way into an ONNX file."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def weights(self, name: str, *shape: int, fan: int) -> str:
        """Random weights that keep the size of a signal summed over `fan` inputs."""
        return self.constant(name, self._random.normal(0, fan**-0.5, shape).astype(np.float32))

    def constant(self, name: str, value: Any) -> str:
        from onnx import numpy_helper

        self._constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, name: str, **attributes: Any) -> str:
        """Adds a node; the name of its output."""
        from onnx import helper

        output = f"{name}_output_0"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], name=name, **attributes))
        return output

    def split(self, name: str, signal: str, sizes: str, axis: int) -> tuple[str, str]:
        """`signal` in two parts of these sizes along an axis."""
        from onnx import helper

        first, second = f"{name}_output_0", f"{name}_output_1"
        self._nodes.append(helper.make_node("Split", [signal, sizes], [first, second], name=name, axis=axis))
        return first, second

    def result(self) -> None:
        """Makes the last node's output the model's."""
        self._nodes[-1].output[0] = "output"

    def conv(
        self, name: str, signal: str, channels: tuple[int, int], kernel: int, *, dilation: int = 1, groups: int = 1
    ) -> str:
        """A convolution from `channels[0]` to `channels[1]`, in so many groups, that keeps the length."""
        inputs, pad = channels[0] // groups, kernel // 2 * dilation
        weights = self.weights(f"{name}.weight", channels[1], inputs, kernel, fan=inputs * kernel)
        return self.node(
            "Conv", signal, weights, name=name,
            kernel_shape=[kernel], dilations=[dilation], group=groups, pads=[pad, pad],
        )  # fmt: skip

    def upsample(self, name: str, signal: str, channels: tuple[int, int], factor: int, kernel: int) -> str:
        """A transposed convolution that makes the signal `factor` times as long."""
        fan = channels[0] * kernel // factor
        weights = self.weights(f"{name}.weight", *channels, kernel, fan=fan)
        pad = (kernel - factor) // 2
        return self.node(
            "ConvTranspose", signal, weights, name=name, kernel_shape=[kernel], strides=[factor], pads=[pad, pad]
        )

    def model(self, *, with_speakers: bool) -> Any:
        from onnx import TensorProto, checker, helper

        inputs = [
            helper.make_tensor_value_info("input", TensorProto.INT64, ["batch_size", "phonemes"]),
            helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch_size"]),
            helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
        ]
        if with_speakers:
            inputs.append(helper.make_tensor_value_info("sid", TensorProto.INT64, [1]))
        output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size", 1, 1, "time"])
        graph = helper.make_graph(self._nodes, "random piper", inputs, [output], self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        checker.check_model(model)
        return model
