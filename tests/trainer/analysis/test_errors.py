"""Contact sheets of misses: who is on them, in which order, and that they stay out of a repository."""

import json
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from telltale.core.report import Verdict
from tests.support.media.bad_media import faceless_video
from tests.support.media.drawing import draw_face_picture, draw_face_video
from tests.support.media.portrait import CAST
from trainer.analysis.errors import main
from trainer.analysis.misclassified import KINDS, TOGETHER, frames_of
from trainer.evaluation.scores import LookScore, Score, write_scores

RUN = "0123 settings 4567 mtcnn 3 frames"
FILES: dict[str, tuple[str, str, Verdict, float]] = {
    "alarm.mp4": ("real", "video", "likely_fake", 0.9),
    "right.mp4": ("real", "video", "no_sign_of_manipulation", 0.1),
    "found.mp4": ("fake", "video", "likely_fake", 0.9),
    "hidden.png": ("fake", "image", "no_sign_of_manipulation", 0.2),
    "open.png": ("real", "image", "cannot_tell", 0.5),
    "half.png": ("fake", "image", "cannot_tell", 0.4),
    "wall.mp4": ("real", "video", "no_face", 0.5),
}


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn face or two in each file, but for the wall; the manifest beside them."""
    folder, rows = tmp_path_factory.mktemp("media"), []
    for name, (label, kind, _, _) in FILES.items():
        if name == "wall.mp4":
            faceless_video(folder, name)
        elif kind == "video":
            draw_face_video(folder / name, seconds=0.3, fps=10, size=(640, 360), people=2 if name == "alarm.mp4" else 1, cast=CAST)
        else:
            draw_face_picture(folder / name, size=(320, 240))
        rows.append({"path": name, "label": label, "kind": kind, "source": f"set {label}", "group": name, "method": "drawn"})
    (folder / "manifest.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def evaluation(media: Path, tmp_path: Path) -> Path:
    """The scores of an evaluation that found the second person of ``alarm.mp4`` the more suspicious."""
    scores = []
    for name, (_, kind, verdict, probability) in FILES.items():
        count = 3 if kind == "video" else 1
        people = ((1, -3.0), (2, 4.5)) if name == "alarm.mp4" else ((1, 0.0),)
        looks = tuple(LookScore(number, at / 10, logit, 120.0, 50.0, 0.2) for number, logit in people for at in range(count))
        seen = () if verdict == "no_face" else looks
        reasons = ("face.blurred",) if name == "alarm.mp4" else ()
        scores.append(Score(RUN, name, verdict, probability, (0.0,), 120.0, 0.1, logit=0.0, sampled=count, looks=seen, reasons=reasons))
    (tmp_path / "run").mkdir()
    list(write_scores(tmp_path / "run" / "scores.jsonl", scores))
    return tmp_path


def command(media: Path, evaluation: Path, out: Path) -> list[str]:
    """The arguments."""
    return ["--scores", str(evaluation / "run"), "--manifest", str(media / "manifest.jsonl"), "--out", str(out)]


def test_every_kind_of_miss_has_its_pages_and_counts(media: Path, evaluation: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = evaluation / "pages"
    out.mkdir()
    (out / "reals-called-fake-07.jpg").write_bytes(b"of an earlier run")
    assert main(command(media, evaluation, out)) == 0
    names = {"reals-called-fake", "fakes-called-real", "cannot-tell-real", "cannot-tell-fake", "no-face"}
    assert {path.name for path in out.iterdir()} == {f"{name}-01.jpg" for name in names} | {"misses.json"}
    counted = json.loads((out / "misses.json").read_text())
    assert [counted[kind]["files"] for kind in KINDS] == [1, 1, 1, 1, 1]
    assert [(counted[kind]["videos"], counted[kind]["stills"]) for kind in KINDS] == [(1, 0), (0, 1), (0, 1), (0, 1), (1, 0)]
    assert counted["reals called fake"]["reasons"] == {"face.blurred": 1}
    assert counted["fakes called real"]["sources"] == {"set fake, drawn": 1}
    assert "reals called fake: videos 1, stills 0 (set real)" in capsys.readouterr().out


def colours(page: Path) -> float:
    """The share of a page that is neither paper nor writing."""
    picture = cv2.imread(str(page))
    assert picture is not None and picture.shape[1] == 1200
    return float((np.ptp(picture.astype(int), axis=2) > 24).mean())


def test_a_page_shows_faces_of_the_person_who_decides(media: Path, evaluation: Path) -> None:
    from telltale.faces.detectors import load_face_detector
    from trainer.analysis.error_sheets import SIDE, faces_in
    from trainer.analysis.saved_scores import read_kept

    assert main(command(media, evaluation, evaluation / "pages")) == 0
    assert colours(evaluation / "pages" / "reals-called-fake-01.jpg") > 0.05
    kept = {each.row.path: each for each in read_kept(evaluation / "run", [media / "manifest.jsonl"])}
    finder = load_face_detector("mtcnn")
    faces = faces_in(kept["alarm.mp4"], finder, frames_of(RUN), TOGETHER)
    assert [face.picture.shape for face in faces] == [(SIDE, SIDE, 3)] * 3
    assert [face.caption.split(" · ")[0] for face in faces] == ["logit +4.5"] * 3
    assert len(faces_in(kept["hidden.png"], finder, 3, 1)) == 1
    (whole,) = faces_in(kept["wall.mp4"], finder, 3, 1)
    assert whole.caption == "wall.mp4"


def test_a_work_tree_is_refused_unless_the_folder_is_ignored(
    media: Path, evaluation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    (tree / ".gitignore").write_text("runs/\n")
    assert main(command(media, evaluation, tree / "docs" / "pages")) != 0
    assert "work tree" in capsys.readouterr().err and not (tree / "docs").exists()
    assert main(command(media, evaluation, tree / "runs" / "pages")) == 0
    (tree / "link").symlink_to(tree)
    assert main(command(media, evaluation, tree / "link" / "pages")) != 0
