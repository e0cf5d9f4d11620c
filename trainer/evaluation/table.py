"""Scores of files as arrays: one entry a file, one a video, one a frame.

Files become *videos* (one video file, or all stills of one source, label and group, with the mean of their probabilities) and *frames*
(frames in which a face was found, with the highest logit in each). Not here: what they add up to (``summary.py``), how files are scored
(``scores.py``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainer.evaluation.metrics import Estimate, Ranking, decide, rank
from trainer.evaluation.scores import Score
from trainer.manifest import Row

ANSWERS = {"likely_fake": True, "no_sign_of_manipulation": False}
"""The verdicts that say something, and what: fake, or not."""


@dataclass(frozen=True, eq=False)
class Table:
    """Arrays with one entry a file (``file…``), a video (``video…``) or a frame (``frame…``); ``file_video`` and ``frame_video`` name it.

    ``file_seen``: a face was found; ``file_answered``: a check would say "likely fake" or "no sign", and ``file_said`` that it would be
    "likely fake". ``video_face_px`` and ``video_compression`` are medians over the video's files, NaN where nothing is known.
    """

    file_video: np.ndarray
    file_fake: np.ndarray
    file_score: np.ndarray
    file_seen: np.ndarray
    file_answered: np.ndarray
    file_said: np.ndarray
    video: np.ndarray
    video_fake: np.ndarray
    video_score: np.ndarray
    video_source: np.ndarray
    video_method: np.ndarray
    video_face_px: np.ndarray
    video_compression: np.ndarray
    frame_video: np.ndarray
    frame_fake: np.ndarray
    frame_logit: np.ndarray


@dataclass(frozen=True)
class Part:
    """Some of the videos. ``found`` and ``false_alarms`` are shares at the threshold, of fakes and of reals."""

    name: str
    real_videos: int
    fake_videos: int
    video_auc: Estimate | None
    found: float | None
    false_alarms: float | None
    mean_score_real: float | None
    mean_score_fake: float | None


def tabulate(rows: Sequence[Row], scores: Sequence[Score]) -> Table:
    """Files -> arrays; ``scores`` are in the order of ``rows``."""
    units: dict[str, list[tuple[Row, Score]]] = {}
    for row, score in zip(rows, scores, strict=True):
        units.setdefault(row.unit, []).append((row, score))
    first = [members[0][0] for members in units.values()]
    frames = [(name, row.label == "fake", logit) for name, members in units.items() for row, score in members for logit in score.frames]
    return Table(
        file_video=np.array([row.unit for row in rows]),
        file_fake=np.array([row.label == "fake" for row in rows]),
        file_score=np.array([score.probability for score in scores]),
        file_seen=np.array([bool(score.frames) for score in scores]),
        file_answered=np.array([score.verdict in ANSWERS for score in scores]),
        file_said=np.array([ANSWERS.get(score.verdict or "", False) for score in scores]),
        video=np.array(list(units)),
        video_fake=np.array([row.label == "fake" for row in first]),
        video_score=np.array([np.mean([score.probability for _, score in members]) for members in units.values()]),
        video_source=np.array([row.source for row in first]),
        video_method=np.array([row.method or "" for row in first]),
        video_face_px=np.array([middle([score.face_px for _, score in members]) for members in units.values()]),
        video_compression=np.array([middle([score.compression for _, score in members]) for members in units.values()]),
        frame_video=np.array([name for name, _, _ in frames]),
        frame_fake=np.array([fake for _, fake, _ in frames], dtype=bool),
        frame_logit=np.array([logit for _, _, logit in frames]),
    )


def middle(values: Sequence[float | None]) -> float:
    """The median of what is known, or NaN."""
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else float("nan")


def both(fake: np.ndarray) -> bool:
    """Whether real and fake are both there."""
    return bool(fake.any() and not fake.all())


def video_ranking(table: Table) -> Ranking | None:
    """How well videos are sorted; None where real or fake is absent."""
    return rank(table.video_fake, table.video_score, table.video) if both(table.video_fake) else None


def frame_ranking(table: Table) -> Ranking | None:
    """How well frames are sorted; None where real or fake is absent."""
    return rank(table.frame_fake, table.frame_logit, table.frame_video) if both(table.frame_fake) else None


def part(name: str, table: Table, chosen: np.ndarray, threshold: float) -> Part:
    """The chosen videos' figures; at least one must be chosen."""
    fake, score = table.video_fake[chosen], table.video_score[chosen]
    decisions = decide(fake, score, threshold)
    return Part(
        name=str(name),
        real_videos=int(np.sum(~fake)),
        fake_videos=int(np.sum(fake)),
        video_auc=rank(fake, score, table.video[chosen]).auc if both(fake) else None,
        found=decisions.recall,
        false_alarms=decisions.false_alarm_rate,
        mean_score_real=float(score[~fake].mean()) if not fake.all() else None,
        mean_score_fake=float(score[fake].mean()) if fake.any() else None,
    )


def by_source(table: Table, threshold: float) -> tuple[Part, ...]:
    """Each source's videos."""
    return tuple(part(name, table, table.video_source == name, threshold) for name in np.unique(table.video_source))


def by_method(table: Table, threshold: float) -> tuple[Part, ...]:
    """Each method's fakes against all reals."""
    named = np.unique(table.video_method[table.video_fake & (table.video_method != "")])
    return tuple(part(name, table, ~table.video_fake | (table.video_method == name), threshold) for name in named)
