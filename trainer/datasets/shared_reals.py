"""The real class of sets that bring none: DeeperForensics and DF40 were made from FaceForensics++ and Celeb-DF, whose originals are theirs.

They are taken from the trees given, else from one that lies beside the set. Only originals whose identity the fakes show are taken.
See also: labels or splits of those sets (``trainer/datasets/readers/faceforensics.py``, ``trainer/datasets/readers/celebdf.py``).
"""

from collections.abc import Iterable
from dataclasses import replace

from trainer.data.manifest import Row
from trainer.data.reading import Place, Reading
from trainer.data.splits import collect_claims
from trainer.datasets.readers import celebdf, deeperforensics, df40, faceforensics

BORROWERS = (deeperforensics, df40)
LENDERS = {"ffpp": faceforensics, "celebdf": celebdf}
TITLES = {deeperforensics.NAME: "DeeperForensics", df40.NAME: "DF40", faceforensics.NAME: "FaceForensics++", celebdf.NAME: "Celeb-DF"}


def borrow(source: str, rows: Iterable[Row], places: Iterable[Place], lenders: dict[str, list[Place]]) -> Reading:
    """The real rows for one borrower's fakes, as rows of the borrower, split by the borrower's lists (``splits.py``).

    ``lenders`` are the trees given, by namespace; a namespace that is absent there lends nothing.
    """
    rows = list(rows)
    fakes = [row for row in rows if row.label == "fake"]
    already = {identity for row in rows if row.label == "real" for identity in row.identities}
    splits = collect_claims((row, row.split) for row in fakes)
    found: list[Row] = []
    notes = []
    for namespace, given in lenders.items():
        wanted = {name for row in fakes for name in row.identities if name.startswith(f"{namespace}:")} - already
        if not wanted:
            continue
        homes = given or beside(places, namespace)
        reals = [row for home in homes for row in originals(namespace, home, crops=any(row.cropped for row in fakes))]
        taken = [replace(row, source=source, split=splits.get(row.identities[0])) for row in reals if wanted & set(row.identities)]
        found += taken
        notes += describe_borrowed(source, namespace, len(wanted), taken, homes, crops=any(row.cropped for row in fakes))
    return Reading(tuple(found), notes=tuple(notes))


def originals(namespace: str, home: Place, *, crops: bool) -> list[Row]:
    """The lender's real rows: of FaceForensics++ at c23; where the fakes are crops, the lender's frames first."""
    if namespace == "ffpp":
        return faceforensics.originals(home, level="c23", frames_first=crops)
    return [row for row in celebdf.read(home, frames_first=crops).rows if row.label == "real"]


def beside(places: Iterable[Place], namespace: str) -> list[Place]:
    """The lender's tree in a folder that a borrower's lies in, or in the one above."""
    for place in places:
        for home in (place.root.parent, place.root.parent.parent):
            for name in place.tree.listing(home).folders:
                if LENDERS[namespace].matches(home / name, place.tree):
                    return [Place(home / name, place.tree)]
    return []


def describe_borrowed(source: str, namespace: str, wanted: int, taken: list[Row], homes: list[Place], *, crops: bool) -> list[str]:
    """What a person should know about the real class."""
    borrower, lender = TITLES[source], TITLES[namespace]
    if homes and not taken:
        return [f"{borrower}: none of {wanted:,} originals of {lender} that it shows is in {homes[0].root}."]
    if not homes:
        return [f"{borrower}: its real class are originals of {lender}, which is neither given nor beside it: give that folder as well."]
    notes = [f"{borrower}: {len(taken):,} originals of {lender} in {homes[0].root} are its real class."]
    if levels := {row.compression for row in taken} - {"c23", None}:
        notes.append(f"{borrower}: its real class should be c23, but is there only as {', '.join(sorted(map(str, levels)))}.")
    if crops and not all(row.cropped for row in taken):
        notes.append(f"{borrower}: fakes are crops made by its authors, reals are cut here, and a net may learn the cut for the label.")
    return notes
