"""The unit of work of ``trainer.prepare``: some files of one split, whose crops make up one shard.

Chunks follow from the order of the rows alone, so a second run has the same ones and goes on with those that are not done. See also: who
works on them (``telltale/parallel/executors.py``).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from telltale.core.errors import BadMedia, TelltaleError
from trainer.data.manifest import Row, Split

if TYPE_CHECKING:
    from telltale.faces.detectors import FaceDetector
    from trainer.data.crops import Landmarker
    from trainer.data.shards import Record, Shard

FEWEST, SHARDS = 16, 1000
"""Files in a chunk: so many, or as many as leave a split with so many shards."""
FRAMES = {"real": 24, "fake": 32}
"""Frames taken of a video, by label: labelled fakes are few."""


@dataclass(frozen=True)
class Item:
    """A file, and how many files of its unit come before it (stills only: a video is a unit of its own)."""

    row: Row
    place: int


@dataclass(frozen=True)
class Chunk:
    """Files that are cropped together."""

    split: Split
    number: int
    items: tuple[Item, ...]

    @property
    def name(self) -> str:
        """Split and number."""
        return f"{self.split}/{self.number:05d}"

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of its files."""
        return tuple(item.row.path for item in self.items)

    def path(self, out: Path) -> Path:
        """Where its shard lies, once it is done."""
        return out / self.split / f"{self.number:05d}.arrow"


@dataclass(frozen=True)
class Job:
    """What is the same for every chunk. ``frames`` None: as ``FRAMES`` says."""

    out: Path
    landmarks: Path | None
    frames: int | None


def chunks_of(rows: Sequence[Row], split: Split, size: int | None = None) -> list[Chunk]:
    """The chunks of one split's rows."""
    size = size or max(FEWEST, -(-len(rows) // SHARDS))
    seen: Counter[str] = Counter()
    items = []
    for row in rows:
        items.append(Item(row, seen[row.unit] if row.kind == "image" else 0))
        seen[row.unit] += 1
    return [Chunk(split, number, tuple(items[at : at + size])) for number, at in enumerate(range(0, len(items), size))]


def make_shard(job: Job, chunk: Chunk, skip: Mapping[str, str], tell: Callable[[str], None]) -> "Record | TelltaleError":
    """Crop a chunk's files and write its shard. Runs in a worker process, on any machine that sees the same folders.

    ``skip`` gives files that must not be read, with the reason; ``tell`` is called with each file's path before it is read. An error that
    concerns the whole run is returned, for its way to the parent.
    """
    from trainer.data.shards import writing

    try:
        with writing(chunk.path(job.out)) as shard:
            for item in chunk.items:
                tell(item.row.path)
                why_not = skip.get(item.row.path)
                if why_not is None:
                    why_not = add_crops(shard, item, job)
                shard.read(item.row, why_not)
        return shard.record
    except TelltaleError as error:
        return error


def add_crops(shard: "Shard", item: Item, job: Job) -> str | None:
    """Put one file's crops into the shard, or say why there are none."""
    from trainer.data.crops import SMALLEST, crops_of

    row, found = item.row, False
    try:
        for crop in crops_of(row, None if row.cropped else finder(), landmarker(job.landmarks), frames_of(row, job.frames)):
            shard.add(row, crop, item.place + crop.frame)
            found = True
    except BadMedia as error:
        return error.sentence.replace(f"“{row.file.name}”", "it")  # so that equal reasons can be counted
    return None if found else f"no face of {SMALLEST:.0f} pixels or more"


def frames_of(row: Row, asked: int | None) -> int:
    """How many frames of a file are looked at."""
    return 1 if row.kind == "image" else asked or FRAMES[row.label]


@cache
def finder() -> "FaceDetector":
    """The face detector, loaded once a process."""
    import cv2

    from telltale.faces.detectors import load_face_detector

    cv2.setNumThreads(1)  # as many processes as cores, not as many threads
    return load_face_detector("mtcnn")


@cache
def landmarker(weights: Path | None) -> "Landmarker | None":
    """The landmark model, loaded once a process. Raises BadModel."""
    from trainer.data.crops import Landmarker

    return Landmarker(weights) if weights else None
