"""A manifest: which files make up a data set, and what is known of each. One JSON object a line.

    {"path": "loopy/fake/01.mp4", "label": "fake", "kind": "video", "source": "loopy", "group": "01", "method": "loopy"}

``path`` is relative to the manifest's folder. ``source`` is the collection a file comes from; ``group`` is what its files share there (the
clip, the picture or the person they were made from): splits and intervals never cut through one. These may be absent:

    method       what made the fake ("pristine" for a real one)
    split        train, validation or test, where the collection's authors or its folders say so
    compression  of the data set's own ladder: raw, c23, c40
    identities   every person or source video that shows in the file, "ffpp:071"; absent means the group. A swap has two
    cropped      true where the pictures are face crops already, so that no detector is asked
    crop         [x, y, width, height] in pixels: only this part of every frame is the video. One file may stand in several rows, each with
                 a crop of its own: an original beside its fake
    family       of the manipulation: swap, lipsync, reenactment, talking_head, generated_video or gan; "" for a real one
    pair         what ties a fake to its original: the original's path where the collection was gathered, or a name that both have
    fps, width, height   frames a second, and pixels of a frame (of the crop, where there is one)
    speech       true, false or "unknown": whether the person speaks
    setting      where it was filmed: news, selfie, webcam, film, lab, street, other
    certain      false where the label or the method is a guess

``kind`` is ``image``, ``video`` or ``frames``: a folder of pictures that are one video, in the order of their names, or such a folder
within an archive, written ``faces.tar.gz#folder/within``. Other keys are allowed and ignored.

    manifest = read_manifest(Path("data/manifest.jsonl"), sources={"loopy"})
"""

import hashlib
import json
import math
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from telltale.core.errors import BadRequest

Label = Literal["real", "fake"]
Kind = Literal["image", "video", "frames"]
Split = Literal["train", "validation", "test"]
Family = Literal["swap", "lipsync", "reenactment", "talking_head", "generated_video", "gan", ""]
Crop = tuple[int, int, int, int]
"""x, y, width and height in pixels."""

_FRAGMENT = "#xywh="
"""Stands before a crop in ``Row.path``, as in Media Fragments URI 1.0 (W3C, 2012)."""
_NEEDED = ("path", "label", "kind", "source", "group")


@dataclass(frozen=True)
class Row:
    """One file, or the part of one. ``file`` is where it (or the archive it is in) lies; ``path`` is as the manifest has it, followed by
    the crop where there is one (``tile.mp4#xywh=0,0,480,270``), so that no two rows have the same. For the other fields see the module.
    """

    path: str
    file: Path
    label: Label
    kind: Kind
    source: str
    group: str
    method: str | None = None
    split: Split | None = None
    compression: str | None = None
    identities: tuple[str, ...] = ()
    cropped: bool = False
    crop: Crop | None = None
    family: Family = ""
    pair: str | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None
    speech: bool | Literal["unknown"] | None = None
    setting: str | None = None
    certain: bool | None = None

    @property
    def member(self) -> str | None:
        """The folder within the archive, for frames in one."""
        path = self.path.rpartition(_FRAGMENT)[0] if self.crop else self.path
        return path.split("#", 1)[1] if self.kind == "frames" and "#" in path else None

    @property
    def still(self) -> bool:
        """Whether it is a single picture, not a video."""
        return self.kind == "image"

    @property
    def split_keys(self) -> tuple[str, ...]:
        """Everybody (or every source video) that must stay in one split with this file."""
        return self.identities or (f"{self.source}:{self.group}",)

    @property
    def unit(self) -> str:
        """What is independent of other rows: a video by itself, or all stills of one source, label and group (of one clip or picture)."""
        if not self.still:
            return self.path
        return f"{self.source}/{self.label}/{self.group}"


@dataclass(frozen=True)
class Manifest:
    """The rows asked for, in the file's order, and the SHA-256 of the whole file."""

    path: Path
    sha256: str
    rows: tuple[Row, ...]


def read_manifest(path: Path, *, sources: Collection[str] | None = None) -> Manifest:
    """Read and check a manifest, wholly or only the given sources. Raises BadRequest, naming the line that is wrong."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRequest("request.invalid", text=f"The manifest {path} cannot be read: {error.strerror}.") from error
    rows: dict[str, Row] = {}
    for number, line in enumerate(content.decode(errors="replace").split("\n"), start=1):
        if not line.strip():
            continue
        row = _row(line, path.parent, f"Line {number} of {path}")
        if row.path in rows:
            raise BadRequest("request.invalid", text=f"Line {number} of {path} names {row.path!r} a second time.")
        rows[row.path] = row
    chosen = _choose(list(rows.values()), sources, path)
    for row in chosen:
        if not _is_there(row):
            raise BadRequest("request.invalid", text=f"{path} names {row.path!r}, but there is no such file beside it.")
    return Manifest(path, hashlib.sha256(content).hexdigest(), tuple(chosen))


def read_manifests(paths: Sequence[Path], *, sources: Collection[str] | None = None) -> Manifest:
    """Several manifests as one; its path is the first one's. Raises BadRequest, also for a file that two of them name alike."""
    if len(paths) == 1:
        return read_manifest(paths[0], sources=sources)
    manifests = [read_manifest(path) for path in paths]
    rows = [row for manifest in manifests for row in manifest.rows]
    named = [row.path for row in rows]
    if twice := next((path for path in named if named.count(path) > 1), None) if len(set(named)) < len(named) else None:
        raise BadRequest("request.invalid", text=f"More than one of the manifests names {twice!r}.")
    digest = hashlib.sha256("".join(manifest.sha256 for manifest in manifests).encode()).hexdigest()
    return Manifest(paths[0], digest, tuple(_choose(rows, sources, paths[0])))


def write_manifest(path: Path, rows: Collection[Row]) -> None:
    """Write rows as a manifest of its own, their paths relative to it. Nothing is written for no rows."""
    if not rows:
        return
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(entry_of(row, path.parent)) + "\n" for row in rows)
    part.rename(path)


def entry_of(row: Row, folder: Path) -> dict[str, Any]:
    """A row as its line says it, its path relative to ``folder``."""
    entry = {
        "path": os.path.relpath(row.file, folder) + (f"#{row.member}" if row.member else ""),
        "label": row.label,
        "kind": row.kind,
        "source": row.source,
        "group": row.group,
        "method": row.method,
        "split": row.split,
        "compression": row.compression,
        "identities": list(row.identities),
        "cropped": row.cropped or None,
        "crop": list(row.crop) if row.crop else None,
        "family": row.family,
        "pair": row.pair,
        "fps": row.fps,
        "width": row.width,
        "height": row.height,
        "speech": row.speech,
        "setting": row.setting,
        "certain": row.certain,
    }
    return {key: value for key, value in entry.items() if value not in (None, "", [])}


def _is_there(row: Row) -> bool:
    """Whether what a row names lies where it says."""
    try:
        return row.file.is_dir() if row.kind == "frames" and row.member is None else row.file.is_file()
    except OSError:  # a name that no file can have
        return False


def _choose(rows: list[Row], sources: Collection[str] | None, path: Path) -> list[Row]:
    """The rows of the given sources, each of which must exist."""
    if sources is not None:
        known = {row.source for row in rows}
        for source in sources:
            if source not in known:
                raise BadRequest("request.invalid", text=f"{path} has no source {source!r}; it has {', '.join(sorted(known)) or 'none'}.")
        rows = [row for row in rows if row.source in sources]
    if not rows:
        raise BadRequest("request.invalid", text=f"{path} names no files.")
    return rows


def _row(line: str, folder: Path, where: str) -> Row:
    """One line as a Row."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest("request.invalid", text=f"{where} is not JSON: {error}.") from error
    if not isinstance(entry, dict):
        raise BadRequest("request.invalid", text=f"{where} is not a JSON object.")
    for key in _NEEDED:
        if not isinstance(entry.get(key), str) or not entry[key]:
            raise BadRequest("request.invalid", text=f"{where} needs {key!r} as a text that is not empty.")
    for key in ("method", "split", "compression", "family", "pair", "setting"):
        if entry.get(key) is not None and not isinstance(entry[key], str):
            raise BadRequest("request.invalid", text=f"{where} has a {key!r} that is not a text.")
    identities = entry.get("identities", [])
    if not isinstance(identities, list) or not all(isinstance(name, str) and name for name in identities):
        raise BadRequest("request.invalid", text=f"{where} has 'identities' that are not a list of texts.")
    _one_of(entry["label"], get_args(Label), "label", where)
    _one_of(entry["kind"], get_args(Kind), "kind", where)
    if entry.get("split") is not None:
        _one_of(entry["split"], get_args(Split), "split", where)
    family: Any = entry.get("family") or ""
    _one_of(family, get_args(Family), "family", where)
    if family and entry["label"] == "real":
        raise BadRequest("request.invalid", text=f"{where} is real, but has the family {family!r} of a manipulation.")
    crop = _crop(entry.get("crop"), where)
    outside = entry["path"].split("#", 1)[0] if entry["kind"] == "frames" else entry["path"]
    return Row(
        path=entry["path"] + (_FRAGMENT + ",".join(map(str, crop)) if crop else ""),
        file=folder / outside,
        label=entry["label"],
        kind=entry["kind"],
        source=entry["source"],
        group=entry["group"],
        method=entry.get("method"),
        split=entry.get("split"),
        compression=entry.get("compression"),
        identities=tuple(identities),
        cropped=bool(entry.get("cropped", False)),
        crop=crop,
        family=family,
        pair=entry.get("pair"),
        setting=entry.get("setting"),
        **_parse_numbers(entry, where),
    )


def _crop(value: Any, where: str) -> Crop | None:
    """The part of the frame, or None for the whole of it."""
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 4 or not all(type(number) is int for number in value):
        raise BadRequest("request.invalid", text=f"{where} has a 'crop' that is not [x, y, width, height] in whole pixels.")
    x, y, width, height = value
    if min(x, y) < 0 or min(width, height) < 1:
        raise BadRequest("request.invalid", text=f"{where} has a 'crop' that begins outside the frame or holds no pixel.")
    return x, y, width, height


def _parse_numbers(entry: dict[str, Any], where: str) -> dict[str, Any]:
    """The fields that are numbers, or yes or no."""
    found: dict[str, Any] = {key: entry.get(key) for key in ("fps", "width", "height", "speech", "certain")}
    for key in ("width", "height"):
        if found[key] is not None and (type(found[key]) is not int or found[key] < 1):
            raise BadRequest("request.invalid", text=f"{where} has a {key!r} that is not a whole number of pixels.")
    if found["fps"] is not None and (type(found["fps"]) not in (int, float) or not 0 < found["fps"] < math.inf):
        raise BadRequest("request.invalid", text=f"{where} has an 'fps' that is not a number of frames a second.")
    if type(found["speech"]) is not bool and found["speech"] not in (None, "unknown"):
        raise BadRequest("request.invalid", text=f"{where} has a 'speech' that is not true, false or 'unknown'.")
    if found["certain"] is not None and type(found["certain"]) is not bool:
        raise BadRequest("request.invalid", text=f"{where} has a 'certain' that is not true or false.")
    return found


def _one_of(value: str, allowed: tuple[str, ...], key: str, where: str) -> None:
    if value not in allowed:
        raise BadRequest(
            "request.invalid", text=f"{where} has the {key} {value!r}; it must be {' or '.join(map(repr, filter(None, allowed)))}."
        )
