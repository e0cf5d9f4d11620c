"""Golden vectors: calls of the extension's deciding functions, each with what the engine itself answers, as JSON for a test in plain Node.

A vector names a module below ``extension``, what it exports, the arguments, what must come out, and how far numbers may lie off. What
JSON has no word for is written as ``{"$picture": …}``, ``{"$plane": …}``, ``{"$bytes": …}``, ``{"$floats": …}``. See also: the test that
calls them (``tests/extension/golden.mjs``), the cases (``pictures.py``, ``decisions.py``).
"""

import base64
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.faces.detectors import Face
from tests.support.browser.loaded_extension import EXTENSION

RUNNER = Path(__file__).parents[2] / "extension" / "golden.mjs"


@dataclass(frozen=True)
class Vector:
    """``within``: how far any number may lie off; ``mean``: how far all of them in the mean."""

    module: str
    call: str
    arguments: list[Any]
    expected: Any
    within: float = 0.0
    mean: float | None = None


def picture(rgb: np.ndarray) -> dict[str, Any]:
    """RGB uint8 (H, W, 3)."""
    return {"$picture": {"width": rgb.shape[1], "height": rgb.shape[0], "data": base64.b64encode(np.ascontiguousarray(rgb)).decode()}}


def plane(values: np.ndarray) -> dict[str, Any]:
    """Float32 (H, W)."""
    return {"$plane": {"width": values.shape[1], "height": values.shape[0], "data": values.astype(np.float32).ravel().tolist()}}


def bytes_of(values: np.ndarray) -> dict[str, Any]:
    """Uint8 of any shape."""
    return {"$bytes": base64.b64encode(np.ascontiguousarray(values, np.uint8)).decode()}


def floats(values: np.ndarray) -> dict[str, Any]:
    """Float32 of any shape."""
    return {"$floats": values.astype(np.float32).ravel().tolist()}


def face_object(face: Face) -> dict[str, Any]:
    """A face as the extension has it."""
    return {"box": face.box.tolist(), "landmarks": face.landmarks.tolist(), "score": face.score, "size": face.size, "sure": face.sure}


def run_vectors(
    vectors: list[Vector], folder: Path, extension: Path = EXTENSION, rooms: tuple[str, ...] = ("local", "api", "background")
) -> subprocess.CompletedProcess[str]:
    """Call them in Node, which needs to be told that the extension's scripts are modules. Skips where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    for room in rooms:
        shutil.copytree(extension / room, folder / room, dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "vectors.json").write_text(json.dumps([vars(vector) for vector in vectors]))
    shutil.copy(RUNNER, folder / "golden.test.mjs")
    asked = [node, "--test", "--test-reporter=tap", "golden.test.mjs"]
    return subprocess.run(asked, cwd=folder, env={**os.environ}, capture_output=True, text=True, timeout=120, check=False)


def failures(done: "subprocess.CompletedProcess[str]") -> str:
    """What went wrong, in short."""
    told = re.findall(r"^not ok .*$|error: \|-\n(?:.*\n){2}|error: [^|].*$", done.stdout, re.MULTILINE)
    return "\n".join(told)[:4000] + done.stderr[-1000:]
