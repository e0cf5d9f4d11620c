"""DF40: forty ways of making a fake face, as crops that its authors made.

    DF40/<method>/{ff|cdf}/…            known methods: **fakes only**, made from FaceForensics++ or Celeb-DF, for testing
    DF40/<method>/{fake|real}/…         unknown methods (heygen, MidJourney, …): both classes, for testing
    DF40_train/<method>/ff/…            fakes only, for training
    dataset_json/*.json                 the authors' own lists, read where they are there (``trainer/data/deepfakebench.py``)

The real class of the known methods are the originals that they were made from (``trainer/datasets/shared_reals.py``). A fake shows whom its
name names: ``ff`` 071_054 are FaceForensics++'s 071 and 054, ``cdf`` id0_id1_0000 are Celeb-DF's. The pictures are crops: no detector looks
at them.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from trainer.data import deepfakebench
from trainer.data.manifest import Label, Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree
from trainer.datasets.readers.celebdf import identities_of

NAME = "df40"
ROOTS: dict[str, Split] = {"df40": "test", "df40_test": "test", "df40_train": "train"}
KNOWN = ("ff", "cdf")
LABELS: dict[str, Label] = {"fake": "fake", "real": "real"}
LISTS = "dataset_json"

_VIDEO = re.compile(r"(\d{3})(?:_(\d{3}))?(?!\d)")


def matches(root: Path, tree: Tree) -> bool:
    """Whether the folder is one of the set's two."""
    return root.name.lower() in ROOTS and any(_parts(root / method, tree) for method in tree.listing(root).folders)


def read(place: Place) -> Reading:
    """All rows: those of the authors' lists first, then what lies in the folders besides."""
    lists = _lists(place)
    listed = deepfakebench.read(lists, place) if lists else Reading(())
    rows = [_from_list(entry) for entry in listed.rows]
    seen = {row.file for row in rows}
    rows += [row for row in _rows(place.root, ROOTS[place.root.name.lower()], place) if row.file not in seen]
    return Reading(tuple(rows), notes=listed.notes)


def _lists(place: Place) -> Path | None:
    """The folder of the authors' lists: here, beside, or where DeepfakeBench keeps it. They are read once, with DF40."""
    if place.root.name.lower() == "df40_train" and place.tree.holds(place.root.parent, "DF40"):
        return None
    for home in (place.root, place.root.parent, place.root / "preprocessing", place.root.parent / "preprocessing"):
        if folder := place.tree.holds(home, LISTS):
            return folder
    return None


def _parts(method: Path, tree: Tree) -> list[str]:
    """The folders within a method that say what is in them."""
    return [name for name in tree.listing(method).folders if name.lower() in (*KNOWN, *LABELS)]


def _rows(home: Path, split: Split, place: Place) -> Iterator[Row]:
    """The rows of DF40 or DF40_train."""
    for method in place.tree.listing(home).folders:
        parts = _parts(home / method, place.tree)
        for name in place.tree.listing(home / method).folders:
            if name not in parts:
                place.tree.leave(home / method / name, "called neither ff, cdf, fake nor real")
        for part in parts:
            label = LABELS.get(part.lower(), "fake")
            for medium in place.tree.media(home / method / part):
                yield _row(medium, label, method, part.lower(), split, place)


def _row(medium: Medium, label: Label, method: str, part: str, split: Split, place: Place) -> Row:
    identities = people_in(medium.name, part) or [f"{NAME}:{method}/{medium.name}"]
    group = identities[0].split(":", 1)[1]
    return place.row(medium, label, NAME, group, method=method, identities=identities, split=split, cropped=True)


def _from_list(row: Row) -> Row:
    """A row of the authors' lists with the identities that its place and name give it."""
    parts = [part.lower() for part in row.file.parts]
    home = next((place for place, part in enumerate(parts) if part in ROOTS), None)
    method = row.file.parts[home + 1] if home is not None and row.label == "fake" else row.method
    domain = next((part for part in KNOWN if part in parts), None)
    if domain is None and row.label == "real":
        domain = "ff" if "original_sequences" in parts else "cdf" if "celeb-real" in parts or "youtube-real" in parts else None
    name = row.file.stem if row.kind == "image" else row.file.name
    identities = people_in(name, domain) or [f"{NAME}:{method}/{name}"]
    return replace(row, source=NAME, method=method, group=identities[0].split(":", 1)[1], identities=tuple(identities))


def people_in(name: str, domain: str | None) -> list[str] | None:
    """Everybody in a fake of this name, by what it was made from; None where the name does not say."""
    if domain == "ff" and (found := _VIDEO.match(name)):
        return [f"ffpp:{number}" for number in found.groups() if number]
    return identities_of(name) if domain == "cdf" else None
