"""FFIW-10K (Face Forensics in the Wild): videos with several people, of whom some are swapped.

    FFIW10K-v1-release/{source,target}/{train,val,test}/videos/*.mp4

**source is real, target is fake.** Names are numbers within a split: what has the same number in one split stays together.
"""

from pathlib import Path

from trainer.data.manifest import Label, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Tree

NAME = "ffiw"
FOLDERS: dict[str, Label] = {"source": "real", "target": "fake"}
SPLITS: dict[str, Split] = {"train": "train", "val": "validation", "test": "test"}


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    sides = [tree.holds(root, name) for name in FOLDERS]
    return all(side and any(tree.holds(side, name) for name in SPLITS) for side in sides)


def read(place: Place) -> Reading:
    """All rows."""
    rows = []
    for name, label in FOLDERS.items():
        side = place.tree.holds(place.root, name)
        assert side is not None  # matches() saw both
        for part, split in SPLITS.items():
            folder = place.tree.holds(side, part)
            for medium in place.tree.media(folder) if folder else ():
                group = f"{split}/{medium.name}"
                rows.append(place.row(medium, label, NAME, group, method=NAME, identities=[f"{NAME}:{group}"], split=split))
    return Reading(tuple(rows))
