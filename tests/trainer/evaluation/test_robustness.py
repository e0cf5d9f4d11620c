"""Perturbations make pictures worse, the more the harsher; an evaluation under them goes on where it stopped."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from telltale.model.classifier import BROWSER
from telltale.video.frames import Clip, Frame
from tests.support.media.drawing import draw_face_picture, draw_face_video, draw_frame, poses_at
from tests.support.media.portrait import CAST
from trainer.data.manifest import Row
from trainer.evaluate import main
from trainer.evaluation.perturbations import GRID, PLATFORM, degrade, grid, perturb
from trainer.evaluation.robustness import choose
from trainer.synthesis.codecs import through_video


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """A drawn face; its sides are odd."""
    return draw_frame(poses_at(0.5, 1, (241, 181)), (241, 181))


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """Root mean squared difference in grey levels."""
    return float(np.sqrt(np.mean((one.astype(float) - other.astype(float)) ** 2)))


@pytest.mark.parametrize("kind", [kind for kind in GRID if len(GRID[kind]) > 1])
def test_the_harsher_the_worse(kind: str, drawn: np.ndarray) -> None:
    results = [degrade(drawn, each) for each in grid([kind])]
    assert all(result.shape == drawn.shape and result.dtype == np.uint8 for result in results)
    distances = [distance(result, drawn) for result in results]
    assert distances == sorted(distances) and distances[0] > 0 and distances[-1] > 1.5 * distances[0]
    assert distances[-1] < 40  # the picture is still there, colours in their order
    again = degrade(drawn, grid([kind])[-1])
    assert np.array_equal(again, results[-1])


def test_half_size_stays_half_and_is_compressed_there(drawn: np.ndarray) -> None:
    clip = Clip("video", 241, 181, 1.0, "h264", [Frame(0, 0.0, drawn)])
    worse = perturb(clip, PLATFORM)
    (frame,) = worse.frames
    assert (worse.width, worse.height) == (120, 90) and frame.rgb.shape == (90, 120, 3)
    small = cv2.resize(drawn, (120, 90), interpolation=cv2.INTER_AREA)
    assert distance(frame.rgb, through_video([small], "h264", 34)[0]) == 0
    assert 1 < distance(frame.rgb, small) < 20  # the codec took something, and the picture is still there


def row(path: str, label: str, source: str, group: str) -> Row:
    """A still."""
    return Row(path, Path(path), label, "image", source, group)  # type: ignore[arg-type]


def test_a_part_of_the_files_is_spread_over_labels_sources_and_videos() -> None:
    rows = [row(f"a{n}", "real", "a", str(n % 3)) for n in range(60)] + [row("f0", "fake", "b", "0"), row("f1", "fake", "b", "1")]
    chosen = choose(rows, 5)
    assert [each.path for each in chosen if each.label == "fake"] == ["f0", "f1"]
    assert len({each.group for each in chosen if each.label == "real"}) == 3
    assert choose(rows, 5) == chosen and choose(rows, 100) == rows


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two real and two fake pictures."""
    folder = tmp_path_factory.mktemp("robust")
    lines = []
    for number, label in enumerate(("real", "fake", "real", "fake")):
        draw_face_picture(folder / f"{number}.png", size=(256, 192), cast=CAST[number % 2 :] + CAST[: number % 2])
        lines.append(json.dumps({"path": f"{number}.png", "label": label, "kind": "image", "source": "drawn", "group": str(number)}))
    (folder / "m.jsonl").write_text("\n".join(lines))
    return folder / "m.jsonl"


@pytest.mark.long
def test_an_evaluation_under_perturbations_and_one_that_goes_on(manifest: Path, tmp_path: Path) -> None:
    command = ["--model", BROWSER, "--manifest", str(manifest), "--out", str(tmp_path), "--faces", "mtcnn"]
    command += ["--robustness", "resize,blur,half_h264", "--robustness-files", "3"]
    assert main(command) == 0
    found = json.loads((tmp_path / "metrics.json").read_text())["robustness"]
    assert found["files"] == 3 and found["videos"] is None and found["frames"] == 8
    measured, found = found, found["stills"]
    assert (found["reals"], found["fakes"]) == (1, 2)
    assert [(each["kind"], each["level"]) for each in found["entries"]] == [
        (None, None), ("half_h264", 34), *(("resize", level) for level in GRID["resize"]), *(("blur", level) for level in GRID["blur"]),
    ]  # fmt: skip
    assert found["entries"][0]["loss"] is None
    for each in found["entries"][1:]:
        clean, worse = found["entries"][0]["auc"]["value"], each["auc"]["value"]
        assert each["loss"]["value"] == pytest.approx(clean - worse)
    told = (tmp_path / "metrics.md").read_text()
    assert "| blur, σ 4 px |" in told and "to half size, H.264 CRF 34 (enlarged by the check like any small face), the AUC falls by" in told
    assert found["platform_loss"] == found["entries"][1]["loss"]
    assert (tmp_path / "stills_robustness.png").stat().st_size > 5000
    lines = (tmp_path / "scores.jsonl").read_text().splitlines(keepends=True)
    runs = {json.loads(line)["run"] for line in lines}
    assert len(lines) == 4 + 9 * 3 and len(runs) == 10 and sum(run.endswith("frames blur 4") for run in runs) == 1
    by_run = {json.loads(line)["run"]: json.loads(line) for line in lines if json.loads(line)["path"] == json.loads(lines[-1])["path"]}
    assert len({entry["frames"][0] for entry in by_run.values() if entry["frames"]}) > 5  # the net saw different pictures
    kept = lines[:-2]
    (tmp_path / "scores.jsonl").write_text("".join(kept) + lines[-2][:40])  # cut short while writing
    assert main(command) == 0
    again = (tmp_path / "scores.jsonl").read_text().splitlines(keepends=True)
    assert again[: len(kept)] == kept and len(again) == len(lines)
    assert json.loads((tmp_path / "metrics.json").read_text())["robustness"] == measured


@pytest.mark.long
def test_of_videos_fewer_frames_are_looked_at_and_the_clean_reference_too(tmp_path: Path) -> None:
    lines = []
    for number, label in enumerate(("real", "fake")):
        draw_face_video(tmp_path / f"{number}.mp4", seconds=0.5, fps=10, size=(256, 192), cast=CAST[number:] + CAST[:number])
        lines.append(json.dumps({"path": f"{number}.mp4", "label": label, "kind": "video", "source": "drawn", "group": str(number)}))
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    command = ["--model", BROWSER, "--manifest", str(tmp_path / "m.jsonl"), "--out", str(tmp_path / "out"), "--faces", "mtcnn"]
    assert main([*command, "--frames", "4", "--robustness", "half_h264", "--robustness-frames", "2"]) == 0
    kept = [json.loads(line) for line in (tmp_path / "out/scores.jsonl").read_text().splitlines()]
    looked = {each["run"].split("mtcnn ")[1]: len(each["frames"]) for each in kept}
    assert looked == {"4 frames": 4, "2 frames": 2, "2 frames half_h264 34": 2}
    assert json.loads((tmp_path / "out/metrics.json").read_text())["robustness"]["frames"] == 2
