"""140k Real and Fake Faces: FFHQ photographs and StyleGAN's inventions, as re-uploaded.

    real_vs_fake/real-vs-fake/{train,valid,test}/{real,fake}/*.jpg      train.csv valid.csv test.csv one or two folders up

In those lists **label 1 is real**. A row's label comes from its folder; where a list says otherwise the file is left out. Stills of
invented people: fine for a smoke test, misleading as evidence about video.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from trainer.data.manifest import Label, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Tree

NAME = "140k"
SPLITS: dict[str, Split] = {"train": "train", "valid": "validation", "test": "test"}
LABELS: tuple[Label, ...] = ("real", "fake")
LISTED: dict[str, Label] = {"1": "real", "0": "fake"}
NOTE = "140k: stills of invented people are misleading as evidence about video."


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out and called so; without the name, the lists have to be there."""
    parts = [tree.holds(root, name) for name in SPLITS]
    if not any(part and all(tree.holds(part, label) for label in LABELS) for part in parts):
        return False
    return root.name.lower().replace("_", "-") == "real-vs-fake" or any(_lists(root, tree))


def read(place: Place) -> Reading:
    """All rows."""
    listed = {path: label for file in _lists(place.root, place.tree) for path, label in _entries(file)}
    rows = []
    for part, split in SPLITS.items():
        for label in LABELS:
            home = place.tree.holds(place.root, part)
            folder = place.tree.holds(home, label) if home else None
            for medium in place.tree.media(folder, stills=True) if folder else ():
                if listed.get(f"{part}/{label}/{medium.file.name}", label) != label:
                    place.tree.leave(medium.file, "its list and its folder disagree about its label (1 is real there)")
                    continue
                group = f"{split}/{medium.name}"
                rows.append(place.row(medium, label, NAME, group, method="StyleGAN", identities=[f"{NAME}:{group}"], split=split))
    return Reading(tuple(rows), notes=(NOTE,))


def _lists(root: Path, tree: Tree) -> Iterator[Path]:
    """The lists that are there and have this set's columns."""
    for part in SPLITS:
        for home in (root, root.parent, root.parent.parent):
            if tree.has(home / f"{part}.csv"):
                with (home / f"{part}.csv").open(newline="") as file:
                    if {"label", "path"} <= set(next(csv.reader(file), [])):
                        yield home / f"{part}.csv"
                        break


def _entries(file: Path) -> Iterator[tuple[str, Label]]:
    """Split, folder and name of a picture -> label: 1 is real here."""
    with file.open(newline="") as lines:
        for line in csv.DictReader(lines):
            if line["label"].strip() in LISTED:
                yield "/".join(Path(line["path"].strip()).parts[-3:]), LISTED[line["label"].strip()]
