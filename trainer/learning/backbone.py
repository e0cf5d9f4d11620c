"""The net that trains: any image classifier of transformers with a real/fake head, and which of its weights change.

From a model folder or the Hub (safetensors only, no remote code), from a folder that has a configuration but no weights, or from a bare
configuration (``architecture``), the last two with random weights. transformers 5.23 has no image classifier for DINOv3; DINOv2 has one.

``tune = layernorm`` trains the LayerNorms and the head only, as in GenD (Yermakov et al., WACV 2026).
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadModel, BadRequest
from telltale.model.classifier import locate, read_json
from trainer.learning.config import Recipe

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PretrainedConfig, PreTrainedModel

log = logging.getLogger(__name__)

LABELS: dict[int, str] = {0: "real", 1: "fake"}
HEAD_DROPOUT = ("classifier_dropout_prob", "dropout_rate")
"""What configurations call the dropout before the head."""


def backbone(recipe: Recipe, start: Path | None = None) -> "PreTrainedModel":
    """The recipe's net, or the one in the folder ``start``, ready to train. Raises BadModel, BadRequest."""
    from transformers import AutoConfig, AutoModelForImageClassification

    folder = start or (locate(recipe.model) if recipe.model else None)
    if folder is None:
        settings = dict(recipe.architecture)
        config = auto_config(lambda: AutoConfig.for_model(settings.pop("model_type"), **settings), "the architecture")
    else:
        read_json(folder / "config.json")
        config = auto_config(lambda: AutoConfig.from_pretrained(folder, trust_remote_code=False), f"the config.json of {folder.name}")
    swapped = [str(name).lower() for _, name in sorted((config.id2label or {}).items())] == ["fake", "real"]
    adapt(config, recipe)
    if type(config) not in AutoModelForImageClassification._model_mapping:
        raise BadModel("model.broken", text=f"transformers has no image classifier of the kind {config.model_type}.")
    if folder is None or not list(folder.glob("model*.safetensors")):
        if folder is not None and list(folder.glob("*.bin")):
            raise BadModel("model.broken", text=f"The weights of {folder.name} are not safetensors; other weight files are not loaded.")
        log.warning("%s: no weights given, so they start at random", type(config).__name__)
        net = AutoModelForImageClassification.from_config(config)
    else:
        net = load_weights(folder, config)
        if swapped:
            swap_classes(head_of(net))
    set_trainable(net, recipe.tune)
    freeze_unreached(net, recipe.size)
    return channels_last(net)


def auto_config(make: Any, said: str) -> "PretrainedConfig":
    """A configuration of transformers. Raises BadModel in place of its errors."""
    try:
        config: PretrainedConfig = make()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel("model.broken", text=f"transformers cannot read {said}: {str(error).splitlines()[0]}") from error
    return config


def adapt(config: "PretrainedConfig", recipe: Recipe) -> None:
    """Two classes by name, the recipe's size and dropout."""
    config.id2label, config.label2id, config.num_labels = dict(LABELS), {name: place for place, name in LABELS.items()}, 2
    for part in (config, getattr(config, "vision_config", None)):
        if part is not None and hasattr(part, "image_size"):
            part.image_size = recipe.size
    for key in HEAD_DROPOUT:
        if hasattr(config, key):
            setattr(config, key, recipe.dropout)


def load_weights(folder: Path, config: "PretrainedConfig") -> "PreTrainedModel":
    """The folder's weights in a net of this configuration; only the head may be new. Raises BadModel."""
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForImageClassification

    try:
        net, report = AutoModelForImageClassification.from_pretrained(
            folder, config=config, dtype=torch.float32, use_safetensors=True, ignore_mismatched_sizes=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise BadModel("model.broken", text=f"The weights of {folder.name} cannot be loaded by transformers.") from error
    head = {id(weight) for weight in head_of(net).parameters()}
    names = {name: id(weight) for name, weight in net.named_parameters()}
    resized = {entry[0] for entry in report["mismatched_keys"]}
    positions = {name for name in resized if "position_embedding" in name}
    for name in positions:
        stretch(net, name, folder)
    if lost := sorted(name for name in (set(report["missing_keys"]) | resized) - positions if names.get(name) not in head):
        raise BadModel(
            "model.broken", text=f"The weights of {folder.name} do not fit its configuration: {', '.join(lost[:3])} would be random."
        )
    return net


def stretch(net: "PreTrainedModel", name: str, folder: Path) -> None:
    """Position embeddings for another size: the stored grid, resampled; tokens without a place (class, registers) as they are."""
    import torch

    from trainer.learning.boundary_head import feature_map

    stored, wanted = read_tensor(folder, name), net.get_parameter(name)
    stored, count = stored.reshape(1, -1, stored.shape[-1]).float(), wanted.shape[-2]
    grid = feature_map(stored)
    side = int(count**0.5)
    extra = stored[:, : stored.shape[1] - grid.shape[-1] ** 2]
    resampled = torch.nn.functional.interpolate(grid, size=(side, side), mode="bicubic", antialias=True).flatten(2).transpose(1, 2)
    with torch.no_grad():
        wanted.copy_(torch.cat([extra, resampled], dim=1).reshape(wanted.shape))
    log.info("%s: %d positions resampled to %d", name, stored.shape[1], count)


def read_tensor(folder: Path, name: str) -> "Tensor":
    """A tensor of a model folder, whatever prefix its file gives it. Raises BadModel."""
    from safetensors import safe_open

    for path in sorted(folder.glob("model*.safetensors")):
        with safe_open(path, "pt") as file:
            for key in file.keys():  # noqa: SIM118  # not a dictionary: iterating over the file itself fails
                if key == name or key.endswith(f".{name}") or name.endswith(f".{key}"):
                    tensor: Tensor = file.get_tensor(key)
                    return tensor
    raise BadModel("model.broken", text=f"The weights of {folder.name} have no {name}.")


def head_of(net: "PreTrainedModel") -> "nn.Linear":
    """The classifier's last layer. Raises BadModel where the net has no linear layer at all."""
    from torch import nn

    layers = [module for module in net.modules() if isinstance(module, nn.Linear)]
    if not layers:
        raise BadModel("model.broken", text=f"{type(net).__name__} has no linear head.")
    return layers[-1]


def swap_classes(head: "nn.Linear") -> None:
    """Put the outputs of a head that names fake first into our order."""
    import torch

    with torch.no_grad():
        for weight in head.parameters():
            weight.copy_(weight.flip(0))


def set_trainable(net: "PreTrainedModel", tune: str) -> None:
    """Freeze all weights but those that the recipe tunes. Raises BadRequest for a net without LayerNorms."""
    if tune == "all":
        return
    net.requires_grad_(False)
    head_of(net).requires_grad_(True)
    norms = [module for module in net.modules() if "LayerNorm" in type(module).__name__]
    if tune == "layernorm":
        if not norms:
            raise BadRequest("request.invalid", text=f"{type(net).__name__} has no LayerNorm to tune: choose all or head.")
        for norm in norms:
            norm.requires_grad_(True)


def freeze_unreached(net: "PreTrainedModel", size: int) -> None:
    """Freeze weights that no gradient reaches (CLIP's last LayerNorm, say): several processes would wait for one."""
    import torch

    net.eval()(pixel_values=torch.zeros(1, 3, size, size)).logits.sum().backward()
    for weight in net.parameters():
        weight.requires_grad_(weight.grad is not None)
        weight.grad = None


def channels_last(net: "PreTrainedModel") -> "PreTrainedModel":
    """The same net with the memory layout in which convolutions are fastest: a third more pictures a second on a CPU."""
    import torch

    laid_out: PreTrainedModel = net.to(memory_format=torch.channels_last)  # type: ignore[call-arg]  # a wrapper hides the signature
    return laid_out


def normalisation(folder: Path | None) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of the channels that a model's preprocessing takes; 0.5 where it has none of its own.

    EfficientNet's ``include_top`` divides by the deviation once more; here that is part of the deviation.
    """
    path = folder / "preprocessor_config.json" if folder else None
    settings = read_json(path) if path and path.is_file() else {}
    if settings.get("do_normalize") is False:
        return [0.0] * 3, [1.0] * 3
    mean, std = (list(map(float, settings.get(key) or [0.5] * 3)) for key in ("image_mean", "image_std"))
    return mean, [value**2 for value in std] if settings.get("include_top") else std
