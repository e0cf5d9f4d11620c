"""Plain class folders as users have them: ``Train|Validation|Test / Real|Fake / picture or video``. Labels go by name, never by order.

Not here: the named data sets, each of which has a reader of its own.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from detector.errors import BadRequest
from trainer.manifest import Kind, Label, Row, Split

SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
}
LABELS: dict[str, Label] = {"real": "real", "fake": "fake"}
PICTURES = {".jpg", ".jpeg", ".png", ".webp"}
VIDEOS = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v"}


def read_folders(root: Path) -> list[tuple[Row, Split]]:
    """Every picture and video below ``root`` with its split. Raises BadRequest where the folders are not laid out so."""
    found = [pair for split in children(root) if split.name.lower() in SPLITS for pair in rows_of(root, split)]
    if not found:
        raise BadRequest("request.invalid", f"{root} holds no folders Train, Validation or Test with folders Real and Fake in them.")
    return found


def rows_of(root: Path, split: Path) -> Iterator[tuple[Row, Split]]:
    """The rows of one split's folder."""
    for folder in children(split):
        label = LABELS.get(folder.name.lower())
        if label is None:
            raise BadRequest("request.invalid", f"{folder} is neither called Real nor Fake: its label is not known.")
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES | VIDEOS):
            kind: Kind = "video" if path.suffix.lower() in VIDEOS else "image"
            name = os.path.relpath(path, root)
            yield Row(name, path, label, kind, root.name, path.stem, "pristine" if label == "real" else None), SPLITS[split.name.lower()]


def children(folder: Path) -> list[Path]:
    """The folders in a folder, in order."""
    return sorted(path for path in folder.iterdir() if path.is_dir())
