"""A training that is cut: killed by SIGKILL in a process of its own, it goes on from its last whole checkpoint with the same curve."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.datasets.portrait_crops import write_crops
from trainer import train

ROOT = Path(__file__).resolve().parents[3]
NET = {"model_type": "mobilenet_v2", "depth_multiplier": 0.35}
"""Has dropout before its head and batch normalisation: a run that restores either wrongly ends elsewhere."""
SETTINGS = ["--architecture", json.dumps(NET), "--size", "64", "--pairs", "24", "--batch", "2", "--evaluate-every", "3", "--ema", "0.9"]
STEADY = ["--seam-weight", "0.5", "--workers", "0", "--precision", "fp32", "--threads", "1", "--cpu", "--schedule", "plateau"]


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("crops"))


@pytest.fixture(scope="module")
def uncut(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run from start to end: 12 steps, checkpoints at 3, 6, 9 and 12."""
    out = tmp_path_factory.mktemp("uncut")
    assert train.main(["--crops", str(crops), "--out", str(out), *SETTINGS, *STEADY, "--keep", "4"]) == 0
    return out


def weights(run: Path) -> dict[str, object]:
    from safetensors.torch import load_file

    return load_file(run / "model" / "model.safetensors") | load_file(run / "model" / "seam_head.safetensors")


def same_weights(one: Path, other: Path) -> bool:
    import torch

    ours, theirs = weights(one), weights(other)
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)  # type: ignore[arg-type]


def test_a_killed_run_goes_on_with_the_same_curve(uncut: Path, crops: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trainer.train", "--crops", str(crops), "--out", str(tmp_path), *SETTINGS, *STEADY, "--keep", "4"]
    command += ["--workers", "1"]  # not within this process: it has threads of other tests, which a fork does not survive
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 120
        while not (tmp_path / "checkpoint-6" / "whole.json").exists():
            assert running.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()[-3000:]
            time.sleep(0.01)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert not (tmp_path / "trained.json").exists(), "the run was over before it was killed"
    torn = tmp_path / "checkpoint-7"  # what a kill in the middle of writing leaves
    torn.mkdir()
    (torn / "model.safetensors").write_bytes(b"half")
    before = (tmp_path / "checkpoint-6" / "model.safetensors").read_bytes()
    assert train.main([*command[3:], "--workers", "0"]) == 0
    assert not torn.exists()
    assert (tmp_path / "checkpoint-6" / "model.safetensors").read_bytes() == before, "a finished checkpoint was written again"
    assert json.loads((tmp_path / "history.json").read_text()) == json.loads((uncut / "history.json").read_text())
    assert same_weights(uncut, tmp_path)


@pytest.mark.long
def test_going_on_from_the_first_checkpoint_without_its_dropout_state_ends_elsewhere(uncut: Path, crops: Path, tmp_path: Path) -> None:
    """The comparison above would see a generator that is not restored."""
    shutil.copytree(uncut, tmp_path / "run", ignore=shutil.ignore_patterns("checkpoint-6", "checkpoint-9", "checkpoint-12", "model"))
    (tmp_path / "run" / "checkpoint-3" / "rng_state.pth").unlink()
    assert train.main(["--crops", str(crops), "--out", str(tmp_path / "run"), *SETTINGS, *STEADY, "--keep", "4"]) == 0
    ours, theirs = (json.loads((run / "history.json").read_text()) for run in (tmp_path / "run", uncut))
    assert ours[:1] == theirs[:1] and ours != theirs


def test_a_run_that_was_over_is_finished_without_another_step(uncut: Path, crops: Path, tmp_path: Path) -> None:
    """Killed between its last checkpoint and its model folder."""
    shutil.copytree(uncut, tmp_path / "run", ignore=shutil.ignore_patterns("model", "trained.json", "curves.png"))
    assert train.main(["--crops", str(crops), "--out", str(tmp_path / "run"), *SETTINGS, *STEADY, "--keep", "4"]) == 0
    assert same_weights(uncut, tmp_path / "run")
    records = [json.loads((run / "trained.json").read_text()) for run in (uncut, tmp_path / "run")]
    assert records[0]["figures"] == records[1]["figures"] and records[0]["steps"] == records[1]["steps"] == 12
    assert (tmp_path / "run" / "curves.png").stat().st_size > 10_000


def test_another_recipe_does_not_go_on_in_the_same_folder(uncut: Path, crops: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(str(path) for path in uncut.rglob("*"))
    assert train.main(["--crops", str(crops), "--out", str(uncut), *SETTINGS, *STEADY, "--learning-rate", "0.1"]) == 2
    said = capsys.readouterr().err
    assert "learning_rate 0.0004" in said and "another --out" in said
    other = write_crops(uncut.parent / "other", train=4, validation=4)
    (other / "prepared.json").write_text("{}")
    assert train.main(["--crops", str(other), "--out", str(uncut), *SETTINGS, *STEADY]) == 2
    assert "crops_sha256" in capsys.readouterr().err
    assert sorted(str(path) for path in uncut.rglob("*")) == before


def test_only_the_newest_and_the_best_checkpoints_stay(tmp_path: Path) -> None:
    from trainer.learning import checkpoints

    for step in (10, 20, 30, 40):
        (tmp_path / f"checkpoint-{step}").mkdir()
        checkpoints.mark(tmp_path / f"checkpoint-{step}", {})
    (tmp_path / "checkpoint-50").mkdir()
    checkpoints.prune_checkpoints(tmp_path, keep=2, best=10)
    assert [checkpoints.step_of(path) for path in checkpoints.whole(tmp_path)] == [10, 30, 40]
    assert (tmp_path / "checkpoint-50").exists(), "another process may still be writing it"
    checkpoints.clear_torn(tmp_path)
    assert not (tmp_path / "checkpoint-50").exists()


def test_finished_checkpoints_of_another_program_are_not_deleted(crops: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "checkpoint-7"
    other.mkdir()
    (other / "trainer_state.json").write_text("{}")
    assert train.main(["--crops", str(crops), "--out", str(tmp_path), *SETTINGS, *STEADY]) == 2
    assert "checkpoint-7" in capsys.readouterr().err and (other / "trainer_state.json").exists()
