"""UADFV: 49 videos and a FakeApp swap of each.

    UADFV/{real,fake}/…        0000.mp4 and 0000_fake.mp4; videos/ or frames/ may lie one level below

Known by the root's name, for any folder of one's own looks like this. There are no official splits.
"""

import re
from pathlib import Path

from trainer.data.manifest import Label
from trainer.data.reading import Place, Reading
from trainer.data.scan import Tree

NAME = "uadfv"
FOLDERS: dict[str, Label] = {"real": "real", "fake": "fake"}

_NUMBER = re.compile(r"\d+")


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so and called so."""
    return NAME in root.name.lower() and all(tree.holds(root, name) for name in FOLDERS)


def read(place: Place) -> Reading:
    """All rows."""
    rows = []
    for name, label in FOLDERS.items():
        folder = place.tree.holds(place.root, name)
        assert folder is not None  # matches() saw both
        for medium in place.tree.media(folder):
            found = _NUMBER.search(medium.name)
            group = found.group() if found else medium.name
            rows.append(place.row(medium, label, NAME, group, method="FakeApp", identities=[f"{NAME}:{group}"]))
    return Reading(tuple(rows))
