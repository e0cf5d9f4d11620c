"""Distillation: a small net learns from a larger trained one, on the same pictures (Hinton et al., 2015).

The teacher may see another size and another normalisation; it must see the same crop, because what its margin leaves out is not there any
more. It is in evaluation mode, gets no gradient, and is no part of what is saved.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from telltale.core.errors import BadRequest
from trainer.learning.config import Recipe

if TYPE_CHECKING:
    from trainer.synthesis.dataset import NetInput


@dataclass(frozen=True, eq=False)
class Teacher:
    """A trained model, called with the student's input (N, 3, S, S): logits (N, 2) in the order real, fake."""

    net: nn.Module
    size: int
    scale: Tensor
    shift: Tensor
    order: list[int]

    def to(self, device: torch.device) -> "Teacher":
        """The same on another device."""
        return Teacher(self.net.to(device), self.size, self.scale.to(device), self.shift.to(device), self.order)

    @torch.no_grad()
    def __call__(self, pixels: Tensor) -> Tensor:
        """See the class."""
        own = pixels * self.scale + self.shift
        if own.shape[-1] != self.size:
            own = nn.functional.interpolate(own, size=(self.size, self.size), mode="bilinear", antialias=own.shape[-1] > self.size)
        logits: Tensor = self.net(pixel_values=own).logits
        return logits[:, self.order].float()


def load_teacher(recipe: Recipe, student: "NetInput") -> Teacher:
    """The recipe's teacher. Raises BadModel, or BadRequest where it was trained on other crops."""
    from transformers import AutoModelForImageClassification

    from telltale.core.model_settings import read_settings
    from telltale.model.classifier import classes, locate, read_json
    from trainer.learning.backbone import normalisation

    folder = locate(recipe.teacher)
    settings = read_settings(folder)
    sheet = getattr(settings, "sheet", 1)
    if abs(settings.margin - recipe.margin) > 0.01 or sheet != recipe.sheet:
        said = f"The teacher {recipe.teacher} sees crops of margin {settings.margin} and sheet {sheet}: give the recipe the same."
        raise BadRequest("request.invalid", text=said)
    fake, real = classes(read_json(folder / "config.json"), recipe.teacher)
    net = AutoModelForImageClassification.from_pretrained(folder, use_safetensors=True).eval().requires_grad_(False)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in normalisation(folder))
    own_mean, own_std = (torch.tensor(values).view(1, 3, 1, 1) for values in (student.mean, student.std))
    return Teacher(net, settings.size, own_std / std, (own_mean - mean) / std, [real, fake])


def agreement(logits: Tensor, teacher: Tensor, recipe: Recipe) -> Tensor:
    """How far the student is from the teacher: Kullback-Leibler of the softened classes times T², or squared softened log-odds."""
    softness = recipe.distil_temperature
    if recipe.distil_loss == "mse":
        ours, theirs = logits[:, 1] - logits[:, 0], teacher[:, 1] - teacher[:, 0]
        return nn.functional.mse_loss(ours / softness, theirs / softness)
    ours, theirs = (nn.functional.log_softmax(each / softness, dim=1) for each in (logits, teacher))
    return nn.functional.kl_div(ours, theirs, log_target=True, reduction="batchmean") * softness**2
