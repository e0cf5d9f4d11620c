"""Training through its command: what it leaves, and what each setting does. Tiny nets on drawn faces; every step is real."""

import json
from pathlib import Path

import numpy as np
import pytest

from telltale.model.classifier import load_model
from tests.support.datasets.portrait_crops import faces, write_crops
from trainer import train

MOBILE = json.dumps({"model_type": "mobilenet_v2", "depth_multiplier": 0.35})
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "patch_size": 16}
VIT = json.dumps({"model_type": "vit"} | SMALL)
SHORT = ["--size", "64", "--pairs", "8", "--batch", "2", "--evaluate-every", "2", "--workers", "0", "--precision", "fp32", "--cpu"]


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("crops"))


@pytest.fixture(scope="module")
def trained(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small net, four steps, with everything on."""
    out = tmp_path_factory.mktemp("run")
    run(crops, out, "--architecture", MOBILE, "--ema", "0.9", "--seam-weight", "0.5")
    return out


def run(crops: Path, out: Path, *settings: str, code: int = 0) -> Path:
    assert train.main(["--crops", str(crops), "--out", str(out), *SHORT, *settings]) == code
    return out


def history(out: Path) -> list[dict[str, float]]:
    found: list[dict[str, float]] = json.loads((out / "history.json").read_text())
    return found


def test_training_leaves_a_model_that_says_real_and_fake_alike_through_every_door(trained: Path) -> None:
    """Our engine, the plain Auto class and the pipeline; nothing of the second task is in the model itself."""
    from PIL import Image
    from transformers import AutoModelForImageClassification, pipeline

    model = load_model(str(trained / "model"))
    assert (model.engine, model.size, model.settings.calibrated, model.settings.margin) == ("torch", 64, False, 0.12)
    net, report = AutoModelForImageClassification.from_pretrained(trained / "model", output_loading_info=True)
    assert net.config.id2label == {0: "real", 1: "fake"}
    assert not any(report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    picture = faces(1, 3)[0][100:164, 100:164]
    fake = 1 / (1 + np.exp(-float(model.score(picture[None]).logits[0])))
    answer = {each["label"]: each["score"] for each in pipeline("image-classification", str(trained / "model"))(Image.fromarray(picture))}
    assert answer["fake"] == pytest.approx(fake, abs=1e-5)
    assert (trained / "model" / "seam_head.safetensors").is_file()


def test_training_leaves_its_record_and_its_curves(trained: Path, crops: Path) -> None:
    import hashlib

    import cv2

    record = json.loads((trained / "trained.json").read_text())
    assert record["crops_sha256"] == hashlib.sha256((crops / "prepared.json").read_bytes()).hexdigest()
    assert load_model(str(trained / "model")).settings.trained_on == record["crops_sha256"]
    assert (record["seed"], record["steps"], record["recipe"]["ema"]) == (1, 4, 0.9) and len(record["git_revision"]) >= 40
    course = history(trained)
    assert [entry["step"] for entry in course] == [2, 4]
    expected = {"step", "epoch", "loss", "train_accuracy", "grad_norm", "learning_rate", "eval_loss", "eval_accuracy"}
    assert all(entry.keys() == expected | {"image_auc", "video_auc", "balanced_auc"} for entry in course)
    best = max(course, key=lambda entry: entry["balanced_auc"])
    assert record["figures"]["eval_balanced_auc"] == best["balanced_auc"] and record["best_step"] == best["step"]
    curves = cv2.imread(str(trained / "curves.png"))
    assert curves is not None and curves.std() > 10
    assert list((trained / "logs").glob("events*")), "no curves for TensorBoard"


def test_the_moving_average_is_what_is_kept(trained: Path) -> None:
    """Recomputed by hand from the raw weights of single steps' checkpoints."""
    import torch
    from safetensors.torch import load_file

    from trainer.learning.ema import Ema

    module = torch.nn.Linear(1, 1, bias=False)
    ema, expected = Ema(module, 0.2), module.weight.item()
    for step in (1, 2, 3):
        with torch.no_grad():
            module.weight += 1
        ema.update(step)
        decay = min(0.2, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * module.weight.item()
    raw = module.weight.item()
    with ema.averaged_weights():
        assert module.weight.item() == pytest.approx(expected)
    assert module.weight.item() == raw
    best = trained / f"checkpoint-{json.loads((trained / 'trained.json').read_text())['best_step']}"
    stored, kept = load_file(best / "learner.safetensors"), load_file(trained / "model" / "model.safetensors")
    assert torch.equal(kept["classifier.weight"], stored["mean.net.classifier.weight"])
    assert not torch.equal(kept["classifier.weight"], stored["raw.net.classifier.weight"])
    assert any("running_mean" in name and not torch.equal(stored[name], stored["raw" + name[4:]]) for name in stored if "mean.net" in name)


@pytest.mark.parametrize("tune", ["layernorm", *(pytest.param(tune, marks=pytest.mark.long) for tune in ("head", "all"))])
def test_only_what_the_recipe_tunes_changes(tune: str, crops: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    run(crops, tmp_path, "--architecture", VIT, "--tune", tune, "--learning-rate", "0.01", "--evaluate-every", "1")
    first, last = (load_file(tmp_path / f"checkpoint-{step}" / "model.safetensors") for step in (3, 4))
    changed = {name for name in first if not np.array_equal(first[name].numpy(), last[name].numpy())}
    norms = {name for name in first if "layernorm" in name}
    head = {"classifier.weight", "classifier.bias"}
    assert changed == {"layernorm": norms | head, "head": head, "all": set(first)}[tune]
    assert len(norms) == 10


def test_a_frozen_net_keeps_its_batch_statistics(trained: Path, crops: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    run(crops, tmp_path, "--model", str(trained / "model"), "--tune", "head", "--evaluate-every", "1")
    first, last = (load_file(tmp_path / f"checkpoint-{step}" / "model.safetensors") for step in (3, 4))
    assert {name for name in first if not np.array_equal(first[name], last[name])} == {"classifier.weight", "classifier.bias"}


@pytest.mark.long
def test_gradients_add_up_over_batches(crops: Path, tmp_path: Path) -> None:
    whole = run(crops, tmp_path / "whole", "--architecture", VIT, "--batch", "4", "--seam-weight", "1")
    parts = run(crops, tmp_path / "parts", "--architecture", VIT, "--batch", "2", "--accumulate", "2", "--seam-weight", "1")
    for ours, theirs in zip(history(whole), history(parts), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)


@pytest.mark.long
def test_the_schedule_halves_on_a_plateau_and_the_run_ends_early(crops: Path, tmp_path: Path) -> None:
    settings = ["--learning-rate", "1e-12", "--schedule", "plateau", "--patience", "5", "--pairs", "40", "--evaluate-every", "1"]
    out = run(crops, tmp_path, "--architecture", VIT, *settings)
    course = history(out)
    assert [entry["step"] for entry in course] == [1, 2, 3, 4, 5, 6], "five evaluations after the first, none better"
    assert [entry["learning_rate"] for entry in course] == pytest.approx([1e-12] * 4 + [5e-13] * 2)
    assert [path.name for path in sorted(out.glob("checkpoint-*"))] == ["checkpoint-1", "checkpoint-5", "checkpoint-6"]
    run(crops, tmp_path, "--architecture", VIT, *settings)
    assert history(out) == course, "a run that ended early goes no further when it is started again"


@pytest.mark.long
def test_bf16_is_used_where_the_processor_has_it(crops: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    import torch

    able = bool({"amx_bf16", "avx512_bf16"} & {name for name, there in torch.cpu.get_capabilities().items() if there is True})
    run(crops, tmp_path / "auto", "--architecture", VIT, "--precision", "auto")
    assert f"precision: {'bf16' if able else 'fp32'} (the processor" in caplog.text
    assert np.isfinite(history(tmp_path / "auto")[-1]["loss"])
    run(crops, tmp_path / "asked", "--architecture", VIT, "--precision", "bf16", code=0 if able else 2)


def test_checkpoints_are_averaged(trained: Path, crops: Path, tmp_path: Path) -> None:
    """Weights are the mean; statistics are measured, not averaged; the result is a model folder that loads."""
    from safetensors.torch import load_file

    from trainer import average

    checkpoints = sorted(trained.glob("checkpoint-*"))
    first, second = (load_file(path / "model.safetensors") for path in checkpoints)
    mixed = average.average_weights(checkpoints)
    name = "classifier.weight"
    assert np.allclose(mixed[name], (first[name] + second[name]) / 2)
    assert not np.allclose(first[name], second[name])
    recipe = {"crops": str(crops), "model": str(checkpoints[0]), "out": str(trained), "size": 64, "pairs": 700, "batch": 2, "workers": 0}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    arguments = [*map(str, checkpoints), "--config", str(tmp_path / "recipe.json"), "--out", str(tmp_path / "model")]
    assert average.main(arguments) == 0
    written = load_file(tmp_path / "model" / "model.safetensors")
    assert np.allclose(written[name], mixed[name])
    assert load_model(str(tmp_path / "model")).size == 64
