"""Smaller ONNX graphs: int8 by static quantisation, fp16 by conversion.

int8 puts a pair of QuantizeLinear and DequantizeLinear around every layer, one scale a channel for the weights and one a tensor for
what flows; ranges are the least and greatest value over sample crops. The head stays fp32: it is small, and the evidence maps come from
it. See also: whether the result is good enough (``export.py``).
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import onnx

WEIGHTY = ("Conv", "MatMul", "Gemm")
POOLING = ("ReduceMean", "GlobalAveragePool", "Reshape", "Einsum")


def layers(path: Path) -> list[str]:
    """The names of the nodes with weights, from the input on, without the head."""
    import onnx

    graph = onnx.load(str(path), load_external_data=False).graph
    return [node.name for node in graph.node if node.op_type in WEIGHTY and node.name not in head(graph)]


def head(graph: "onnx.GraphProto") -> set[str]:
    """The names of the nodes that pool, and of those that give the graph's outputs."""
    given = {output.name for output in graph.output}
    return {node.name for node in graph.node if node.op_type in POOLING or given & set(node.output)}


def to_int8(source: Path, target: Path, samples: Iterable[np.ndarray], kept: int) -> None:
    """Write ``source`` as int8, its first ``kept`` layers left in fp32. ``samples``: pixel values (1, 3, S, S)."""
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    class Samples(CalibrationDataReader):  # its base class is heavy to import, so it is made here
        """Sample crops, one by one."""

        def __init__(self) -> None:
            self._left: Iterator[np.ndarray] = iter(samples)

        def get_next(self) -> dict[str, np.ndarray] | None:
            """The next input, or None after the last."""
            pixels = next(self._left, None)
            return None if pixels is None else {"pixel_values": pixels}

    model = onnx.load(str(source))
    add_pre_process_metadata(model)  # the exporter has folded and shaped all there is to fold and shape
    quantize_static(
        model,
        str(target),
        Samples(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[*sorted(head(model.graph)), *layers(source)[:kept]],
    )


def to_fp16(source: Path, target: Path) -> None:
    """Write ``source`` as fp16, its input and outputs left in fp32 so that callers need not know."""
    import onnx
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(str(source)), keep_io_types=True), str(target))
