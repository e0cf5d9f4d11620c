"""Shards: written whole or not at all, read memory-mapped, in order, whatever version of prepare wrote them."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import BadRequest
from trainer.data.crops import Crop
from trainer.data.manifest import Row
from trainer.data.shards import features, open_split, writing


def crop(number: int, size: int = 0) -> Crop:
    """A tiny picture of one grey, followed by ``size`` bytes that no decoder looks at."""
    import cv2

    png = cv2.imencode(".png", np.full((4, 4, 3), number % 256, np.uint8))[1].tobytes()
    return Crop(png + os.urandom(size), 60.0 + number, number, [float(number)] * 136 if number % 2 else None)


def row(name: str = "a.mp4", label: str = "real") -> Row:
    return Row(name, Path(name), label, "video", "own", "1", "pristine", "train", "c23")  # type: ignore[arg-type]  # a test's label is a str


def fill(path: Path, numbers: range) -> None:
    path.parent.mkdir(exist_ok=True)
    with writing(path) as shard:
        for number in numbers:
            shard.add(row(), crop(number), number)
        shard.read(row(), None)


def test_what_is_written_is_read_in_the_order_of_the_names(tmp_path: Path) -> None:
    fill(tmp_path / "train" / "00001.arrow", range(70, 75))
    fill(tmp_path / "train" / "00000.arrow", range(70))
    fill(tmp_path / "train" / "00002.arrow", range(0))
    rows = open_split(tmp_path / "train")
    assert rows["frame"][:] == list(range(75))
    assert rows[71]["image"].size == (4, 4) and np.asarray(rows[71]["image"])[0, 0, 0] == 71
    assert rows[71]["outline"] == [71.0] * 136 and rows[72]["outline"] is None
    assert rows[3] | {"image": None} == {
        "image": None, "label": "real", "source": "own", "group": "1", "unit": "a.mp4", "kind": "video", "method": "pristine",
        "compression": "c23", "face_px": 63.0, "frame": 3, "outline": [3.0] * 136,
    }  # fmt: skip
    assert rows.features == features()


def test_an_error_midway_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyError), writing(tmp_path / "00000.arrow") as shard:
        for number in range(40):
            shard.add(row(), crop(number), number)
        raise KeyError("midway")
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_or_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="holds no crops"):
        open_split(tmp_path / "train")
    fill(tmp_path / "train" / "00000.arrow", range(3))
    (tmp_path / "plan.json").write_text("{}")
    with pytest.raises(BadRequest, match="not all there yet"):
        open_split(tmp_path / "train")
    (tmp_path / "prepared.json").write_text("{}")
    assert len(open_split(tmp_path / "train")) == 3


def test_folders_of_save_to_disk_gain_the_later_columns(tmp_path: Path) -> None:
    from datasets import Dataset

    old = features()
    del old["frame"], old["compression"]
    entries = [
        {"image": {"bytes": crop(number).png}, "label": "real", "unit": unit, "face_px": 50.0}
        | dict.fromkeys(("source", "group", "kind", "method", "outline"))
        for number, unit in enumerate("aabab")
    ]
    Dataset.from_list(entries, features=old).save_to_disk(tmp_path / "train", num_shards=2)
    (tmp_path / "train" / "cache-0123.arrow").write_bytes(b"what map() leaves there")
    rows = open_split(tmp_path / "train")
    assert rows["frame"][:] == [0, 1, 0, 2, 1]
    assert rows["compression"][:] == [None] * 5
    assert rows.features == features()


def test_an_open_split_travels_to_other_processes_by_name(tmp_path: Path) -> None:
    """Loader workers get the files' names, not their content."""
    path = tmp_path / "train" / "00000.arrow"
    path.parent.mkdir()
    with writing(path) as shard:
        for number in range(8):
            shard.add(row(), crop(number, 100_000), number)
    rows = open_split(path.parent)
    packed = pickle.dumps(rows)
    assert len(packed) < 50_000
    assert pickle.loads(packed)[5]["frame"] == 5


MEASURE = """
import sys
from pathlib import Path
from tests.trainer.data.test_shards import crop, row
from trainer.data.shards import open_split, writing

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon", "RssShmem"))) // 1024

folder, count = Path(sys.argv[1]), int(sys.argv[2])
folder.mkdir()
with writing(folder / "00000.arrow") as shard:
    shard.add(row(), crop(0, 100_000), 0)
    shard.flush()
    start = highest = anonymous()
    for number in range(count):
        shard.add(row(), crop(number, 1_000_000), number)
        highest = max(highest, anonymous()) if number % 10 == 0 else highest
wrote = highest - start
rows = open_split(folder)
assert len(rows["frame"][:]) == count + 1
start = anonymous()
size = sum(len(batch["image"][0]["bytes"]) for batch in rows.with_format("arrow").iter(1) for batch in [batch.to_pydict()])
print(wrote, anonymous() - start, size // 2**20)
"""


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_does_not_grow_with_the_number_of_crops(tmp_path: Path) -> None:
    """Writing and then reading some 500 MB of crops takes a bounded amount: what waits, and what one batch needs."""
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path / "train"), "500"],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    wrote, read, size = map(int, run.stdout.split())
    assert size > 450
    assert wrote < 150, f"writing {size} MB took {wrote} MB"
    assert read < 150, f"reading {size} MB took {read} MB"
