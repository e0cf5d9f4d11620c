"""How well fakes are told apart by the size of the face and by how heavily the picture is compressed; and the AUC matched on face size.

Files without a face are in no bin. Bins differ in more than their name says: small faces come from other sources than large ones.

Matching: where fakes have smaller faces than reals, a score that only measures size has an AUC above one half. So files are put into bins
of face size on a scale of log2, ``STEPS`` to a factor of two; a fake is compared with reals of its own bin only; and the AUCs of the bins
that hold both classes are averaged, weighted by the number of fakes. That is the AUC of reals reweighted to the fakes' distribution over
bins, without the comparisons between bins (the covariate-adjusted AUC of Janes and Pepe, 2009, in strata). Fakes of a size that no real
has are left out; ``Matched`` says how many are in. See also: what a check withholds for small faces (``telltale/faces/quality.py``).
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from trainer.evaluation.metrics import Array, Estimate, interval
from trainer.evaluation.score_table import Part, Table, part

FACE_PX = (0, 64, 96, 128, 192, 256, float("inf"))
FEWEST = 5
"""Of either class, below which a bin has no AUC: so few are often in order by luck, and a bootstrap cannot see that."""
COMPRESSION = (0, 0.2, 0.4, 0.6, 0.8, float("inf"))
STEPS = 2
"""Bins to a factor of two in which face sizes are matched: 64 to 91 px, 91 to 128 px and so on."""


@dataclass(frozen=True)
class Bin:
    """The files from ``low`` up to, but not including, ``high`` (None: no end)."""

    low: float
    high: float | None
    files: Part


@dataclass(frozen=True)
class Matched:
    """The AUC matched on face size, and the reals and fakes in the ``bins`` that hold both classes."""

    auc: Estimate
    reals: int
    fakes: int
    bins: int


def by_face_px(table: Table, threshold: float) -> tuple[Bin, ...]:
    """By the face's longer side in pixels."""
    return fill_bins(table, table.face_px, FACE_PX, threshold, "px")


def by_compression(table: Table, threshold: float) -> tuple[Bin, ...]:
    """By the measure of ``telltale/faces/quality.py``, 0 clean .. 1 heavily compressed."""
    return fill_bins(table, table.compression, COMPRESSION, threshold, "")


def fill_bins(table: Table, values: np.ndarray, edges: tuple[float, ...], threshold: float, unit: str) -> tuple[Bin, ...]:
    """The bins that hold a file."""
    bins = []
    for low, high in pairwise(edges):
        chosen = (values >= low) & (values < high)
        if chosen.any():
            name = f"{low:g} to {high:g} {unit}" if np.isfinite(high) else f"{low:g} {unit} and more"
            files = part(" ".join(name.split()), table, chosen, threshold)
            if min(files.reals, files.fakes) < FEWEST:
                files = replace(files, auc=None)
            bins.append(Bin(low, high if np.isfinite(high) else None, files))
    return tuple(bins)


def matched_auc(table: Table, chosen: Array) -> Matched | None:
    """The AUC of the chosen files matched on face size, with its interval over units; see the module. None where the bins that hold both
    classes hold fewer than ``FEWEST`` of either."""
    chosen = chosen & np.isfinite(table.face_px)
    which = np.floor(STEPS * np.log2(np.maximum(table.face_px[chosen], 1.0))).astype(int)
    fake = table.fake[chosen]
    shared = np.intersect1d(which[fake], which[~fake])
    inside = np.isin(which, shared)
    fake, score, which, unit = fake[inside], table.score[chosen][inside], which[inside], table.unit[chosen][inside]
    if min(int(fake.sum()), int((~fake).sum())) < FEWEST:
        return None
    strata = [(np.flatnonzero(fake & (which == each)), np.flatnonzero(~fake & (which == each))) for each in shared]
    low, high = interval(lambda times: stratified_auc(score, strata, times), fake, unit)
    (value,) = stratified_auc(score, strata, np.ones((1, len(fake))))
    return Matched(Estimate(float(value), float(low), float(high)), int((~fake).sum()), int(fake.sum()), len(shared))


def stratified_auc(score: Array, strata: list[tuple[Array, Array]], times: Array) -> Array:
    """The mean AUC over strata (places of fakes, of reals), weighted by fakes: one for each row of ``times`` (draws, N), which says how
    often each entry counts. A stratum that a draw leaves without reals or fakes does not count in it; NaN where none is left."""
    total, weight = np.zeros(len(times)), np.zeros(len(times))
    for fakes, reals in strata:
        above = (score[fakes][:, None] > score[reals]) + 0.5 * (score[fakes][:, None] == score[reals])
        drawn_fakes, drawn_reals = times[:, fakes].sum(axis=1), times[:, reals].sum(axis=1)
        won = ((times[:, fakes] @ above) * times[:, reals]).sum(axis=1)
        there = (drawn_fakes > 0) & (drawn_reals > 0)
        total += np.where(there, won / np.maximum(drawn_reals, 1), 0)  # AUC times the fakes
        weight += np.where(there, drawn_fakes, 0)
    return np.divide(total, weight, out=np.full(len(times), np.nan), where=weight > 0)
