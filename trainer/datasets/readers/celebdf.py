"""Celeb-DF v1 and v2, and Celeb-DF++.

    Celeb-real/id0_0000.mp4   YouTube-real/00000.mp4   Celeb-synthesis/id0_id1_0000.mp4      (target, source)
    Celeb-synthesis/{FaceSwap|FaceReenact|TalkingFace}/<method>/…                           Celeb-DF++
    List_of_testing_videos.txt                                                               "<1|0> <folder>/<file>.mp4"

In that list **1 is real and 0 is fake**. A row's label comes from its folder; where the list says otherwise the file is left out. Only
the test split is official: the rest is divided by identity, and what shows a person of the test list cannot train (``splits.py``).
videos/ or frames/ may lie one level below each folder.
"""

import re
from pathlib import Path

from trainer.data.manifest import Label, Row
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree

NAME = "celebdf"
FOLDERS: dict[str, Label] = {"celeb-real": "real", "youtube-real": "real", "celeb-synthesis": "fake"}
LIST = "List_of_testing_videos.txt"
LISTED: dict[str, Label] = {"1": "real", "0": "fake"}

Key = tuple[str, ...]


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    return any(tree.holds(root, name) for name in ("Celeb-real", "Celeb-synthesis"))


def read(place: Place, *, frames_first: bool = False) -> Reading:
    """All rows; those of the authors' list have the split test."""
    listed, notes = read_test_list(place)
    found = [
        (name, label, medium)
        for name, label in FOLDERS.items()
        if (folder := place.tree.holds(place.root, name))
        for medium in place.tree.media(folder, frames_first=frames_first)
    ]
    source = "celebdfpp" if any(len(medium.key) > 1 for _, label, medium in found if label == "fake") else NAME
    rows = [row for name, label, medium in found if (row := _row(medium, name, label, listed, source, place))]
    missing = len(listed) - sum(row.split == "test" for row in rows)
    if listed and missing > 0:
        notes.append(f"Celeb-DF: {missing:,} of the {len(listed):,} files of {LIST} are not there.")
    return Reading(tuple(rows), notes=tuple(notes))


def read_test_list(place: Place) -> tuple[dict[Key, Label], list[str]]:
    """The authors' test list: folder and name, without ending -> label."""
    if not place.tree.has(place.root / LIST):
        return {}, [f"Celeb-DF: there is no {LIST}, so that no file is marked for testing."]
    listed: dict[Key, Label] = {}
    for line in (place.root / LIST).read_text().splitlines():
        mark, _, path = line.strip().partition(" ")
        if mark in LISTED and path:
            first, *middle, last = path.strip().split("/")
            listed[(first.lower(), *middle, last.rsplit(".", 1)[0])] = LISTED[mark]
    return listed, []


def _row(medium: Medium, folder: str, label: Label, listed: dict[Key, Label], source: str, place: Place) -> Row | None:
    key = (folder, *medium.key)
    if listed.get(key, label) != label:
        place.tree.leave(medium.file, f"{LIST} and its folder disagree about its label (1 is real there)")
        return None
    identities = identities_of(medium.name)
    if identities is None:
        place.tree.leave(medium.file, "not named as Celeb-DF names its videos")
        return None
    return place.row(
        medium,
        label,
        source,
        identities[0].split(":")[1],
        method=medium.key[-2] if len(medium.key) > 1 else "Celeb-DF",
        identities=identities,
        split="test" if key in listed else None,
    )


def identities_of(name: str) -> list[str] | None:
    """Everybody in a file of this name: id0_id1_0000 shows id0 and id1; 00012 is a video of somebody without a number."""
    if people := re.findall(r"(?<![a-zA-Z0-9])id\d+(?![0-9])", name):
        return [f"celebdf:{person}" for person in people]
    return [f"celebdf:yt{name[:5]}"] if re.match(r"\d{5}(?!\d)", name) else None
