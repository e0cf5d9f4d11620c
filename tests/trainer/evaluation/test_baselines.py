"""Other models side by side with the one evaluated, on the same files; and rows that are face crops already."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telltale.model.classifier import BROWSER
from tests.engine.model.test_classifier import tiny
from tests.support.media.drawing import draw_face_picture
from tests.support.media.portrait import CAST
from trainer.data.manifest import Row, read_manifest
from trainer.evaluate import main
from trainer.evaluation.scores import Scorer, score_file


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real and two fake pictures."""
    folder = tmp_path_factory.mktemp("versus")
    lines = []
    for number, label in enumerate(("real", "fake", "real", "fake")):
        draw_face_picture(folder / f"{number}.png", size=(256, 192), cast=CAST[number % 2 :] + CAST[: number % 2])
        entry = {"path": f"{number}.png", "label": label, "kind": "image", "source": "drawn", "group": str(number)}
        lines.append(json.dumps(entry | ({"family": "swap"} if label == "fake" else {})))
    (folder / "m.jsonl").write_text("\n".join(lines))
    return folder / "m.jsonl"


def test_two_models_side_by_side(manifest: Path, tmp_path: Path) -> None:
    other = tiny(tmp_path / "other", {0: "real", 1: "fake"})
    out = tmp_path / "out"
    command = ["--model", BROWSER, "--manifest", str(manifest), "--out", str(out), "--faces", "mtcnn"]
    assert main([*command, "--versus", f"random={other}"]) == 0
    metrics = json.loads((out / "metrics.json").read_text())
    ours, theirs = metrics["versus"]
    assert (ours["name"], theirs["name"]) == ("this model", "random")
    assert ours["videos"] is None and theirs["videos"] is None and ours["revision"] != theirs["revision"]
    ours, theirs = ours["stills"], theirs["stills"]
    assert ours["ranking"] == metrics["stills"]["ranking"] and ours["ahead"] is None and ours["frame"] is None
    assert theirs["ahead"]["value"] == pytest.approx(ours["ranking"]["auc"]["value"] - theirs["ranking"]["auc"]["value"])
    assert theirs["ahead"]["low"] <= theirs["ahead"]["value"] <= theirs["ahead"]["high"]
    assert [part["name"] for part in theirs["kinds"]] == ["swap"]
    assert "| random | " in (out / "metrics.md").read_text()
    assert (out / "stills_versus.png").stat().st_size > 5000 and not (out / "versus.png").exists()
    assert len({json.loads(line)["run"] for line in (out / "scores.jsonl").read_text().splitlines()}) == 2


def test_a_rival_that_is_not_there_is_told(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--model", BROWSER, "--manifest", str(manifest), "--out", str(tmp_path), "--faces", "mtcnn"]
    assert main([*command, "--versus", f"gone={tmp_path / 'gone'}"]) == 3
    assert "There is no model folder" in capsys.readouterr().err
    assert not (tmp_path / "metrics.json").exists()


def test_a_row_that_is_a_crop_skips_the_detector(manifest: Path, tmp_path: Path) -> None:
    """A picture of stripes shows no face to a detector; as a crop it is scored as it is."""
    import cv2

    stripes = np.zeros((160, 160, 3), np.uint8)
    stripes[:, ::8] = 200
    cv2.imwrite(str(tmp_path / "stripes.png"), stripes)
    looker = Scorer(BROWSER, "mtcnn", None, 4, 0)
    row = Row("stripes.png", tmp_path / "stripes.png", "real", "image", "s", "g")
    assert score_file(row, looker, "r").verdict == "no_face"
    cropped = score_file(replace(row, cropped=True), looker, "r")
    assert len(cropped.frames) == 1 and cropped.face_px is not None and 80 < cropped.face_px <= 160
    (drawn, *_) = read_manifest(manifest).rows
    assert score_file(drawn, looker, "r").compression is not None
