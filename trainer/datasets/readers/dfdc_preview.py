"""The preview of the Deepfake Detection Challenge (DFDC preview, DFDCP).

    dataset.json        {"method_A/…/x.mp4": {"label": "fake", "set": "train", "target_id": …, "swapped_id": …}, …}
    method_A/…  method_B/…  original_videos/…

Both people of a swap count as its identities: by ``target_id`` and ``swapped_id``, else by the numbers of the folders (``643049_A``).
videos/ or frames/ may lie one level below each of the three folders. Authors' splits are train and test.
"""

import re
from pathlib import Path
from typing import Any

from trainer.data.manifest import Label, Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree
from trainer.datasets.readers.dfdc import entries_of

NAME = "dfdcp"
SPLITS: dict[str, Split] = {"train": "train", "val": "validation", "test": "test"}
FOLDERS = ("method_A", "method_B", "original_videos")

_PERSON = re.compile(r"(\d{3,})(?:_[A-Z])?$")


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    return tree.has(root / "dataset.json") and any(tree.holds(root, name) for name in FOLDERS)


def read(place: Place) -> Reading:
    """All rows that dataset.json names and that are there."""
    media = {
        (name.lower(), medium.name): medium
        for name in FOLDERS
        if (folder := place.tree.holds(place.root, name))
        for medium in place.tree.media(folder)
    }
    rows = []
    entries = entries_of(place.root / "dataset.json")
    for path, entry in entries.items():
        medium = media.pop((path.split("/")[0].lower(), Path(path).stem), None)
        if medium and (row := _row(medium, path, entry, place)):
            rows.append(row)
    for medium in media.values():
        place.tree.leave(medium.file, "dataset.json does not name it")
    notes = [f"DFDC preview: {missing:,} files of dataset.json are not there."] if (missing := len(entries) - len(rows)) else []
    return Reading(tuple(rows), notes=tuple(notes))


def _row(medium: Medium, path: str, entry: dict[str, Any], place: Place) -> Row | None:
    label: Label | None = {"real": "real", "fake": "fake"}.get(str(entry.get("label")).lower())  # type: ignore[assignment]
    if label is None:
        place.tree.leave(medium.file, "dataset.json does not say its label")
        return None
    people = _people(path, entry)
    return place.row(
        medium,
        label,
        NAME,
        people[0],
        method=path.split("/")[0],
        identities=[f"{NAME}:{person}" for person in people],
        split=SPLITS.get(str(entry.get("set")).lower()),
    )


def _people(path: str, entry: dict[str, Any]) -> list[str]:
    """Who shows in the file, the target first; the file's own name where nothing says so."""
    named = [str(entry[key]) for key in ("target_id", "swapped_id") if entry.get(key) is not None]
    by_folder = [found.group(1) for part in Path(path).parts[1:-1] if (found := _PERSON.match(part))]
    return named or by_folder or [Path(path).stem]
