"""A model in every runtime that it is promised for says the same; smaller files are only put in place where they are as good."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from telltale.model.classifier import BROWSER, load_model
from tests.support.datasets.portrait_crops import faces, png
from trainer import export

CLOSE = 1e-3
"""Between probabilities of fake."""


def judged_crops(root: Path, model: Path) -> Path:
    """Stored crops labelled as the model itself judges them, without the doubtful third: its AUC is 1, and only a loss can lower it."""
    from datasets import Dataset, Features, Sequence, Value
    from datasets import Image as Picture

    from trainer.hub.onnx_parity import singles

    rng = np.random.default_rng(0)
    drawn = [np.clip(face + rng.normal(0, 12 * (n % 4), face.shape), 0, 255).astype(np.uint8) for n, face in enumerate(faces(36, 3))]
    plain = {key: Value("string") for key in ("label", "source", "group", "unit", "kind", "method")}
    features = Features({"image": Picture(), **plain, "face_px": Value("float32"), "outline": Sequence(Value("float32"))})

    def write(labels: list[str], chosen: list[int]) -> None:
        same = {"source": "drawn", "kind": "image", "method": "", "face_px": 160.0, "outline": None}
        rows = [
            {"image": {"bytes": png(drawn[place]), "path": None}, "label": label, "group": str(place), "unit": f"{place:02}"} | same
            for place, label in zip(chosen, labels, strict=True)
        ]
        for split in ("train", "validation"):
            Dataset.from_list(rows, features=features).save_to_disk(root / split)

    write(["real"] * len(drawn), list(range(len(drawn))))
    (root / "prepared.json").write_text("{}")
    opinion = singles(root / "train", model)
    logits = logits_of(load_model(str(model)), np.concatenate([opinion[number]["pixel_values"] for number in range(len(opinion))]))
    order = [int(place) for place in np.argsort(logits)]
    third = len(order) // 3
    write(["real"] * third + ["fake"] * third, order[:third] + order[-third:])
    return root


def small(folder: Path) -> Path:
    """A random residual net of few layers, which exports within seconds."""
    import torch
    from transformers import ResNetConfig, ResNetForImageClassification, ViTImageProcessorPil

    torch.manual_seed(0)
    shape = {"embedding_size": 8, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"}
    config = ResNetConfig(id2label={0: "real", 1: "fake"}, label2id={"real": 0, "fake": 1}, **shape)
    ResNetForImageClassification(config).eval().save_pretrained(folder)
    half = [0.5, 0.5, 0.5]
    ViTImageProcessorPil(size={"height": 64, "width": 64}, image_mean=half, image_std=half).save_pretrained(folder)
    (folder / "telltale.json").write_text('{"size": 64}')
    return folder


def logits_of(model: Any, pixels: np.ndarray) -> np.ndarray:
    """Log-odds of fake of what the net wants to see."""
    logits, _ = model.run(pixels)
    return np.asarray(model.labels.log_odds(logits))


def probability(logits: np.ndarray) -> np.ndarray:
    """Of fake, from class logits (N, 2) with fake at 1."""
    return 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small model without its ONNX file, exported anew in all precisions."""
    folder = tmp_path_factory.mktemp("export") / "model"
    shutil.copytree(BROWSER, folder, ignore=shutil.ignore_patterns("onnx", "SHA256SUMS"))
    crops = judged_crops(folder.parent / "crops", folder)
    assert export.main([str(folder), "--precision", "fp32,int8,fp16", "--crops", str(crops)]) == 0
    return folder


@pytest.fixture(scope="module")
def pictures() -> list[Image.Image]:
    """Drawn faces and noise, as large as the net's input."""
    noise = np.random.default_rng(0).integers(0, 255, (2, 224, 224, 3)).astype(np.uint8)
    return [Image.fromarray(face).resize((224, 224)) for face in faces(4, 0)] + [Image.fromarray(each) for each in noise]


@pytest.fixture(scope="module")
def expected(exported: Path, pictures: list[Image.Image]) -> np.ndarray:
    """The probabilities that plain transformers gives, with no code of ours."""
    import torch
    from transformers import AutoImageProcessor, AutoModelForImageClassification

    net = AutoModelForImageClassification.from_pretrained(exported).eval()
    with torch.inference_mode():
        given = net(**AutoImageProcessor.from_pretrained(exported)(pictures, return_tensors="pt")).logits.softmax(1)
    assert net.config.id2label[1] == "fake"
    return given[:, 1].numpy()


@pytest.mark.long
def test_pipeline_onnxruntime_and_openvino_agree_with_torch(
    exported: Path, pictures: list[Image.Image], expected: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime
    from transformers import pipeline

    answers = pipeline("image-classification", model=str(exported))(pictures)
    piped = [{each["label"]: each["score"] for each in answer}["fake"] for answer in answers]
    assert np.abs(piped - expected).max() < CLOSE
    assert np.ptp(expected) > 10 * CLOSE, "all alike: agreement would say nothing"

    pixels = (np.stack([np.asarray(each) for each in pictures]).astype(np.float32) / 127.5 - 1).transpose(0, 3, 1, 2).copy()
    path = str(exported / "onnx" / "model.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [each.name for each in session.get_inputs()] == ["pixel_values"]
    ours, maps = session.run(["logits", "maps"], {"pixel_values": pixels})
    assert np.abs(probability(ours) - expected).max() < CLOSE

    monkeypatch.setenv("OPENVINO_TELEMETRY", "0")
    import openvino

    compiled = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = compiled({"pixel_values": pixels})
    assert np.abs(probability(found["logits"]) - expected).max() < CLOSE
    assert np.abs(found["maps"] - maps).max() < 0.02


@pytest.mark.long
def test_int8_and_fp16_keep_the_auc(exported: Path) -> None:
    place = exported / "onnx"
    marker = json.loads((place / "export.json").read_text())
    assert marker["left_out"] == {} and set(marker["files"]) == {"fp32", "int8", "fp16"}
    assert marker["files"]["fp32"]["measured"]["auc"] == 1
    for precision, file in (("int8", "model_quantized.onnx"), ("fp16", "model_fp16.onnx")):
        entry = marker["files"][precision]
        assert (place / file).stat().st_size == entry["bytes"] < 0.6 * marker["files"]["fp32"]["bytes"]
        assert entry["measured"]["auc"] > 0.99 and entry["file"] == f"onnx/{file}"
    assert sorted(path.name for path in place.iterdir()) == ["export.json", "model.onnx", "model_fp16.onnx", "model_quantized.onnx"]


@pytest.mark.long
def test_int8_that_is_not_as_good_is_not_put_in_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One weight of every filter is enormous but meets a channel that is always zero: fp32 does not mind, eight bits drown."""
    from safetensors.torch import load_file, save_file

    folder = small(tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    for name in list(weights):
        if name.endswith("normalization.weight") or name.endswith("normalization.bias"):
            weights[name][0] = 0
        if name.endswith("convolution.weight") and weights[name].shape[1] > 3:
            weights[name][:, 0] = 3e4
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    crops = judged_crops(tmp_path / "crops", folder)
    assert export.main([str(folder), "--precision", "int8", "--crops", str(crops)]) == 0
    assert "int8 is not put in place" in capsys.readouterr().out
    assert not (folder / "onnx" / "model_quantized.onnx").exists()
    marker = json.loads((folder / "onnx" / "export.json").read_text())
    assert "differs from fp32's" in marker["left_out"]["int8"] and set(marker["files"]) == {"fp32"}


@pytest.mark.long
def test_the_seam_head_is_kept_or_dropped(tmp_path: Path) -> None:
    """Kept, it is a third output that equals torch's; the plain Auto class loads the folder either way."""
    import onnxruntime
    import torch
    from transformers import AutoModelForImageClassification

    from trainer.learning.boundary_head import SeamHead, feature_map, map_shape, save_head, trunk

    folder = small(tmp_path / "model")
    net = AutoModelForImageClassification.from_pretrained(folder).eval()
    torch.manual_seed(1)
    head = SeamHead(map_shape(net, 64)[0])
    save_head(head, folder)
    pixels = torch.randn(3, 3, 64, 64)
    with torch.inference_mode():
        seam = torch.sigmoid(head(feature_map(trunk(net)(pixels).last_hidden_state))).numpy()
    for choice, outputs in (("keep", ["logits", "maps", "seam"]), ("drop", ["logits", "maps"])):
        assert export.main([str(folder), "--seam", choice]) == 0
        session = onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"), providers=["CPUExecutionProvider"])
        assert [each.name for each in session.get_outputs()] == outputs
        if choice == "keep":
            assert np.abs(session.run(["seam"], {"pixel_values": pixels.numpy()})[0] - seam).max() < 1e-4


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--precision", "int8"], "needs --crops"),
        (["--precision", "int4"], "no precision 'int4'"),
        (["--crops", "/nowhere"], "not what trainer.prepare writes"),
    ],
)
def test_what_cannot_be_exported_is_said(tmp_path: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = small(tmp_path / "model")
    assert export.main([str(folder), *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert not (folder / "onnx").exists()
    assert export.main([str(tmp_path / "absent")]) == 3
