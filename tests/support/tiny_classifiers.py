"""Tiny random image classifiers of the shapes that people publish, as transformers writes them: ``write_classifier("vit", folder)``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}


def squared(name: str, side: int, **others: Any) -> Any:
    """An image processor that makes pictures of one size."""
    import transformers

    return getattr(transformers, name)(size={"height": side, "width": side}, **others)


def cropped(name: str, edge: int, side: int, **others: Any) -> Any:
    """An image processor that shrinks to an edge and cuts out the middle."""
    import transformers

    return getattr(transformers, name)(size={"shortest_edge": edge}, crop_size={"height": side, "width": side}, **others)


def parts(shape: str) -> tuple[str, dict[str, Any], Callable[[], Any]]:
    """Prefix of transformers' classes, settings of the net, and the image processor."""
    import transformers

    clip = {"vision_config": {**SMALL, "image_size": 48, "patch_size": 8}}
    return {
        "vit": ("ViT", {**SMALL, "image_size": 96, "patch_size": 16}, lambda: squared("ViTImageProcessor", 96)),
        "deit": ("DeiT", {**SMALL, "image_size": 64, "patch_size": 16}, lambda: cropped("DeiTImageProcessor", 72, 64)),
        "beit": ("Beit", {**SMALL, "image_size": 48, "patch_size": 16}, lambda: squared("BeitImageProcessor", 48, do_center_crop=False)),
        "swin": (
            "Swin",
            {"image_size": 64, "patch_size": 4, "embed_dim": 12, "depths": [1, 1], "num_heads": [2, 2], "window_size": 4},
            lambda: squared("ViTImageProcessor", 64),
        ),
        "siglip": ("Siglip", {"vision_config": {**SMALL, "image_size": 64, "patch_size": 16}}, lambda: squared("SiglipImageProcessor", 64)),
        "clip": ("CLIP", clip, lambda: cropped("CLIPImageProcessor", 48, 48)),
        "convnext": (
            "ConvNext",
            {"depths": [1, 1], "hidden_sizes": [8, 16], "num_stages": 2},
            lambda: transformers.ConvNextImageProcessor(size={"shortest_edge": 56}, crop_pct=0.875),
        ),
        "dinov2": ("Dinov2", {**SMALL, "image_size": 56, "patch_size": 14}, lambda: cropped("BitImageProcessor", 64, 56)),
        "efficientnet": (
            "EfficientNet",
            {"image_size": 64, "width_coefficient": 0.25, "depth_coefficient": 0.25, "hidden_dim": 320},
            lambda: squared("EfficientNetImageProcessor", 64),
        ),
        "mobilevit": (
            "MobileViT",
            {"image_size": 64, "hidden_sizes": [16, 16, 16], "neck_hidden_sizes": [8, 8, 8, 8, 16, 16, 32], "intermediate_size": 32},
            lambda: cropped("MobileViTImageProcessor", 72, 64),  # its colours are the other way round
        ),
    }[shape]


SHAPES = ("vit", "deit", "beit", "swin", "siglip", "clip", "convnext", "dinov2", "efficientnet", "mobilevit")


def write_classifier(shape: str, folder: Path, labels: Sequence[str] = ("real", "fake")) -> Path:
    """The model folder of a random net with these classes, in their order."""
    import torch
    import transformers

    prefix, settings, processor = parts(shape)
    torch.manual_seed(1)
    named = dict(enumerate(labels))
    config = getattr(transformers, f"{prefix}Config")(**settings, id2label=named, label2id={name: place for place, name in named.items()})
    net = getattr(transformers, f"{prefix}ForImageClassification")(config).eval()
    with torch.no_grad():  # untrained heads say nearly the same of everything
        for name, weight in net.named_parameters():
            if "classifier" in name:
                weight.add_(torch.randn_like(weight))
    net.save_pretrained(folder)
    processor().save_pretrained(folder)
    return folder


def write_gend(folder: Path, *, unit_length: bool = True, dtype: str = "float32") -> Path:
    """A folder as GenD's authors publish theirs: their own model type, a CLIP tower and a linear head, no image processor."""
    import json

    import torch
    from safetensors.torch import save_file
    from transformers import CLIPVisionConfig, CLIPVisionModel

    torch.manual_seed(1)
    tower = CLIPVisionModel(CLIPVisionConfig(**{**SMALL, "hidden_size": 128}, image_size=224, patch_size=56))
    held = {f"feature_extractor.vision_model.{name.removeprefix('vision_model.')}": value for name, value in tower.state_dict().items()}
    held |= {"model.linear.weight": torch.randn(2, 128), "model.linear.bias": torch.randn(2)}
    folder.mkdir(parents=True)
    save_file({name: value.to(getattr(torch, dtype)).contiguous() for name, value in held.items()}, folder / "model.safetensors")
    content = {"model_type": "GenD", "backbone": "openai/clip-vit-large-patch14", "head": "LinearNorm" if unit_length else "linear"}
    (folder / "config.json").write_text(json.dumps({**content, "id2label": {"0": "real", "1": "fake"}}))
    return folder
