"""DeepfakeBench's lists of frames, which DF40 publishes for its pictures: no data set of its own.

    {"simswap_ff": {"simswap_Fake": {"train": {"000_003": {"label": "simswap_Fake", "frames": ["…/DF40/simswap/ff/…/000.png", …]}}}}}

Below train, val and test there may be one more level, the compression. Labels go by the word Real or Fake at the end of the name. Paths
were written on the authors' machine: each is looked for below the given root and the folders above it. Where a list names the same file in
several splits, testing it wins; where all that trains is also tested, there is no split. See also: identities (``df40.py``).
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from telltale.core.errors import BadRequest
from trainer.data.manifest import Kind, Label, Row, Split
from trainer.data.reading import Place, Reading

SPLITS: dict[str, Split] = {"train": "train", "val": "validation", "test": "test"}
STRICTEST: tuple[Split, ...] = ("test", "validation", "train")
LEVELS = frozenset({"c23", "c40", "raw", "c0"})


@dataclass(frozen=True)
class Listed:
    """One video, or one still, of a list."""

    label: Label
    split: Split
    method: str
    frames: tuple[str, ...]


def read(folder: Path, place: Place) -> Reading:
    """The rows of all lists in a folder whose pictures are there. ``source``, ``group`` and identities are for the caller to say."""
    found: dict[str, list[Listed]] = {}
    for name in place.tree.listing(folder).files:
        if name.endswith(".json"):
            for listed in entries(folder / name):
                found.setdefault(_subject(listed), []).append(listed)
    unsplit = _unsplit(found.values())
    anchors: dict[str, Path | None] = {}
    rows = [_row(path, same, unsplit, anchors, place) for path, same in found.items()]
    there = tuple(row for row in rows if row)
    notes = [f"DF40: {len(rows) - len(there):,} videos and stills of {folder} are not there."] if len(there) < len(rows) else []
    return Reading(there, notes=tuple(notes))


def entries(file: Path) -> Iterator[Listed]:
    """What one list names. Raises BadRequest for one that is none."""
    try:
        content = json.loads(file.read_text())
        for dataset, labels in content.items():
            for label, splits in labels.items():
                for split, videos in splits.items():
                    for frames in _videos(videos):
                        yield Listed(parse_label(label, file), SPLITS[split], parse_method(dataset), tuple(frames))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest("request.invalid", text=f"{file} is not a list as DeepfakeBench writes it ({error}).") from error


def _videos(videos: dict[str, Any]) -> Iterator[list[str]]:
    """The frames of each video; a level of compressions in between is passed through."""
    for name, video in videos.items():
        if name in LEVELS:
            yield from _videos(video)
        elif video["frames"]:
            yield [path.replace("\\", "/") for path in video["frames"]]


def parse_label(name: str, file: Path) -> Label:
    """simswap_Fake -> fake. Raises BadRequest where the name says neither."""
    words = name.lower().replace("-", "_").split("_")
    if ("real" in words) == (("fake" in words) or ("synthesis" in words)):
        raise BadRequest("request.invalid", text=f"{file} has the label {name!r}, which is neither Real nor Fake.")
    return "real" if "real" in words else "fake"


def parse_method(dataset: str) -> str:
    """simswap_ff -> simswap."""
    return dataset.removesuffix("_ff").removesuffix("_cdf").removesuffix("_FF").removesuffix("_CDF")


def _subject(listed: Listed) -> str:
    """The path of the row: a video's folder, or the still itself."""
    return listed.frames[0] if len(listed.frames) == 1 else str(PurePosixPath(listed.frames[0]).parent)


def _unsplit(subjects: Iterable[list[Listed]]) -> set[tuple[Label, str]]:
    """Labels and methods all of whose training files are tested as well: their lists divide nothing."""
    tested: dict[tuple[Label, str], bool] = {}
    for same in subjects:
        also = any(item.split == "test" for item in same)
        for item in same:
            if item.split == "train":
                tested[item.label, item.method] = tested.get((item.label, item.method), True) and also
    return {pair for pair, every in tested.items() if every}


def _row(path: str, same: list[Listed], unsplit: set[tuple[Label, str]], anchors: dict[str, Path | None], place: Place) -> Row | None:
    file = locate(path, anchors, place)
    if file is None:
        return None
    first = same[0]
    if any(item.label != first.label for item in same):
        place.tree.leave(file, "the authors' lists disagree about its label")
        return None
    split = next(split for split in STRICTEST if any(item.split == split for item in same))
    kind: Kind = "image" if len(first.frames) == 1 else "frames"
    return Row(
        path=file.relative_to(_home(file, place)).as_posix(),
        file=file,
        label=first.label,
        kind=kind,
        source="df40",
        group=file.stem,
        method="pristine" if first.label == "real" else first.method,
        split=None if (first.label, first.method) in unsplit else split,
        cropped=True,
    )


def _home(file: Path, place: Place) -> Path:
    return next(folder for folder in (place.root.parent, *place.root.parent.parents) if file.is_relative_to(folder))


def locate(path: str, anchors: dict[str, Path | None], place: Place) -> Path | None:
    """Where a path of the authors' machine lies here: the longest end of it that exists below the root or a folder above.

    ``anchors`` remembers, for the folders in front, which folder here they stand for.
    """
    parts = PurePosixPath(path).parts
    if ".." in parts:
        return None
    for cut in range(len(parts) - 1):
        front = "/".join(parts[: cut + 1])
        if front in anchors:
            if (home := anchors[front]) and _there(home.joinpath(*parts[cut + 1 :]), place):
                return home.joinpath(*parts[cut + 1 :])
            continue
        for home in (place.root, place.root.parent, place.root.parent.parent):
            if place.tree.holds(home, parts[cut]) == home / parts[cut] and _there(home.joinpath(*parts[cut:]), place):
                anchors[front] = home / parts[cut]
                return home.joinpath(*parts[cut:])
    return None


def _there(file: Path, place: Place) -> bool:
    listing = place.tree.listing(file.parent)
    return file.name in listing.files or file.name in listing.folders
