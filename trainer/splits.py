"""Which part of a data set trains, validates, calibrates or only tests. Whole sources and whole groups move together, never single frames.

test         whole sources, touched once, at the end
validation   whole sources that choose the checkpoint and fit the calibration, and a tenth of the groups of the sources that train
train        the rest
"""

import hashlib
from collections.abc import Collection, Iterable

from detector.errors import BadRequest
from trainer.manifest import Row, Split

HELD_BACK = 0.1
"""Share of a training source's groups that validates."""


def assign(rows: Iterable[Row], *, test: Collection[str], validation: Collection[str]) -> dict[str, Split]:
    """Manifest path -> split. Raises BadRequest where a source is asked to be in two splits."""
    if both := set(test) & set(validation):
        raise BadRequest("request.invalid", f"These sources cannot both test and validate: {', '.join(sorted(both))}.")
    return {row.path: split_of(row, test=test, validation=validation) for row in rows}


def split_of(row: Row, *, test: Collection[str], validation: Collection[str]) -> Split:
    """The split of one row; the same for every row of its source and group, whatever its label."""
    if row.source in test:
        return "test"
    if row.source in validation:
        return "validation"
    draw = int(hashlib.sha256(f"{row.source}/{row.group}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return "validation" if draw < HELD_BACK else "train"
