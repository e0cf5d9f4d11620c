"""False alarms by group: how often reals are called fake, by where they were filmed, by how light the skin looks, by what people judged.

Three kinds of group. *Setting*: what the manifest states. *Skin tone, measured*: light or dark by the typology angle of the cheeks' pixels
(``skin_tone.py`` says what that cannot know), for pictures in colour; others are "not measured". *As judged*: glasses, age and skin as
somebody wrote them down by eye in a CSV

    path,glasses,age,skin
    clips/01.mp4,no,young,light

with ``path`` from the file's own folder, glasses yes or no, age young, middle or old, skin light or dark, and "unclear" wherever it is
not plain; what it does not name, and stills of one clip that disagree, are "not judged" and "unclear". Entries are videos, or else all
stills of one clip as one, by the mean of their probabilities; the two are counted apart. They are taken as independent, so a person who
shows in many narrows the intervals more than is right. Groups differ in more than their name says: sources, cameras, sizes. Not here:
fakes, of whom nobody asks this.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from telltale.core.errors import BadRequest
from trainer.data.manifest import Row
from trainer.evaluation.metrics import Estimate, proportion
from trainer.evaluation.score_table import NOT_STATED
from trainer.evaluation.scores import Score
from trainer.evaluation.skin_tone import LIGHT_FROM

TRAITS = {
    "glasses": ("yes", "no", "unclear"),
    "age": ("young", "middle", "old", "unclear"),
    "skin": ("light", "dark", "unclear"),
}
"""What may be judged, and the values of each."""
MEASURED = "skin tone, measured"
SETTING = "setting"
NOT_MEASURED, NOT_JUDGED, UNCLEAR = "not measured", "not judged", "unclear"

Judged = Mapping[str, str]
"""Trait -> value."""


@dataclass(frozen=True)
class Group:
    """Reals that share a trait, how many of them were called fake at the threshold, and that share with Wilson's interval."""

    trait: str
    value: str
    reals: int
    called_fake: int
    false_alarms: Estimate


def read_groups(path: Path) -> dict[Path, Judged]:
    """What was judged of each file. Raises BadRequest, naming the line that is wrong."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest("request.invalid", text=f"The groups {path} cannot be read.") from error
    found: dict[Path, Judged] = {}
    for number, row in enumerate(rows, start=2):
        if not row.get("path"):
            raise BadRequest("request.invalid", text=f"Line {number} of {path} names no path.")
        for trait, values in TRAITS.items():
            if row.get(trait) not in values:
                raise BadRequest("request.invalid", text=f"Line {number} of {path}: {trait} must be one of {', '.join(values)}.")
        found[(path.parent / row["path"]).resolve()] = {trait: row[trait] for trait in TRAITS}
    return found


def by_group(rows: Sequence[Row], scores: Sequence[Score], threshold: float, judged: Mapping[Path, Judged] | None) -> tuple[Group, ...]:
    """Every visible group that holds a real; the judged traits only where ``judged`` is given."""
    units, called = real_units(rows, scores, threshold)
    found = groups_of_trait(MEASURED, [measure_tone([score for _, score in members]) for members in units], called)
    for trait in TRAITS if judged is not None else ():
        found += groups_of_trait(trait, [judgement([row for row, _ in members], trait, judged or {}) for members in units], called)
    return tuple(found)


def by_setting(rows: Sequence[Row], scores: Sequence[Score], threshold: float) -> tuple[Group, ...]:
    """The reals by the setting that the manifest states, such as news or selfie; those without one are "not stated"."""
    units, called = real_units(rows, scores, threshold)
    return tuple(groups_of_trait(SETTING, [members[0][0].setting or NOT_STATED for members in units], called))


def real_units(rows: Sequence[Row], scores: Sequence[Score], threshold: float) -> tuple[list[list[tuple[Row, Score]]], np.ndarray]:
    """The files of every real unit, and which units are called fake."""
    units: dict[str, list[tuple[Row, Score]]] = {}
    for row, score in zip(rows, scores, strict=True):
        if row.label == "real":
            units.setdefault(row.unit, []).append((row, score))
    called = [np.mean([score.probability for _, score in members]) >= threshold for members in units.values()]
    return list(units.values()), np.array(called, dtype=bool)


def groups_of_trait(trait: str, values: Sequence[str], called: np.ndarray) -> list[Group]:
    """One trait's groups, in the order of their names."""
    groups = []
    for value in sorted(set(values)):
        among = called[np.array(values) == value]
        groups.append(Group(trait, value, len(among), int(among.sum()), proportion(among)))
    return groups


def measure_tone(scores: Sequence[Score]) -> str:
    """Light or dark by the median over a unit's files."""
    known = [score.tone for score in scores if score.tone is not None]
    if not known:
        return NOT_MEASURED
    return "light" if median(known) >= LIGHT_FROM else "dark"


def judgement(rows: Sequence[Row], trait: str, judged: Mapping[Path, Judged]) -> str:
    """What was judged of a unit's files."""
    values = {judged[path][trait] for row in rows if (path := row.file.resolve()) in judged}
    if not values:
        return NOT_JUDGED
    return values.pop() if len(values) == 1 else UNCLEAR
