"""Every recipe is sound, says what it is, and trains: two steps on drawn faces, the heavy ones with a tiny net of the same class."""

import json
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import BadRequest
from telltale.model.classifier import load_model
from tests.support.datasets.portrait_crops import write_crops
from trainer import train
from trainer.learning.config import parsed

FOLDER = Path(train.__file__).parent / "recipes"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
VIT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 16}
TEXT = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1}
MOBILE = {"model_type": "mobilenet_v2", "depth_multiplier": 0.35}
TINY = {
    "small": MOBILE,
    "small-160": MOBILE,
    "small-decoded": MOBILE,
    "small-levelled": MOBILE,
    "temporal": MOBILE,
    "mobilenetv2": MOBILE,
    "large-gpu": {"model_type": "clip", "vision_config": VIT, "text_config": TEXT, "projection_dim": 8},
    "efficientnet-b0": {"model_type": "efficientnet", "width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320},
}
CLASSES = {
    "small": "MobileNetV2ForImageClassification",
    "small-160": "MobileNetV2ForImageClassification",
    "small-decoded": "MobileNetV2ForImageClassification",
    "small-levelled": "MobileNetV2ForImageClassification",
    "large-gpu": "CLIPForImageClassification",
    "sdfvd-cnn": "ResNetForImageClassification",
    "cnn-256": "ResNetForImageClassification",
    "temporal": "MobileNetV2ForImageClassification",
    "mobilenetv2": "MobileNetV2ForImageClassification",
    "efficientnet-b0": "EfficientNetForImageClassification",
}
"""What each recipe trains, whatever its size."""
IN_CI = ("large-gpu", "small")
"""One of each kind of net; the others are trained by ``make test``."""


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("crops"))


def test_the_recipes_are_those_that_are_promised() -> None:
    assert set(NAMES) == set(CLASSES)


@pytest.mark.parametrize("name", [pytest.param(name, marks=[] if name in IN_CI else pytest.mark.long) for name in NAMES])
def test_a_recipe_trains_and_leaves_a_model(name: str, crops: Path, tmp_path: Path) -> None:
    from transformers import AutoModelForImageClassification

    recipe = parsed(["--config", str(FOLDER / f"{name}.json")])
    assert len(recipe.about) > 40
    tiny = ["--architecture", json.dumps(TINY[name])] if name in TINY else []
    short = ["--size", "64", "--pairs", "4", "--batch", "2", "--evaluate-every", "1", "--workers", "0", "--precision", "fp32", "--cpu"]
    settings = ["--config", str(FOLDER / f"{name}.json"), "--crops", str(crops), "--out", str(tmp_path), *tiny, *short]
    assert train.main([*settings, "--per-unit", "2", "--threads", "1"]) == 0
    net = AutoModelForImageClassification.from_pretrained(tmp_path / "model")
    assert type(net).__name__ == CLASSES[name]
    model = load_model(str(tmp_path / "model"))
    scores = model.score(np.full((2, 64, 64, 3), 90, np.uint8))
    assert (model.size, model.engine) == (64, "torch") and np.isfinite(scores.logits).all()
    record = json.loads((tmp_path / "trained.json").read_text())
    assert record["steps"] == 2 and record["recipe"]["about"] == recipe.about
    assert (tmp_path / "model" / "seam_head.safetensors").is_file() == (recipe.seam_weight > 0)
    assert json.loads((tmp_path / "model" / "telltale.json").read_text()).get("sheet", 1) == recipe.sheet


def test_flags_win_over_the_file_and_a_model_over_its_architecture() -> None:
    recipe = parsed(["--config", str(FOLDER / "cnn-256.json"), "--model", "a/b", "--batch", "3"])
    assert (recipe.model, recipe.architecture, recipe.batch, recipe.size) == ("a/b", {}, 3, 256)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        *(({"learningrate": 1}, "learningrate"), ({"batch": "many"}, "batch is 'many'"), ({"batch": 0}, "batch is 0")),
        *(({"cpu": 1}, "cpu is 1"), ({"tune": "some"}, "tune is 'some'"), ({"ema": 1.5}, "ema is 1.5")),
        *(({"labelled": 0.8, "cross": 0.3}, "together they exceed 1"), ({"sheet": 2, "clip": 4}, "do not go together")),
        *(({"sheet": 3}, "does not divide"), ({"architecture": {"model_type": "resnet"}}, "not from both")),
        ({"model": None}, "model is None"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused(tmp_path: Path, settings: dict[str, object], said: str) -> None:
    (tmp_path / "r.json").write_text(json.dumps({"crops": "a", "model": "b", "out": "c"} | settings))
    with pytest.raises(BadRequest, match=said):
        parsed(["--config", str(tmp_path / "r.json")])


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--model", "b"]) == 2
    assert "--crops, --out" in capsys.readouterr().err
    (tmp_path / "r.json").write_text('{"crops": "a", "out": "b", "architecture": {"hidden_size": 3}}')
    assert train.main(["--config", str(tmp_path / "r.json")]) == 2
    assert "model_type" in capsys.readouterr().err
    assert train.main(["--config", str(tmp_path / "none.json")]) == 2
    assert "absent or not JSON" in capsys.readouterr().err
