"""Where a training may start: any image classifier of transformers, from a folder, a configuration or nothing, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.core.errors import BadModel
from tests.engine.model.test_classifier import tiny
from trainer.learning.backbone import backbone, head_of
from trainer.learning.config import Recipe

SMALL: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "patch_size": 16}
TEXT = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 1}
ARCHITECTURES: list[dict[str, Any]] = [
    {"model_type": "clip", "vision_config": SMALL, "text_config": TEXT, "projection_dim": 8},
    {"model_type": "vit", **SMALL},
    {"model_type": "dinov2_with_registers", **SMALL},
    {"model_type": "convnext", "hidden_sizes": [8, 16, 32, 64], "depths": [1, 1, 1, 1]},
    {"model_type": "efficientnet", "width_coefficient": 0.25, "depth_coefficient": 0.3, "hidden_dim": 320},
    {"model_type": "resnet", "hidden_sizes": [8, 16, 32, 64], "depths": [1, 1, 1, 1], "embedding_size": 8, "layer_type": "basic"},
    {"model_type": "mobilenet_v2", "depth_multiplier": 0.35},
]


def recipe(**settings: Any) -> Recipe:
    return Recipe(Path("crops"), Path("out"), size=settings.pop("size", 64), **settings)


@pytest.mark.parametrize("architecture", ARCHITECTURES, ids=lambda each: each["model_type"])
def test_any_backbone_has_two_classes_a_feature_map_and_gradients_in_all_that_trains(architecture: dict[str, Any]) -> None:
    import torch

    from trainer.learning.boundary_head import SeamHead, map_shape
    from trainer.learning.module import TrainingModule

    chosen = recipe(architecture=architecture, seam_weight=1.0, dropout=0.0)
    net = backbone(chosen)
    channels, side = map_shape(net, 64)
    learner = TrainingModule(net, SeamHead(channels), chosen).train()
    seams, known = torch.rand(4, side, side), torch.tensor([True, True, False, False])
    result = learner(torch.rand(4, 3, 64, 64), torch.tensor([0, 1, 0, 1]), seams, known)
    result["loss"].backward()
    assert net.config.id2label == {0: "real", 1: "fake"} and result["logits"].shape == (4, 2)
    without = [name for name, weight in learner.named_parameters() if weight.requires_grad and weight.grad is None]
    assert not without, "several processes would wait for these"


def test_pictures_whose_seam_is_unknown_teach_nothing() -> None:
    import torch

    from trainer.learning.boundary_head import seam_loss

    logits = torch.zeros(2, 3, 3, requires_grad=True)
    loss = seam_loss(logits, torch.ones(2, 3, 3), torch.tensor([True, False]))
    loss.backward()
    assert loss.item() == pytest.approx(np.log(2) / 2)
    assert logits.grad is not None and (logits.grad[0] < 0).all() and not logits.grad[1].any()


def test_a_folder_without_weights_starts_at_random(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tiny(tmp_path / "start", {0: "cat", 1: "dog"})
    loaded = backbone(recipe(model=str(folder)))
    again = backbone(recipe(model=str(folder)))
    assert all(np.array_equal(one.detach(), other.detach()) for one, other in zip(loaded.parameters(), again.parameters(), strict=True))
    (folder / "model.safetensors").unlink()
    random = backbone(recipe(model=str(folder)))
    assert type(random) is type(loaded) and "start at random" in caplog.text


def test_a_head_that_names_fake_first_is_turned_round(tmp_path: Path) -> None:
    ours = head_of(backbone(recipe(model=str(tiny(tmp_path / "a", {0: "real", 1: "fake"}))))).weight.detach()
    theirs = head_of(backbone(recipe(model=str(tiny(tmp_path / "b", {0: "Fake", 1: "Real"}))))).weight.detach()
    assert np.array_equal(ours, theirs.flip(0)) and not np.array_equal(ours, theirs)


def test_positions_are_resampled_for_another_size(tmp_path: Path) -> None:
    """A smooth field of positions stays that field; the class token's stays as it is."""
    import torch
    from transformers import ViTConfig, ViTForImageClassification

    net = ViTForImageClassification(ViTConfig(image_size=64, **SMALL))
    ramp = torch.linspace(-1, 1, 4)
    with torch.no_grad():
        net.vit.embeddings.position_embeddings[0, 1:] = (ramp[:, None] + ramp[None]).reshape(16, 1)
        net.vit.embeddings.position_embeddings[0, 0] = 7
    net.save_pretrained(tmp_path)
    larger = backbone(recipe(model=str(tmp_path), size=128)).vit.embeddings.position_embeddings.detach()[0]
    grid = larger[1:, 0].reshape(8, 8)
    assert (larger[0] == 7).all() and grid.shape == (8, 8)
    assert torch.allclose(grid, grid.T, atol=1e-5) and (grid.diff(dim=0) > 0).all() and grid.std() == pytest.approx(0.9, abs=0.2)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"), "not safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x80\x04 not weights"), "cannot be loaded"),
        (lambda folder: (folder / "config.json").write_text("{"), "missing or is not JSON"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "dinov3_vit"}'), "no image classifier of the kind dinov3_vit"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "nonesuch"}'), "cannot read the config.json"),
        (lambda folder: reconfigured(folder, depth_multiplier=0.5), "would be random"),
    ],
)
def test_what_cannot_be_started_from(tmp_path: Path, spoil: Any, said: str) -> None:
    folder = tiny(tmp_path / "start", {0: "real", 1: "fake"})
    spoil(folder)
    with pytest.raises(BadModel, match=said):
        backbone(recipe(model=str(folder)))


def reconfigured(folder: Path, **settings: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))
