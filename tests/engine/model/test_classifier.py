"""The classifier: those that come with Telltale, foreign ones on torch, and every model that must not be run."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from telltale.checkpoints.preprocessing import normalize
from telltale.core.errors import BadModel
from telltale.core.model_settings import read_settings
from telltale.model.classifier import BROWSER, EMBEDDED, id_of, load_model


def tiny(folder: Path, labels: dict[int, str]) -> Path:
    """A small random MobileNetV2 as a model folder, without telltale.json."""
    import torch
    from transformers import MobileNetV2Config, MobileNetV2ForImageClassification, MobileNetV2ImageProcessor

    torch.manual_seed(0)
    names = {"id2label": labels, "label2id": {name: number for number, name in labels.items()}}
    config = MobileNetV2Config(image_size=64, depth_multiplier=0.35, **names)
    MobileNetV2ForImageClassification(config).eval().save_pretrained(folder)
    MobileNetV2ImageProcessor(size={"height": 64, "width": 64}, do_center_crop=False).save_pretrained(folder)
    return folder


def crops(count: int, size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (count, size, size, 3)).astype(np.uint8)


@pytest.mark.parametrize("comes_along", sorted({EMBEDDED, BROWSER}))
def test_a_model_that_comes_along_is_whole(comes_along: str) -> None:
    model = load_model(comes_along)
    scores = model.score(np.tile(crops(3, model.size), (1, 1, 1, model.settings.channels // 3)))
    assert model.id == id_of(comes_along) and model.engine == "onnxruntime" and model.settings.calibrated
    assert scores.logits.shape == (3,) and np.isfinite(scores.logits).all()
    assert scores.maps.ndim == 3 and len(scores.maps) == 3 and scores.maps.shape[1] > 1


def test_reports_name_a_model_by_its_part_or_as_it_was_asked_for() -> None:
    assert load_model().id == id_of(EMBEDDED) == id_of("embedded") == "embedded"
    assert load_model("browser").id == id_of(BROWSER) == "browser"
    assert id_of("owner/name@main") == "owner/name@main"


def test_the_evidence_map_adds_up_to_the_logit() -> None:
    """Its mean is the logit but for the head's bias: the same amount for every crop."""
    model = load_model(BROWSER)
    scores = model.score(crops(4, model.size))
    rest = scores.logits - scores.maps.mean(axis=(1, 2))
    assert np.ptp(rest) < 1e-3


def test_every_crop_of_a_look_is_normalised_by_colour() -> None:
    """Nine channels are three crops: each is what it would be alone."""
    mean, deviation = np.array([0.48, 0.46, 0.41], np.float32), np.array([0.27, 0.26, 0.28], np.float32)
    looks = np.concatenate([crops(9, 16)[start::3] for start in range(3)], axis=3)
    pixels = normalize(looks, mean, deviation)
    assert pixels.shape == (3, 9, 16, 16) and pixels.dtype == np.float32
    for first in (0, 3, 6):
        wanted = (looks[..., first : first + 3].astype(np.float64) / 255 - mean) / deviation
        assert np.allclose(pixels[:, first : first + 3], wanted.transpose(0, 3, 1, 2), atol=1e-5)


@pytest.mark.parametrize(("agreement", "halved"), [(1.0, True), (-1.0, False)])
def test_bf16_is_used_only_where_it_agrees(agreement: float, halved: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from telltale.model import torch_runtime

    loaded = load_model(str(tiny(tmp_path / "tiny", {0: "real", 1: "fake"})))
    pictures = np.random.default_rng(0).integers(0, 255, (6, loaded.size, loaded.size, 3)).astype(np.uint8)
    exact = loaded.score(pictures).logits
    monkeypatch.setattr(torch_runtime.TorchRunner, "HALVING", frozenset({"cpu"}))
    monkeypatch.setattr(torch_runtime, "AGREEMENT", agreement)
    assert bool(np.abs(loaded.score(pictures).logits - exact).max() > 0) is halved


def test_onnx_and_torch_agree(tmp_path: Path) -> None:
    plain = shutil.copytree(BROWSER, tmp_path / "plain", ignore=shutil.ignore_patterns("onnx", "SHA256SUMS"))
    exported, torch_only = load_model(BROWSER), load_model(str(plain))
    assert (exported.engine, torch_only.engine) == ("onnxruntime", "torch")
    assert exported.revision == torch_only.revision
    pictures = crops(2, exported.size)
    ours, theirs = exported.score(pictures), torch_only.score(pictures)
    assert np.abs(ours.logits - theirs.logits).max() < 1e-2
    assert np.abs(ours.maps - theirs.maps).max() < 2e-2


def test_the_plain_auto_class_and_the_pipeline_load_it() -> None:
    """The contract with people who pull the model: the same probabilities without any code of ours."""
    from PIL import Image
    from transformers import AutoModelForImageClassification, pipeline

    net = AutoModelForImageClassification.from_pretrained(BROWSER)
    assert net.config.id2label == {0: "real", 1: "fake"}
    model = load_model(BROWSER)
    picture = crops(1, model.size)
    answer = pipeline("image-classification", model=BROWSER)(Image.fromarray(picture[0]))
    given = {entry["label"]: entry["score"] for entry in answer}
    logit = float(model.score(picture).logits[0])
    assert given["fake"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-3)


def test_labels_go_by_name_not_by_index(tmp_path: Path) -> None:
    one = load_model(str(tiny(tmp_path / "one", {0: "real", 1: "fake"})))
    other = load_model(str(tiny(tmp_path / "other", {0: "Fake", 1: "Real"})))
    pictures = crops(2, 224)
    assert np.allclose(one.score(pictures).logits, -other.score(pictures).logits, atol=1e-5)


def test_a_model_without_telltale_json_runs_uncalibrated(tmp_path: Path) -> None:
    model = load_model(str(tiny(tmp_path / "one", {0: "real", 1: "fake"})))
    assert not model.settings.calibrated
    assert model.settings == read_settings(tmp_path)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "model.broken"),
        (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), "model.pickled"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x80\x04 not weights"), "model.broken"),
        (lambda folder: (folder / "config.json").write_text("{"), "model.broken"),
        (lambda folder: (folder / "telltale.json").write_text('{"temperature": -1}'), "model.broken"),
        (lambda folder: shutil.rmtree(folder), "model.not_found"),
    ],
)
def test_what_must_not_be_run(tmp_path: Path, spoil: object, code: str) -> None:
    folder = tiny(tmp_path / "one", {0: "real", 1: "fake"})
    spoil(folder)  # type: ignore[operator]
    with pytest.raises(BadModel) as caught:
        load_model(str(folder))
    assert caught.value.code == code


def test_classes_that_are_not_real_and_fake_are_refused(tmp_path: Path) -> None:
    folder = tiny(tmp_path / "one", {0: "cat", 1: "dog"})
    with pytest.raises(BadModel, match="real"):
        load_model(str(folder))
    assert json.loads((folder / "config.json").read_text())["id2label"] == {"0": "cat", "1": "dog"}
