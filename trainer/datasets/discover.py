"""Which data sets lie below the folders given, and all their rows, merged.

    reading = read_sets([Path("DeeperForensics-1.0"), Path("FaceForensics++")], only=None, compression=None)

Each folder, and the folders in it, are shown to the readers in the order of ``SETS``; the first that knows the layout reads it. Where none
knows anything below a root, it is read as class folders. Nothing is asked of the user but the folder: names, capitals and nesting may be
as downloads and re-uploads have them. See also: what a layout means (one file a set) and what trains (``trainer/data/splits.py``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row
from trainer.data.reading import LeftOut, Place, Reading, summarize_left_out
from trainer.data.scan import Tree
from trainer.datasets import shared_reals
from trainer.datasets.readers import (
    celebdf,
    class_folders,
    deeperforensics,
    df40,
    dfdc,
    dfdc_preview,
    faceforensics,
    ffiw,
    realfake140k,
    sdfvd,
    uadfv,
    wilddeepfake,
)

__all__ = ["SETS", "LeftOut", "Reading", "read_sets", "summarize_left_out"]

READERS: tuple[ModuleType, ...] = (
    faceforensics,
    celebdf,
    dfdc_preview,
    dfdc,
    deeperforensics,
    wilddeepfake,
    df40,
    sdfvd,
    uadfv,
    ffiw,
    realfake140k,
)
WITHIN = {"ffpp": "ffpp", "dfd": "ffpp"}
"""Sets that lie in one tree, told apart by their rows' source -> the reader of that tree."""
SETS: tuple[str, ...] = (*dict.fromkeys((*WITHIN, *(reader.NAME for reader in READERS))), class_folders.NAME)
"""The names that ``only`` may be."""
DEPTH = 4
"""Folders below a root in which sets are looked for."""

Found = tuple[ModuleType, Place]


def read_sets(roots: Sequence[Path], *, only: str | None = None, compression: str | None = None) -> Reading:
    """All rows below the roots, or those of the set ``only`` with the real class it borrows. Raises BadRequest where there are none.

    ``compression`` is for sets that come in several (raw, c23, c40).
    """
    if only is not None and only not in SETS:
        raise BadRequest("request.invalid", text=f"There is no data set {only!r}; there are {', '.join(SETS)}.")
    tree = Tree()
    found = [pair for root in roots for pair in find_sets(root, tree, only, compression)]
    asked = [pair for pair in found if only is None or WITHIN.get(only, only) == pair[0].NAME]
    if not asked:
        names = f"the data set {only}" if only else "no data set that is known here"
        raise BadRequest("request.invalid", text=f"{', '.join(map(str, roots))} {'do not hold' if only else 'hold'} {names}.")
    readings = [(reader, place, reader.read(place)) for reader, place in asked]
    rows = [row for _, _, reading in readings for row in reading.rows if only not in WITHIN or row.source == only]
    notes = [note for _, _, reading in readings for note in reading.notes]
    for lent in lend_reals(readings, found, asked):
        rows += lent.rows
        notes += lent.notes
    if compression is not None and not any(row.compression for row in rows):
        notes.append(f"None of these sets comes in several compressions: {compression} chooses nothing.")
    merged = tuple(merge(rows, tree))
    notes += note_one_class(merged)
    return Reading(merged, tuple(tree.left_out.values()), tuple(dict.fromkeys(notes)))


def find_sets(root: Path, tree: Tree, only: str | None, compression: str | None) -> list[Found]:
    """The sets below one root; class folders where no other set is. Raises BadRequest for no folder and for nothing known."""
    root = root.absolute()
    if not root.is_dir():
        raise BadRequest("request.invalid", text=f"There is no folder {root}.")
    found = [] if only == class_folders.NAME else list(_find_named(root, tree, DEPTH, compression))
    if not found and class_folders.matches(root, tree):
        found = [(class_folders, Place(root, tree, compression))]
    if not found and only is None:
        raise BadRequest("request.invalid", text=f"{root} holds no data set that is known here, and no folders called Real and Fake.")
    return found


def _find_named(folder: Path, tree: Tree, depth: int, compression: str | None) -> Iterator[Found]:
    """The named sets at or below a folder, none within another."""
    for reader in READERS:
        if reader.matches(folder, tree):
            yield reader, Place(folder, tree, compression)
            return
    for name in tree.listing(folder).folders if depth else ():
        yield from _find_named(folder / name, tree, depth - 1, compression)


def lend_reals(readings: list[tuple[ModuleType, Place, Reading]], found: list[Found], asked: list[Found]) -> Iterator[Reading]:
    """The real classes that sets borrow. A lender that is read itself has given its originals already."""
    read = {reader.NAME for reader, _ in asked}
    for borrower in shared_reals.BORROWERS:
        rows = [row for reader, _, reading in readings if reader is borrower for row in reading.rows]
        places = [place for reader, place in asked if reader is borrower]
        if rows:
            lenders = {name: [place for reader, place in found if name == reader.NAME] for name in shared_reals.LENDERS if name not in read}
            yield shared_reals.borrow(borrower.NAME, rows, places, lenders)


def merge(rows: list[Row], tree: Tree) -> Iterator[Row]:
    """Each file once, and no two under one path: where names repeat, the whole path stands."""
    seen: dict[tuple[Path, str | None], Row] = {}
    paths: set[str] = set()
    for row in rows:
        archive = row.kind == "frames" and row.file.name.lower().endswith(wilddeepfake.ENDINGS)
        if row.kind == "frames" and not archive and "#" in str(row.file):
            tree.leave(row.file, "its path holds a #, which marks a folder within an archive")
            continue
        first = seen.setdefault((row.file, row.member if archive else None), row)
        if first is not row:
            if first.label != row.label:
                raise BadRequest(
                    "request.invalid", text=f"{row.file} was read as {first.label} ({first.source}) and as {row.label} ({row.source})."
                )
            continue
        if row.path in paths:
            row = replace(row, path=str(row.file) + (f"#{row.member}" if archive else ""))
        paths.add(row.path)
        yield row


def note_one_class(rows: tuple[Row, ...]) -> list[str]:
    """A note for each source that has one class only. Raises BadRequest where there is nothing at all."""
    if not rows:
        raise BadRequest(
            "request.invalid", text="No file of a data set was found: the folders are there, but hold no videos or pictures of it."
        )
    labels: dict[str, set[str]] = {}
    for row in rows:
        labels.setdefault(row.source, set()).add(row.label)
    return [f"{source} has only {next(iter(found))} files." for source, found in labels.items() if len(found) == 1]
