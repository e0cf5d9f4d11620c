"""How well the model still tells fakes apart when the pictures are made worse: the AUC under each perturbation, beside the clean one.

Whole frames are made worse before faces are looked for, so a face that is no longer found counts, as "cannot tell". All perturbations meet
the same files and, in videos, the same few frames, and so does the clean reference. Where only some of the files are taken, these are
spread over labels, sources and units. Videos and stills have figures of their own. See also: what is done to the pictures
(``perturbations.py``).
"""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np

from trainer.data.manifest import Row
from trainer.evaluation.metrics import Estimate, decide, difference
from trainer.evaluation.perturbations import PLATFORM, Perturbation
from trainer.evaluation.score_table import Table, both, frame_ranking, of_medium, ranking, tabulate
from trainer.evaluation.scores import Score, Scorer, score_or_read


@dataclass(frozen=True)
class Worse:
    """The figures under one perturbation (``kind`` and ``level`` None: the clean files). ``loss`` is the clean AUC less this one.

    ``found`` and ``false_alarms`` are shares of fakes and reals called fake at the model's threshold; ``without_face`` of all files.
    ``frame_auc`` is None for stills, which are frames themselves.
    """

    kind: str | None
    level: int | None
    name: str
    auc: Estimate | None
    frame_auc: Estimate | None
    loss: Estimate | None
    found: float | None
    false_alarms: float | None
    without_face: float


@dataclass(frozen=True)
class Degradation:
    """Videos, or stills: the clean figures first, then one entry a perturbation, in the order of the grid. ``platform_loss`` is the loss of
    the entry for ``PLATFORM``, half size at CRF 34, None where that was not tried."""

    reals: int
    fakes: int
    entries: tuple[Worse, ...]
    platform_loss: Estimate | None


@dataclass(frozen=True)
class Robustness:
    """Videos and stills apart, None where there are none among the ``files`` taken. ``frames`` of each video were looked at."""

    files: int
    frames: int
    videos: Degradation | None
    stills: Degradation | None


def measure(
    rows: Sequence[Row], clean: Sequence[Score], looker: Scorer, perturbations: Sequence[Perturbation], threshold: float, *,
    files: int, frames: int, kept: Path, workers: int,
) -> Robustness:  # fmt: skip
    """Score ``files`` of the rows, ``frames`` of each video, under each perturbation; ``clean`` are all rows' scores, in their order."""
    scores = dict(zip((row.path for row in rows), clean, strict=True))
    chosen = choose(rows, files)
    brief = replace(looker, frames=frames)
    videos = [row for row in chosen if not row.still] if frames != looker.frames else []  # a still has one frame anyway
    if videos:
        (again,) = score_or_read(videos, [brief], kept, workers, "clean")
        scores |= {row.path: score for row, score in zip(videos, again, strict=True)}
    worse = score_or_read(chosen, [replace(brief, perturbation=each) for each in perturbations], kept, workers, "robustness")
    clean = [scores[row.path] for row in chosen]
    videos_too, stills_too = (degradation(chosen, clean, worse, perturbations, threshold, stills=stills) for stills in (False, True))
    return Robustness(len(chosen), frames, videos_too, stills_too)


def degradation(
    rows: Sequence[Row], clean: Sequence[Score], worse: Sequence[Sequence[Score]], perturbations: Sequence[Perturbation], threshold: float,
    *, stills: bool,
) -> Degradation | None:  # fmt: skip
    """What becomes of the videos, or of the stills, among the rows; ``worse`` holds the scores of all rows for each perturbation."""
    reference = tabulate(*of_medium(rows, clean, stills=stills))
    if not len(reference.fake):
        return None
    entries = [figures(None, reference, reference, threshold, stills=stills)]
    for each, under in zip(perturbations, worse, strict=True):
        entries.append(figures(each, tabulate(*of_medium(rows, under, stills=stills)), reference, threshold, stills=stills))
    loss = next((each.loss for each in entries if (each.kind, each.level) == (PLATFORM.kind, PLATFORM.level)), None)
    return Degradation(int(np.sum(~reference.fake)), int(np.sum(reference.fake)), tuple(entries), loss)


def figures(perturbation: Perturbation | None, table: Table, clean: Table, threshold: float, *, stills: bool) -> Worse:
    """One entry. Both tables hold the same files in the same order."""
    files, frame = ranking(table), None if stills else frame_ranking(table)
    decisions = decide(table.fake, table.score, threshold)
    compared = perturbation is not None and both(table.fake)
    return Worse(
        kind=perturbation.kind if perturbation else None,
        level=perturbation.level if perturbation else None,
        name=perturbation.words if perturbation else "as they are",
        auc=files.auc if files else None,
        frame_auc=frame.auc if frame else None,
        loss=difference(table.fake, clean.score, table.score, table.unit) if compared else None,
        found=decisions.recall,
        false_alarms=decisions.false_alarm_rate,
        without_face=float(np.mean(~table.seen)),
    )


def choose(rows: Sequence[Row], files: int) -> list[Row]:
    """At most ``files`` rows, always the same: in turn from every label and source, a video's second file after every video's first."""
    strata: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        strata[row.label, row.source].append(row)
    ordered = [turns(stratum) for _, stratum in sorted(strata.items())]
    mixed = [row for turn in zip_longest(*ordered) for row in turn if row is not None]
    taken = {row.path for row in mixed[:files]}
    return [row for row in rows if row.path in taken]


def turns(rows: Sequence[Row]) -> list[Row]:
    """The first file of every video, then the second …; within a turn in an order that has nothing to do with the names."""
    seen: dict[str, int] = defaultdict(int)
    keyed = []
    for row in sorted(rows, key=lambda row: hashlib.sha256(row.path.encode()).digest()):
        keyed.append((seen[row.unit], row))
        seen[row.unit] += 1
    return [row for _, row in sorted(keyed, key=lambda pair: pair[0])]
