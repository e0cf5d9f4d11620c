"""Crops on disk: Arrow files of a few hundred crops each, read memory-mapped, so that a data set's size is a matter of disk.

    SPLIT/00012.arrow   the crops of chunk 12, an Arrow stream with the features of `datasets`
    SPLIT/00012.json    how many there are, and which files gave none and why (``Record``)

Both are written under other names and renamed; the Arrow file comes last, so its presence means that its chunk is done. ``open_split``
also reads the folders that ``datasets.save_to_disk`` wrote, which lack the later columns. See also: what is in a chunk (``shard_jobs.py``).

    rows = open_split(Path("runs/crops/train"))
"""

import json
import os
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from telltale.core.errors import BadRequest
from trainer.data.crops import Crop
from trainer.data.manifest import Row
from trainer.data.scan import LeftOut

if TYPE_CHECKING:
    import pyarrow
    from datasets import Dataset, Features

BATCH = 32
"""Crops that are held before they are written."""


@dataclass(frozen=True)
class Record:
    """What one shard holds: files read, crops by source and label ("loopy fake"), and the files that gave none, with the reason."""

    files: int
    crops: dict[str, int]
    left_out: tuple[LeftOut, ...]


def features() -> "Features":
    """The columns of a stored crop.

    ``image`` PNG (288, 288, 3); ``frame`` its order within its unit; ``face_px`` the face's longer side in the file, in pixels; ``outline``
    68 landmarks (x, y) in crop pixels, or null.
    """
    from datasets import Features, Image, List, Value

    texts = {name: Value("string") for name in ("label", "source", "group", "unit", "kind", "method", "compression")}
    return Features(image=Image(), **texts, face_px=Value("float32"), frame=Value("int32"), outline=List(Value("float32")))


class Shard:
    """One Arrow file while it is being written; see ``writing``."""

    def __init__(self, writer: "pyarrow.RecordBatchWriter", schema: "pyarrow.Schema") -> None:
        self._writer, self._schema = writer, schema
        self._waiting: list[dict[str, Any]] = []
        self._files = 0
        self._crops: Counter[str] = Counter()
        self._left_out: list[LeftOut] = []

    def add(self, row: Row, crop: Crop, place: int) -> None:
        """One crop; ``place`` is its order within its unit."""
        given = {name: getattr(row, name) for name in ("label", "source", "group", "unit", "kind", "method", "compression")}
        found = {"face_px": crop.face_px, "frame": place, "outline": crop.outline}
        self._waiting.append({"image": {"bytes": crop.png, "path": None}, **given, **found})
        self._crops[f"{row.source} {row.label}"] += 1
        if len(self._waiting) >= BATCH:
            self.flush()

    def read(self, row: Row, why_not: str | None) -> None:
        """A file is done; ``why_not`` says why it gave no crops."""
        self._files += 1
        if why_not is not None:
            self._left_out.append(LeftOut(row.path, why_not))

    def flush(self) -> None:
        """Hand what waits to the file."""
        import pyarrow

        if self._waiting:
            self._writer.write_batch(pyarrow.RecordBatch.from_pylist(self._waiting, schema=self._schema))
            self._waiting = []

    @property
    def record(self) -> Record:
        """What was put in so far."""
        return Record(self._files, dict(self._crops), tuple(self._left_out))


@contextmanager
def writing(path: Path) -> Iterator[Shard]:
    """A new shard. It gets its name when all is in it, after its record; on an error nothing of it stays."""
    import pyarrow

    part = part_of(path)
    schema = features().arrow_schema
    try:
        with pyarrow.OSFile(str(part), "wb") as file, pyarrow.ipc.new_stream(file, schema) as writer:
            shard = Shard(writer, schema)
            yield shard
            shard.flush()
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        write_json(record_of(path), asdict(shard.record))
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """The name under which this process, of all machines', writes a file until it is whole."""
    return path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}.part")


def record_of(path: Path) -> Path:
    """Where the record of a shard lies."""
    return path.with_suffix(".json")


def read_record(path: Path) -> Record:
    """The record of a finished shard."""
    entry = json.loads(record_of(path).read_text())
    return Record(entry["files"], entry["crops"], tuple(LeftOut(**item) for item in entry["left_out"]))


def write_json(path: Path, content: Any) -> None:
    """JSON through a temporary name, so that the file is whole or absent."""
    part = part_of(path)
    part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    part.rename(path)


def open_split(folder: Path) -> "Dataset":
    """Every crop of a split, memory-mapped, in the order of the shards' names. Raises BadRequest where there are none yet."""
    from datasets import Dataset, concatenate_datasets

    paths = sorted(path for path in folder.glob("*.arrow") if not path.name.startswith("cache-"))
    if not paths:
        raise BadRequest("request.invalid", text=f"{folder} holds no crops; `python -m trainer.prepare` makes them.")
    if (folder.parent / "plan.json").exists() and not (folder.parent / "prepared.json").exists():
        raise BadRequest("request.invalid", text=f"The crops in {folder} are not all there yet; let `python -m trainer.prepare` finish.")
    rows = concatenate_datasets([Dataset.from_file(str(path)) for path in paths])
    wanted = features()
    if "frame" not in rows.column_names:
        rows = rows.add_column("frame", places(rows["unit"]), feature=wanted["frame"])
    if "compression" not in rows.column_names:
        rows = rows.add_column("compression", [None] * len(rows), feature=wanted["compression"])
    return rows.select_columns(list(wanted))


def places(units: Any) -> list[int]:
    """The order of each row within its unit."""
    seen: Counter[str] = Counter()
    found = []
    for unit in units:
        found.append(seen[unit])
        seen[unit] += 1
    return found
