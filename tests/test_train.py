"""From files on disk to a model that loads: prepare, train, export, calibrate, on a few drawn faces. Tiny, but every step is real."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from detector.errors import BadModel, BadRequest
from detector.model import load_model
from trainer import calibrate, export, prepare, train
from trainer.folders import read_folders
from trainer.manifest import Row, read_manifest
from trainer.splits import assign, split_of


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight pictures of drawn faces, real and "fake" (blurred), as a manifest of two sources and as class folders."""
    import cv2

    from tests.drawing import draw_face_picture

    root = tmp_path_factory.mktemp("faces")
    original = cv2.imread(str(draw_face_picture(root / "one.png")))
    rows = []
    for number in range(8):
        label = "fake" if number % 2 else "real"
        picture = np.clip(original.astype(np.int16) + 6 * number, 0, 255).astype(np.uint8)
        path = root / ("Validation" if number > 5 else "Train") / label.title() / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), cv2.GaussianBlur(picture, (0, 0), 3) if label == "fake" else picture)
        source = "held" if number > 5 else "own"
        rows.append({"path": str(path.relative_to(root)), "label": label, "kind": "image", "source": source, "group": str(number // 2)})
    (root / "one.png").unlink()
    (root / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return root


@pytest.fixture(scope="module")
def crops(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("crops")
    arguments = ["--manifest", str(faces / "manifest.jsonl"), "--out", str(out), "--validation-sources", "held", "--workers", "1"]
    assert prepare.main(arguments) == 0
    return out


@pytest.fixture(scope="module")
def trained(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model trained for a few steps from a small random MobileNetV2."""
    from tests.test_model import tiny

    out = tmp_path_factory.mktemp("run")
    start = tiny(tmp_path_factory.mktemp("start"), {0: "cat", 1: "dog"})
    arguments = ["--crops", str(crops), "--model", str(start), "--out", str(out), "--size", "64", "--pairs", "8", "--batch", "2"]
    assert train.main([*arguments, "--evaluate-every", "2", "--workers", "0", "--cpu"]) == 0
    return out


def test_prepare_writes_aligned_crops_of_the_right_splits(crops: Path) -> None:
    from datasets import load_from_disk

    summary = json.loads((crops / "prepared.json").read_text())
    assert set(summary["crops"]["validation"]) >= {"held fake", "held real"}
    rows = load_from_disk(crops / "train")
    assert rows[0]["image"].size == (288, 288)
    assert {row["source"] for row in rows} == {"own"}
    assert {row["label"] for row in rows} == {"real", "fake"}
    validation = read_manifest(crops / "validation.jsonl").rows
    assert {row.source for row in validation} >= {"held"} and all(row.file.is_file() for row in validation)
    assert len(validation) == sum(summary["crops"]["validation"].values())
    assert not (crops / "test.jsonl").exists()


def test_class_folders_are_read_by_name(faces: Path) -> None:
    found = read_folders(faces)
    assert len(found) == 8
    assert all(row.label == ("fake" if "Fake" in row.path else "real") for row, _ in found)
    assert {split for _, split in found} == {"train", "validation"}


def test_folders_of_another_shape_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        read_folders(tmp_path)
    (tmp_path / "Train" / "Cats").mkdir(parents=True)
    with pytest.raises(BadRequest, match="neither called Real nor Fake"):
        read_folders(tmp_path)


def test_an_identity_never_crosses_splits() -> None:
    """Real and fake of one group go together, over many groups; whole sources go where they were sent."""
    rows = [
        Row(f"{group}-{label}", Path("x"), label, "image", source, str(group))  # type: ignore[arg-type]
        for group in range(400)
        for label in ("real", "fake")
        for source in ("a",)
    ]
    splits = assign(rows, test=(), validation=())
    for group in range(400):
        assert splits[f"{group}-real"] == splits[f"{group}-fake"]
    share = np.mean([split == "validation" for split in splits.values()])
    assert 0.05 < share < 0.16
    assert split_of(rows[0], test=("a",), validation=()) == "test"
    with pytest.raises(BadRequest):
        assign(rows, test=("a",), validation=("a",))


def test_training_leaves_a_model_that_loads_and_says_real_and_fake(trained: Path) -> None:
    model = load_model(str(trained / "model"))
    assert (model.engine, model.size, model.settings.calibrated) == ("torch", 64, False)
    assert json.loads((trained / "trained.json").read_text())["figures"]["eval_balanced_auc"] >= 0
    assert list((trained / "logs").glob("events*")), "no curves for TensorBoard"


def test_training_resumes_where_it_was_cut(trained: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without its marker and last checkpoint a run goes on from the checkpoint before, and ends at the same step."""
    import torch

    before = load_model(str(trained / "model")).score(np.full((1, 64, 64, 3), 90, np.uint8)).logits
    checkpoints = sorted(trained.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    assert len(checkpoints) == 2
    shutil.rmtree(checkpoints[-1])
    shutil.rmtree(trained / "model")
    recipe = json.loads((trained / "trained.json").read_text())["recipe"]
    arguments = [part for key in ("crops", "model", "out", "size", "pairs", "batch") for part in (f"--{key}", str(recipe[key]))]
    assert train.main([*arguments, "--evaluate-every", "2", "--workers", "0", "--cpu"]) == 0
    state = json.loads(
        (max(trained.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1])) / "trainer_state.json").read_text()
    )
    assert state["global_step"] == 4
    after = load_model(str(trained / "model")).score(np.full((1, 64, 64, 3), 90, np.uint8)).logits
    assert torch.is_grad_enabled() and np.abs(after - before).max() < 0.05


def test_a_model_is_exported_and_then_runs_on_onnx(trained: Path) -> None:
    slow = load_model(str(trained / "model"))
    export.export(trained / "model")
    fast = load_model(str(trained / "model"))
    pictures = np.random.default_rng(1).integers(0, 255, (3, 64, 64, 3)).astype(np.uint8)
    assert (slow.engine, fast.engine) == ("torch", "onnxruntime")
    assert np.abs(slow.score(pictures).logits - fast.score(pictures).logits).max() < 1e-3


def test_recipes_are_sound() -> None:
    recipes = sorted((Path(train.__file__).parent / "recipes").glob("*.json"))
    assert recipes
    for path in recipes:
        assert train.parsed(["--config", str(path)]).pairs > 0


def test_an_unknown_setting_in_a_recipe_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text('{"crops": "a", "model": "b", "out": "c", "learningrate": 1}')
    with pytest.raises(BadRequest, match="learningrate"):
        train.parsed(["--config", str(tmp_path / "r.json")])


def test_calibration_recovers_a_planted_one() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, 40_000)
    fake = rng.random(40_000) < 1 / (1 + np.exp(-(logits - 1.5) / 2.5))
    half = fake | (rng.random(40_000) < fake.mean() / (1 - fake.mean()))  # both classes about as large: the fit weighs them alike
    temperature, _ = calibrate.fitted(logits[half], fake[half])
    assert temperature == pytest.approx(2.5, rel=0.05)


def test_thresholds_hold_what_they_promise() -> None:
    rng = np.random.default_rng(0)
    fake = np.arange(2000) % 2 == 1
    probability = np.clip(rng.normal(0.35 + 0.3 * fake, 0.15), 0, 1)
    fake_from, clear_to = calibrate.thresholds(probability, fake)
    assert (probability[~fake] >= fake_from).mean() <= 0.05
    assert (probability[fake] <= clear_to).mean() <= 0.15
    assert clear_to <= 0.5 <= fake_from


def test_logits_that_do_not_rise_cannot_be_calibrated() -> None:
    with pytest.raises(BadModel, match="do not rise"):
        calibrate.fitted(np.array([3.0, 2.0, -2.0, -3.0]), np.array([False, False, True, True]))


def test_checkpoints_are_averaged(trained: Path, crops: Path, tmp_path: Path) -> None:
    """Weights are the mean; statistics are measured, not averaged; the result is a model folder that loads."""
    from safetensors.torch import load_file

    from trainer import average

    checkpoints = sorted(trained.glob("checkpoint-*"))
    first, second = (load_file(path / "model.safetensors") for path in checkpoints)
    mixed = average.averaged(checkpoints)
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
