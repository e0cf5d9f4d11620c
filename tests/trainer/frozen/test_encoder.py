"""A frozen encoder as an ONNX graph: it gives what transformers gives, its head and maps add up, and its files are laid out for mapping."""

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from onnxruntime import GraphOptimizationLevel, InferenceSession, SessionOptions

from telltale.core.errors import BadRequest
from tests.support.tiny_clip import BLOCKS, PATCH, SIZE, WIDTH, tiny_clip, write_clip
from trainer.frozen.encoder import GRAPH, WEIGHTS, Head, Tower, quantize_matrix, read_tower, write_encoder
from trainer.frozen.graph import PAGE

SIDE = SIZE // PATCH
LEVELS = (0, 2)


def pixels(count: int, crops: int = 1) -> np.ndarray:
    """Normalised pictures, float32 (count, 3 crops, SIZE, SIZE)."""
    return np.random.default_rng(1).standard_normal((count, 3 * crops, SIZE, SIZE)).astype(np.float32)


def expected(activation: str, given: np.ndarray, levels: tuple[int, ...]) -> np.ndarray:
    """The features (N, levels, 3, WIDTH) from the hidden states of transformers' own model, its matrices rounded to 8 bits."""
    import copy

    import torch

    net = copy.deepcopy(tiny_clip(activation))
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, torch.nn.Linear):
                whole, scale = quantize_matrix(module.weight.numpy().T)
                module.weight.copy_(torch.from_numpy((whole * scale).T.copy()))
        states = net(torch.from_numpy(given), output_hidden_states=True).hidden_states
    tokens = [states[level + 1].numpy() for level in levels]  # before the first block there is one more
    return np.stack([np.stack([each[:, 0], each[:, 1:].mean(axis=1), each[:, 1:].std(axis=1)], axis=1) for each in tokens], axis=1)


def run(folder: Path, given: np.ndarray, *, exact: bool = True) -> list[np.ndarray]:
    """The graph's outputs on ONNX Runtime; ``exact``: in float32, else as fast as it can, which rounds tokens to 8 bits before products."""
    options = SessionOptions()
    if exact:
        options.graph_optimization_level = GraphOptimizationLevel.ORT_ENABLE_BASIC
    return InferenceSession(str(folder / GRAPH), options, providers=["CPUExecutionProvider"]).run(None, {"pixel_values": given})


def head_of(crops: int, levels: tuple[int, ...] = LEVELS) -> Head:
    """A random head."""
    chance = np.random.default_rng(2)
    shape = (crops, len(levels), 3, WIDTH)
    return Head(levels, chance.standard_normal(shape), 0.7, chance.standard_normal(shape))


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Tower:
    """The small encoder, read from its folder."""
    return read_tower(write_clip(tmp_path_factory.mktemp("clip")), BLOCKS)


@pytest.mark.parametrize("activation", ["quick_gelu", "gelu"])
def test_the_features_are_those_of_transformers(activation: str, tmp_path: Path) -> None:
    write_encoder(read_tower(write_clip(tmp_path / "clip", activation), BLOCKS), tmp_path / "onnx", levels=LEVELS)
    given = pixels(3)
    (features,) = run(tmp_path / "onnx", given)
    wanted = expected(activation, given, LEVELS)
    assert features.shape == wanted.shape == (3, len(LEVELS), 3, WIDTH)
    assert np.abs(features - wanted).max() < 1e-4
    other = expected({"quick_gelu": "gelu", "gelu": "quick_gelu"}[activation], given, LEVELS)
    assert np.abs(other - wanted).max() > 1e-2, "else the test would not see a wrong activation"


def test_engines_that_multiply_in_8_bits_are_close(tower: Tower, tmp_path: Path) -> None:
    """ONNX Runtime and OpenVINO as they are used: further from transformers than in float32, but not far."""
    import openvino

    write_encoder(tower, tmp_path, levels=LEVELS)
    core, given = openvino.Core(), pixels(3)
    compiled = core.compile_model(core.read_model(str(tmp_path / GRAPH)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    wanted = expected("quick_gelu", given, LEVELS)
    for features in (compiled({0: given})[0], run(tmp_path, given, exact=False)[0]):
        assert np.linalg.norm(features - wanted) < 0.02 * np.linalg.norm(wanted)


def test_each_kind_is_a_linear_head_of_its_own(tower: Tower, tmp_path: Path) -> None:
    """Behind the logits of real and fake, in order; neither these nor the map change by it."""
    head, given = head_of(2), pixels(3, 2)
    chance = np.random.default_rng(5)
    kinds = tuple((chance.standard_normal(head.weight.shape), bias) for bias in (0.5, -2.0, 0.0))
    write_encoder(tower, tmp_path / "head", replace(head, kinds=kinds))
    write_encoder(tower, tmp_path / "alone", head)
    write_encoder(tower, tmp_path / "plain", levels=LEVELS)
    logits, maps = run(tmp_path / "head", given)
    features = np.stack([run(tmp_path / "plain", given[:, 3 * crop : 3 * crop + 3])[0] for crop in range(2)], axis=1)
    for place, (weight, bias) in enumerate(kinds, start=2):
        assert np.allclose(logits[:, place], (features * weight).sum(axis=(1, 2, 3, 4)) + bias, atol=1e-3)
    alone = run(tmp_path / "alone", given)
    assert logits.shape == (3, 5) and np.allclose(logits[:, :2], alone[0], atol=1e-4) and np.allclose(maps, alone[1], atol=1e-4)


@pytest.mark.parametrize("crops", [1, 2])
def test_the_logit_is_linear_in_the_features_and_the_map_adds_up(crops: int, tower: Tower, tmp_path: Path) -> None:
    """Two crops come as six channels; the map is of the first one, and counts from an average real face."""
    head, given = head_of(crops), pixels(4, crops)
    write_encoder(tower, tmp_path / "head", head)
    write_encoder(tower, tmp_path / "plain", levels=LEVELS)
    logits, maps = run(tmp_path / "head", given)
    features = np.stack([run(tmp_path / "plain", given[:, 3 * crop : 3 * crop + 3])[0] for crop in range(crops)], axis=1)
    assert logits.shape == (4, 2) and maps.shape == (4, 2, SIDE, SIDE)
    wanted = (features * head.weight).sum(axis=(1, 2, 3, 4)) + head.bias
    assert np.allclose(logits[:, 1] - logits[:, 0], wanted, atol=1e-3)
    assert np.allclose(logits[:, 0], -logits[:, 1])
    patches = ((features[:, 0, :, 1:] - head.centre[0, :, 1:]) * head.weight[0, :, 1:]).sum(axis=(1, 2, 3))
    assert np.allclose((maps[:, 1] - maps[:, 0]).sum(axis=(1, 2)), patches, atol=1e-3)


def test_the_map_shows_where_a_patch_lies(tower: Tower, tmp_path: Path) -> None:
    """Where no token attends to others, a patch that is changed changes its own place of the map and no other."""
    name = "encoder.layers.0.self_attn.out_proj.weight"
    alone = replace(tower, weights={**tower.weights, name: np.zeros_like(tower.weights[name])})
    head = head_of(1, (0,))
    write_encoder(alone, tmp_path, replace(head, weight=head.weight * [[[[0], [1], [0]]]]))
    plain = pixels(1)
    for row, column in product((0, 2), (1, 3)):
        marked = plain.copy()
        marked[..., row * PATCH : (row + 1) * PATCH, column * PATCH : (column + 1) * PATCH] += 3
        moved = np.abs(np.subtract(*(run(tmp_path, each)[1][0, 1] for each in (marked, plain)))) > 1e-3
        assert np.argwhere(moved).tolist() == [[row, column]]


def test_an_answer_does_not_depend_on_the_batch(tower: Tower, tmp_path: Path) -> None:
    write_encoder(tower, tmp_path, head_of(2))
    given = pixels(5, 2)
    logits, maps = run(tmp_path, given, exact=False)
    for number in range(5):
        alone = run(tmp_path, given[number : number + 1], exact=False)
        assert np.allclose(alone[0], logits[number], atol=1e-4) and np.allclose(alone[1], maps[number], atol=1e-4)


def test_large_arrays_begin_at_pages_of_a_file_beside_a_small_graph(tower: Tower, tmp_path: Path) -> None:
    import onnx

    write_encoder(tower, tmp_path, head_of(2))
    graph = onnx.load(str(tmp_path / GRAPH), load_external_data=False).graph
    told = [{entry.key: entry.value for entry in each.external_data} for each in graph.initializer if each.data_location == 1]
    assert len(told) == 2 + 4 * BLOCKS and {each["location"] for each in told} == {WEIGHTS}
    offsets = [int(each["offset"]) for each in told]
    assert not any(offset % PAGE for offset in offsets) and len(set(offsets)) == len(told)
    assert (tmp_path / WEIGHTS).stat().st_size == max(int(each["offset"]) + int(each["length"]) for each in told)
    assert (tmp_path / GRAPH).stat().st_size < 2e6
    assert sorted(path.name for path in tmp_path.iterdir()) == [GRAPH, WEIGHTS]


@pytest.mark.parametrize(
    ("spoil", "blocks", "told"),
    [
        ("", BLOCKS + 1, "has 3 blocks, fewer than the 4 asked for"),
        ("type", 1, "is not a CLIP vision model"),
        ("config", 1, "is not a model folder"),
        ("weights", 1, "is not a model folder"),
        ("empty", 1, "is not a model folder"),
    ],
)
def test_other_folders_are_refused(spoil: str, blocks: int, told: str, tmp_path: Path) -> None:
    folder = write_clip(tmp_path / "clip")
    if spoil == "type":
        (folder / "config.json").write_text(json.dumps({"model_type": "vit", "num_hidden_layers": 3}))
    elif spoil == "config":
        (folder / "config.json").write_text("{")
    elif spoil == "weights":
        (folder / "model.safetensors").write_bytes(b"\xff" * 64)
    elif spoil == "empty":
        folder = tmp_path
    with pytest.raises(BadRequest, match=told):
        read_tower(folder, blocks)
