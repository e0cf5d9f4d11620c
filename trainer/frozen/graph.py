"""An ONNX graph written node by node, its large constants beside it as external data.

    builder = GraphBuilder()
    product = builder.op("MatMul", ["pixel_values", builder.constant("matrix", matrix, outside=True)])
    builder.output("logits", product, [2])
    builder.save(Path("model.onnx"), "weights.bin", [3, 224, 224])

External data begin at multiples of a page, so that a runtime maps them instead of copying. Files are written under a temporary name first,
the graph last. See also: ``encoder.py``, which describes a net with it.
"""

from pathlib import Path
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

OPSET = 20
PAGE = 4096
"""Bytes; every array outside the graph begins at a multiple of it."""


class GraphBuilder:
    """Collects nodes and constants. Constants of one name are stored once."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._inside: dict[str, TensorProto] = {}
        self._outside: dict[str, np.ndarray] = {}
        self._outputs: dict[str, list[int]] = {}

    def constant(self, name: str, value: np.ndarray | np.generic, *, outside: bool = False) -> str:
        """Store an array and give its name; ``outside``: in the file of external data."""
        array = np.ascontiguousarray(value).reshape(np.shape(value))
        if outside:
            self._outside[name] = array
        elif name not in self._inside:
            self._inside[name] = numpy_helper.from_array(array, name)
        return name

    def numbers(self, *values: int) -> str:
        """A constant of whole numbers, such as a shape or axes."""
        return self.constant("numbers." + ".".join(map(str, values)), np.array(values, np.int64))

    def op(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        """Add a node with one output and give the output's name."""
        return self.ops(kind, inputs, 1, **attributes)[0]

    def ops(self, kind: str, inputs: list[str], count: int, **attributes: Any) -> list[str]:
        """Add a node with ``count`` outputs and give their names."""
        stem = f"{kind}.{len(self._nodes)}"
        outputs = [stem if count == 1 else f"{stem}.{number}" for number in range(count)]
        self._nodes.append(helper.make_node(kind, inputs, outputs, name=stem, **attributes))
        return outputs

    def slice(self, value: str, start: int, end: int | None) -> str:
        """Entries ``start`` to ``end`` (excluded; None: to the last) along the second axis."""
        last = np.iinfo(np.int64).max if end is None else end
        return self.op("Slice", [value, self.numbers(start), self.numbers(int(last)), self.numbers(1)])

    def output(self, name: str, value: str, shape: list[int]) -> None:
        """Make a value (N, *shape) an output of the graph under this name."""
        self._nodes.append(helper.make_node("Identity", [value], [name], name=name))
        self._outputs[name] = shape

    def model(self, external: str, shape: list[int]) -> tuple[ModelProto, bytes]:
        """The graph, and the content of the file ``external`` that holds its large constants."""
        content = bytearray()
        constants = list(self._inside.values())
        for name, array in self._outside.items():
            content += bytes(-len(content) % PAGE)
            tensor = TensorProto(name=name, dims=array.shape, data_type=helper.np_dtype_to_tensor_dtype(array.dtype))
            tensor.data_location = TensorProto.EXTERNAL
            entries = {"location": external, "offset": len(content), "length": array.nbytes}
            for key, entry in entries.items():
                tensor.external_data.add(key=key, value=str(entry))
            constants.append(tensor)
            content += array.tobytes()
        given = [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", *shape])]
        wanted = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *each]) for name, each in self._outputs.items()]
        graph = helper.make_graph(self._nodes, "telltale", given, wanted, constants)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10, producer_name="telltale"), bytes(
            content
        )

    def save(self, path: Path, external: str, shape: list[int]) -> None:
        """Write the graph to ``path`` and its large constants to the file ``external`` beside it. Input: ``pixel_values`` (N, *shape)."""
        model, content = self.model(external, shape)
        for place, data in ((path.with_name(external), content), (path, model.SerializeToString())):
            if place.is_file() and place.read_bytes() == data:
                continue
            part = place.with_name(f".{place.name}.part")
            part.write_bytes(data)
            part.rename(place)
        checker.check_model(str(path))
