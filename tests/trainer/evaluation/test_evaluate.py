"""Evaluation through its command line, on drawn people: the figures, what serving says of the same files, and runs that are cut short."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from telltale.core.errors import BadRequest
from telltale.model.classifier import BROWSER
from tests.support.media.drawing import draw_face_picture, draw_face_video
from tests.support.media.portrait import CAST
from trainer.data.manifest import read_manifest
from trainer.evaluate import main, sources_of
from trainer.evaluation.scores import read_scores
from trainer.evaluation.summary import SCHEMA_VERSION

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos, two stills of one clip, one still of another, a wall without anybody, and a text that calls itself a video."""
    folder = tmp_path_factory.mktemp("media")
    for name, cast in (("a.mp4", CAST), ("b.mp4", CAST[::-1])):
        draw_face_video(folder / name, seconds=0.4, fps=10, size=(320, 240), cast=cast)
    for name, cast in (("c1.jpg", CAST), ("c2.png", CAST[::-1]), ("d.jpg", CAST[1:])):
        draw_face_picture(folder / name, size=(320, 240), cast=cast)
    cv2.imwrite(str(folder / "wall.png"), np.full((240, 320, 3), 127, np.uint8))
    (folder / "text.mp4").write_text("not a video\n" * 100)
    rows = [
        ("a.mp4", "real", "video", "drawn", "a", "pristine"),
        ("b.mp4", "fake", "video", "drawn", "b", "puppet"),
        ("c1.jpg", "fake", "image", "drawn", "c", "puppet"),
        ("c2.png", "fake", "image", "drawn", "c", "puppet"),
        ("d.jpg", "real", "image", "drawn", "d", "pristine"),
        ("wall.png", "real", "image", "walls", "w", "pristine"),
        ("text.mp4", "fake", "video", "walls", "t", "mask"),
    ]
    keys = ("path", "label", "kind", "source", "group", "method")
    more = {"a.mp4": {"setting": "webcam"}, "b.mp4": {"family": "reenactment"}}
    lines = [json.dumps(dict(zip(keys, row, strict=True)) | more.get(row[0], {})) + "\n" for row in rows]
    (folder / "manifest.jsonl").write_text("".join(lines))
    return folder / "manifest.jsonl"


def command(manifest: Path, out: Path, *more: str, model: str = BROWSER) -> list[str]:
    """The arguments of an evaluation."""
    return ["--model", model, "--manifest", str(manifest), "--out", str(out), "--frames", "3", "--faces", "mtcnn", *more]


@pytest.fixture(scope="module")
def evaluated(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole evaluation, run as a person would."""
    out = tmp_path_factory.mktemp("evaluation")
    run = [sys.executable, "-W", "error::RuntimeWarning", "-m", "trainer.evaluate", *command(manifest, out)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert "100%" in done.stderr and "7/7" in done.stderr  # the progress bar
    assert done.stdout.strip() == (out / "metrics.md").read_text().strip()
    return out


def scores_in(folder: Path) -> dict[str, dict]:
    """The lines of scores.jsonl by path."""
    return {entry["path"]: entry for entry in map(json.loads, (folder / "scores.jsonl").read_text().splitlines())}


def test_figures_are_written(evaluated: Path) -> None:
    metrics = json.loads((evaluated / "metrics.json").read_text())
    videos, stills = metrics["videos"], metrics["stills"]
    assert metrics["schema_version"] == SCHEMA_VERSION
    counts = {"files": 7, "real_videos": 1, "fake_videos": 2, "frames": 2 * 3, "real_stills": 2, "fake_stills": 2}
    assert metrics["counts"] == counts
    assert metrics["video_auc"] == videos["ranking"]["auc"] and metrics["frame_auc"] == videos["frame"]["auc"]
    for name in ("auc", "average_precision", "eer", "tpr_at_fpr_1", "tpr_at_fpr_5"):
        for estimate in (videos["ranking"][name], videos["frame"][name], stills["ranking"][name]):
            assert 0 <= estimate["low"] <= estimate["value"] <= estimate["high"] <= 1
    assert stills["frame"] is None
    decisions = videos["at_threshold"]
    assert decisions["accuracy"] == videos["accuracy"]["value"] and sum(decisions["confusion"].values()) == 3
    assert videos["false_alarms"]["value"] == decisions["false_alarm_rate"] and videos["misses"]["value"] == decisions["miss_rate"]
    assert 0 <= videos["brier"]["value"] <= 1 and videos["likelihood"]["minimum"]["value"] <= videos["likelihood"]["cllr"]["value"]
    answered = sum(sum(videos["verdicts"][verdict]) for verdict in ("likely_fake", "no_sign_of_manipulation"))
    assert videos["risk_coverage"]["own"]["coverage"] == videos["answers"]["coverage"]["value"] == pytest.approx(answered / 3)
    assert sum(map(sum, videos["verdicts"].values())) == 3 and sum(map(sum, stills["verdicts"].values())) == 4
    assert sum(each["files"]["reals"] + each["files"]["fakes"] for each in videos["face_px"]) == 2  # those with a face
    assert videos["compression"] and metrics["robustness"] is None and metrics["versus"] == []
    assert [(part["name"], part["reals"], part["fakes"]) for part in videos["sources"]] == [("drawn", 1, 1), ("walls", 0, 1)]
    assert [(part["name"], part["reals"], part["fakes"]) for part in stills["sources"]] == [("drawn", 1, 2), ("walls", 1, 0)]
    assert [(part["name"], part["reals"], part["fakes"]) for part in videos["methods"]] == [("mask", 1, 1), ("puppet", 1, 1)]
    assert [(kind["name"], kind["fakes"]) for kind in videos["kinds"]] == [("animated", 1), ("not stated", 1)]
    assert videos["kinds"][0]["auc"] is None, "one fake and one real are too few"
    assert [(family["name"], family["fakes"]) for family in videos["families"]] == [("reenactment", 1)]
    assert [(each["value"], each["reals"]) for each in videos["settings"]] == [("webcam", 1)]
    assert [(each["value"], each["reals"]) for each in stills["settings"]] == [("not stated", 2)]
    assert metrics["run"]["detector"] == "mtcnn"
    assert metrics["run"]["manifest_sha256"] and metrics["run"]["model_revision"]


def test_files_without_a_face_or_frames_are_told_and_undecided(evaluated: Path) -> None:
    metrics, scores = json.loads((evaluated / "metrics.json").read_text()), scores_in(evaluated)
    assert metrics["without_face"] == ["wall.png"]
    assert [each["path"] for each in metrics["unreadable"]] == ["text.mp4"]
    assert metrics["unreadable"][0]["reason"] == scores["text.mp4"]["unreadable"]
    assert scores["wall.png"]["probability"] == scores["text.mp4"]["probability"] == 0.5
    assert scores["wall.png"]["frames"] == scores["text.mp4"]["frames"] == []
    table = (evaluated / "metrics.md").read_text()
    assert "No face found: `wall.png`" in table and "Not readable: `text.mp4`" in table and "0.5 (cannot tell)" in table


def test_evaluation_says_what_serving_says(evaluated: Path, manifest: Path) -> None:
    from telltale.pipeline import check, load_engine

    engine, scores = load_engine(BROWSER, faces="mtcnn"), scores_in(evaluated)
    for name in ("a.mp4", "b.mp4", "c1.jpg", "d.jpg", "wall.png"):
        report = check(manifest.parent / name, engine, frames=3)
        assert scores[name]["verdict"] == report.verdict
        assert scores[name]["probability"] == pytest.approx(0.5 if report.fake_probability is None else report.fake_probability, abs=1e-6)
        highest = [moment.logit for person in report.people for moment in person.observations]
        assert max(scores[name]["frames"], default=None) == pytest.approx(max(highest, default=None), abs=1e-4)


def test_a_killed_run_goes_on(manifest: Path, evaluated: Path, tmp_path: Path) -> None:
    kept = tmp_path / "scores.jsonl"
    run = subprocess.Popen([sys.executable, "-m", "trainer.evaluate", *command(manifest, tmp_path)], cwd=ROOT, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while not (kept.exists() and b"\n" in kept.read_bytes()) and time.monotonic() < until and run.poll() is None:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    assert run.wait() == -signal.SIGKILL, "the run ended before it could be killed"
    assert not (tmp_path / "metrics.json").exists()
    first, *_ = kept.read_text().splitlines(keepends=True)
    marked = json.dumps(json.loads(first) | {"seconds": 12345.0}) + "\n"
    kept.write_text(marked + '{"run": "cut sho')
    assert main(command(manifest, tmp_path)) == 0
    assert kept.read_text().startswith(marked)  # not scored a second time
    assert len(kept.read_text().splitlines()) == 7
    again, whole = (json.loads((folder / "metrics.json").read_text()) for folder in (tmp_path, evaluated))
    assert again["video_auc"] == whole["video_auc"] and again["stills"] == whole["stills"]


@pytest.mark.long
def test_several_workers_score_alike(manifest: Path, evaluated: Path, tmp_path: Path) -> None:
    (tmp_path / "drawn.json").write_text('{"sources": ["drawn"]}')
    assert main(command(manifest, tmp_path, "--workers", "2", "--sources", f"@{tmp_path / 'drawn.json'}")) == 0
    alone, together = scores_in(evaluated), scores_in(tmp_path)
    assert set(together) == {"a.mp4", "b.mp4", "c1.jpg", "c2.png", "d.jpg"}
    for name, score in together.items():
        assert score["probability"] == pytest.approx(alone[name]["probability"], abs=1e-5)


def test_scores_of_another_model_are_not_used(evaluated: Path) -> None:
    run = scores_in(evaluated)["a.mp4"]["run"]
    assert len(read_scores(evaluated / "scores.jsonl", run)) == 7
    assert read_scores(evaluated / "scores.jsonl", run.replace("mtcnn", "insightface")) == {}


GOOD = {"path": "x.mp4", "label": "real", "kind": "video", "source": "s", "group": "g"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{oh", "Line 2 of .* is not JSON"),
        ("[1]", "Line 2 of .* is not a JSON object"),
        (json.dumps(GOOD | {"path": "y.mp4", "label": "maybe"}), "Line 2 of .* the label 'maybe'; it must be 'real' or 'fake'"),
        (json.dumps(GOOD | {"path": "y.mp4", "kind": "gif"}), "Line 2 of .* the kind 'gif'; it must be 'image' or 'video'"),
        (json.dumps(GOOD | {"path": "y.mp4", "group": 7}), "Line 2 of .* needs 'group' as a text"),
        (json.dumps({"path": "y.mp4"}), "Line 2 of .* needs 'label'"),
        (json.dumps(GOOD | {"path": "y.mp4", "method": 1}), "Line 2 of .* 'method' that is not a text"),
        (json.dumps(GOOD), "Line 2 of .* names 'x.mp4' a second time"),
        (json.dumps(GOOD | {"path": "gone.mp4"}), "names 'gone.mp4', but there is no such file"),
    ],
)
def test_a_bad_manifest_is_told_in_a_sentence(line: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "x.mp4").touch()
    (tmp_path / "m.jsonl").write_text(f"{json.dumps(GOOD)}\n{line}\n")
    with pytest.raises(BadRequest, match=told):
        read_manifest(tmp_path / "m.jsonl")


def test_mistakes_end_the_command_with_a_sentence(tmp_path: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(tmp_path / "none.jsonl", tmp_path)) == 2
    assert "cannot be read" in capsys.readouterr().err
    assert main(command(manifest, tmp_path, "--sources", "drawn,nowhere")) == 2
    assert "has no source 'nowhere'; it has drawn, walls." in capsys.readouterr().err
    assert main(command(manifest, tmp_path / "out", model=str(tmp_path / "no-model"))) == 3
    with pytest.raises(SystemExit, match="2"):
        main(command(manifest, tmp_path, "--workers", "0"))


def test_sources_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "kept_out.json").write_text('{"sources": ["a", "b"], "about": "kept out"}')
    assert sources_of([f"@{tmp_path / 'kept_out.json'}", "c", "a"]) == ["a", "b", "c"]
    assert sources_of(None) is None and sources_of(["a"]) == ["a"]
