"""From looks to a video's figure: the ways, how they are compared, and the command, on scores whose answer is known."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from telltale.model.classifier import BROWSER
from tests.support.media.bad_media import faceless_video
from tests.support.media.drawing import draw_face_video
from tests.support.media.portrait import CAST
from trainer.analysis.aggregate import main
from trainer.analysis.aggregation import TODAY, videos_of
from trainer.analysis.logit_corrections import corrections
from trainer.analysis.pooling import POOLS, Looks, figure
from trainer.analysis.saved_scores import Scored, read_kept
from trainer.data.manifest import Row
from trainer.evaluation.scores import LookScore, Score, Scorer, read_scores, score_file, write_scores

RUN = "0123 settings 4567 mtcnn 32 frames"


def looks(*people: Sequence[float], sharpness: float = 100.0, face_px: float = 200.0) -> tuple[LookScore, ...]:
    """Each person's logits, in order of time."""
    return tuple(
        LookScore(number, float(at), float(logit), face_px, sharpness, 0.3)
        for number, logits in enumerate(people, start=1)
        for at, logit in enumerate(logits)
    )


def scored(name: str, label: str, seen: tuple[LookScore, ...], *, source: str = "own", file: Path = Path("none.mp4")) -> Scored:
    """A video with these looks in 32 frames."""
    row = Row(name, file, label, "video", source, name)  # type: ignore[arg-type]
    score = Score(RUN, name, "cannot_tell", 0.5, (0.0,), 200.0, 0.1, compression=0.3, logit=0.0, sampled=32, looks=seen)
    return Scored(row, score)


def pooled(name: str, logits: Sequence[float], **columns: Sequence[float]) -> float:
    """One pool's figure."""
    face_px, sharpness = (np.array(columns.get(key, np.ones(len(logits))), float) for key in ("face_px", "sharpness"))
    return POOLS[name](Looks(np.array(logits, float), face_px, sharpness))


def test_the_pools_do_what_they_are_called() -> None:
    rising = list(range(10))
    assert pooled("mean", rising) == pooled("median", rising) == pooled("trimmed 10 %", [*rising[:-1], 9]) == 4.5
    assert pooled("trimmed 10 %", [-100, *range(1, 9), 100]) == 4.5
    assert [pooled(f"top {share} %", rising) for share in (10, 20, 30)] == [9.0, 8.5, 8.0]
    assert pooled("highest run of 3", [0, 6, 0, 3, 3, 3, 0]) == 3.0 and pooled("highest run of 5", [1, 2, 3]) == 2.0
    assert pooled("weighted by face size", [0, 4], face_px=[100, 300]) == 3.0
    assert pooled("weighted by sharpness", [0, 4], sharpness=[300, 100]) == 1.0
    assert pooled("mean probability", [0, 0]) == 0 and pooled("mean probability", [-20, 20]) == pytest.approx(0, abs=1e-6)
    assert all(pooled(name, [2.5]) == pytest.approx(2.5) for name in POOLS)


def test_the_way_of_today_is_what_a_check_does(tmp_path: Path) -> None:
    draw_face_video(tmp_path / "a.mp4", seconds=0.5, fps=10, size=(640, 360), people=2, cast=CAST[:2])
    row = Row("a.mp4", tmp_path / "a.mp4", "real", "video", "own", "a")
    score = score_file(row, Scorer(BROWSER, "mtcnn", None, 4, 1), RUN)
    assert score.logit is not None and len({look.person for look in score.looks}) == 2 and score.sampled == 4
    assert figure(score, POOLS[TODAY[0]], TODAY[1]) == pytest.approx(score.logit, abs=1e-3)
    kept = tmp_path / "scores.jsonl"
    list(write_scores(kept, [score]))
    assert read_scores(kept, RUN)["a.mp4"] == score


def flash(rng: np.random.Generator, stretch: float) -> tuple[LookScore, ...]:
    """A video of noise at a level of its own, with a stretch of four looks that stand out."""
    logits = rng.normal(rng.normal(0, 0.4), 1.0, 32)
    logits[10:14] += stretch
    return looks(logits.tolist())


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a wall, whose packets can be measured."""
    return faceless_video(tmp_path_factory.mktemp("wall"), "wall.mp4", size=(64, 48), seconds=2)


def test_a_correction_for_quality_helps_where_reals_depend_on_it_and_says_how_much(video: Path) -> None:
    rng, videos = np.random.default_rng(1), []
    for number in range(90):
        label, soft = "fake" if number % 3 == 0 else "real", float(rng.uniform(2, 6))
        logits = (6 - 2 * soft + (5.0 if label == "fake" else 0.0) + rng.normal(0, 0.3, 8)).tolist()
        videos.append(scored(f"{number}", label, looks(logits, sharpness=float(np.exp(soft))), source=f"s{number % 5}", file=video))
    none, company, quality = corrections(videos_of(videos))
    assert quality.ahead is not None and quality.ahead.low > 0 and quality.auc.value > none.auc.value
    assert quality.explained is not None and quality.explained > 0.8 and quality.slopes[1] < -1
    assert quality.found.value > none.found.value
    assert company.concerned == 0 and company.auc == none.auc


@pytest.fixture
def evaluation(tmp_path: Path, video: Path) -> Path:
    """An evaluation's folder, its manifest beside it."""
    rng, rows, scores = np.random.default_rng(2), [], []
    for number in range(24):
        label, name = "fake" if number % 2 else "real", f"{number}.mp4"
        os.link(video, tmp_path / name)
        rows.append({"path": name, "label": label, "kind": "video", "source": f"s{number % 3}", "group": name})
        scores.append(scored(name, label, flash(rng, 4.0 * (number % 2))).score)
    (tmp_path / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "run").mkdir()
    list(write_scores(tmp_path / "run" / "scores.jsonl", scores))
    return tmp_path


def command(folder: Path, *more: str) -> list[str]:
    """The arguments of a comparison."""
    return ["--scores", str(folder / "run"), "--manifest", str(folder / "manifest.jsonl"), "--out", str(folder / "out"), *more]


def test_the_command_writes_tables_and_figures(evaluation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(evaluation, "--more", str(evaluation / "run"), str(evaluation / "manifest.jsonl"))) == 0
    entries = json.loads((evaluation / "out" / "aggregate.json").read_text())
    table = (evaluation / "out" / "aggregate.md").read_text()
    assert capsys.readouterr().out.strip() == table.strip()
    assert entries["videos"] == {"real": 12, "fake": 12} and entries["run"] == RUN
    assert len(entries["ways"]) == 2 * len(POOLS) and entries["ways"][0]["pool"] == "mean"
    assert table.count("\n|") >= 2 * len(POOLS) + 3 and "highest run of 3" in table
    assert [each["name"] for each in entries["corrections"]] == ["none", "company", "quality"]


def test_which_run_is_meant_must_be_clear(evaluation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, manifests = evaluation / "run" / "scores.jsonl", [evaluation / "manifest.jsonl"]
    other = "89ab settings 4567 mtcnn 32 frames"
    lines = kept.read_text()
    kept.write_text(lines + lines.replace(RUN, f"{RUN} jpeg 50"))
    assert read_kept(kept, manifests)[0].score.run == RUN  # what was made worse is not meant
    kept.write_text(lines + lines.replace(RUN, other))
    assert main(command(evaluation)) != 0 and "--run" in capsys.readouterr().err
    assert read_kept(kept, manifests, other)[0].score.run == other
    (evaluation / "run" / "metrics.json").write_text(json.dumps({"run": {"model_revision": "89ab"}}))
    assert read_kept(evaluation / "run", manifests)[0].score.run == other
