"""SDFVD, UADFV, FFIW, 140k, class folders of one's own, and what is told apart from what: labels by name, never by index."""

from collections import Counter
from pathlib import Path

import pytest

from telltale.core.errors import BadRequest
from tests.support.datasets import dataset_layouts
from tests.support.datasets.dataset_layouts import named, why
from trainer.data.manifest import read_manifest, write_manifest
from trainer.data.splits import divide
from trainer.datasets.discover import read_sets


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dataset_layouts.Stock:
    return dataset_layouts.stock(tmp_path_factory.mktemp("stock"))


@pytest.mark.parametrize("inner", ["", "SDFVD/"])
def test_sdfvd_pairs_vs_with_v(tmp_path: Path, made: dataset_layouts.Stock, inner: str) -> None:
    names = [f"{inner}videos_{label}/{name}{number}.mp4" for label, name in (("real", "v"), ("fake", "vs")) for number in range(1, 54)]
    reading = read_sets([dataset_layouts.lay(tmp_path / "SDFVD", names, made)])
    assert {(row.source, row.label) for row in reading.rows} == {("sdfvd", "real"), ("sdfvd", "fake")}
    assert named(reading.rows, "vs7").identities == named(reading.rows, "v7").identities == ("sdfvd:7",)
    division = divide(reading.rows, test=(), validation=(), test_share=0.2)
    split = {row.file.stem: row.split for row in division.rows}
    assert len(split) == 106 and all(split[f"v{number}"] == split[f"vs{number}"] for number in range(1, 54))
    assert set(split.values()) == {"train", "validation", "test"}


def test_uadfv(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    names = ["real/0000.mp4", "fake/0000_fake.mp4", "real/frames/0001/000.png", "fake/frames/0001_fake/000.png"]
    rows = read_sets([dataset_layouts.lay(tmp_path / "UADFV", names, made)]).rows
    assert [(row.label, row.kind, row.group) for row in rows] == [
        ("real", "video", "0000"),
        ("real", "frames", "0001"),
        ("fake", "video", "0000"),
        ("fake", "frames", "0001"),
    ]
    assert {row.source for row in rows} == {"uadfv"} and rows[1].cropped


def test_ffiw_source_is_real(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    names = [f"{side}/{part}/videos/{number}.mp4" for side in ("source", "target") for part in ("train", "val") for number in (1, 2)]
    rows = read_sets([dataset_layouts.lay(tmp_path / "FFIW" / "FFIW10K-v1-release", names, made)]).rows
    assert {(row.path.split("/")[1], row.label) for row in rows} == {("source", "real"), ("target", "fake")}
    assert {(row.path.split("/")[2], row.split) for row in rows} == {("train", "train"), ("val", "validation")}
    assert not divide(rows, test=(), validation=()).left_out, "number 1 that trains is not number 1 that validates"


def faces140k(root: Path, made: dataset_layouts.Stock) -> Path:
    """Three pictures a class and split, and the lists as the upload has them."""
    for part in ("train", "valid", "test"):
        lines = [",original_path,id,label,label_str,path"]
        for label, mark in (("real", 1), ("fake", 0)):
            names = [f"{part}/{label}/{number:05}.jpg" for number in range(3)]
            dataset_layouts.lay(root / "real_vs_fake/real-vs-fake", names, made)
            lines += [f"0,x,{number},{mark},{label},{name}" for number, name in enumerate(names)]
        dataset_layouts.write(root / f"{part}.csv", "\n".join(lines) + "\n")
    return root


def test_140k_label_1_is_real(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = faces140k(tmp_path / "140k", made)
    reading = read_sets([root])
    assert Counter((row.label, row.split, row.source) for row in reading.rows) == {
        (label, split, "140k"): 3 for label in ("real", "fake") for split in ("train", "validation", "test")
    }
    assert all(f"/{row.label}/" in str(row.file) and row.kind == "image" for row in reading.rows) and not reading.left_out
    turned = (root / "test.csv").read_text().replace(",1,real,test/real/00001", ",0,fake,test/real/00001")
    dataset_layouts.write(root / "test.csv", turned)
    assert "disagree" in why(read_sets([root]), "test/real/00001.jpg")


def test_deepfake_and_real_images(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    names = [
        f"Dataset/{part}/{label}/{label.lower()}_{n}.jpg"
        for part in ("Train", "Validation", "Test")
        for label in ("Fake", "Real")
        for n in (0, 1)
    ]
    rows = read_sets([dataset_layouts.lay(tmp_path / "Deepfake and real images", names, made)]).rows
    assert {(row.path.split("/")[3], row.label) for row in rows} == {("Fake", "fake"), ("Real", "real")}, "the alphabet would say fake = 0"
    assert {(row.path.split("/")[2], row.split) for row in rows} == {("Train", "train"), ("Validation", "validation"), ("Test", "test")}
    assert {row.source for row in rows} == {"Deepfake and real images"}
    assert not divide(rows, test=(), validation=()).left_out, "names that start again in each split are other pictures"


@pytest.mark.parametrize(
    "names",
    [
        ["Real/7.mp4", "Fake/7.mp4"],
        ["mine/deep/REAL/7.mp4", "mine/deep/fake/Wav2Lip/7.mp4"],
        ["real/7.mp4", "Deepfakes/7.mp4"],
        ["videos_fakes_and_more/fake_videos/7.mp4", "videos_fakes_and_more/real_videos/7.mp4"],
    ],
)
def test_own_folders_flat_and_at_any_depth(tmp_path: Path, made: dataset_layouts.Stock, names: list[str]) -> None:
    rows = read_sets([dataset_layouts.lay(tmp_path / "own", names, made)]).rows
    assert sorted((row.label, row.group, row.split) for row in rows) == [("fake", "7", None), ("real", "7", None)]
    assert rows[0].identities == rows[1].identities == ("own:7",)


@pytest.mark.parametrize(
    ("real", "fake"),
    [
        ("0_real", "1_fake"),
        ("nature", "ai"),
        ("REAL", "AI"),
        ("reals", "fakes"),
        ("original", "manipulated"),
        ("real", "generated"),
        ("authentic", "synthetic"),
        ("real_images_200", "Fake Images"),
        ("echt", "gefälscht"),
        ("Réel", "Faux"),
        ("nature/1_real", "nature/0_fake"),
    ],
)
@pytest.mark.parametrize(("folder", "split"), [("dev", "validation"), ("eval", "test"), ("Train", "train"), ("valid", "validation")])
def test_own_folders_by_the_names_that_sets_use(
    tmp_path: Path, made: dataset_layouts.Stock, real: str, fake: str, folder: str, split: str
) -> None:
    rows = read_sets([dataset_layouts.lay(tmp_path / "own", [f"{folder}/{real}/a.png", f"{folder}/{fake}/b.mp4"], made)]).rows
    assert {(row.file.name, row.label, row.split) for row in rows} == {("a.png", "real", split), ("b.mp4", "fake", split)}


def test_own_folders_of_which_one_class_is_not_known_stop(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    with pytest.raises(BadRequest, match="only real files are known: the folders train/swapped"):
        read_sets([dataset_layouts.lay(tmp_path / "own", ["train/real/a.png", "train/swapped/a.png"], made)])


def test_whatever_is_not_read_is_left_out_with_a_reason(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    read = ["JPG", "JPEG", "jfif", "heic", "tif", "avif", "mp4", "flv", "mpg", "wmv", "3gp", "ts", "m2ts", "vob"]
    names = [f"{label}/{ending}.{ending}" for label in ("real", "fake") for ending in (*read, "gif", "svg", "psd", "zip")]
    reading = read_sets([dataset_layouts.lay(tmp_path / "own", [*names, "real/none", "notes.txt"], made)])
    assert {f"{row.label}/{row.file.name}" for row in reading.rows} == {name for name in names if name.split(".")[1] in read}
    assert sorted(Path(each.path).name for each in reading.left_out) == sorted(2 * ["gif.gif", "svg.svg", "psd.psd", "zip.zip"] + ["none"])


def test_own_folders_split_and_class_in_either_order(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    names = ["real/train/a.png", "fake/train/a.png", "real/test/b.png", "fake_test/b.png", "cats/train/c.png", "real/fake/d.png"]
    names += ["real/train/anna/1.png", "real/train/anna/2.png"]
    reading = read_sets([dataset_layouts.lay(tmp_path / "own", names, made)])
    assert Counter((row.label, row.split) for row in reading.rows) == {
        ("real", "train"): 3,
        ("fake", "train"): 1,
        ("real", "test"): 1,
        ("fake", "test"): 1,
    }
    assert "neither called" in why(reading, "c.png") and "neither called" in why(reading, "d.png")
    assert {row.group for row in reading.rows if "anna" in row.path} == {"train/anna"}, "stills in one folder stay together"


def test_sets_below_one_folder_are_all_found(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    dataset_layouts.ffpp(tmp_path / "all/FaceForensics++", made)
    dataset_layouts.celebdf(tmp_path / "all/deeper/Celeb-DF-v2", made)
    dataset_layouts.dfdc_part(tmp_path / "all/DFDC/dfdc_train_part_0", made)
    everything = read_sets([tmp_path / "all"])
    assert {row.source for row in everything.rows} == {"ffpp", "celebdf", "dfdc"}
    assert {row.source for row in read_sets([tmp_path / "all"], only="celebdf").rows} == {"celebdf"}
    twice = read_sets([tmp_path / "all", tmp_path / "all/FaceForensics++"])
    assert len(twice.rows) == len(everything.rows), "a file that is found twice counts once"


def test_what_is_not_known_is_refused_in_plain_words(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    with pytest.raises(BadRequest, match="There is no folder"):
        read_sets([tmp_path / "absent"])
    with pytest.raises(BadRequest, match="no data set that is known here"):
        read_sets([dataset_layouts.lay(tmp_path / "cats", ["Train/Cats/1.png"], made)])
    with pytest.raises(BadRequest, match=r"'imagenet'.*ffpp"):
        read_sets([tmp_path], only="imagenet")
    with pytest.raises(BadRequest, match="do not hold the data set celebdf"):
        read_sets([dataset_layouts.ffpp(tmp_path / "FaceForensics++", made)], only="celebdf")
    dataset_layouts.write(tmp_path / "FaceForensics++/val.json", [["071"]])
    with pytest.raises(BadRequest, match="not a list of pairs"):
        read_sets([tmp_path / "FaceForensics++"])


def test_a_reading_survives_its_manifest(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "deepfake_in_the_wild"
    dataset_layouts.archive(root / "fake_train/3.tar.gz", ["3/fake/7/1.png"], made)
    dataset_layouts.archive(root / "real_train/3.tar.gz", ["3/real/7/1.png"], made)
    dataset_layouts.ffpp(tmp_path / "FaceForensics++", made)
    rows = divide(read_sets([tmp_path]).rows, test=(), validation=()).rows
    (tmp_path / "out").mkdir()
    write_manifest(tmp_path / "out/m.jsonl", rows)
    again = read_manifest(tmp_path / "out/m.jsonl").rows
    assert [(row.label, row.split, row.identities, row.member, row.cropped, row.compression) for row in again] == [
        (row.label, row.split, row.identities, row.member, row.cropped, row.compression) for row in rows
    ]
    assert all(row.file.exists() for row in again)
