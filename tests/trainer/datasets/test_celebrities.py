"""Celeb-DF in all its versions, DFDC and its preview, WildDeepfake: lists that say 1 for real, originals, archives of crops."""

import io
import os
import tarfile
from collections import Counter
from pathlib import Path

import pytest

from telltale.core.errors import BadRequest
from tests.support.datasets import dataset_layouts
from tests.support.datasets.dataset_layouts import named, why
from trainer.data.splits import check_untorn, divide
from trainer.datasets.discover import read_sets, summarize_left_out


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dataset_layouts.Stock:
    return dataset_layouts.stock(tmp_path_factory.mktemp("stock"))


@pytest.mark.parametrize(("inserted", "youtube"), [("", "YouTube-real"), ("videos/", "Youtube-real")])
def test_celebdf_list_says_1_for_real(tmp_path: Path, made: dataset_layouts.Stock, inserted: str, youtube: str) -> None:
    reading = read_sets([dataset_layouts.celebdf(tmp_path / "Celeb-DF-v2", made, inserted=inserted, youtube=youtube)])
    tested = {row.file.stem: row.label for row in reading.rows if row.split == "test"}
    assert tested == {"00170": "real", "id0_0001": "real", "id0_id1_0001": "fake"}
    assert Counter(row.label for row in reading.rows) == {"real": 63, "fake": 30}
    assert not reading.left_out
    fake = named(reading.rows, "id0_id1_0001")
    assert (fake.source, fake.method, fake.group, fake.identities) == ("celebdf", "Celeb-DF", "id0", ("celebdf:id0", "celebdf:id1"))
    assert named(reading.rows, "00170").identities == ("celebdf:yt00170",)
    assert named(reading.rows, "id2_0000").split is None


def test_celebdf_files_that_its_list_contradicts_are_left_out(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = dataset_layouts.celebdf(tmp_path / "Celeb-DF-v2", made)
    dataset_layouts.write(root / "List_of_testing_videos.txt", dataset_layouts.CELEB_TEST.replace("1 YouTube", "0 YouTube"))
    reading = read_sets([root])
    assert "disagree" in why(reading, "00170.mp4") and len(reading.rows) == 92


def test_celebdf_people_who_are_tested_never_train(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    division = divide(read_sets([dataset_layouts.celebdf(tmp_path / "Celeb-DF-v2", made)]).rows, test=(), validation=())
    check_untorn(division.rows)
    assert sum(row.split == "test" for row in division.rows) == 3, "nothing that the authors do not test on is tested"
    gone = {Path(item.path).stem for item in division.left_out}
    assert {"id0_0000", "id1_0000", "id1_id0_0000", "id0_id2_0000"} <= gone and "id2_0000" not in gone
    assert {row.split for row in division.rows} == {"train", "validation", "test"}
    told = summarize_left_out(division.left_out)
    assert len(told) <= 3 and any("somebody who is tested" in line for line in told), "counted, not listed"


def test_celebdf_with_nobody_left_to_train_says_what_to_do(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "Celeb-DF-v1"
    dataset_layouts.lay(root, ["Celeb-real/id0_0000.mp4", "Celeb-real/id0_0001.mp4", "Celeb-synthesis/id0_id1_0000.mp4"], made)
    dataset_layouts.write(root / "List_of_testing_videos.txt", "1 Celeb-real/id0_0000.mp4\n")
    rows = read_sets([root]).rows
    with pytest.raises(BadRequest, match="--test-sources celebdf"):
        divide(rows, test=(), validation=())
    assert {row.split for row in divide(rows, test=("celebdf",), validation=()).rows} == {"test"}


def test_celebdf_plus_plus(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    names = ["Celeb-real/id0_0000.mp4", "Celeb-real/id3_0000.mp4", "YouTube-real/00001.mp4"]
    names += ["Celeb-synthesis/FaceSwap/BlendFace/id0_id1_0000.mp4", "Celeb-synthesis/TalkingFace/EDTalk/id3_0000_id4_0001.mp4"]
    root = dataset_layouts.lay(tmp_path / "Celeb-DF++", names, made)
    dataset_layouts.write(
        root / "List_of_testing_videos.txt", "0 Celeb-synthesis/FaceSwap/BlendFace/id0_id1_0000.mp4\n1 Celeb-real/id0_0000.mp4\n"
    )
    rows = read_sets([root]).rows
    assert {row.source for row in rows} == {"celebdfpp"}
    swap, talk = named(rows, "id0_id1_0000"), named(rows, "id3_0000_id4_0001")
    assert (swap.method, swap.split, talk.method, talk.split) == ("BlendFace", "test", "EDTalk", None)
    assert talk.identities == ("celebdf:id3", "celebdf:id4")


def test_dfdc_fakes_stay_with_their_original_even_if_it_is_absent(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "DFDC"
    for number in range(3):
        dataset_layouts.dfdc_part(root / f"dfdc_train_part_{number:02}" / f"dfdc_train_part_{number}", made, prefix=f"p{number}")
    reading = read_sets([root])
    assert Counter((row.label, row.split) for row in reading.rows) == {("fake", "train"): 9, ("real", "train"): 3}
    assert named(reading.rows, "p1owxbbpjpch").group == named(reading.rows, "p1wynotylpnm").group == "p1wynotylpnm"
    assert named(reading.rows, "p1orphanfake").identities == ("dfdc:p1elsewhere0",)
    division = divide(reading.rows, test=(), validation=())
    assert not division.left_out and {row.split for row in division.rows} >= {"train", "validation"}
    assert sum("only the voice" in note for note in reading.notes) == 1


def test_dfdc_test_and_samples(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    """labels.csv beside test/ or above videos/: 1 is fake. Kaggle's sample has a metadata.json, its test videos have nothing."""
    dataset_layouts.lay(tmp_path / "test", ["a.mp4", "b.mp4", "unlisted.mp4"], made)
    dataset_layouts.write(tmp_path / "test/labels.csv", "filename,label\na.mp4,1\nb.mp4,0\n")
    dataset_layouts.write(tmp_path / "test/metadata.json", {"a.mp4": {"is_fake": 1, "original": "zero.mp4"}})
    dataset_layouts.lay(tmp_path / "sbi/DFDC", ["videos/c.mp4"], made)
    dataset_layouts.write(tmp_path / "sbi/DFDC/labels.csv", "filename,label\nc.mp4,1\n")
    dataset_layouts.dfdc_part(tmp_path / "kaggle/train_sample_videos", made)
    reading = read_sets([tmp_path])
    assert [(row.label, row.split) for row in (named(reading.rows, name) for name in "abc")] == [
        ("fake", "test"),
        ("real", "test"),
        ("fake", "test"),
    ]
    assert named(reading.rows, "a").identities == ("dfdc:zero",) and "says its label" in why(reading, "unlisted.mp4")
    assert named(reading.rows, "wynotylpnm").split == "train"


@pytest.mark.parametrize("inserted", ["", "videos/"])
def test_dfdc_preview(tmp_path: Path, made: dataset_layouts.Stock, inserted: str) -> None:
    files = {
        "method_A/643049_A/1224068_A/x1.mp4": {"label": "fake", "set": "train", "target_id": 1224068, "swapped_id": 643049},
        "method_B/643049_A/x2.mp4": {"label": "fake", "set": "test"},
        "original_videos/1224068/x3.mp4": {"label": "real", "set": "train", "target_id": 1224068, "swapped_id": None},
        "original_videos/99/gone.mp4": {"label": "real", "set": "test"},
    }
    names = [name.replace("/", f"/{inserted}", 1) for name in files if "gone" not in name]
    root = dataset_layouts.lay(tmp_path / "dfdc_preview_set", [*names, "method_A/stray.mp4"], made)
    dataset_layouts.write(root / "dataset.json", files)
    reading = read_sets([root])
    rows = {row.file.stem: row for row in reading.rows}
    assert {(name, row.label, row.split) for name, row in rows.items()} == {
        ("x1", "fake", "train"),
        ("x2", "fake", "test"),
        ("x3", "real", "train"),
    }
    assert rows["x1"].identities == ("dfdcp:1224068", "dfdcp:643049") and rows["x1"].group == rows["x3"].group
    assert (rows["x2"].identities, rows["x2"].method) == (("dfdcp:643049",), "method_B")
    assert "does not name it" in why(reading, "stray.mp4") and any("1 files" in note for note in reading.notes)


def test_wilddeepfake_archives_are_sequences_of_crops(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "deepfake_in_the_wild"
    dataset_layouts.archive(
        root / "fake_train/3.tar.gz", ["./3/fake/7/1.png", "./3/fake/7/2.png", "./3/fake/9/1.png", "3/readme.txt"], made
    )
    dataset_layouts.archive(root / "real_train/3.tar.gz", ["3/real/1/1.png"], made, mode="w")  # a plain tar, called .gz
    dataset_layouts.archive(root / "real_test/3.tar.gz", ["3/real/1/1.png"], made)
    dataset_layouts.lay(root, ["fake_test/4/fake/2/1.png", "fake_test/4/fake/2/2.png"], made)
    rows = {row.path: row for row in read_sets([root]).rows}
    assert set(rows) == {
        "deepfake_in_the_wild/fake_train/3.tar.gz#3/fake/7",
        "deepfake_in_the_wild/fake_train/3.tar.gz#3/fake/9",
        "deepfake_in_the_wild/real_train/3.tar.gz#3/real/1",
        "deepfake_in_the_wild/real_test/3.tar.gz#3/real/1",
        "deepfake_in_the_wild/fake_test/4/fake/2",
    }
    assert all(row.kind == "frames" and row.cropped for row in rows.values())
    row = rows["deepfake_in_the_wild/fake_train/3.tar.gz#3/fake/9"]
    assert (row.label, row.split, row.member, row.file.name) == ("fake", "train", "3/fake/9", "3.tar.gz")
    assert row.identities == rows["deepfake_in_the_wild/real_train/3.tar.gz#3/real/1"].identities, "one number, one split: together"
    division = divide(rows.values(), test=(), validation=())
    assert not division.left_out, "a number that is tested is another video than the same number that trains"


def test_wilddeepfake_refuses_archives_that_lead_astray(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "deepfake_in_the_wild"
    dataset_layouts.archive(root / "real_train/1.tar.gz", ["1/real/1/1.png"], made)
    dataset_layouts.archive(root / "fake_train/2.tar.gz", ["2/fake/1/1.png", "../../etc/1.png"], made)
    link = tarfile.TarInfo("3/fake/1/1.png")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    with tarfile.open(root / "fake_train/3.tar.gz", "w:gz") as tar:
        tar.addfile(link, io.BytesIO())
    (root / "fake_train/4.tar.gz").write_bytes(os.urandom(2000))
    whole = dataset_layouts.archive(root / "fake_train/5.tar.gz", [f"5/fake/1/{number}.png" for number in range(50)], made).read_bytes()
    (root / "fake_train/5.tar.gz").write_bytes(whole[: len(whole) // 2])
    reading = read_sets([root])
    assert [row.label for row in reading.rows] == ["real"]
    assert "out of it" in why(reading, "2.tar.gz") and "links" in why(reading, "3.tar.gz")
    assert "cannot be read" in why(reading, "4.tar.gz") and "cannot be read" in why(reading, "5.tar.gz")
