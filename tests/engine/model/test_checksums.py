"""A model folder is what its list says, or it is refused; and no file of weights is read whose head lies."""

import json
import pickle
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from telltale.core.errors import BadModel
from telltale.model.checksums import LIST, check_sums, write_sums
from telltale.model.classifier import BROWSER, load_model
from telltale.model.safetensors_header import check_weights


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small model."""
    return shutil.copytree(BROWSER, tmp_path / "model")


def test_the_embedded_model_is_the_one_listed() -> None:
    assert {"config.json", "model.safetensors", "onnx/model.onnx", "telltale.json"} <= check_sums(Path(BROWSER))


def test_coreutils_read_the_list(folder: Path) -> None:
    assert subprocess.run(["sha256sum", "--quiet", "-c", LIST], cwd=folder, check=False).returncode == 0


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["model.safetensors", "onnx/model.onnx", "config.json", "telltale.json", "preprocessor_config.json"])
def test_a_model_that_differs_from_its_list_is_refused(folder: Path, name: str) -> None:
    """By one bit; cut, lost and exchanged files: promise ``weights``."""
    flip(folder / name)
    with pytest.raises(BadModel) as refused:
        load_model(str(folder))
    assert refused.value.code == "model.changed" and name in refused.value.sentence


def test_a_file_that_is_not_listed_is_refused(folder: Path) -> None:
    listed = (folder / LIST).read_text().splitlines(keepends=True)
    (folder / LIST).write_text("".join(line for line in listed if "onnx" not in line))
    with pytest.raises(BadModel, match="not on its list"):
        load_model(str(folder))


def test_without_a_list_no_onnx_file_is_run(folder: Path) -> None:
    (folder / LIST).unlink()
    assert load_model(str(folder)).engine == "torch"


@pytest.mark.parametrize("content", ["", "nonsense", f"{'0' * 64}  ../../etc/passwd\n", f"{'0' * 64}  /etc/passwd\n", "é", "0" * 70_000])
def test_a_list_that_is_not_sound_is_refused(folder: Path, content: str) -> None:
    (folder / LIST).write_text(content)
    with pytest.raises(BadModel, match="malformed"):
        check_sums(folder)


def test_a_new_list_holds_what_is_there(folder: Path) -> None:
    flip(folder / "model.safetensors")
    write_sums(folder)
    assert "model.safetensors" in check_sums(folder)


def headed(head: object, body: bytes = b"", length: int | None = None) -> bytes:
    packed = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<Q", len(packed) if length is None else length) + packed + body


ONE = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}
BAD_WEIGHTS = {
    "empty": b"",
    "seven bytes": b"1234567",
    "pickle": pickle.dumps({"a": 1}),
    "zip": b"PK\x03\x04" + bytes(100),
    "head longer than the file": headed(ONE, bytes(8), length=1 << 20),
    "head of exabytes": headed(ONE, bytes(8), length=(1 << 63) - 1),
    "head is no JSON": headed(b"{nonsense"),
    "head is a list": headed([]),
    "head nested deep": headed(b"[" * 100_000 + b"]" * 100_000),
    "no tensors": headed({}),
    "cut body": headed(ONE, bytes(7)),
    "longer body": headed(ONE, bytes(9)),
    "shape larger than the bytes": headed({"a": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 8]}}, bytes(8)),
    "negative place": headed({"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}}, bytes(8)),
    "number as text": headed({"a": {"dtype": "F32", "shape": ["2"], "data_offsets": [0, 8]}}, bytes(8)),
    "unknown type": headed({"a": {"dtype": "OBJECT", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
    "gap": headed({"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}}, bytes(8)),
    "overlap": headed(ONE | {"b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}}, bytes(12)),
}


@pytest.mark.parametrize("name", BAD_WEIGHTS)
def test_weights_that_are_not_whole_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(BAD_WEIGHTS[name])
    with pytest.raises(BadModel, match="not a complete safetensors file"):
        check_weights(path)


def test_whole_weights_pass(tmp_path: Path) -> None:
    check_weights(Path(BROWSER) / "model.safetensors")
    path = tmp_path / "model.safetensors"
    path.write_bytes(headed(ONE | {"__metadata__": {"format": "pt"}}, bytes(8)))
    check_weights(path)


def test_weights_that_lack_a_tensor_are_never_filled_with_random_ones(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    tensors.pop(next(name for name in tensors if "conv" in name))
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / LIST).unlink()
    with pytest.raises(BadModel, match="would stay random"):
        load_model(str(folder))
