"""What a model got wrong or left open, file by file as a check would say it, in the order in which it is worth looking at.

A strip is a video, or up to six stills of one source and method that got the same wrong answer. "Cannot tell" is not wrong, but whoever
asked went away with nothing, so it is here too. See also: figures (``trainer/evaluation/summary.py``) and pages (``error_sheets.py``).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from trainer.analysis.saved_scores import Scored

Kind = Literal["reals called fake", "fakes called real", "cannot tell, real", "cannot tell, fake", "no face"]
KINDS: tuple[Kind, ...] = ("reals called fake", "fakes called real", "cannot tell, real", "cannot tell, fake", "no face")
TOGETHER = 6
"""Stills in one strip; as many faces are shown of a video."""


@dataclass(frozen=True)
class Misclassified:
    """One strip of a page. ``number`` of ``parts``: which part of a source's missed stills this is."""

    kind: Kind
    source: str
    method: str
    files: tuple[Scored, ...]
    number: int
    parts: int

    @property
    def probability(self) -> float:
        """The mean over its files."""
        return sum(each.score.probability for each in self.files) / len(self.files)


def kind_of(scored: Scored) -> Kind | None:
    """What kind of miss a file is; None for a right answer, and for a file that cannot be read."""
    fake, verdict = scored.row.label == "fake", scored.score.verdict
    if verdict == "no_face":
        return "no face"
    if verdict == "cannot_tell":
        return "cannot tell, fake" if fake else "cannot tell, real"
    if verdict == "likely_fake":
        return None if fake else "reals called fake"
    return "fakes called real" if fake and verdict == "no_sign_of_manipulation" else None


def find_misclassified(scored: Sequence[Scored]) -> tuple[Misclassified, ...]:
    """All misses: kind by kind, videos before stills; the furthest off first."""
    strips: dict[tuple[Kind, str, str, str], list[Scored]] = {}
    for each in scored:
        if (kind := kind_of(each)) is not None:
            together = each.row.label if each.row.still else each.row.path
            strips.setdefault((kind, each.row.source, each.row.method or "", together), []).append(each)
    found: list[Misclassified] = []
    for (kind, source, method, _), files in strips.items():
        files.sort(key=how_far)
        starts = range(0, len(files), TOGETHER)
        for number, start in enumerate(starts, start=1):
            found.append(Misclassified(kind, source, method, tuple(files[start : start + TOGETHER]), number, len(starts)))
    return tuple(sorted(found, key=lambda each: (KINDS.index(each.kind), each.files[0].row.still, how_far(each.files[0]))))


def how_far(scored: Scored) -> float:
    """Sorts the worst first: the surest wrong answer, and of what was left open, what leans furthest to the wrong side."""
    return scored.score.probability if scored.row.label == "fake" else -scored.score.probability


def frames_of(run: str) -> int:
    """How many frames of a video a run looked at, from its name."""
    found = re.search(r" (\d+) frames", run)
    return int(found[1]) if found else 32


def counts(found: Sequence[Misclassified]) -> dict[str, Any]:
    """How many files there are of each kind: by source and method, and by what limited the verdict."""
    counted: dict[str, Any] = {}
    for kind in KINDS:
        files = [(each, file) for each in found if each.kind == kind for file in each.files]
        counted[kind] = {
            "files": len(files),
            "videos": sum(not file.row.still for _, file in files),
            "stills": sum(file.row.still for _, file in files),
            "sources": dict(Counter(f"{each.source}, {each.method}" for each, _ in files)),
            "reasons": dict(Counter(reason for _, file in files for reason in file.score.reasons)),
        }
    return counted
