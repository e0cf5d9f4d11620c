"""The model as a checkpoint of transformers: ``model.safetensors`` of a CLIPForImageClassification, made of the ONNX graph.

    write_checkpoint(Path("model"), Path("runs/published/name/model.safetensors"))

The encoder's tensors are read back from ``onnx/model.onnx`` and ``onnx/weights.bin``; 8-bit matrices are multiplied by their scales, so
both nets compute the same. transformers' class has no place for the full head: it averages the patch tokens behind the last block of a
single crop, without the last LayerNorm, and applies a linear layer. That layer is ``transformers_head.json``, which ``trainer/head.py``
leaves in the folder (``heads.distill_head``). See also: ``encoder.py``, which writes the graph.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from telltale.core.errors import BadModel
from telltale.model.checksums import EXPORTED
from trainer.frozen.encoder import STATISTICS
from trainer.frozen.heads import Linear

HEAD = "transformers_head.json"
"""``{"weight": [width numbers], "bias": number}``: log-odds of fake, uncalibrated."""
DIGITS = 7
"""Significant digits of the head's numbers."""
AGREEMENT = 1e-2
"""The most by which float16 may change a logit; else the checkpoint is stored as float32."""

Tensors = dict[str, np.ndarray]


def write_transformers_head(folder: Path, head: Linear) -> None:
    """Write ``transformers_head.json``: what ``heads.distill_head`` gave."""
    weight = [float(f"{value:.{DIGITS}g}") for value in head.weight[0, -1, STATISTICS.index("mean")]]
    (folder / HEAD).write_text(json.dumps({"weight": weight, "bias": float(f"{head.bias:.{DIGITS}g}")}) + "\n")


def write_checkpoint(folder: Path, path: Path) -> None:
    """Write the checkpoint of a model folder to ``path``, in float16 where that stays within ``AGREEMENT``. Raises BadModel."""
    from safetensors.numpy import save_file

    config = json.loads((folder / "config.json").read_text())
    tensors = encoder_tensors(graph_constants(folder / EXPORTED), config["vision_config"]) | head_tensors(folder / HEAD)
    halves = {name: value.astype(np.float16) for name, value in tensors.items()}
    exact, rounded = (sample_logits(config, each) for each in (tensors, halves))
    part = path.with_name(f".{path.name}")
    save_file(halves if np.abs(exact - rounded).max() <= AGREEMENT else tensors, part, metadata={"format": "pt"})
    part.rename(path)


def graph_constants(path: Path) -> Tensors:
    """The constants of an ONNX graph and of its external data by name. Raises BadModel."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(str(path)).graph
        return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise BadModel("model.broken", text=f"{path.name} of this model, or its external data, cannot be read.") from error


def encoder_tensors(held: Tensors, vision: dict[str, Any]) -> Tensors:
    """The vision model's tensors, float32, named as in transformers. Raises BadModel for the graph of another net."""
    try:
        return {f"vision_model.{name}": np.ascontiguousarray(value, np.float32) for name, value in strip_prefix(held, vision).items()}
    except KeyError as error:
        raise BadModel(
            "model.broken", text=f"The model's graph has no constant {error}, so it is not a CLIP encoder written here."
        ) from error


def strip_prefix(held: Tensors, vision: dict[str, Any]) -> Tensors:
    """The same without the prefix. The graph adds the first position to the class token, so here that position is 0."""
    width, patches = vision["hidden_size"], held["embeddings.positions"][0]
    found = {
        "embeddings.class_embedding": held["embeddings.class"].reshape(width),
        "embeddings.patch_embedding.weight": held["embeddings.patch"],
        "embeddings.position_embedding.weight": np.concatenate([np.zeros((1, width), np.float32), patches]),
        # What CLIPForImageClassification holds, but does not use.
        "post_layernorm.weight": np.ones(width),
        "post_layernorm.bias": np.zeros(width),
    }
    blocks = [f"encoder.layers.{number}" for number in range(vision["num_hidden_layers"])]
    for norm in ("pre_layrnorm", *(f"{block}.{name}" for block in blocks for name in ("layer_norm1", "layer_norm2"))):
        found |= {f"{norm}.{part}": held[f"{norm}.{part}"] for part in ("weight", "bias")}
    for block in blocks:
        parts = {"out": ["self_attn.out_proj"], "fc1": ["mlp.fc1"], "fc2": ["mlp.fc2"]}
        for name, targets in {"qkv": [f"self_attn.{part}_proj" for part in ("q", "k", "v")], **parts}.items():
            matrix = held[f"{block}.{name}.matrix"].astype(np.float32) * held[f"{block}.{name}.scale"]
            bias = held[f"{block}.{name}.bias"]
            for target, weight, each in zip(targets, np.split(matrix.T, len(targets)), np.split(bias, len(targets)), strict=True):
                found |= {f"{block}.{target}.weight": weight, f"{block}.{target}.bias": each}
    return found


def head_tensors(path: Path) -> Tensors:
    """The classifier's tensors: logits of real and fake, half of the log-odds each. Raises BadModel."""
    try:
        head = json.loads(path.read_text())
        weight, bias = np.array(head["weight"], np.float32), np.float32(head["bias"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadModel("model.broken", text=f"The model has no sound {path.name}: fit it again with `python -m trainer.head`.") from error
    return {"classifier.weight": np.stack([-weight, weight]) / 2, "classifier.bias": np.stack([-bias, bias]) / 2}


def sample_logits(config: dict[str, Any], tensors: Tensors) -> np.ndarray:
    """What transformers' class says of random pixels with these tensors, (4, 2). Raises BadModel where they do not fit it."""
    import torch
    from transformers import CLIPConfig, CLIPForImageClassification

    net = CLIPForImageClassification(CLIPConfig(**config)).float().eval()
    try:
        net.load_state_dict({name: torch.from_numpy(value.astype(np.float32)) for name, value in tensors.items()})
    except RuntimeError as error:
        raise BadModel("model.broken", text="The model's graph and config.json are not of one net.") from error
    size = config["vision_config"]["image_size"]
    with torch.inference_mode():
        pixels = torch.randn(4, 3, size, size, generator=torch.Generator().manual_seed(0))
        return np.asarray(net(pixels).logits.numpy())
