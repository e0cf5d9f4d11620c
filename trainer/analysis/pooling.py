"""From the looks of a video to its one figure: the ways there are, as pure functions of logits.

A *pool* makes one logit of all looks at one person; *over people* the largest or the mean of these is the video's. What serving does is
``POOLS["mean"]`` and the largest. Looks are in order of time, though seconds apart: a run of consecutive looks is a stretch of the video.
See also: which way is best (``aggregation.py``), what serving does with the figure (``telltale/verdict/verdict.py``).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

import numpy as np

from telltale.verdict.verdict import MIN_SCREEN_SHARE
from trainer.evaluation.scores import LookScore, Score

Pool = Callable[["Looks"], float]
OverPeople = Literal["largest", "mean"]


@dataclass(frozen=True, eq=False)
class Looks:
    """All looks at one person as arrays; ``scale`` and ``offset`` are those of the probabilities."""

    logit: np.ndarray
    face_px: np.ndarray
    sharpness: np.ndarray
    scale: float = 1.0
    offset: float = 0.0


def people_of(score: Score, scale: float = 1.0, offset: float = 0.0) -> list[Looks]:
    """Everybody who decides: as in a check, those who only pass do not while others stay."""
    everybody = [list(looks) for _, looks in groupby(sorted(score.looks, key=lambda look: look.person), key=lambda look: look.person)]
    staying = [looks for looks in everybody if len(looks) / max(1, score.sampled) >= MIN_SCREEN_SHARE]
    return [looks_of(looks, scale, offset) for looks in staying or everybody]


def looks_of(looks: Sequence[LookScore], scale: float, offset: float) -> Looks:
    """One person's looks as arrays."""
    logit, face_px, sharpness = np.array([(look.logit, look.face_px, look.sharpness) for look in looks], dtype=float).T
    return Looks(logit, face_px, sharpness, scale, offset)


def mean(looks: Looks) -> float:
    """The mean logit."""
    return float(looks.logit.mean())


def median(looks: Looks) -> float:
    """The middle logit."""
    return float(np.median(looks.logit))


def mean_probability(looks: Looks) -> float:
    """The mean probability, as a logit again: looks that are very sure count no more than sure ones."""
    chances = 1 / (1 + np.exp(-np.clip((looks.logit - looks.offset) / looks.scale, -30, 30)))
    middle = float(np.clip(chances.mean(), 1e-9, 1 - 1e-9))
    return float(np.log(middle / (1 - middle)) * looks.scale + looks.offset)


def top(share: float) -> Pool:
    """The mean of the highest ``share`` of the logits, one at least."""
    return lambda looks: float(np.sort(looks.logit)[-max(1, round(share * len(looks.logit))) :].mean())


def trimmed_mean(share: float) -> Pool:
    """The mean without the lowest and the highest ``share`` of the logits."""

    def pool(looks: Looks) -> float:
        off = int(share * len(looks.logit))
        return float(np.sort(looks.logit)[off : len(looks.logit) - off].mean())

    return pool


def weighted_mean(by: Literal["face_px", "sharpness"]) -> Pool:
    """The mean, larger or sharper looks weighing more in proportion."""
    return lambda looks: float(np.average(looks.logit, weights=np.maximum(getattr(looks, by), 1e-3)))


def run(length: int) -> Pool:
    """The highest mean of ``length`` consecutive looks; of all, where there are fewer."""

    def pool(looks: Looks) -> float:
        window = min(length, len(looks.logit))
        return float(np.convolve(looks.logit, np.full(window, 1 / window), mode="valid").max())

    return pool


POOLS: Mapping[str, Pool] = {
    "mean": mean,
    "mean probability": mean_probability,
    "median": median,
    "trimmed 10 %": trimmed_mean(0.1),
    "trimmed 20 %": trimmed_mean(0.2),
    "top 10 %": top(0.1),
    "top 20 %": top(0.2),
    "top 30 %": top(0.3),
    "weighted by face size": weighted_mean("face_px"),
    "weighted by sharpness": weighted_mean("sharpness"),
    "highest run of 3": run(3),
    "highest run of 5": run(5),
}


def figure(score: Score, pool: Pool, over: OverPeople, scale: float = 1.0, offset: float = 0.0) -> float:
    """The video's logit. Raises ValueError for a score without looks."""
    found = [pool(looks) for looks in people_of(score, scale, offset)]
    return float(max(found) if over == "largest" else np.mean(found))
