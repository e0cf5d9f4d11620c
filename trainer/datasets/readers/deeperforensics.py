"""DeeperForensics-1.0.

    manipulated_videos/<variant>/<target>_<actor>.mp4       071_M004.mp4: the face of M004 in FaceForensics++'s video 071
    lists/splits/{train,val,test}.txt                       one manipulated video a line
    source_videos/<actor>/…                                 **not** the real class, the authors say

The real class are FaceForensics++'s YouTube originals at c23 with the same three digits; they are no part of this set and are taken from a
FaceForensics++ beside it or given with it (``trainer/datasets/shared_reals.py``). All eleven variants of a swap share its split.
"""

import re
from pathlib import Path

from trainer.data.manifest import Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree

NAME = "deeperforensics"
SPLITS: dict[str, Split] = {"train.txt": "train", "val.txt": "validation", "test.txt": "test"}

_SWAP = re.compile(r"(\d{3})_([MW]\d{3})$")
_VARIANT = re.compile(r"end_to_end|reenact_postprocess")


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is laid out so."""
    return bool(variants(root, tree))


def variants(root: Path, tree: Tree) -> list[Path]:
    """The folders of manipulated videos."""
    home = tree.holds(root, "manipulated_videos") or root
    return [home / name for name in tree.listing(home).folders if _VARIANT.match(name)]


def read(place: Place) -> Reading:
    """All manipulated videos: fakes."""
    if sources := place.tree.holds(place.root, "source_videos"):
        place.tree.leave(sources, "the actors' own recordings are not this set's real class, its authors say")
    splits, notes = official(place)
    media = [(folder.name, medium) for folder in variants(place.root, place.tree) for medium in place.tree.media(folder)]
    rows = [row for variant, medium in media if (row := _row(variant, medium, splits, place))]
    return Reading(tuple(rows), notes=tuple(notes))


def official(place: Place) -> tuple[dict[str, Split], list[str]]:
    """Manipulated video -> the authors' split."""
    lists = place.root / "lists" / "splits"
    splits = {
        Path(line.strip()).stem: split
        for name, split in SPLITS.items()
        if place.tree.has(lists / name)
        for line in (lists / name).read_text().splitlines()
        if line.strip()
    }
    return splits, [] if splits else ["DeeperForensics: there is no lists/splits, so its videos are divided by identity."]


def _row(variant: str, medium: Medium, splits: dict[str, Split], place: Place) -> Row | None:
    found = _SWAP.match(medium.name)
    if found is None:
        place.tree.leave(medium.file, "not named as DeeperForensics names its videos")
        return None
    target, actor = found.groups()
    identities = [f"ffpp:{target}", f"{NAME}:{actor}"]
    return place.row(medium, "fake", NAME, target, method=variant, identities=identities, split=splits.get(medium.name))
