"""A frozen image encoder: the first blocks of a CLIP vision transformer, with 8-bit matrices, as the beginning of an ONNX graph.

    tower = read_tower(Path("clip_vit_b16"), blocks=9)
    write_encoder(tower, Path("model/onnx"), Head(levels, weight, bias, centre))

The encoder (Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021) is never trained here. Its
matrices are rounded to 8 bits with one scale for each output channel and lie beside the graph as ONNX external data, ``weights.bin``; the
graph itself holds norms, biases, scales and heads, which are small. A runtime either multiplies in 8 bits or unpacks the matrices, as it
likes best. Of the chosen blocks the graph computes three statistics over the tokens of a crop: class token, and mean and standard deviation
of the patch tokens. See also: ``heads.py`` for how a head is fitted, ``features.py`` for statistics of many crops.
"""

import hashlib
import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from telltale.core.errors import BadRequest
from trainer.frozen.graph import GraphBuilder

GRAPH, WEIGHTS = "model.onnx", "weights.bin"
STATISTICS = ("class", "mean", "deviation")
"""What is computed of a block's tokens, in this order."""


@dataclass(frozen=True, eq=False)
class Tower:
    """A vision transformer's weights, float32, named as in transformers without the prefix ``vision_model.``"""

    weights: dict[str, np.ndarray]
    width: int
    heads: int
    size: int
    patch: int
    blocks: int
    activation: str
    epsilon: float

    @property
    def side(self) -> int:
        """Patches along one side."""
        return self.size // self.patch

    def digest(self) -> str:
        """First 12 hex digits of the SHA-256 of the weights of the blocks that are used."""
        digest = hashlib.sha256()
        for name in sorted(self.weights):
            if not name.startswith("encoder.layers.") or int(name.split(".")[2]) < self.blocks:
                digest.update(self.weights[name].tobytes())
        return digest.hexdigest()[:12]


@dataclass(frozen=True, eq=False)
class Head:
    """A linear head on the statistics of some blocks of each crop of a look: ``weight`` (crops, blocks, 3, width), ``bias``, and ``centre``
    of the same shape, the statistics of an average real face, from which evidence maps are counted. ``levels`` are the blocks' numbers,
    from 0. ``kinds`` are a weight and a bias of the same shapes for each kind of manipulation (``kind_heads.py``)."""

    levels: tuple[int, ...]
    weight: np.ndarray
    bias: float
    centre: np.ndarray = field(repr=False)
    kinds: tuple[tuple[np.ndarray, float], ...] = ()

    @property
    def weights(self) -> np.ndarray:
        """All weights float32 (crops, blocks, 3, width, 1 + kinds), the head's own first."""
        return np.stack([self.weight, *(weight for weight, _ in self.kinds)], axis=-1).astype(np.float32)

    @property
    def biases(self) -> np.ndarray:
        """All biases float32 (1, 1 + kinds)."""
        return np.array([[self.bias, *(bias for _, bias in self.kinds)]], np.float32)


def read_tower(folder: Path, blocks: int) -> Tower:
    """The first ``blocks`` blocks of a CLIP vision model in transformers' format. Raises BadRequest for any other folder."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        config = json.loads((folder / "config.json").read_text())
        held = load_file(folder / "model.safetensors")
    except (OSError, ValueError, SafetensorError) as error:
        raise BadRequest("request.invalid", text=f"{folder} is not a model folder with config.json and model.safetensors.") from error
    vision = config.get("vision_config") or config
    if "clip" not in str(vision.get("model_type", "")):
        raise BadRequest("request.invalid", text=f"{folder} is not a CLIP vision model (model_type {vision.get('model_type')!r}).")
    if vision["num_hidden_layers"] < blocks:
        raise BadRequest("request.invalid", text=f"{folder} has {vision['num_hidden_layers']} blocks, fewer than the {blocks} asked for.")
    weights = {name.removeprefix("vision_model."): value.astype(np.float32) for name, value in held.items()}
    return Tower(
        weights=weights,
        width=vision["hidden_size"],
        heads=vision["num_attention_heads"],
        size=vision["image_size"],
        patch=vision["patch_size"],
        blocks=blocks,
        activation=vision.get("hidden_act", "quick_gelu"),
        epsilon=vision.get("layer_norm_eps", 1e-5),
    )


def quantize_matrix(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A matrix (in, out) as int8 with a scale for each column: int8 (in, out), float32 (out,). Exact for what was rounded so before."""
    scale = np.maximum(np.abs(matrix).max(axis=0), 1e-12) / 127
    return np.clip(np.rint(matrix / scale), -127, 127).astype(np.int8), scale.astype(np.float32)


def write_encoder(tower: Tower, folder: Path, head: Head | None = None, levels: tuple[int, ...] = ()) -> None:
    """Write ``model.onnx`` and ``weights.bin`` to a folder.

    The graph takes ``pixel_values``, normalised float32. With a head these are (N, 3 crops, size, size), and it gives ``logits``
    (N, 2 + kinds), real, fake, and the log likelihood ratio of each kind, and ``maps`` (N, 2, side, side), what each patch of the first
    crop added to the first two. Without one they are
    (N, 3, size, size), and it gives ``features`` (N, levels, 3, width).
    """
    folder.mkdir(parents=True, exist_ok=True)
    builder = GraphBuilder()
    wanted = head.levels if head else levels
    crops = 1 if head is None else len(head.weight)
    pixels = "pixel_values"
    if crops > 1:
        pixels = builder.op("Reshape", [pixels, builder.numbers(-1, 3, tower.size, tower.size)])
    tokens = transformer(builder, tower, wanted, pixels)
    if head is None:
        builder.output(
            "features", builder.op("Concat", [statistics_of(builder, each) for each in tokens], axis=1), [len(wanted), 3, tower.width]
        )
    else:
        add_head(builder, tower, head, tokens)
    builder.save(folder / GRAPH, WEIGHTS, [3 * crops, tower.size, tower.size])


def transformer(builder: GraphBuilder, tower: Tower, levels: tuple[int, ...], pixels: str) -> list[str]:
    """The encoder's nodes; names of the tokens (N, 1 + patches, width) behind each of the blocks ``levels``."""
    held, width = tower.weights, tower.width

    def norm(value: str, name: str) -> str:
        gain, bias = (builder.constant(f"{name}.{part}", held[f"{name}.{part}"]) for part in ("weight", "bias"))
        return builder.op("LayerNormalization", [value, gain, bias], axis=-1, epsilon=tower.epsilon)

    def linear(value: str, name: str, *parts: str) -> str:
        matrix = np.concatenate([held[f"{part}.weight"].T for part in parts], axis=1)
        whole, scale = quantize_matrix(matrix)
        inputs = [builder.constant(f"{name}.matrix", whole, outside=True), builder.constant(f"{name}.scale", scale)]
        product = builder.op("MatMul", [value, builder.op("DequantizeLinear", inputs, axis=1)])
        bias = np.concatenate([held[f"{part}.bias"] for part in parts])
        return builder.op("Add", [product, builder.constant(f"{name}.bias", bias)])

    def split_heads(value: str, order: tuple[int, ...]) -> str:
        shape = builder.numbers(0, tower.side**2 + 1, tower.heads, width // tower.heads)
        return builder.op("Transpose", [builder.op("Reshape", [value, shape])], perm=list(order))

    value = embeddings(builder, tower, pixels)
    value = norm(value, "pre_layrnorm")
    found = {}
    for block in range(max(levels) + 1):
        name = f"encoder.layers.{block}"
        attention = [f"{name}.self_attn.{part}_proj" for part in ("q", "k", "v")]
        joined = linear(norm(value, f"{name}.layer_norm1"), f"{name}.qkv", *attention)
        query, key, content = builder.ops("Split", [joined], 3, axis=2, num_outputs=3)
        scale = builder.constant("attention.scale", np.float32((width // tower.heads) ** -0.5))
        query = builder.op("Mul", [split_heads(query, (0, 2, 1, 3)), scale])
        likeness = builder.op("Softmax", [builder.op("MatMul", [query, split_heads(key, (0, 2, 3, 1))])], axis=-1)
        mixed = builder.op("Transpose", [builder.op("MatMul", [likeness, split_heads(content, (0, 2, 1, 3))])], perm=[0, 2, 1, 3])
        mixed = builder.op("Reshape", [mixed, builder.numbers(0, tower.side**2 + 1, width)])
        value = builder.op("Add", [value, linear(mixed, f"{name}.out", f"{name}.self_attn.out_proj")])
        inner = linear(norm(value, f"{name}.layer_norm2"), f"{name}.fc1", f"{name}.mlp.fc1")
        value = builder.op("Add", [value, linear(activate(builder, inner, tower.activation), f"{name}.fc2", f"{name}.mlp.fc2")])
        found[block] = value
    return [found[level] for level in levels]


def embeddings(builder: GraphBuilder, tower: Tower, pixels: str) -> str:
    """Pixels -> class token and patch tokens with their positions."""
    held, count = tower.weights, tower.side**2
    kernel = builder.constant("embeddings.patch", held["embeddings.patch_embedding.weight"], outside=True)
    patches = builder.op("Conv", [pixels, kernel], kernel_shape=[tower.patch] * 2, strides=[tower.patch] * 2)
    patches = builder.op("Transpose", [builder.op("Reshape", [patches, builder.numbers(0, tower.width, count)])], perm=[0, 2, 1])
    position = held["embeddings.position_embedding.weight"]
    patches = builder.op("Add", [patches, builder.constant("embeddings.positions", position[None, 1:], outside=True)])
    first = builder.constant("embeddings.class", (held["embeddings.class_embedding"].reshape(-1) + position[0])[None, None])
    # The class token for each crop of the batch: the constant, added to nothing of the crop's first patch.
    nothing = builder.op("Mul", [builder.slice(patches, 0, 1), builder.constant("nothing", np.zeros((1, 1, 1), np.float32))])
    return builder.op("Concat", [builder.op("Add", [nothing, first]), patches], axis=1)


def activate(builder: GraphBuilder, value: str, activation: str) -> str:
    """The activation of the hidden layer, as named in transformers' config. Raises BadRequest for an unknown one."""
    if activation == "quick_gelu":
        slope = builder.constant("quick_gelu", np.float32(1.702))
        return builder.op("Mul", [value, builder.op("Sigmoid", [builder.op("Mul", [value, slope])])])
    if activation == "gelu":
        return builder.op("Gelu", [value])
    raise BadRequest("request.invalid", text=f"An encoder with the activation {activation!r} is not supported.")


def statistics_of(builder: GraphBuilder, tokens: str) -> str:
    """Tokens (N, 1 + patches, width) -> (N, 1, 3, width), in the order of STATISTICS."""
    mean, _, deviation = spread_of(builder, builder.slice(tokens, 1, None))
    joined = builder.op("Concat", [builder.slice(tokens, 0, 1), mean, deviation], axis=1)
    return builder.op("Unsqueeze", [joined, builder.numbers(1)])


def spread_of(builder: GraphBuilder, patches: str) -> tuple[str, str, str]:
    """Patch tokens (N, patches, width) -> their mean (N, 1, width), squared distances from it (N, patches, width) and deviation."""
    axis = builder.numbers(1)
    mean = builder.op("ReduceMean", [patches, axis], keepdims=1)
    away = builder.op("Sub", [patches, mean])
    squared = builder.op("Mul", [away, away])
    deviation = builder.op("Sqrt", [builder.op("ReduceMean", [squared, axis], keepdims=1)])
    return mean, squared, deviation


def add_head(builder: GraphBuilder, tower: Tower, head: Head, tokens: list[str]) -> None:
    """The head's nodes. The logit is the sum of what class tokens and patches of all crops add, so the map is exact, not an estimate.

    A patch adds its share of the mean and of the deviation; the map counts from what a patch of an average real face adds.
    """
    count, crops, weights = tower.side**2, len(head.weight), head.weights
    kinds = len(head.kinds)
    parts: list[str] = []
    maps: list[str] = []
    for crop, level in product(range(crops), range(len(tokens))):
        name, weight, centre = f"head.{crop}.{level}", weights[crop, level], head.centre[crop, level]
        each = builder.op("Reshape", [tokens[level], builder.numbers(-1, crops * (count + 1), tower.width)])
        first = crop * (count + 1)
        patches = builder.slice(each, first + 1, first + 1 + count)
        _, squared, deviation = spread_of(builder, patches)
        shares = builder.op("Div", [squared, builder.op("Max", [deviation, builder.constant("least", np.float32(1e-6))])])
        added = builder.op(
            "Add",
            [
                builder.op("MatMul", [patches, builder.constant(f"{name}.mean", weight[1] / count)]),
                builder.op("MatMul", [shares, builder.constant(f"{name}.deviation", weight[2] / count)]),
            ],
        )
        if crop == 0:
            usual = (centre[1] @ weight[1] + centre[2] @ weight[2]) / count
            maps.append(builder.op("Sub", [added, builder.constant(f"{name}.usual", usual.astype(np.float32))]))
        token = builder.op("Reshape", [builder.slice(each, first, first + 1), builder.numbers(-1, tower.width)])
        parts.append(builder.op("ReduceSum", [added, builder.numbers(1)], keepdims=0))
        parts.append(builder.op("MatMul", [token, builder.constant(f"{name}.class", weight[0])]))
    score = builder.op("Add", [builder.op("Sum", parts), builder.constant("head.bias", head.biases)])
    sides = np.zeros((1 + kinds, 2 + kinds), np.float32)
    sides[0, :2], sides[1:, 2:] = (-0.5, 0.5), np.eye(kinds)
    builder.output("logits", builder.op("MatMul", [score, builder.constant("head.sides", sides)]), [2 + kinds])
    halves = builder.constant("head.halves", sides[:, :2])
    total = builder.op("Transpose", [builder.op("MatMul", [builder.op("Sum", maps), halves])], perm=[0, 2, 1])
    builder.output("maps", builder.op("Reshape", [total, builder.numbers(0, 2, tower.side, tower.side)]), [2, tower.side, tower.side])


def encoder_config(tower: Tower) -> dict[str, Any]:
    """The ``config.json`` of a transformers image classifier with as many blocks as are used here.

    Numbers are float32 whatever the checkpoint stores (``checkpoint.py``).
    """
    vision = {
        "model_type": "clip_vision_model",
        "hidden_act": tower.activation,
        "hidden_size": tower.width,
        "image_size": tower.size,
        "intermediate_size": tower.weights["encoder.layers.0.mlp.fc1.weight"].shape[0],
        "layer_norm_eps": tower.epsilon,
        "num_attention_heads": tower.heads,
        "num_channels": 3,
        "num_hidden_layers": tower.blocks,
        "patch_size": tower.patch,
    }
    return {
        "architectures": ["CLIPForImageClassification"],
        "model_type": "clip",
        "dtype": "float32",
        "id2label": {"0": "real", "1": "fake"},
        "label2id": {"real": 0, "fake": 1},
        "vision_config": vision,
    }
