"""A frozen encoder with a linear head is published with a checkpoint that transformers computes from as numpy does."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from telltale.core.model_settings import ModelSettings
from telltale.model.checksums import read_sums
from telltale.model.classifier import load_model
from tests.support.evaluation_figures import measured
from trainer import publish
from trainer.data.manifest import Row
from trainer.frozen import heads
from trainer.frozen.checkpoint import write_checkpoint, write_transformers_head
from trainer.frozen.encoder import Head, read_tower, write_encoder
from trainer.frozen.heads import FileFeatures, Linear, distill_head, leave_sources_out
from trainer.head import write_model

SIZE, PATCH, WIDTH, BLOCKS = 32, 8, 32, 2
REPO = "owner/frozen"
ESTIMATE = {"value": 0.8, "low": 0.7, "high": 0.9}
RANKING = {"auc": ESTIMATE, "tpr_at_fpr_1": ESTIMATE | {"value": 0.3}, "tpr_at_fpr_5": ESTIMATE | {"value": 0.5}}
UNSEEN = {"videos": 20, "real": 8, "sources": 5, "all": RANKING, "swap": {"fake": 12, **RANKING}}
REDUCED = {"all": {"auc": {"value": 0.71, "low": 0.6, "high": 0.75}}, "swap": {"auc": {"value": 0.69, "low": 0.6, "high": 0.75}}}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random CLIP vision model with one block more than is used."""
    import torch
    from transformers import CLIPVisionConfig, CLIPVisionModel

    folder = tmp_path_factory.mktemp("encoder")
    torch.manual_seed(0)
    sizes = {"hidden_size": WIDTH, "intermediate_size": 2 * WIDTH, "num_attention_heads": 4, "image_size": SIZE, "patch_size": PATCH}
    net = CLIPVisionModel(CLIPVisionConfig(num_hidden_layers=BLOCKS + 1, **sizes))
    with torch.no_grad():
        for value in net.parameters():
            value.add_(0.05 * torch.randn_like(value))  # no bias and no norm is trivial
    net.save_pretrained(folder)
    return folder


@pytest.fixture
def model(encoder: Path, tmp_path: Path) -> Path:
    """A model folder as trainer.head leaves it."""
    folder, tower = tmp_path / "model", read_tower(encoder, BLOCKS)
    weight = np.random.default_rng(1).standard_normal((2, BLOCKS, 3, WIDTH)).astype(np.float32) / 4
    write_encoder(tower, folder / "onnx", Head((0, 1), weight, 0.25, np.zeros_like(weight)))
    write_transformers_head(folder, Linear(weight, 0.25, np.zeros_like(weight)))
    (folder / "leave_one_source_out.json").write_text(json.dumps(UNSEEN | {"transformers": REDUCED}))
    write_model(folder, tower, ModelSettings(size=SIZE, margin=0.18, further_margins=(0.0,), crop="upright", batch_size=1))
    return folder


def published(model: Path, out: Path, *more: str) -> Path:
    """What lies on the Hub after a publication: every file that would be sent, in a folder of its own."""
    from trainer.hub.card_facts import gather
    from trainer.hub.licence import Licence

    facts = gather(model, Path(more[0]) if more else None)
    folder = out / "hub"
    for file in publish.stage(facts, REPO, None, Licence(), out / "card"):
        (folder / file.place).parent.mkdir(parents=True, exist_ok=True)
        (folder / file.place).write_bytes(file.path.read_bytes())
    return folder


def logit_in_numpy(encoder: Path, model: Path, picture: np.ndarray) -> float:
    """Log-odds of fake: CLIP's blocks with matrices rounded to 8 bits, the mean patch token, the linear layer."""
    tower, head = read_tower(encoder, BLOCKS), json.loads((model / "transformers_head.json").read_text())
    processor = json.loads((model / "preprocessor_config.json").read_text())
    held = tower.weights

    def norm(value: np.ndarray, name: str) -> np.ndarray:
        away = value - value.mean(axis=-1, keepdims=True)
        scaled = away / np.sqrt((away**2).mean(axis=-1, keepdims=True) + tower.epsilon)
        return np.asarray(scaled * held[f"{name}.weight"] + held[f"{name}.bias"])

    def linear(value: np.ndarray, name: str) -> np.ndarray:
        matrix = held[f"{name}.weight"]
        scale = np.abs(matrix).max(axis=1, keepdims=True) / 127
        return np.asarray(value @ (np.rint(matrix / scale) * scale).T + held[f"{name}.bias"])

    pixels = (picture / 255 - processor["image_mean"]) / processor["image_std"]
    side = SIZE // PATCH
    patches = pixels.reshape(side, PATCH, side, PATCH, 3).transpose(0, 2, 4, 1, 3).reshape(side**2, -1)
    tokens = patches @ held["embeddings.patch_embedding.weight"].reshape(WIDTH, -1).T
    tokens = np.concatenate([held["embeddings.class_embedding"][None], tokens]) + held["embeddings.position_embedding.weight"]
    tokens = norm(tokens, "pre_layrnorm")
    for number in range(BLOCKS):
        name = f"encoder.layers.{number}"
        inner = norm(tokens, f"{name}.layer_norm1")
        query, key, value = (linear(inner, f"{name}.self_attn.{part}_proj").reshape(-1, 4, WIDTH // 4) for part in ("q", "k", "v"))
        likeness = np.exp(np.einsum("ihd,jhd->hij", query, key) / np.sqrt(WIDTH // 4))
        mixed = np.einsum("hij,jhd->ihd", likeness / likeness.sum(axis=-1, keepdims=True), value).reshape(-1, WIDTH)
        tokens = tokens + linear(mixed, f"{name}.self_attn.out_proj")
        hidden = linear(norm(tokens, f"{name}.layer_norm2"), f"{name}.mlp.fc1")
        tokens = tokens + linear(hidden / (1 + np.exp(-1.702 * hidden)), f"{name}.mlp.fc2")
    return float(tokens[1:].mean(axis=0) @ head["weight"] + head["bias"])


def test_the_pipeline_gives_the_score_that_numpy_computes(encoder: Path, model: Path, tmp_path: Path) -> None:
    from PIL import Image
    from transformers import AutoModelForImageClassification, pipeline

    folder = published(model, tmp_path)
    _, told = AutoModelForImageClassification.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"] and not told["unexpected_keys"] and not told["mismatched_keys"]
    classify = pipeline("image-classification", model=str(folder))
    scores = []
    for seed in range(3):
        picture = np.random.default_rng(seed).integers(0, 255, (SIZE, SIZE, 3)).astype(np.uint8)
        found = {each["label"]: each["score"] for each in classify(Image.fromarray(picture))}
        scores.append(found["fake"])
        assert found["fake"] == pytest.approx(1 / (1 + np.exp(-logit_in_numpy(encoder, model, picture))), abs=2e-3)
    assert max(scores) - min(scores) > 0.02, "the score depends on the picture"


def test_what_is_published_runs_on_its_onnx_graph(model: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in model.rglob("*") if path.is_file()}
    folder = published(model, tmp_path)
    assert {path: path.read_bytes() for path in model.rglob("*") if path.is_file()} == before, "the model's folder stays as it was"
    listed = read_sums(folder / "SHA256SUMS")
    assert set(listed) == {
        *("config.json", "preprocessor_config.json", "telltale.json", "model.safetensors", "onnx/model.onnx", "onnx/weights.bin"),
    }
    assert (folder / "leave_one_source_out.json").is_file()
    looks = np.random.default_rng(0).integers(0, 255, (2, SIZE, SIZE, 6)).astype(np.uint8)
    here, there = load_model(str(model)), load_model(str(folder))
    assert there.engine == "onnxruntime" and there.revision == here.revision
    assert np.array_equal(there.score(looks).logits, here.score(looks).logits)


def test_a_checkpoint_that_float16_would_distort_is_float32(model: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    def kinds() -> set[str]:
        write_checkpoint(model, tmp_path / "model.safetensors")
        return {str(value.dtype) for value in load_file(tmp_path / "model.safetensors").values()}

    assert kinds() == {"float16"}
    head = json.loads((model / "transformers_head.json").read_text())
    (model / "transformers_head.json").write_text(json.dumps({"weight": [1000 * value for value in head["weight"]], "bias": 0.1}))
    assert kinds() == {"float32"}


def test_what_cannot_be_published(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refused(out: Path, sentence: str) -> None:
        assert publish.main(["--model", str(model), "--repo", REPO, "--out", str(out), "--dry-run"]) in (2, 3)
        assert sentence in capsys.readouterr().err

    refused(model, "name another --out")
    (model / "transformers_head.json").write_text('{"weight": []}')
    refused(tmp_path / "card", "transformers_head.json")
    write_transformers_head(model, Linear(np.zeros((2, BLOCKS, 3, WIDTH + 1), np.float32), 0.0, np.zeros(1)))
    refused(tmp_path / "card", "not of one net")
    (model / "onnx" / "weights.bin").unlink()
    refused(tmp_path / "card", "so there is nothing to publish")


def test_the_card_of_a_frozen_encoder(model: Path, tmp_path: Path) -> None:
    evaluation = tmp_path / "evaluation"
    evaluation.mkdir()
    (evaluation / "metrics.json").write_text(json.dumps(measured() | {"run": {"model_revision": load_model(str(model)).revision}}))
    about = json.loads((Path(__file__).parents[3] / "hub_card" / "about.json").read_text())
    (model / "about.json").write_text(json.dumps(about))
    folder = published(model, tmp_path, str(evaluation))
    text, terms = ((folder / name).read_text().replace("\n", " ") for name in ("README.md", "LICENSE.md"))
    for quoted in (
        *("# Telltale CLIP B/16", "base_model: openai/clip-vit-base-patch16"),
        "The encoder is [openai/clip-vit-base-patch16](https://huggingface.co/openai/clip-vit-base-patch16) (MIT), frozen",
        *("cut out upright", "with a border of 0.18 around the face", "A look is 2 crops of the same face", "(N, 6, 32, 32)"),
        "its AUC is 0.710 (0.600 to 0.750); that of the ONNX graph is 0.800 (0.700 to 0.900)",
        "20 videos of 5 training sources, 8 of them real",
        "| all | 12 | 0.800 (0.700 to 0.900) | 0.300 (0.700 to 0.900) | 0.500 (0.700 to 0.900) | – | 0.710 (0.600 to 0.750) |",
        "| swap | 12 | 0.800 (0.700 to 0.900) |",
        "of 5 sources that were kept out from the start: videos of 3 sources (12 real, 11 fake) and stills of 2 sources (7 real, 9 fake)",
        *("### Videos", "### Stills"),
    ):
        assert quoted in text, quoted
    assert "transformers.js" not in text and "aligned" not in text
    assert "non-commercial research" in terms and "MIT License  Copyright (c) 2021 OpenAI" in terms and "WITHOUT WARRANTY" in terms


def files(count: int = 60, sources: int = 6, width: int = 8) -> FileFeatures:
    """Videos of three looks each; what tells fakes lies in the mean patch token of the last block, among others."""
    chance = np.random.default_rng(0)
    rows: list[Any] = []
    for number in range(count):
        label, source = ("fake" if number % 2 else "real"), f"s{number % sources // 2}"
        rows.append(Row(str(number), Path(str(number)), label, "video", source, str(number), family="swap" if number % 2 else ""))  # type: ignore[arg-type]
    looks = chance.standard_normal((3 * count, 2, 2, 3, width)).astype(np.float32)
    owner = np.repeat(np.arange(count), 3)
    looks += 0.7 * (owner % 2)[:, None, None, None, None]
    mean = looks.reshape(count, 3, *looks.shape[1:]).mean(axis=1)
    return FileFeatures(rows, mean, looks.astype(np.float16), owner)


def test_the_distilled_head_is_a_ridge_regression_of_the_full_heads_scores() -> None:
    made = files()
    weight = np.random.default_rng(1).standard_normal(made.mean.shape[1:]).astype(np.float32)
    chosen = np.arange(len(made.rows)) < 40
    found = distill_head(made, chosen, Linear(weight, 0.5, np.zeros_like(weight)))
    used = np.zeros_like(weight, bool)
    used[0, -1, 1] = True
    assert not found.weight[~used].any() and found.weight[used].all()
    looks = made.looks[chosen[made.owner]].astype(np.float64)
    means, target = looks[:, 0, -1, 1], looks.reshape(len(looks), -1) @ weight.ravel() + 0.5
    best, *_ = np.linalg.lstsq(np.column_stack([means, np.ones(len(means))]), target, rcond=None)
    assert np.allclose([*found.weight[used], found.bias], best, rtol=0.02, atol=0.02), "the penalty is light"
    alone = np.zeros_like(weight)
    alone[0, -1, 1] = weight[0, -1, 1]
    same = distill_head(made, chosen, Linear(alone, 0.5, np.zeros_like(weight)))
    assert np.allclose(same.weight, alone, atol=0.01) and same.bias == pytest.approx(0.5, abs=0.01)


def test_leave_one_source_out_scores_both_heads_on_what_they_never_saw(monkeypatch: pytest.MonkeyPatch) -> None:
    made = files()
    fold = np.array([int(row.source[1:]) for row in made.rows])
    monkeypatch.setattr(heads, "FOLDS", 3)
    found = leave_sources_out(made, fold)
    without = made.owner % 6 // 2 != 0
    head = heads.fit_head(made, fold != 0)
    assert np.allclose(found.full[~without], head.scores(made.looks[~without]), atol=1e-5)
    assert np.allclose(found.distilled[~without], distill_head(made, fold != 0, head).scores(made.looks[~without]), atol=1e-5)
    fake = made.owner % 2 == 1
    for scores in (found.full, found.distilled):
        assert scores[fake].mean() > scores[~fake].mean() + 0.2
