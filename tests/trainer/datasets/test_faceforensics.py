"""FaceForensics++, DFD, DeeperForensics and DF40: pairs, one compression, the real class that is borrowed, fakes only."""

import shutil
from pathlib import Path

import pytest

from telltale.core.errors import BadRequest
from tests.support.datasets import dataset_layouts
from tests.support.datasets.dataset_layouts import named, why
from trainer.data.splits import check_untorn, divide
from trainer.datasets.discover import read_sets


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dataset_layouts.Stock:
    return dataset_layouts.stock(tmp_path_factory.mktemp("stock"))


@pytest.mark.parametrize("lists", ["", "splits", "dataset/splits", "../dataset/splits"])
def test_ffpp_pairs_give_originals_and_both_swaps_their_split(tmp_path: Path, made: dataset_layouts.Stock, lists: str) -> None:
    reading = read_sets([dataset_layouts.ffpp(tmp_path / "FaceForensics++", made, lists=lists)])
    rows = reading.rows
    assert len(rows) == 8 + 2 * 8
    split = {row.file.stem: row.split for row in rows}
    for first, second, expected in (("071", "054", "train"), ("720", "672", "validation"), ("953", "974", "test")):
        assert {split[name] for name in (first, second, f"{first}_{second}", f"{second}_{first}")} == {expected}
    fake = named(rows, "Face2Face/c23/videos/071_054.mp4")
    assert (fake.label, fake.method, fake.source, fake.group, fake.compression) == ("fake", "Face2Face", "ffpp", "071", "c23")
    assert fake.identities == ("ffpp:071", "ffpp:054")
    real = named(rows, "071")
    assert (real.label, real.method, real.identities, real.kind) == ("real", "pristine", ("ffpp:071",), "video")
    assert fake.file.is_absolute() and fake.path == "FaceForensics++/manipulated_sequences/Face2Face/c23/videos/071_054.mp4"
    division = divide(rows, test=(), validation=())
    assert not division.left_out and len(division.rows) == len(rows)


def test_ffpp_without_lists_still_keeps_pairs_together(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    reading = read_sets([dataset_layouts.ffpp(tmp_path / "FaceForensics++", made, lists=None)])
    assert {row.split for row in reading.rows} == {None} and any("divided by identity" in note for note in reading.notes)
    division = divide(reading.rows, test=(), validation=(), test_share=0.3)
    check_untorn(division.rows)
    assert not division.left_out, "pairs are small enough to move as one"
    assert {row.split for row in division.rows} >= {"train", "validation"}


def test_ffpp_takes_one_compression_and_c23_by_default(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = dataset_layouts.ffpp(tmp_path / "FaceForensics++", made, levels=("raw", "c23", "c40"), methods=("DeepFakes",))
    reading = read_sets([root])
    assert {row.compression for row in reading.rows} == {"c23"} and len(reading.rows) == 16
    assert any("c23 is read" in note for note in reading.notes)
    assert {row.method for row in reading.rows} == {"pristine", "Deepfakes"}, "DeepFakes is Deepfakes"
    assert {row.compression for row in read_sets([root], compression="c40").rows} == {"c40"}
    assert {row.compression for row in read_sets([root], compression="c0").rows} == {"raw"}
    with pytest.raises(BadRequest, match=r"c15.*c23, c40, raw"):
        read_sets([root], compression="c15")


def test_ffpp_warns_where_compression_would_give_the_label_away(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = dataset_layouts.ffpp(tmp_path / "FaceForensics++", made, levels=("raw",))
    shutil.rmtree(root / "original_sequences")
    dataset_layouts.lay(root, [f"original_sequences/youtube/c40/videos/{number}.mp4" for number in dataset_layouts.FFPP_IDS], made)
    assert any("learn the compression for the label" in note for note in read_sets([root]).notes)


def test_ffpp_masks_landmarks_and_partial_files_are_no_videos(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = dataset_layouts.ffpp(tmp_path / "FaceForensics++", made, methods=("Deepfakes",))
    home = "manipulated_sequences/Deepfakes"
    extra = [
        *(f"{home}/masks/videos/071_054.mp4", f"{home}/c23/masks/071_054/000.png", f"{home}/c23/landmarks/071_054/000.npy"),
        *(f"{home}/c23/frames/071_054/000.png", f"{home}/c23/videos/._054_071.mp4", f"{home}/c23/videos/003_000.mp4.part"),
        *(f"{home}/c23/videos/notes.mp4", "downloaded_videos/abc.mp4"),
    ]
    reading = read_sets([dataset_layouts.lay(root, extra, made)])
    assert len(reading.rows) == 16 and {row.kind for row in reading.rows} == {"video"}
    assert "hidden file" in why(reading, "._054_071.mp4") and "unfinished" in why(reading, ".part")
    assert "not named as" in why(reading, "notes.mp4") and "masks" in why(reading, "c23/masks")


def test_ffpp_frames_stand_for_absent_videos(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "FaceForensics++"
    dataset_layouts.lay(root, [f"original_sequences/youtube/c23/frames/{name}/{n:03}.png" for name in ("071", "054") for n in (0, 1)], made)
    dataset_layouts.lay(root, ["manipulated_sequences/Deepfakes/c23/frames/071_054/000.png"], made)
    rows = read_sets([root]).rows
    assert [(row.kind, row.file.name) for row in rows] == [("frames", "054"), ("frames", "071"), ("frames", "071_054")]
    assert all(row.cropped for row in rows), "square pictures are DeepfakeBench's crops"


def test_ffpp_flat_upload(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = tmp_path / "FaceForensics++_C23"
    names = ["original/071.mp4", "original/054.mp4", "Deepfakes/071_054.mp4", "DeepFakeDetection/01_02__exit__YVGY8LOK.mp4"]
    rows = read_sets([dataset_layouts.lay(root, names, made)]).rows
    assert [(row.label, row.source, row.compression) for row in rows] == [("real", "ffpp", "c23")] * 2 + [
        ("fake", "dfd", "c23"),
        ("fake", "ffpp", "c23"),
    ]


def test_dfd_goes_by_actor(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    root = dataset_layouts.dfd(dataset_layouts.ffpp(tmp_path / "FaceForensics++", made), made)
    rows = read_sets([root]).rows
    assert {row.source for row in rows} == {"ffpp", "dfd"}
    assert [{row.source for row in read_sets([root], only=name).rows} for name in ("ffpp", "dfd")] == [{"ffpp"}, {"dfd"}]
    fake = named(rows, "01_02__exit_phone_room__YVGY8LOK")
    assert (fake.source, fake.label, fake.method, fake.split) == ("dfd", "fake", "DeepFakeDetection", None)
    assert fake.identities == ("dfd:01", "dfd:02")
    assert named(rows, "01__exit_phone_room").identities == ("dfd:01",)
    division = divide(rows, test=(), validation=())
    check_untorn(division.rows)
    split = {row.file.stem: row.split for row in division.rows}
    assert split["01__exit_phone_room"] == split["01_02__exit_phone_room__YVGY8LOK"]


def test_deeperforensics_borrows_its_real_class_at_c23(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    deeper = dataset_layouts.deeperforensics(tmp_path / "DeeperForensics-1.0", made)
    faces = dataset_layouts.ffpp(tmp_path / "FaceForensics++", made, levels=("raw", "c23"))
    reading = read_sets([deeper, faces], only="deeperforensics")
    reals = [row for row in reading.rows if row.label == "real"]
    assert {row.file.stem for row in reals} == {"071", "000", "720", "953"}
    assert all("youtube/c23" in str(row.file) and row.compression == "c23" for row in reals)
    assert not any("source_videos" in str(row.file) for row in reading.rows) and "not this set's real class" in why(
        reading, "source_videos"
    )
    fake = named(reading.rows, "end_to_end_level_3/071_M004.mp4")
    assert (fake.label, fake.method, fake.split) == ("fake", "end_to_end_level_3", "train")
    assert fake.identities == ("ffpp:071", "deeperforensics:M004")
    split = {row.file.stem: row.split for row in divide(reading.rows, test=(), validation=()).rows}
    assert (
        (split["071"], split["720"], split["953"])
        == ("train", "validation", "test")
        == tuple(split[name] for name in ("071_M004", "720_M005", "953_W102"))
    )
    beside = read_sets([deeper], only=None)
    assert {row.file for row in beside.rows} == {row.file for row in reading.rows}, "a FaceForensics++ beside it is found"


@pytest.mark.parametrize("home", ["", "manipulated_videos/"])
def test_deeperforensics_as_deepfakebench_leaves_it(tmp_path: Path, made: dataset_layouts.Stock, home: str) -> None:
    root = dataset_layouts.lay(tmp_path / "deeper" / "DeeperForensics-1.0", [f"{home}end_to_end/frames/071_M004/000.png"], made)
    (row,) = read_sets([root]).rows
    assert (row.kind, row.cropped, row.method, row.group) == ("frames", True, "end_to_end", "071")


def test_deeperforensics_and_ffpp_read_together(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    """Both sets wholly: FaceForensics++'s lists rule its identities, and swaps that they contradict are left out."""
    deeper = dataset_layouts.deeperforensics(tmp_path / "a" / "DeeperForensics-1.0", made)
    dataset_layouts.write(deeper / "lists/splits/train.txt", "071_M004.mp4\n953_W102.mp4\n")
    dataset_layouts.write(deeper / "lists/splits/test.txt", "000_W101.mp4\n")
    reading = read_sets([deeper, dataset_layouts.ffpp(tmp_path / "b" / "FaceForensics++", made)])
    assert len(reading.rows) == 8 + 24 and {row.source for row in reading.rows} == {"ffpp", "deeperforensics"}
    division = divide(reading.rows, test=(), validation=())
    assert sum(row.source == "ffpp" for row in division.rows) == 24
    assert {Path(item.path).stem for item in division.left_out} == {"000_W101", "953_W102"}


def test_deeperforensics_without_ffpp_says_what_is_missing(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    reading = read_sets([dataset_layouts.deeperforensics(tmp_path / "deeper" / "DeeperForensics-1.0", made)])
    assert {row.label for row in reading.rows} == {"fake"}
    assert any("originals of FaceForensics++" in note and "give that folder" in note for note in reading.notes)


def df40(root: Path, made: dataset_layouts.Stock) -> Path:
    """Two known methods and an unknown one, as crops."""
    names = [
        *("DF40/simswap/ff/frames/953_974/000.png", "DF40/simswap/cdf/id0_id1_0001/000.png", "DF40/StyleGAN2/ff/953/000.png"),
        *("DF40/heygen/fake/person1/000.png", "DF40/heygen/real/person2/000.png", "DF40/heygen/notes/000.png"),
        *("DF40_train/simswap/ff/071_054/000.png", "DF40_train/simswap/ff/071_054/001.png"),
    ]
    return dataset_layouts.lay(root, names, made)


def test_df40_known_methods_are_fake_only(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    reading = read_sets([df40(tmp_path, made)])
    rows = {row.path: row for row in reading.rows}
    assert {row.label for path, row in rows.items() if "/ff/" in path or "/cdf/" in path} == {"fake"}
    assert rows["DF40/heygen/fake/person1"].label == "fake" and rows["DF40/heygen/real/person2"].label == "real"
    assert all(row.kind == "frames" and row.cropped and row.source == "df40" for row in rows.values())
    assert rows["DF40/simswap/ff/frames/953_974"].identities == ("ffpp:953", "ffpp:974")
    assert rows["DF40/simswap/cdf/id0_id1_0001"].identities == ("celebdf:id0", "celebdf:id1")
    assert rows["DF40/StyleGAN2/ff/953"].method == "StyleGAN2"
    assert (rows["DF40/StyleGAN2/ff/953"].split, rows["DF40_train/simswap/ff/071_054"].split) == ("test", "train")
    assert "neither ff, cdf" in why(reading, "notes")
    assert any("originals of FaceForensics++" in note for note in reading.notes)


def test_df40_borrows_cropped_originals(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    df40(tmp_path / "sets", made)
    faces = dataset_layouts.ffpp(tmp_path / "sets" / "FaceForensics++", made)
    dataset_layouts.lay(faces, [f"original_sequences/youtube/c23/frames/{number}/000.png" for number in ("953", "974", "071", "054")], made)
    rows = read_sets([tmp_path / "sets" / "DF40", tmp_path / "sets" / "DF40_train", faces], only="df40").rows
    reals = {row.file.name: row for row in rows if row.label == "real"}
    assert set(reals) == {"953", "974", "071", "054", "person2"}
    assert all(row.kind == "frames" and row.cropped for row in reals.values())
    assert (reals["953"].split, reals["071"].split) == ("test", "train")


def test_df40_reads_the_authors_lists(tmp_path: Path, made: dataset_layouts.Stock) -> None:
    df40(tmp_path, made)
    faces = [f"FaceForensics++/original_sequences/youtube/c23/frames/{number}" for number in ("071", "953")]
    dataset_layouts.lay(tmp_path, [f"{face}/{number:03}.png" for face in faces for number in (0, 1)], made)
    content = dataset_layouts.bench_list(
        "simswap_ff",
        {"train": ["x/DF40_train/simswap/ff/071_054"], "val": ["x/DF40/simswap/ff/frames/953_974"], "test": ["x/DF40/simswap/ff/gone"]},
        {"train": [f"x/{faces[0]}"], "test": [f"x/{faces[1]}"]},
    )
    dataset_layouts.write(tmp_path / "dataset_json" / "simswap_ff.json", content)
    reading = read_sets([tmp_path], only="df40")
    rows = {row.file.name: row for row in reading.rows if "StyleGAN2" not in row.path}
    assert (rows["953_974"].split, rows["071_054"].split, rows["071"].split, rows["953"].split) == ("validation", "train", "train", "test")
    assert (rows["071"].label, rows["071"].identities, rows["071_054"].method) == ("real", ("ffpp:071",), "simswap")
    assert any("1 videos and stills" in note for note in reading.notes)
    assert len(reading.rows) == 8, "what the lists do not name is read from the folders"
