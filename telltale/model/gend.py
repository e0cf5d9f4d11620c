"""Checkpoints of GenD (Yermakov et al., "Deepfake Detection that Generalizes Across Benchmarks", WACV 2026) on a CLIP encoder, without
their authors' code.

They hold a CLIP vision tower whose norms were tuned, and a linear head on its pooled output, brought to unit length first. transformers
knows no such class, and theirs fetches the base model as well; everything that is needed stands in the file itself: the net's shape is read
from the shapes of its tensors.
"""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from transformers import CLIPVisionConfig, CLIPVisionModel

from telltale.checkpoints.preprocessing import Preprocessing, by_colours, read_preprocessing
from telltale.core.errors import BadModel

TOWER, HEAD = "feature_extractor.vision_model.", "model.linear."
HEAD_WIDTH = 64
"""Of one attention head, in every CLIP that was published."""
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""CLIP's normalisation of RGB in 0..1."""


class GenD(torch.nn.Module):
    """Pixels (N, 3, S, S) -> an object with ``logits`` (N, 2)."""

    def __init__(self, tower: CLIPVisionModel, head: torch.nn.Linear, *, unit_length: bool) -> None:
        super().__init__()
        self.base_model, self.head, self.unit_length = tower, head, unit_length

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        """See the class."""
        pooled = self.base_model(pixel_values=pixel_values).pooler_output
        return SimpleNamespace(logits=self.head(torch.nn.functional.normalize(pooled, dim=1) if self.unit_length else pooled))


def load_gend(folder: Path, config: dict[str, Any], model: str) -> GenD:
    """The net of a folder, float32. Raises BadModel for another backbone and for tensors that do not fit."""
    from safetensors.torch import load_file

    backbone = str(config.get("backbone", ""))
    if "clip" not in backbone.lower():
        raise BadModel("model.unsupported", "gend_backbone", model=model, backbone=backbone or "?")
    held: dict[str, torch.Tensor] = {}
    for path in sorted(folder.glob("*.safetensors")):
        held |= {name: tensor.float() for name, tensor in load_file(path).items()}
    try:
        tower = CLIPVisionModel(vision_config(held)).eval()
        weight, bias = held[f"{HEAD}weight"], held[f"{HEAD}bias"]
        head = torch.nn.Linear(weight.shape[1], weight.shape[0])
        head.load_state_dict({"weight": weight, "bias": bias})
        known = tower.state_dict()
        # The prefix of a tower's own tensors differs between releases of transformers.
        prefix = "vision_model." if any(name.startswith("vision_model.") for name in known) else ""
        own = {prefix + name.removeprefix(TOWER): tensor for name, tensor in held.items() if name.startswith(TOWER)}
        tower.load_state_dict({name: tensor for name, tensor in own.items() if name in known})
    except (KeyError, RuntimeError, ValueError, IndexError, ZeroDivisionError) as error:
        raise BadModel("model.broken", "gend_weights", model=model) from error
    return GenD(tower, head, unit_length=config.get("head") == "LinearNorm").eval()


def vision_config(held: dict[str, torch.Tensor]) -> CLIPVisionConfig:
    """The shape of a CLIP tower by its tensors. Raises KeyError, IndexError and ValueError for tensors of anything else."""
    kernel = held[f"{TOWER}embeddings.patch_embedding.weight"]
    places = held[f"{TOWER}embeddings.position_embedding.weight"]
    blocks = {
        int(name.removeprefix(f"{TOWER}encoder.layers.").split(".")[0]) for name in held if name.startswith(f"{TOWER}encoder.layers.")
    }
    width, patch = kernel.shape[0], kernel.shape[-1]
    return CLIPVisionConfig(
        hidden_size=width,
        intermediate_size=held[f"{TOWER}encoder.layers.0.mlp.fc1.weight"].shape[0],
        num_hidden_layers=max(blocks) + 1,
        num_attention_heads=max(1, width // HEAD_WIDTH),
        patch_size=patch,
        image_size=patch * round((len(places) - 1) ** 0.5),
    )


def gend_preprocessing(folder: Path, model: str) -> Preprocessing:
    """The folder's own image processor; where it has none, CLIP's at 224 pixels. Raises BadModel."""
    if (folder / "preprocessor_config.json").is_file():
        return read_preprocessing(folder, model)
    return by_colours(224, np.array(MEAN, np.float32), np.array(DEVIATION, np.float32))
