"""Several processes: ``torchrun`` and ``accelerate launch`` train unchanged, and two processes learn what one with twice the batch does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.datasets.portrait_crops import write_crops

ROOT = Path(__file__).resolve().parents[3]
VIT = {"model_type": "vit", "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "patch_size": 16}
"""Without dropout and batch statistics, so that the split of a batch over processes cannot matter."""
SETTINGS = ["--architecture", json.dumps(VIT), "--size", "64", "--pairs", "16", "--evaluate-every", "2", "--ema", "0.9"]
STEADY = ["--seam-weight", "0.5", "--workers", "0", "--precision", "fp32", "--threads", "1", "--cpu", "--keep", "9"]


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_crops(tmp_path_factory.mktemp("crops"), validation=5)


def run(launcher: list[str], crops: Path, out: Path, batch: int) -> subprocess.CompletedProcess[str]:
    command = [*launcher, "-m", "trainer.train", "--crops", str(crops), "--out", str(out), *SETTINGS, *STEADY, "--batch", str(batch)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def alone(crops: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("alone")
    run([sys.executable], crops, out, batch=4)
    return out


@pytest.mark.long
@pytest.mark.parametrize(
    "launcher",
    [
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"],
        [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--main_process_port", "0"],
    ],
    ids=["torchrun", "accelerate"],
)
def test_two_processes_learn_what_one_does(launcher: list[str], crops: Path, alone: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    done = run(launcher, crops, tmp_path, batch=2)
    printed = done.stdout[done.stdout.index("{\n") :]
    assert json.loads(printed[: printed.index("\n}") + 2])["eval_balanced_auc"] >= 0
    assert done.stdout.count('"eval_balanced_auc"') == 1, "the figures are printed once"
    record, other = (json.loads((out / "trained.json").read_text()) for out in (tmp_path, alone))
    assert (record["processes"], other["processes"], record["steps"]) == (2, 1, 4)
    ours, theirs = (json.loads((out / "history.json").read_text()) for out in (tmp_path, alone))
    for mine, its in zip(ours, theirs, strict=True):
        assert mine == pytest.approx(its, abs=2e-5)
    assert all(mine["eval_accuracy"] * 10 % 1 == pytest.approx(0) for mine in ours), "each of the ten crops counts once"
    for part in ("raw.", "mean."):
        mine, its = (load_file(out / "checkpoint-4" / "learner.safetensors") for out in (tmp_path, alone))
        names = [name for name in its if name.startswith(part)]
        assert names and all(torch.allclose(mine[name], its[name], atol=2e-5) for name in names)
    assert len(list((tmp_path / "logs").glob("events*"))) == 1, "one process writes the curves"


@pytest.mark.long
def test_a_run_of_two_processes_does_not_go_on_as_one(alone: Path, crops: Path, tmp_path: Path) -> None:
    """The steps would mean something else."""
    from trainer.learning import checkpoints

    identity = json.loads((alone / "checkpoint-4" / "whole.json").read_text())
    with pytest.raises(checkpoints.BadRequest, match="processes 1"):
        checkpoints.check_same(alone / "checkpoint-4", identity | {"processes": 2})
