"""Class folders as users have them, at any depth and in any order: ``Train|Validation|Test / Real|Fake / picture or video``, also
``Real|Fake`` alone. "Deepfake and real images" and most small sets are like this.

Labels and splits go by the folders' names, never by their order: ``fake`` comes before ``real`` in every alphabet, and a loader that
counts folders calls it 0. A file belongs to nobody but its own name, so that Real/07.mp4 and Fake/07.mp4 stay together; under split
folders only within that split, for there numbers start again. Stills in a folder of their own within a class share that folder's name.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from telltale.core.errors import BadRequest
from trainer.data.manifest import Label, Row, Split
from trainer.data.reading import Place, Reading
from trainer.data.scan import Medium, Tree

NAME = "folders"
SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "test": "test",
    "testing": "test",
    "dev": "validation",
    "development": "validation",
    "eval": "test",
    "evaluation": "test",
}
WORDS: dict[Label, str] = {
    "real": "real reals original originals authentic genuine pristine bonafide echt réel réels vrai vrais auténtico verdadero 真 真实 真人",
    "fake": "fake fakes deepfake deepfakes ai synthetic synthesized generated manipulated forged forgery artificial tampered gefälscht"
    " fälschung faux truqué truqués falso 假 伪造",
}
LABELS: dict[str, Label] = {word: label for label, words in WORDS.items() for word in words.split()}
WEAK: dict[str, Label] = {"nature": "real", "natural": "real"}
"""What GenImage calls its real photos; a motif wherever another folder says more."""
FILLERS = frozenset({"videos", "video", "images", "image", "faces", "face", "frames"})
GENERIC = frozenset({"data", "dataset", "datasets", "archive", "images", "videos"})
DEPTH = 6


@dataclass(frozen=True)
class FolderMeaning:
    """What the folders above a file say, and which folders are left below them."""

    label: Label | None
    split: Split | None
    rest: tuple[str, ...]


def matches(root: Path, tree: Tree) -> bool:
    """Whether a label is among the folders. One is enough: fakes can be forged from reals alone."""
    return any(parse_folders(path.relative_to(root).parts).label for path in _folders(root, tree, DEPTH))


def read(place: Place) -> Reading:
    """Every picture and video below a class folder. Raises BadRequest where there is none."""
    source = source_of(place.root)
    heard: dict[Path, FolderMeaning] = {}
    rows = []
    for medium in place.tree.media(place.root, stills=True, all_named=True):
        folder = medium.file.parent
        if folder not in heard:
            heard[folder] = parse_folders(folder.relative_to(place.root).parts)
        if row := _row(medium, heard[folder], source, place):
            rows.append(row)
    if not rows:
        raise BadRequest("request.invalid", text=f"What {place.root} holds is neither called Real nor Fake: no label is known.")
    unknown = {folder: meaning for folder, meaning in heard.items() if meaning.label is None}
    (label, *more) = {row.label for row in rows}
    if unknown and not more:
        named = ", ".join(sorted("/".join(folder.relative_to(place.root).parts) or "the folder itself" for folder in unknown)[:5])
        raise BadRequest(
            "request.invalid",
            text=f"Of {place.root} only {label} files are known: the folders {named} are neither called Real nor Fake. Rename them, move"
            " them away, or write a manifest.",
        )
    return Reading(tuple(rows))


def parse_folders(parts: tuple[str, ...]) -> FolderMeaning:
    """What folder names say together. A name says something only if every word of it is known and it says one thing: not "real_vs_fake"."""
    labels: set[Label] = set()
    splits: set[Split] = set()
    rest: list[str] = []
    for part in parts:
        words = [word for word in re.split(r"[-_ ]+", unicodedata.normalize("NFC", part.lower())) if word not in FILLERS]
        words = [word for word in words if not word.isdecimal()] or words  # 0_real, real_images_200
        meant = {LABELS[word] for word in words if word in LABELS}
        known = all(word in LABELS or word in SPLITS for word in words)
        if words and known and len(meant) <= 1:
            labels |= meant
            splits |= {SPLITS[word] for word in words if word in SPLITS}
        elif words:
            rest.append(part)
    weak = {WEAK[part.lower()] for part in rest if part.lower() in WEAK}
    if not labels and len(weak) == 1:
        labels, rest = weak, [part for part in rest if part.lower() not in WEAK]
    both = len(labels) > 1 or len(splits) > 1
    return FolderMeaning(None if both else next(iter(labels), None), None if both else next(iter(splits), None), tuple(rest))


def _folders(folder: Path, tree: Tree, depth: int) -> Iterator[Path]:
    for name in tree.listing(folder).folders if depth else ():
        yield folder / name
        if parse_folders((name,)).label is None:
            yield from _folders(folder / name, tree, depth - 1)


def _row(medium: Medium, found: FolderMeaning, source: str, place: Place) -> Row | None:
    if found.label is None:
        place.tree.leave(medium.file, "its folders are neither called Real nor Fake")
        return None
    own = "/".join(found.rest) if medium.kind == "image" and found.rest else medium.name
    group = f"{found.split}/{own}" if found.split else own
    method = found.rest[-1] if found.rest and medium.kind == "video" else "fake"
    return place.row(medium, found.label, source, group, method=method, identities=[f"{source}:{group}"], split=found.split)


def source_of(root: Path) -> str:
    """The root's name, or that of a folder above it that says more than "Dataset"."""
    named = (folder.name for folder in (root, *root.parents) if folder.name and folder.name.lower() not in GENERIC)
    return next(named, root.name).replace(":", "_")
