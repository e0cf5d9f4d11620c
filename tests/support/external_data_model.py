"""A small net made at test time whose matrices lie beside its graph, as external data: the folder of a model without safetensors.

Its logit is a sum of the picture's patches, its map is that sum patch by patch. See also: what is refused
(``tests/engine/model/test_external_data.py``).
"""

import json
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from telltale.core.model_settings import ModelSettings, write_settings
from telltale.model.checksums import write_sums

SIDE, PATCH, WIDTH = 64, 16, 64


def outside(name: str, array: np.ndarray, location: str) -> TensorProto:
    """A tensor that says it lies at the start of another file."""
    tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), dims=array.shape, data_location=1)
    for key, value in (("location", location), ("offset", "0"), ("length", str(array.nbytes))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def write_net(folder: Path, location: str = "weights.bin", *, inside: bool = False, dynamic: bool = False) -> Path:
    """``folder``/model.onnx and its external data.

    ``inside``: the tensor is a constant of a branch; ``dynamic``: what it is multiplied with is quantised.
    """
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(0)
    matrix = chance.integers(-127, 128, (WIDTH, WIDTH)).astype(np.int8)
    held = {
        "patches": chance.standard_normal((WIDTH, 3, PATCH, PATCH)).astype(np.float32) / 30,
        "flat": np.array([0, WIDTH, -1], np.int64),
        "scale": np.float32(0.002),
        "zero": np.int8(0),
        "head": np.stack([np.zeros(WIDTH), chance.standard_normal(WIDTH)], axis=1).astype(np.float32),
        "square": np.array([0, 2, SIDE // PATCH, SIDE // PATCH], np.int64),
        "sides": np.array([2, 3], np.int64),
        "yes": np.bool_(True),
    }
    tensor = outside("matrix", matrix, location)
    initialisers = [numpy_helper.from_array(np.asarray(value), name) for name, value in held.items()]
    nodes = [
        helper.make_node("Conv", ["pixels", "patches"], ["features"], strides=[PATCH, PATCH]),
        helper.make_node("Reshape", ["features", "flat"], ["lines"]),
        helper.make_node("Transpose", ["lines"], ["tokens"], perm=[0, 2, 1]),
    ]
    if inside:
        constant = helper.make_node("Constant", [], ["there"], value=tensor)
        branch = helper.make_graph([constant], "branch", [], [helper.make_tensor_value_info("there", TensorProto.INT8, matrix.shape)])
        nodes.append(helper.make_node("If", ["yes"], ["matrix"], then_branch=branch, else_branch=branch))
    else:
        initialisers.append(tensor)
    if dynamic:
        nodes += [
            helper.make_node("DynamicQuantizeLinear", ["tokens"], ["small", "step", "middle"]),
            helper.make_node("MatMulInteger", ["small", "matrix", "middle", "zero"], ["whole"]),
            helper.make_node("Cast", ["whole"], ["real"], to=TensorProto.FLOAT),
            helper.make_node("Mul", ["step", "scale"], ["both"]),
            helper.make_node("Mul", ["real", "both"], ["mixed"]),
        ]
    else:
        nodes += [
            helper.make_node("DequantizeLinear", ["matrix", "scale", "zero"], ["weights"]),
            helper.make_node("MatMul", ["tokens", "weights"], ["mixed"]),
        ]
    nodes += [
        helper.make_node("Tanh", ["mixed"], ["bent"]),
        helper.make_node("MatMul", ["bent", "head"], ["parts"]),
        helper.make_node("Transpose", ["parts"], ["turned"], perm=[0, 2, 1]),
        helper.make_node("Reshape", ["turned", "square"], ["maps"]),
        helper.make_node("ReduceMean", ["maps", "sides"], ["logits"], keepdims=0),
    ]
    entry = [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])]
    answers = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 2]),
        helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["N", 2, SIDE // PATCH, SIDE // PATCH]),
    ]
    graph = helper.make_graph(nodes, "net", entry, answers, initialisers)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    (folder / "model.onnx").write_bytes(made.SerializeToString())
    (folder / location).write_bytes(matrix.tobytes())
    return folder / "model.onnx"


def write_model(folder: Path, settings: ModelSettings | None = None, *, dynamic: bool = False) -> Path:
    """A whole model folder without safetensors, with its list."""
    write_net(folder / "onnx", dynamic=dynamic)
    (folder / "config.json").write_text(json.dumps({"id2label": {"0": "real", "1": "fake"}}))
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28]}))
    write_settings(folder, settings or ModelSettings(size=SIDE))
    write_sums(folder)
    return folder
