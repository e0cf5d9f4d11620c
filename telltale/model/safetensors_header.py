"""The head of a .safetensors file, read before anything else is: a pickle under that name, a cut file or a lying length is refused at once.

Format: eight bytes of length, little-endian; that much JSON; the tensors' bytes, without a gap (github.com/huggingface/safetensors). Not
here: loading the tensors.
"""

import json
import struct
from math import prod
from pathlib import Path
from typing import Any

from telltale.core.errors import BadModel

MOST_HEAD = 10_000_000
"""Bytes of JSON; a net of 10,000 tensors needs about 1 MB."""
BITS = {"F64": 64, "F32": 32, "F16": 16, "BF16": 16, "I64": 64, "I32": 32, "I16": 16, "I8": 8, "U8": 8, "BOOL": 8}


def check_weights(path: Path) -> None:
    """That the file is one of tensors, whole, and of just the length that its head says. Raises BadModel."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8).ljust(8, b"\xff"))
            if not 2 <= length <= min(MOST_HEAD, size - 8):
                raise broken(path)
            head = json.loads(file.read(length))
        ends = sorted(extents(head))
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise broken(path) from error
    edge = 0
    for start, end in ends:
        if start != edge:
            raise broken(path)
        edge = end
    if not ends or edge != size - 8 - length:
        raise broken(path)


def extents(head: Any) -> list[tuple[int, int]]:
    """Where each tensor's bytes begin and end. Raises ValueError, TypeError and KeyError for a head that is not sound."""
    if not isinstance(head, dict):
        raise TypeError(head)
    found = []
    for name, tensor in head.items():
        if name == "__metadata__":
            continue
        (start, end), shape = tensor["data_offsets"], tensor["shape"]
        whole = all(type(number) is int and number >= 0 for number in (start, end, *shape))
        if not whole or 8 * (end - start) != prod(shape) * BITS[tensor["dtype"]]:
            raise ValueError(name)
        found.append((start, end))
    return found


def broken(path: Path) -> BadModel:
    """What is said of a file that is not sound."""
    return BadModel("model.broken", "safetensors", file=path.name)
