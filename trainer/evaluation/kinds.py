"""Kinds of manipulation, and how well fakes of each kind and of each family are told from real videos.

A manifest names the *family* of a fake's method; a *kind* is what a family does to a face:

    swap       another person's face in footage that is otherwise real (swap)
    animated   a real person's face made to move or speak otherwise (lipsync, reenactment, talking_head)
    generated  a face or a whole video that nobody filmed (generated_video, gan)

Fakes of one kind are set against all reals of the table. See also: single methods (``score_table.py``), the matching of sizes
(``slices.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from trainer.data.manifest import Family
from trainer.evaluation.metrics import Estimate, rank
from trainer.evaluation.score_table import NOT_STATED, VERDICTS, Part, Table, part
from trainer.evaluation.slices import FEWEST, Matched, matched_auc

Kind = Literal["swap", "animated", "generated"]

KINDS: Mapping[Family, Kind] = {
    "swap": "swap",
    "lipsync": "animated",
    "reenactment": "animated",
    "talking_head": "animated",
    "generated_video": "generated",
    "gan": "generated",
}
"""Family -> kind, for every family that a manifest may name."""


@dataclass(frozen=True)
class Detection:
    """Fakes of one kind or family against all reals; ``fakes`` is how many of them there are.

    ``auc``, ``matched`` and the true-positive rates are None where there are fewer than ``sizes.FEWEST`` fakes or reals; ``found`` is the
    share of these fakes called fake at the model's threshold; ``verdicts`` counts what a check says of them.
    """

    name: str
    reals: int
    fakes: int
    auc: Estimate | None
    matched: Matched | None
    tpr_at_fpr_1: Estimate | None
    tpr_at_fpr_5: Estimate | None
    found: float
    verdicts: dict[str, int]


def kind_of(family: Family) -> Kind | None:
    """The kind of a family; None where no family is stated."""
    return KINDS[family] if family else None


def by_kind(table: Table, threshold: float) -> tuple[Detection, ...]:
    """Every kind that is there, in the order of ``Kind``; fakes whose family is not stated come last."""
    kinds = kinds_in(table)
    return tuple(detection(name, table, kinds == name, threshold) for name in (*get_args(Kind), NOT_STATED) if (kinds == name).any())


def by_family(table: Table, threshold: float) -> tuple[Detection, ...]:
    """Every family that is stated."""
    families = [family for family in KINDS if (table.fake & (table.family == family)).any()]
    return tuple(detection(name, table, table.fake & (table.family == name), threshold) for name in families)


def parts_by_kind(table: Table, threshold: float) -> tuple[Part, ...]:
    """The shorter figures of every kind's fakes against all reals."""
    kinds = kinds_in(table)
    names = [name for name in (*get_args(Kind), NOT_STATED) if (kinds == name).any()]
    return tuple(part(name, table, ~table.fake | (kinds == name), threshold) for name in names)


def kinds_in(table: Table) -> np.ndarray:
    """The kind of every fake; "" for a real."""
    return np.array(
        [(kind_of(family) or NOT_STATED) if fake else "" for family, fake in zip(table.family, table.fake, strict=True)], dtype=str
    )


def detection(name: str, table: Table, chosen: np.ndarray, threshold: float) -> Detection:
    """The figures of the chosen fakes, of which there is at least one."""
    against = ~table.fake | chosen
    fake, score = table.fake[against], table.score[against]
    enough = min(int(fake.sum()), int((~fake).sum())) >= FEWEST
    ranking = rank(fake, score, table.unit[against]) if enough else None
    return Detection(
        name=name,
        reals=int((~fake).sum()),
        fakes=int(fake.sum()),
        auc=ranking.auc if ranking else None,
        matched=matched_auc(table, against),
        tpr_at_fpr_1=ranking.tpr_at_fpr_1 if ranking else None,
        tpr_at_fpr_5=ranking.tpr_at_fpr_5 if ranking else None,
        found=float(np.mean(score[fake] >= threshold)),
        verdicts={verdict: int(np.sum(table.verdict[chosen] == verdict)) for verdict in VERDICTS},
    )
