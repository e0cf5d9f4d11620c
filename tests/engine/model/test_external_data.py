"""Models whose tensors lie beside their graph: loaded without safetensors, pinned by the list, refused where they reach for other files."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest

from telltale.core.errors import BadModel
from telltale.core.model_settings import ModelSettings, read_settings, write_settings
from telltale.model.checksums import LIST, digest_of, write_sums
from telltale.model.classifier import load_model, locate, revision_of
from telltale.model.cpu_runtimes import onnx_net, select_runtime
from telltale.model.external_data import LEADS, data_files
from tests.support.external_data_model import SIDE, outside, write_model, write_net


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model without safetensors."""
    return write_model(tmp_path / "model")


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, SIDE, SIDE, 3)).astype(np.uint8)


def test_an_exported_net_needs_no_safetensors(folder: Path) -> None:
    model = load_model(str(folder), threads=1)
    scores = model.score(pictures(6))
    assert model.engine == "onnxruntime" and scores.maps.shape == (6, 4, 4)
    assert np.ptp(scores.logits) > 0 and np.allclose(scores.maps.mean(axis=(1, 2)), scores.logits, atol=1e-5)


def test_its_revision_is_that_of_both_files(folder: Path) -> None:
    graph, data = folder / "onnx" / "model.onnx", folder / "onnx" / "weights.bin"
    before = load_model(str(folder)).revision
    assert before == revision_of(graph, data) and len(before) == 12
    data.write_bytes(bytes(data.stat().st_size))
    write_sums(folder)
    assert load_model(str(folder)).revision != before
    assert revision_of(graph) == digest_of(graph)[:12]


@pytest.mark.parametrize("name", ["onnx/model.onnx", "onnx/weights.bin"])
def test_both_files_are_on_the_list(folder: Path, name: str) -> None:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(BadModel, match=f"{name} is not the file") as refused:
        load_model(str(folder))
    assert refused.value.code == "model.changed"
    path.write_bytes(content)
    listed = (folder / LIST).read_text().splitlines(keepends=True)
    (folder / LIST).write_text("".join(line for line in listed if name not in line))
    with pytest.raises(BadModel, match=f"{name} is not on its list"):
        load_model(str(folder))


def test_without_a_list_or_without_a_net_there_is_nothing_to_load(folder: Path) -> None:
    (folder / LIST).unlink()
    with pytest.raises(BadModel, match=r"has no model\.safetensors, nor any other weights"):
        load_model(str(folder))
    shutil.rmtree(folder / "onnx")
    write_sums(folder)
    with pytest.raises(BadModel, match=r"has no model\.safetensors, nor any other weights"):
        load_model(str(folder))


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("location", ["{folder}/far.bin", "../weights.bin", "../../far.bin", "other.bin", "./weights.bin"])
def test_external_data_elsewhere_is_refused(tmp_path: Path, location: str, inside: bool) -> None:
    """Wherever in the graph, and whoever would run it."""
    path = write_net(tmp_path / "model" / "onnx", location.format(folder=tmp_path), inside=inside)
    for load in (lambda: select_runtime(path, 1), lambda: onnx_net(path)):
        with pytest.raises(BadModel, match=r"asks for tensors in a file other than weights\.bin") as refused:
            load()
        assert refused.value.code == "model.broken"


def test_a_link_to_a_file_elsewhere_is_refused_and_the_hubs_links_are_not(tmp_path: Path) -> None:
    path = write_net(tmp_path / "model" / "onnx")
    run = onnx_net(path)
    moved = shutil.move(path.parent / "weights.bin", tmp_path / "far.bin")
    (path.parent / "weights.bin").symlink_to(moved)
    with pytest.raises(BadModel, match="cannot be loaded"):
        onnx_net(path)
    snapshot, blobs = tmp_path / "hub" / "snapshots" / "1" / "onnx", tmp_path / "hub" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    for name, source in (("model.onnx", path), ("weights.bin", moved)):
        shutil.copy(source, blobs / digest_of(source))
        (snapshot / name).symlink_to(Path("../../../blobs") / digest_of(source))
    pixels = np.random.default_rng(0).standard_normal((2, 3, SIDE, SIDE)).astype(np.float32)
    assert np.array_equal(onnx_net(snapshot / "model.onnx")(pixels)[0], run(pixels)[0])


@pytest.mark.parametrize(
    "content", [b"", b"\x08\x07", b"\x08\x07" + b"\xff" * 64, b"\x3a\xff\x01", b"\x0b", b"\x3a\x05\x2a\x03\x6a\x01\x0b"]
)
def test_what_is_no_graph_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(BadModel, match=r"ONNX file cannot be loaded: model\.onnx"):
        select_runtime(path, 1)


def test_every_place_of_a_tensor_is_looked_at(tmp_path: Path) -> None:
    """The fields that lead to external data are those of ONNX's own description, no fewer, and each is followed."""
    messages = {each.name: each for each in onnx.ModelProto.DESCRIPTOR.file.message_types_by_name.values()}
    leading = {"StringStringEntryProto"}
    fields: dict[str, dict[int, str]] = {"TensorProto": {13: "StringStringEntryProto"}}  # its other one, metadata, names no files
    while leading != (leading := leading | set(fields)):
        for name in set(messages) - {"TensorProto", "StringStringEntryProto"}:
            found = {each.number: each.message_type.name for each in messages[name].fields if each.message_type is not None}
            if found := {number: kind for number, kind in found.items() if kind in leading - {"StringStringEntryProto"}}:
                fields[name] = found
    assert messages["TensorProto"].fields_by_number[13].name == "external_data"
    assert fields == LEADS
    tensor = outside("x", np.zeros(2, np.int8), "found")
    sparse = onnx.SparseTensorProto(values=tensor)
    bodies = [
        onnx.NodeProto(attribute=[onnx.AttributeProto(name="a", tensors=[tensor])]),
        onnx.NodeProto(attribute=[onnx.AttributeProto(name="a", sparse_tensors=[sparse])]),
        onnx.NodeProto(attribute=[onnx.AttributeProto(name="a", graphs=[onnx.GraphProto(initializer=[tensor])])]),
    ]
    models = [onnx.ModelProto(graph=onnx.GraphProto(node=[body])) for body in bodies]
    models += [onnx.ModelProto(functions=[onnx.FunctionProto(name="f", node=[body])]) for body in bodies]
    models.append(onnx.ModelProto(training_info=[onnx.TrainingInfoProto(algorithm=onnx.GraphProto(sparse_initializer=[sparse]))]))
    for number, made in enumerate(models):
        path = tmp_path / f"{number}.onnx"
        path.write_bytes(made.SerializeToString())
        assert data_files(path) == {b"found"}, number


def test_a_crops_answer_does_not_depend_on_the_others(tmp_path: Path) -> None:
    """Dynamic quantisation takes one scale for a whole batch, so such a model asks for batches of one."""
    folder = write_model(tmp_path / "model", ModelSettings(size=SIDE, batch_size=1), dynamic=True)
    model = load_model(str(folder), threads=2)
    assert model.at_once >= 4
    shown = pictures(7)
    shown[3] //= 8
    together = model.score(shown)
    for number, picture in enumerate(shown):
        alone = model.score(picture[None])
        assert alone.logits[0] == together.logits[number] and np.array_equal(alone.maps[0], together.maps[number])
    write_settings(folder, read_settings(folder).model_copy(update={"batch_size": 7}))
    write_sums(folder)
    assert not np.array_equal(load_model(str(folder), threads=2).score(shown).logits, together.logits), "or nothing was shown here"


def test_the_hub_is_asked_for_the_external_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub

    asked: dict[str, object] = {}

    def snapshot(name: str, **wanted: object) -> str:
        asked.update(wanted, name=name)
        return str(tmp_path)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    assert locate("somebody/model@v2") == tmp_path
    assert asked["name"] == "somebody/model" and asked["revision"] == "v2"
    assert {"onnx/model.onnx", "onnx/weights.bin", LIST, "*.json"} <= set(asked["allow_patterns"])  # type: ignore[call-overload]
