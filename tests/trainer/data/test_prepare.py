"""`python -m trainer.prepare` from files to crops: what is written, what is left out, what is refused."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.datasets.face_dataset import draw_faces, face
from tests.support.media.bad_media import broken_file, still_picture
from trainer import prepare
from trainer.data.manifest import read_manifest
from trainer.data.shards import open_split

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, a video and a folder of frames of a drawn face; crops that are none's business but ours; and what cannot be used."""
    from tests.support.media.drawing import draw_face_video

    root = tmp_path_factory.mktemp("set")
    path = draw_faces(root, 6)
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    draw_face_video(root / "talk.mp4", seconds=2, fps=12, size=(320, 320))
    (root / "walk").mkdir()
    for number in range(12):
        Image.fromarray(face()[:, :, ::-1]).save(root / "walk" / f"{number}.png")
    still_picture(root, "nobody.png")
    still_picture(root, "crop.png", (200, 200))
    broken_file(root)
    more = {"talk.mp4": "video", "walk": "frames", "nobody.png": "image", "crop.png": "image", "broken.mp4": "video"}
    for name, kind in more.items():
        rows.append({"path": name, "label": "fake", "kind": kind, "source": "odd", "group": name, "compression": "c23"})
    rows[-2]["cropped"] = True
    rows.append({"path": "later.png", "label": "real", "kind": "image", "source": "tested", "group": "9"})
    shutil.copy(root / "000.png", root / "later.png")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def out(manifest: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    assert prepare.main(arguments(manifest, out)) == 0
    return out


def arguments(manifest: Path, out: Path, *more: str) -> list[str]:
    fixed = ["--validation-sources", "odd", "--test-sources", "tested", "--frames", "5", "--chunk", "4", "--workers", "1"]
    return ["--manifest", str(manifest), "--out", str(out), *fixed, *more]


def test_every_kind_of_file_becomes_crops(out: Path) -> None:
    rows = open_split(out / "validation")
    found = {unit: [row for row in rows if row["unit"] == unit] for unit in set(rows["unit"])}
    assert {unit: len(crops) for unit, crops in found.items()} == {"talk.mp4": 5, "walk": 5, "odd/fake/crop.png": 1}
    assert [row["frame"] for row in found["walk"]] == [0, 1, 2, 3, 4]
    assert all(row["image"].size == (288, 288) and row["compression"] == "c23" and row["face_px"] >= 48 for row in rows)
    crop = np.asarray(found["odd/fake/crop.png"][0]["image"])
    assert crop.std() > 20, "the whole picture was to be kept"


def test_what_is_left_out_is_named_with_the_reason(out: Path) -> None:
    left_out = {item["path"]: item["why"] for item in map(json.loads, (out / "left_out.jsonl").read_text().splitlines())}
    assert left_out == {
        "nobody.png": "no face of 48 pixels or more",
        "broken.mp4": "it is not a video or picture that Telltale can read.",
    }
    assert json.loads((out / "prepared.json").read_text())["left_out"] == dict.fromkeys(left_out.values(), 1)


def test_the_marker_counts_and_names_what_was_read(out: Path, manifest: Path) -> None:
    prepared = json.loads((out / "prepared.json").read_text())
    assert prepared["crops"]["validation"] == {"odd fake": 11}
    assert prepared["files"]["validation"]["odd fake"] == 5 and prepared["files"]["test"] == {"tested real": 1}
    assert prepared["arguments"]["manifest"] == str(manifest) and prepared["arguments"]["frames"] == "5"
    manifests = b"".join((out / f"{split}.jsonl").read_bytes() for split in ("train", "validation", "test"))
    assert prepared["manifest_sha256"] == hashlib.sha256(manifests).hexdigest()


def test_the_manifests_of_the_splits_find_their_files(out: Path) -> None:
    for split, sources in (("train", {"own"}), ("test", {"tested"})):
        rows = read_manifest(out / f"{split}.jsonl").rows
        assert {row.source for row in rows} == sources and {row.split for row in rows} == {split}
    assert {row.path.rpartition("/")[2] for row in read_manifest(out / "validation.jsonl").rows} >= {"talk.mp4", "walk", "broken.mp4"}
    assert not (out / "test").exists(), "test files are read when they are evaluated"


def test_a_second_run_finds_all_done(out: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.glob("*/*")}
    content = (out / "prepared.json").read_bytes()
    assert prepare.main(arguments(manifest, out, "--workers", "2")) == 0, "who does the work is no other question"
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/*")} == before
    assert (out / "prepared.json").read_bytes() == content
    assert "validation: 0 real and 5 fake files -> 0 real and 11 fake crops" in capsys.readouterr().out


def test_other_arguments_are_refused(out: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert prepare.main(arguments(manifest, out, "--frames", "6")) == 2
    assert "--frames was 5, is 6" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


def test_another_manifest_under_the_same_name_is_refused(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "set"
    path = draw_faces(root, 2)
    assert prepare.main(["--manifest", str(path), "--out", str(tmp_path / "out"), "--workers", "1"]) == 0
    draw_faces(root, 4)
    assert prepare.main(["--manifest", str(path), "--out", str(tmp_path / "out"), "--workers", "1"]) == 2
    assert "the files or what is said of them have changed" in capsys.readouterr().err


def test_a_folder_of_something_else_is_refused(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "prepared.json").write_text("{}")
    assert prepare.main(arguments(manifest, tmp_path)) == 2
    assert "holds crops of an earlier version" in capsys.readouterr().err


def test_two_at_once_in_one_folder_are_refused(out: Path, manifest: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import fcntl

    with (out / "plan.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert prepare.main(arguments(manifest, out)) == 2
    assert "Another process is preparing crops" in capsys.readouterr().err


def test_nothing_to_prepare_is_said(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(["--manifest", str(manifest), "--out", str(tmp_path / "out"), "--test-sources", "own,odd,tested"]) == 2
    assert "nothing to prepare" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_landmark_model_ends_the_run_with_a_sentence(manifest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(arguments(manifest, tmp_path / "out", "--landmarks", str(tmp_path / "absent.onnx"))) == 3
    assert "absent.onnx" in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*/*.part"))
