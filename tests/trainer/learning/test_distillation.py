"""Distillation: the teacher sees what it would see alone, and the student comes closer to it."""

import json
import shutil
from pathlib import Path

import pytest

from telltale.core.errors import BadRequest
from tests.engine.model.test_classifier import tiny
from tests.support.datasets.portrait_crops import faces, write_crops
from trainer import train
from trainer.learning.config import Recipe
from trainer.learning.distillation import agreement, load_teacher
from trainer.synthesis.dataset import NetInput

VIT = {"model_type": "vit", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "patch_size": 16}
SHORT = ["--size", "64", "--pairs", "32", "--batch", "2", "--evaluate-every", "8", "--workers", "0", "--precision", "fp32", "--cpu"]
HALVES = NetInput(64, 0.12, [0.5] * 3, [0.5] * 3)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("crops"))


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of 96 pixels that names fake first and normalises in its own way, with an opinion of its own."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification, ViTImageProcessorPil

    folder = tmp_path_factory.mktemp("teacher")
    torch.manual_seed(5)
    settings = {key: value for key, value in VIT.items() if key != "model_type"}
    labels = {"id2label": {0: "fake", 1: "real"}, "label2id": {"fake": 0, "real": 1}}
    net = ViTForImageClassification(ViTConfig(image_size=96, **settings, **labels))
    with torch.no_grad():
        net.classifier.weight.mul_(20)
        net.classifier.bias.copy_(torch.tensor([2.0, -2.0]))
    net.save_pretrained(folder)
    side = {"height": 96, "width": 96}
    ViTImageProcessorPil(size=side, image_mean=[0.3, 0.4, 0.5], image_std=[0.2, 0.3, 0.4]).save_pretrained(folder)
    (folder / "telltale.json").write_text(json.dumps({"size": 96, "margin": 0.12}))
    return folder


def recipe(teacher: Path, **settings: object) -> Recipe:
    return Recipe(Path("crops"), Path("out"), teacher=str(teacher), **settings)  # type: ignore[arg-type]


def test_the_teacher_sees_what_it_would_see_alone(teacher: Path) -> None:
    """Its own size, normalisation and order of classes, from the student's input."""
    import cv2
    import torch

    from telltale.model.classifier import load_model

    picture = faces(1, 2)[0]
    small = cv2.resize(picture, (64, 64), interpolation=cv2.INTER_AREA)
    pixels = torch.from_numpy(HALVES.normalize(small[None]))
    logits = load_teacher(recipe(teacher), HALVES)(pixels)
    alone = load_model(str(teacher)).score(cv2.resize(small, (96, 96), interpolation=cv2.INTER_LINEAR)[None]).logits
    assert (logits[:, 1] - logits[:, 0]).numpy() == pytest.approx(alone, abs=0.02)
    assert not logits.requires_grad


@pytest.mark.parametrize("kind", ["kl", "mse"])
def test_a_student_comes_closer_to_its_teacher(kind: str, teacher: Path, crops: Path, tmp_path: Path) -> None:
    """With the whole loss from a teacher that calls everything fake, the student does so too."""
    from safetensors.torch import load_file, save_file

    sure = Path(shutil.copytree(teacher, tmp_path / "sure"))
    weights = load_file(sure / "model.safetensors")
    save_file(weights | {"classifier.weight": weights["classifier.weight"] * 0}, sure / "model.safetensors", {"format": "pt"})
    settings = ["--architecture", json.dumps(VIT), "--teacher", str(sure), "--distil-weight", "1", "--distil-loss", kind]
    rate = ["--learning-rate", "0.01", "--patience", "99"]
    assert train.main(["--crops", str(crops), "--out", str(tmp_path), *SHORT, *settings, *rate]) == 0
    course = json.loads((tmp_path / "history.json").read_text())
    assert course[-1]["loss"] < course[0]["loss"] / 3
    assert not [name for name in load_file(tmp_path / "checkpoint-16" / "learner.safetensors") if "teacher" in name]


def test_agreement_is_nought_only_where_both_say_the_same() -> None:
    import torch

    ours = torch.tensor([[1.0, 3.0], [0.0, -1.0]])
    for kind in ("kl", "mse"):
        chosen = Recipe(Path("c"), Path("o"), distil_loss=kind, distil_temperature=3.0)
        assert agreement(ours, ours + 5, chosen).item() == pytest.approx(0, abs=1e-6), "a shift of both logits says nothing"
        assert agreement(ours, -ours, chosen).item() > 0.1
    chosen = Recipe(Path("c"), Path("o"), distil_temperature=3.0)
    p, q = (torch.softmax(each / 3, dim=1) for each in (-ours, ours))
    by_hand = float((p * (p.log() - q.log())).sum(dim=1).mean()) * 9
    assert agreement(ours, -ours, chosen).item() == pytest.approx(by_hand, rel=1e-5)


def test_a_teacher_of_other_crops_is_refused(teacher: Path, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"margin 0\.12"):
        load_teacher(recipe(teacher, margin=0.3), HALVES)
    with pytest.raises(BadRequest, match="sheet 1"):
        load_teacher(recipe(teacher, sheet=2), HALVES)


def test_a_teacher_that_is_no_real_fake_model_is_refused(crops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tiny(tmp_path / "cats", {0: "cat", 1: "dog"})
    settings = ["--architecture", json.dumps(VIT), "--teacher", str(folder)]
    assert train.main(["--crops", str(crops), "--out", str(tmp_path / "out"), *SHORT, *settings]) == 3
    assert "does not say which of them mean a fake" in capsys.readouterr().err
    shutil.rmtree(folder)
    assert train.main(["--crops", str(crops), "--out", str(tmp_path / "out"), *SHORT, *settings]) == 3
    assert "no model folder" in capsys.readouterr().err
