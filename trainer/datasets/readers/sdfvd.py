"""SDFVD, a small set of face videos.

    SDFVD/videos_real/v<N>.mp4      SDFVD/videos_fake/vs<N>.mp4       after unzipping often SDFVD/SDFVD/…

``vs<N>`` was made from ``v<N>``: both go by N. There are no official splits.
"""

import re
from pathlib import Path

from trainer.data.manifest import Label
from trainer.data.reading import Place, Reading
from trainer.data.scan import Tree

NAME = "sdfvd"
FOLDERS: dict[str, Label] = {"videos_real": "real", "videos_fake": "fake"}

_NUMBER = re.compile(r"vs?(\d+)", re.IGNORECASE)


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    return all(tree.holds(root, name) for name in FOLDERS)


def read(place: Place) -> Reading:
    """All rows."""
    rows = []
    for name, label in FOLDERS.items():
        folder = place.tree.holds(place.root, name)
        assert folder is not None  # matches() saw both
        for medium in place.tree.media(folder):
            found = _NUMBER.match(medium.name)
            group = str(int(found.group(1))) if found else medium.name
            rows.append(place.row(medium, label, NAME, group, method=NAME, identities=[f"{NAME}:{group}"]))
    return Reading(tuple(rows))
