"""The files in which an ONNX graph's large tensors lie (ONNX's external data), read from the graph without loading it.

ONNX Runtime refuses a path that leaves the graph's folder, but takes any file within, on the model's list or not. Here all of them must be
``weights.bin``, which the list pins. Only the tags and lengths of protobuf's encoding are read, and of those only what leads to tensors:
the package ``onnx`` would take half a second to import. See also: what the files must hold (``checksums.py``).
"""

from collections.abc import Iterator
from pathlib import Path

from telltale.core.errors import BadModel

DATA = "weights.bin"
LEADS = {
    "ModelProto": {7: "GraphProto", 20: "TrainingInfoProto", 25: "FunctionProto"},
    "TrainingInfoProto": {1: "GraphProto", 2: "GraphProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 15: "SparseTensorProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {
        5: "TensorProto",
        6: "GraphProto",
        10: "TensorProto",
        11: "GraphProto",
        22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto"},
    "TensorProto": {13: "StringStringEntryProto"},
}
"""Message -> the fields that lead on to a tensor's external data, and their messages (onnx.proto)."""
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5


def has_external_data(path: Path) -> bool:
    """Whether an ONNX file keeps tensors in ``weights.bin`` beside it. Raises BadModel for any other file, and where that one is absent."""
    names = data_files(path)
    if names - {DATA.encode()}:
        raise BadModel("model.broken", "other_data", file=path.name, data=DATA)
    if names and not (path.parent / DATA).is_file():
        raise BadModel("model.broken", "no_data", file=path.name, data=DATA)
    return bool(names)


def data_files(path: Path) -> set[bytes]:
    """Every file that a tensor of an ONNX file says it lies in. Raises BadModel where it is none."""
    found: set[bytes] = set()
    try:
        left = [("ModelProto", memoryview(path.read_bytes()))]
        while left:
            message, content = left.pop()
            held = list(lengths(content))
            if message == "StringStringEntryProto" and any(field == 1 and part == b"location" for field, part in held):
                found.update(bytes(part) for field, part in held if field == 2)
            leads = LEADS.get(message, {})
            left += [(leads[field], part) for field, part in held if field in leads]
    except (OSError, ValueError, IndexError) as error:
        raise BadModel("model.broken", "onnx", file=path.name) from error
    return found


def lengths(content: memoryview) -> Iterator[tuple[int, memoryview]]:
    """Number and content of every field of a message that has a length. Raises ValueError and IndexError for what is no message."""
    at = 0
    while at < len(content):
        tag, at = varint(content, at)
        kind = tag & 7
        if kind == LENGTH:
            length, at = varint(content, at)
            yield tag >> 3, content[at : at + length]
            at += length
        elif kind == VARINT:
            _, at = varint(content, at)
        elif kind in (EIGHT_BYTES, FOUR_BYTES):
            at += 8 if kind == EIGHT_BYTES else 4
        else:
            raise ValueError(f"a field of kind {kind}")
    if at > len(content):
        raise ValueError("a field that ends beyond its message")


def varint(content: memoryview, at: int) -> tuple[int, int]:
    """A number of up to ten bytes of seven bits, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        byte = content[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number without end")
