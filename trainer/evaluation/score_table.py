"""Scores of files as arrays: one entry a file, one a frame, all of one medium: video files, or stills.

The two never meet in one table: a video has many frames to be judged by and a still has one. A *still* is one picture; all stills of one
source, label and group (of one clip or picture) are one *unit*, which is drawn whole when intervals are made, while a video is a unit by
itself. A *frame* is one in which a face was found, scored by the highest logit in it. See also: what they add up to (``summary.py``), how
files are scored (``scores.py``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.data.manifest import Row
from trainer.evaluation.metrics import Estimate, Ranking, decide, rank
from trainer.evaluation.scores import Score

ANSWERS = {"likely_fake": True, "no_sign_of_manipulation": False}
"""The verdicts that say something, and what: fake, or not."""
UNREADABLE = "unreadable"
VERDICTS = (*ANSWERS, "cannot_tell", "no_face", UNREADABLE)
"""What a check may say of a file."""
NOT_STATED = "not stated"
"""The name of what a manifest does not say."""


@dataclass(frozen=True, eq=False)
class Table:
    """Arrays with one entry a file, and with one a frame (``frame_…``); ``unit`` and ``frame_unit`` name what is drawn whole.

    ``fake`` and ``score``: label and probability; ``seen``: a face was found; ``answered``: a check would say "likely fake" or "no sign",
    and ``said`` that it would be "likely fake"; ``verdict`` is one of ``VERDICTS``. ``face_px`` and ``compression`` are NaN where
    nothing is known, ``method``, ``family`` and ``setting`` are "".
    """

    unit: np.ndarray
    fake: np.ndarray
    score: np.ndarray
    seen: np.ndarray
    answered: np.ndarray
    said: np.ndarray
    verdict: np.ndarray
    source: np.ndarray
    method: np.ndarray
    family: np.ndarray
    setting: np.ndarray
    face_px: np.ndarray
    compression: np.ndarray
    frame_unit: np.ndarray
    frame_fake: np.ndarray
    frame_logit: np.ndarray


@dataclass(frozen=True)
class Part:
    """Some of the files. ``found`` and ``false_alarms`` are shares at the threshold, of fakes and of reals."""

    name: str
    reals: int
    fakes: int
    auc: Estimate | None
    found: float | None
    false_alarms: float | None
    mean_score_real: float | None
    mean_score_fake: float | None


def of_medium(rows: Sequence[Row], scores: Sequence[Score], *, stills: bool) -> tuple[list[Row], list[Score]]:
    """The stills, or the videos, and their scores, in the same order."""
    chosen = [place for place, row in enumerate(rows) if row.still == stills]
    return [rows[place] for place in chosen], [scores[place] for place in chosen]


def tabulate(rows: Sequence[Row], scores: Sequence[Score]) -> Table:
    """Files of one medium -> arrays; ``scores`` are in the order of ``rows``. Raises ValueError where videos and stills are mixed."""
    if len({row.still for row in rows}) > 1:
        raise ValueError("videos and stills do not go into one table")
    paired = list(zip(rows, scores, strict=True))
    frames = [(row.unit, row.label == "fake", logit) for row, score in paired for logit in score.frames]
    return Table(
        unit=texts(row.unit for row in rows),
        fake=np.array([row.label == "fake" for row in rows], dtype=bool),
        score=np.array([score.probability for score in scores], dtype=float),
        seen=np.array([bool(score.frames) for score in scores], dtype=bool),
        answered=np.array([score.verdict in ANSWERS for score in scores], dtype=bool),
        said=np.array([ANSWERS.get(score.verdict or "", False) for score in scores], dtype=bool),
        verdict=texts(score.verdict or UNREADABLE for score in scores),
        source=texts(row.source for row in rows),
        method=texts(row.method or "" for row in rows),
        family=texts(row.family for row in rows),
        setting=texts(row.setting or "" for row in rows),
        face_px=to_array(score.face_px for score in scores),
        compression=to_array(score.compression for score in scores),
        frame_unit=texts(name for name, _, _ in frames),
        frame_fake=np.array([fake for _, fake, _ in frames], dtype=bool),
        frame_logit=np.array([logit for _, _, logit in frames], dtype=float),
    )


def texts(values: Iterable[str]) -> np.ndarray:
    """An array of texts, of none too."""
    return np.array(list(values), dtype=str)


def to_array(values: Iterable[float | None]) -> np.ndarray:
    """An array of numbers, NaN where there is none."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def both(fake: np.ndarray) -> bool:
    """Whether real and fake are both there."""
    return bool(fake.any() and not fake.all())


def ranking(table: Table) -> Ranking | None:
    """How well files are sorted; None where real or fake is absent."""
    return rank(table.fake, table.score, table.unit) if both(table.fake) else None


def frame_ranking(table: Table) -> Ranking | None:
    """How well frames are sorted; None where real or fake is absent."""
    return rank(table.frame_fake, table.frame_logit, table.frame_unit) if both(table.frame_fake) else None


def part(name: str, table: Table, chosen: np.ndarray, threshold: float) -> Part:
    """The chosen files' figures; at least one must be chosen."""
    fake, score = table.fake[chosen], table.score[chosen]
    decisions = decide(fake, score, threshold)
    return Part(
        name=str(name),
        reals=int(np.sum(~fake)),
        fakes=int(np.sum(fake)),
        auc=rank(fake, score, table.unit[chosen]).auc if both(fake) else None,
        found=decisions.recall,
        false_alarms=decisions.false_alarm_rate,
        mean_score_real=float(score[~fake].mean()) if not fake.all() else None,
        mean_score_fake=float(score[fake].mean()) if fake.any() else None,
    )


def by_source(table: Table, threshold: float) -> tuple[Part, ...]:
    """Each source's files."""
    return tuple(part(name, table, table.source == name, threshold) for name in np.unique(table.source))


def by_method(table: Table, threshold: float) -> tuple[Part, ...]:
    """Each method's fakes against all reals."""
    named = np.unique(table.method[table.fake & (table.method != "")])
    return tuple(part(name, table, ~table.fake | (table.method == name), threshold) for name in named)
