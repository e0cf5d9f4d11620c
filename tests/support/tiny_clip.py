"""A small random CLIP vision model, for the tests of what is built on a frozen encoder."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import CLIPVisionModel

SIZE, PATCH, WIDTH, BLOCKS = 32, 8, 32, 3
"""Pixels of the picture and of a patch, entries of a token, blocks."""


@cache
def tiny_clip(activation: str = "quick_gelu", seed: int = 0) -> "CLIPVisionModel":
    """The model. Its weights are ten times as large as a fresh model's, so that attention and activation are far from linear."""
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModel

    torch.manual_seed(seed)
    shape = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_attention_heads": 4, "num_hidden_layers": BLOCKS}
    config = CLIPVisionConfig(**shape, image_size=SIZE, patch_size=PATCH, hidden_act=activation, attn_implementation="eager")
    net = CLIPVisionModel(config).eval()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(0.2 * torch.randn_like(parameter) + (parameter == 1))
    return net


def write_clip(folder: Path, activation: str = "quick_gelu", seed: int = 0) -> Path:
    """The model's folder, in transformers' format."""
    tiny_clip(activation, seed).save_pretrained(folder)
    return folder
