"""Redrawn crops: autoencoders keep the shape, tones stay the real one's, every copy finds the very frame it came from."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.datasets.blob_crops import Held, split_of, write_split
from trainer import reconstruct
from trainer.data.shards import open_split
from trainer.synthesis.autoencoder import SHAPES
from trainer.synthesis.dataset import Mix, NetInput, TrainingPairs
from trainer.synthesis.pairing import PairSampler

PLAIN = NetInput(64, 0.12, [0.0, 0.0, 0.0], [1.0, 1.0, 1.0])


def test_broad_tones_are_the_real_ones_and_detail_the_redrawn_one() -> None:
    real = np.full((96, 96, 3), (200, 90, 40), np.uint8)
    grid = np.zeros((96, 96, 3), np.float32)
    grid[::2] = 30.0
    toned = reconstruct.match_tones(100 + grid, real).astype(np.float32)
    assert np.abs(cv2.GaussianBlur(toned, (0, 0), 6)[20:-20, 20:-20] - (200, 90, 40)).max() < 2
    assert 25 < (toned[40] - toned[41]).mean() < 31


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small prepared folder and what the command makes of it."""
    root = tmp_path_factory.mktemp("decode")
    for split in ("train", "validation"):
        write_split(root / "crops" / split)
    (root / "crops" / "prepared.json").write_text("{}")
    assert reconstruct.main(["--crops", str(root / "crops"), "--out", str(root / "out"), "--minutes", "0.01"]) == 0
    return root


def test_every_real_is_there_once_more(redrawn: Path) -> None:
    before, rows = open_split(redrawn / "crops/train"), open_split(redrawn / "out/train")
    copies = [row for row in rows if row["label"] == "decoded"]
    assert len(copies) == len(before) and len(rows) == 2 * len(before)
    assert {row["method"] for row in copies} <= {shape.name for shape in SHAPES}
    assert sorted((row["source"], row["unit"], row["frame"]) for row in copies) == sorted(
        (row["source"], row["unit"], row["frame"]) for row in before
    )
    assert "decoded" not in open_split(redrawn / "out/validation")["label"]


def test_what_is_finished_is_not_done_again(redrawn: Path) -> None:
    made = {path: path.stat().st_mtime_ns for path in (redrawn / "out").rglob("*") if path.suffix in (".arrow", ".safetensors")}
    assert reconstruct.main(["--crops", str(redrawn / "crops"), "--out", str(redrawn / "out"), "--minutes", "5"]) == 0
    assert made == {path: path.stat().st_mtime_ns for path in made}


def test_a_copy_stands_beside_the_very_frame_it_came_from() -> None:
    reals = [Held("a", "real", f"{number}", group="g", frames=3) for number in range(3)]
    copies = [Held("a", "decoded", f"{number}", group="g", method=SHAPES[0].name, frames=3) for number in (2, 0, 1)]
    couples = PairSampler(split_of([*reals, *copies]))
    assert couples.decoded and not couples.labelled
    copy_of = {2: 3, 0: 4, 1: 5}
    for seed in range(8):
        real, copy = couples.real_and_redrawn(np.random.default_rng(seed), np.array([0.1, 0.5, 0.9]))
        hues = [[round(float(picture[..., 0].mean())) - 40 for picture in side.pictures] for side in (real, copy)]
        frames = [[round((float(picture[..., 1].mean()) - 60) / 8) for picture in side.pictures] for side in (real, copy)]
        assert frames[0] == frames[1] == [0, 1, 2]
        assert hues[1] == [copy_of[hue] for hue in hues[0]]


def test_pairs_take_them_and_know_their_seam_only_where_pasted() -> None:
    rows = split_of([Held("a", "real", "u", frames=2), Held("a", "decoded", "u", method=SHAPES[0].name, frames=2)])
    pairs = TrainingPairs(rows, 40, PLAIN, mix=Mix(0.0, 0.0, 1.0), seed=3, seam=4)
    items = [pairs[number] for number in range(40)]
    known = [bool(item["seam_known"][1]) for item in items]
    assert 8 < sum(known) < 32
    assert all(item["seams"][1].max() > 0.05 for item, pasted in zip(items, known, strict=True) if pasted)
    assert all(item["seams"][1].max() == 0 for item, pasted in zip(items, known, strict=True) if not pasted)
