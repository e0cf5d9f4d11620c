"""Data sets as users have them on disk, drawn when a test asks: every file a real tiny video or picture, hard-linked under its name.

See also: what the readers should make of them (``test_readers_*.py``), and sets with faces to train on (``demo_dataset.py``).
"""

import io
import json
import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.support.media.bad_media import faceless_video, still_picture
from trainer.data.manifest import Row
from trainer.datasets.discover import Reading


@dataclass(frozen=True)
class Stock:
    """One video, one wide picture, one square picture: what every file of every set is a link to."""

    video: Path
    picture: Path
    crop: Path


def stock(folder: Path) -> Stock:
    """Make the three files."""
    return Stock(
        faceless_video(folder, "stock.mp4", size=(64, 48), seconds=0.3),
        still_picture(folder, "stock.png", size=(48, 32)),
        still_picture(folder, "crop.png", size=(32, 32)),
    )


def lay(root: Path, names: Iterable[str], made: Stock) -> Path:
    """Put files below a root, by their endings: videos, pictures (square below frames/ or DF40), anything else a few bytes."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        ending = path.suffix.lower()
        if ending in (".mp4", ".avi"):
            os.link(made.video, path)
        elif ending in (".png", ".jpg"):
            os.link(made.crop if "frames" in path.parts or "DF40" in str(path) else made.picture, path)
        else:
            path.write_bytes(b"not a video")
    return root


def write(path: Path, content: object) -> Path:
    """A list of a set: text as it is, anything else as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


FFPP_PAIRS = {"train.json": [["071", "054"], ["000", "003"]], "val.json": [["720", "672"]], "test.json": [["953", "974"]]}
FFPP_IDS = [number for pairs in FFPP_PAIRS.values() for pair in pairs for number in pair]
FFPP_SWAPS = [f"{first}_{second}" for pairs in FFPP_PAIRS.values() for one, two in pairs for first, second in ((one, two), (two, one))]


def ffpp(
    root: Path,
    made: Stock,
    *,
    levels: Iterable[str] = ("c23",),
    methods: Iterable[str] = ("Deepfakes", "Face2Face"),
    lists: str | None = "",
) -> Path:
    """FaceForensics++ with eight originals in four pairs; the split's lists below ``lists``."""
    for level in levels:
        lay(root, [f"original_sequences/youtube/{level}/videos/{number}.mp4" for number in FFPP_IDS], made)
        for method in methods:
            lay(root, [f"manipulated_sequences/{method}/{level}/videos/{swap}.mp4" for swap in FFPP_SWAPS], made)
    for name, pairs in FFPP_PAIRS.items() if lists is not None else ():
        write(root / str(lists) / name, pairs)
    return root


def dfd(root: Path, made: Stock, *, level: str = "c23") -> Path:
    """DFD within FaceForensics++: four actors, two pairs of them swapped."""
    lay(root, [f"original_sequences/actors/{level}/videos/{actor:02}__exit_phone_room.mp4" for actor in (1, 2, 3, 4)], made)
    fakes = ["01_02__exit_phone_room__YVGY8LOK", "02_01__exit_phone_room__6KUOFMZW", "03_04__exit_phone_room__P08VGHTA"]
    return lay(root, [f"manipulated_sequences/DeepFakeDetection/{level}/videos/{fake}.mp4" for fake in fakes], made)


CELEB_TEST = "1 YouTube-real/00170.mp4\n1 Celeb-real/id0_0001.mp4\n0 Celeb-synthesis/id0_id1_0001.mp4\n"


def celebdf(root: Path, made: Stock, *, inserted: str = "", youtube: str = "YouTube-real") -> Path:
    """Celeb-DF v2: id0 and id1 are tested; what id2 to id29 do is not."""
    people = [f"id{number}" for number in range(30)]
    lay(root, [f"Celeb-real/{inserted}{person}_{take:04}.mp4" for person in people for take in (0, 1)], made)
    lay(root, [f"{youtube}/{inserted}{number:05}.mp4" for number in (0, 1, 170)], made)
    swaps = ["id0_id1_0001", "id1_id0_0000", "id0_id2_0000", *(f"id{number}_id{number + 1}_0000" for number in range(2, 29))]
    lay(root, [f"Celeb-synthesis/{inserted}{swap}.mp4" for swap in swaps], made)
    write(root / "List_of_testing_videos.txt", CELEB_TEST)
    return root


def dfdc_part(folder: Path, made: Stock, *, prefix: str = "") -> Path:
    """A part of DFDC's training set: an original with two fakes, and a fake whose original is elsewhere."""
    entries = {
        f"{prefix}owxbbpjpch.mp4": {"label": "FAKE", "split": "train", "original": f"{prefix}wynotylpnm.mp4"},
        f"{prefix}owxbbpjpci.mp4": {"label": "FAKE", "split": "train", "original": f"{prefix}wynotylpnm.mp4"},
        f"{prefix}wynotylpnm.mp4": {"label": "REAL", "split": "train"},
        f"{prefix}orphanfake.mp4": {"label": "FAKE", "split": "train", "original": f"{prefix}elsewhere0.mp4"},
    }
    lay(folder, entries, made)
    write(folder / "metadata.json", entries)
    return folder


DEEPER_LISTS = {"train.txt": "071_M004.mp4\n000_W101.mp4\n", "val.txt": "720_M005.mp4\n", "test.txt": "953_W102.mp4\n"}
DEEPER_SWAPS = ["071_M004", "000_W101", "720_M005", "953_W102"]


def deeperforensics(root: Path, made: Stock, *, lists: bool = True) -> Path:
    """DeeperForensics with two variants of four swaps, and actors' recordings."""
    for variant in ("end_to_end", "end_to_end_level_3"):
        lay(root, [f"manipulated_videos/{variant}/{swap}.mp4" for swap in DEEPER_SWAPS], made)
    lay(root, ["source_videos/M004/light_down/M004_light_down_neutral_camera_front.mp4"], made)
    for name, content in DEEPER_LISTS.items() if lists else ():
        write(root / "lists/splits" / name, content)
    return root


def archive(path: Path, names: Iterable[str], made: Stock, *, mode: str = "w:gz") -> Path:
    """A tar of pictures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = made.crop.read_bytes()
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def bench_list(dataset: str, fakes: dict[str, list[str]], reals: dict[str, list[str]]) -> dict[str, object]:
    """A list as DeepfakeBench writes it: split -> folders of frames, as they lay on the authors' machine."""

    def videos(label: str, folders: list[str]) -> dict[str, object]:
        return {
            folder.split("/")[-1]: {"label": label, "frames": [f"/authors/{folder}/{number:03}.png" for number in (0, 1)]}
            for folder in folders
        }

    return {
        dataset: {
            label: {split: videos(label, found.get(split, [])) for split in ("train", "val", "test")}
            for label, found in ((f"{dataset}_Fake", fakes), (f"{dataset}_Real", reals))
        }
    }


def named(rows: Iterable[Row], name: str) -> Row:
    """The one row whose file or folder is called so."""
    (row,) = [row for row in rows if row.file.stem == name or row.path.endswith(name)]
    return row


def why(reading: Reading, name: str) -> str:
    """Why the one file of this name was left out."""
    (reason,) = [item.why for item in reading.left_out if item.path.endswith(name)]
    return reason
