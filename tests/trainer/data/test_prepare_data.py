"""`trainer.prepare --data ROOT`: from data sets as they lie on disk to crops, without a word about what they are."""

import json
from pathlib import Path

import pytest
from PIL import Image

from tests.support.datasets import dataset_layouts
from tests.support.datasets.face_dataset import draw_faces, face
from trainer import prepare
from trainer.data.manifest import read_manifest
from trainer.data.shards import open_split


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dataset_layouts.Stock:
    """A video, a picture and a face crop with a drawn face in each."""
    from tests.support.media.drawing import draw_face_picture, draw_face_video

    folder = tmp_path_factory.mktemp("stock")
    Image.fromarray(face()[60:260, 60:260, ::-1]).save(folder / "crop.png")
    return dataset_layouts.Stock(
        draw_face_video(folder / "stock.mp4", seconds=0.5, fps=8, size=(240, 240)),
        draw_face_picture(folder / "stock.png", size=(240, 200)),
        folder / "crop.png",
    )


def prepared(out: Path, *arguments: str) -> dict[str, dict[str, dict[str, int]]]:
    assert prepare.main([*arguments, "--out", str(out), "--workers", "1"]) == 0
    return json.loads((out / "prepared.json").read_text())


def test_faceforensics_is_found_and_split_as_its_authors_say(
    made: dataset_layouts.Stock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = dataset_layouts.ffpp(tmp_path / "FaceForensics++", made)
    counts = prepared(tmp_path / "out", "--data", str(root), "--compression", "c23", "--frames", "2", "--limit", "1")
    assert counts["files"]["train"].keys() == counts["files"]["test"].keys()
    rows = open_split(tmp_path / "out" / "train")
    assert set(rows["compression"]) == {"c23"} and set(rows["label"]) == {"real", "fake"}
    trained = {part for unit in rows["unit"] for part in Path(unit).stem.split("_")}
    assert trained <= {"071", "054", "000", "003"}
    tested = {part for row in read_manifest(tmp_path / "out" / "test.jsonl").rows for part in row.file.stem.split("_")}
    assert tested <= {"953", "974"}
    said = capsys.readouterr().out
    assert "ffpp c23, videos: 3 real and" in said, "which set it is, and which variant"


def test_crops_in_archives_are_kept_whole(made: dataset_layouts.Stock, tmp_path: Path) -> None:
    root = tmp_path / "deepfake_in_the_wild"
    for number in (1, 2, 3):
        for label in ("real", "fake"):
            names = [f"{number}/{label}/5/{frame}.png" for frame in range(3)]
            dataset_layouts.archive(root / f"{label}_train" / f"{number}.tar.gz", names, made)
            dataset_layouts.archive(root / f"{label}_test" / f"{number}.tar.gz", names, made)
    prepared(tmp_path / "out", "--data", str(root), "--frames", "2")
    rows = open_split(tmp_path / "out" / "train")
    assert len(rows) >= 4 and set(rows["label"]) == {"real", "fake"} and set(rows["kind"]) == {"frames"}
    assert all(row["face_px"] == pytest.approx(120) and row["image"].size == (288, 288) for row in rows)
    assert {row.member for row in read_manifest(tmp_path / "out" / "test.jsonl").rows} >= {"1/real/5", "1/fake/5"}


def test_folders_of_ones_own_are_read_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two roots; one with hidden files, which are left out with the reason."""
    for name in ("mine", "yours"):
        for split in ("Train", "Validation"):
            for label in ("Real", "Fake"):
                draw_faces(tmp_path / name / split / label, 2)
    (tmp_path / "mine" / "Train" / "Fake" / "._000.png").write_bytes(b"macOS")
    counts = prepared(tmp_path / "out", "--data", str(tmp_path / "mine"), str(tmp_path / "yours"))
    assert counts["crops"]["train"] == {"mine fake": 2, "mine real": 2, "yours fake": 2, "yours real": 2}
    assert "hidden file" in capsys.readouterr().out
    assert "._000.png" in (tmp_path / "out" / "left_out.jsonl").read_text()
