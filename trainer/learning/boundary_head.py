"""The second task: a map of the seam along which a fake was blended, predicted from the backbone's last feature map.

Idea: LAA-Net (Nguyen et al., CVPR 2024) and FakeFormer: whoever must say where the blending edge runs looks at the edge instead of the
scene. Only where the seam is known: fakes blended here, and reals (no seam). The head is one 1x1 convolution, kept in a file of its own
beside the plain model. See also: how seams are drawn (``blends.py``), and whether an export keeps the head (``export.py``).
"""

from math import isqrt
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from telltale.core.errors import BadRequest

FILE = "seam_head.safetensors"


class SeamHead(nn.Module):
    """Features (N, C, h, w) -> logits of "a seam runs here" (N, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, channels, 1, 1))
        self.bias = nn.Parameter(torch.full((1,), -3.0))  # seams are few: start near their share
        nn.init.normal_(self.weight, std=channels**-0.5 / 10)

    def forward(self, features: Tensor) -> Tensor:
        """See the class."""
        return nn.functional.conv2d(features, self.weight, self.bias)[:, 0]


def trunk(net: PreTrainedModel) -> nn.Module:
    """The part of a classifier whose output has the last feature map; CLIP and SigLIP keep it under a name of its own."""
    found: nn.Module = net.vision_model if net.base_model is net else net.base_model  # type: ignore[assignment]  # a submodule
    return found


def feature_map(hidden: Tensor) -> Tensor:
    """The last hidden state as (N, C, h, w): as it is, or the patch tokens (N, T, C) put back in their square.

    Class and register tokens come first in all of transformers' image models; the patches are the greatest square that fits.
    """
    if hidden.dim() == 4:
        return hidden
    side = isqrt(hidden.shape[1])
    return hidden[:, -side * side :].transpose(1, 2).unflatten(2, (side, side))


def map_shape(net: PreTrainedModel, size: int) -> tuple[int, int]:
    """Channels and side of the feature map for inputs of ``size`` pixels. Raises BadRequest where there is none."""
    seen: list[Tensor | None] = []
    hook = trunk(net).register_forward_hook(lambda _module, _given, output: seen.append(getattr(output, "last_hidden_state", None)))
    was_training = net.training
    with torch.no_grad():
        net.eval()(pixel_values=torch.zeros(1, 3, size, size))
    net.train(was_training)
    hook.remove()
    if not seen or seen[0] is None or seen[0].dim() not in (3, 4):
        raise BadRequest("request.invalid", text=f"{type(net).__name__} gives no feature map for a seam head: set seam_weight to 0.")
    features = feature_map(seen[0])
    return features.shape[1], features.shape[-1]


def seam_loss(logits: Tensor, seams: Tensor, known: Tensor) -> Tensor:
    """Binary cross-entropy (N, h, w) against the seams in 0..1 where they are known (N,), over all N pictures.

    Over all of them, so that a picture counts the same in whichever batch, and in whichever process, it comes.
    """
    each = nn.functional.binary_cross_entropy_with_logits(logits.float(), seams, reduction="none").mean(dim=(1, 2))
    return (each * known).mean()


def save_head(head: SeamHead, folder: Path) -> None:
    """Write the head beside the plain model."""
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in head.state_dict().items()}, folder / FILE)
