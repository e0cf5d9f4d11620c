"""False alarms by visible group: how often real videos are called fake, by how light the skin looks and by what people judged.

Two kinds of group. *Skin tone, measured*: light or dark by the typology angle of the cheeks' pixels (``tones.py`` says what that cannot
know), for colour videos; others are "not measured". *As judged*: glasses, age and skin as somebody wrote them down by eye in a CSV

    path,glasses,age,skin
    clips/01.mp4,no,young,light

with ``path`` from the file's own folder, glasses yes or no, age young, middle or old, skin light or dark, and "unclear" wherever it is
not plain; videos that it does not name, and videos of several files that disagree, are "not judged" and "unclear". Entries are videos as
everywhere (all stills of one clip are one). Videos are taken as independent, so a person who shows in many narrows the intervals more than
is right. Groups differ in more than their name says: sources, cameras, sizes. Not here: fakes, of whom nobody asks this.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from detector.errors import BadRequest
from trainer.evaluation.metrics import Estimate, proportion
from trainer.evaluation.scores import Score
from trainer.evaluation.tones import LIGHT_FROM
from trainer.manifest import Row

TRAITS = {
    "glasses": ("yes", "no", "unclear"),
    "age": ("young", "middle", "old", "unclear"),
    "skin": ("light", "dark", "unclear"),
}
"""What may be judged, and the values of each."""
MEASURED = "skin tone, measured"
NOT_MEASURED, NOT_JUDGED, UNCLEAR = "not measured", "not judged", "unclear"

Judged = Mapping[str, str]
"""Trait -> value."""


@dataclass(frozen=True)
class Group:
    """Real videos that share a trait, how many of them were called fake at the threshold, and that share with Wilson's interval."""

    trait: str
    value: str
    real_videos: int
    called_fake: int
    false_alarms: Estimate


def read_groups(path: Path) -> dict[Path, Judged]:
    """What was judged of each file. Raises BadRequest, naming the line that is wrong."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest("request.invalid", f"The groups {path} cannot be read.") from error
    found: dict[Path, Judged] = {}
    for number, row in enumerate(rows, start=2):
        if not row.get("path"):
            raise BadRequest("request.invalid", f"Line {number} of {path} names no path.")
        for trait, values in TRAITS.items():
            if row.get(trait) not in values:
                raise BadRequest("request.invalid", f"Line {number} of {path}: {trait} must be one of {', '.join(values)}.")
        found[(path.parent / row["path"]).resolve()] = {trait: row[trait] for trait in TRAITS}
    return found


def by_group(rows: Sequence[Row], scores: Sequence[Score], threshold: float, judged: Mapping[Path, Judged] | None) -> tuple[Group, ...]:
    """Every group that holds a real video; the judged traits only where ``judged`` is given."""
    units: dict[str, list[tuple[Row, Score]]] = {}
    for row, score in zip(rows, scores, strict=True):
        if row.label == "real":
            units.setdefault(row.unit, []).append((row, score))
    called = np.array([np.mean([score.probability for _, score in members]) >= threshold for members in units.values()], dtype=bool)
    found = grouped(MEASURED, [measured([score for _, score in members]) for members in units.values()], called)
    for trait in TRAITS if judged is not None else ():
        found += grouped(trait, [judgement([row for row, _ in members], trait, judged or {}) for members in units.values()], called)
    return tuple(found)


def grouped(trait: str, values: Sequence[str], called: np.ndarray) -> list[Group]:
    """One trait's groups, in the order of their names."""
    groups = []
    for value in sorted(set(values)):
        among = called[np.array(values) == value]
        groups.append(Group(trait, value, len(among), int(among.sum()), proportion(among)))
    return groups


def measured(scores: Sequence[Score]) -> str:
    """Light or dark by the median over a video's files."""
    known = [score.tone for score in scores if score.tone is not None]
    if not known:
        return NOT_MEASURED
    return "light" if median(known) >= LIGHT_FROM else "dark"


def judgement(rows: Sequence[Row], trait: str, judged: Mapping[Path, Judged]) -> str:
    """What was judged of a video's files."""
    values = {judged[path][trait] for row in rows if (path := row.file.resolve()) in judged}
    if not values:
        return NOT_JUDGED
    return values.pop() if len(values) == 1 else UNCLEAR
