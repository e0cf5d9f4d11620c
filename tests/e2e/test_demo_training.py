"""The README's five commands, as a newcomer gives them: from a set that lies on disk as FaceForensics++ does to a model ready for the Hub.

The set is drawn here, small enough for a minute; the net starts from random weights. Everything else is real.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.support.datasets.demo_dataset import draw_demo_set

TINY = '{"model_type": "resnet", "embedding_size": 16, "hidden_sizes": [16, 32, 64, 128], "depths": [1, 1, 1, 1], "layer_type": "basic"}'

pytestmark = pytest.mark.long


def run(*arguments: str) -> str:
    """One command of the trainer; what it printed."""
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which all five commands were given."""
    work = tmp_path_factory.mktemp("demo")
    crops, model, figures = f"{work}/crops", f"{work}/run/model", f"{work}/figures"
    run("trainer.prepare", "--data", str(draw_demo_set(work / "FaceForensics++")), "--out", crops, "--frames", "5", "--workers", "2")
    recipe = ["--config", "trainer/recipes/cnn-256.json", "--architecture", TINY, "--size", "96", "--labelled", "0.8", "--ema", "0.9"]
    pace = ["--pairs", "640", "--batch", "8", "--evaluate-every", "40", "--workers", "1", "--cpu"]
    run("trainer.train", "--crops", crops, "--out", f"{work}/run", *recipe, *pace)
    run("trainer.calibrate", "--model", model, "--manifest", f"{crops}/validation.jsonl", "--out", f"{work}/calibration", "--frames", "4")
    run("trainer.evaluate", "--model", model, "--manifest", f"{crops}/test.jsonl", "--out", figures, "--frames", "4")
    run("trainer.publish", "--model", model, "--metrics", figures, "--repo", "someone/demo", "--dry-run", "--out", f"{work}/card")
    return work


def test_the_authors_splits_were_kept(trained: Path) -> None:
    rows = {
        split: [json.loads(line) for line in (trained / f"crops/{split}.jsonl").read_text().splitlines()]
        for split in ("train", "validation", "test")
    }
    assert {split: len(found) for split, found in rows.items()} == {"train": 16, "validation": 12, "test": 8}
    people = {split: {name for row in found for name in row["identities"]} for split, found in rows.items()}
    assert not people["train"] & people["validation"] and not people["train"] & people["test"]


def test_the_model_learnt_and_loads(trained: Path) -> None:
    from transformers import AutoModelForImageClassification

    from telltale.model.classifier import load_model

    net = AutoModelForImageClassification.from_pretrained(trained / "run/model")
    assert net.config.id2label == {0: "real", 1: "fake"}
    assert load_model(str(trained / "run/model")).settings.calibrated
    assert json.loads((trained / "figures/metrics.json").read_text())["video_auc"]["value"] >= 0.75


def test_the_curves_are_drawn(trained: Path) -> None:
    steps = json.loads((trained / "run/history.json").read_text())
    assert any("eval_loss" in step for step in steps) and any("train_accuracy" in step for step in steps)
    with Image.open(trained / "run/curves.png") as picture:
        assert picture.size[0] > 600


def test_the_card_tells_what_was_measured(trained: Path) -> None:
    card = (trained / "card/README.md").read_text()
    auc = json.loads((trained / "figures/metrics.json").read_text())["video_auc"]
    assert f"{auc['value']:.3f} ({auc['low']:.3f} to {auc['high']:.3f})" in card
    assert "non-commercial" in card and "ffpp" in card


def test_a_check_with_the_new_model_gives_a_verdict(trained: Path) -> None:
    clip = next((trained / "FaceForensics++/manipulated_sequences").rglob("*.mp4"))
    command = [sys.executable, "-m", "telltale", "check", "--json", "--model", str(trained / "run/model"), str(clip)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 10, 11), done.stderr
    assert "fake_probability" in done.stdout
