"""How good each way from looks to a video's figure is: ranking, and calibrated answers, with intervals over videos.

Probabilities are cross-fitted: each fifth of the videos gets those of a temperature and an offset fitted on the other four, at the
prior of these, so that a way is not praised for fitting the videos it is judged by; where logits do not rise from real to fake they do not
exist and the figures are None. Answers lie at fixed bands of the probability at even odds. The way of today is the reference: ``ahead`` is
the paired gain of AUC over it. See also: the ways (``pooling.py``), what to make of it: with a dozen ways compared, one whose interval
only just leaves out 0 is luck.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from telltale.core.errors import BadModel, BadRequest
from trainer.analysis.pooling import POOLS, OverPeople, figure
from trainer.analysis.saved_scores import Scored
from trainer.calibration.temperature import fit_temperature, probabilities
from trainer.evaluation.metrics import Estimate, brier, difference, rank, reliability

FOLDS = 5
TODAY: tuple[str, OverPeople] = ("mean", "largest")
"""What ``telltale/verdict/verdict.py`` does."""


@dataclass(frozen=True)
class Bands:
    """Probabilities, at even odds, from which on "fake" and up to which "no sign" is answered."""

    fake_from: float
    clear_to: float


@dataclass(frozen=True)
class Answers:
    """Shares of the videos: answered at all; reals called fake; fakes cleared."""

    coverage: float
    reals_called_fake: float
    fakes_cleared: float


@dataclass(frozen=True)
class Way:
    """One way's figures."""

    pool: str
    over_people: OverPeople
    auc: Estimate
    tpr_at_fpr_5: Estimate
    ahead: Estimate | None
    brier: Estimate | None
    ece: float | None
    answers: Answers | None


@dataclass(frozen=True, eq=False)
class Videos:
    """What is compared on: the videos with looks, and what they are."""

    scored: tuple[Scored, ...]
    fake: np.ndarray
    unit: np.ndarray
    fold: np.ndarray


def videos_of(scored: Sequence[Scored]) -> Videos:
    """Videos in which a face was seen. Raises BadRequest for scores without looks, or without both classes."""
    seen = tuple(each for each in scored if each.row.kind != "image" and each.score.frames)
    if any(not each.score.looks for each in seen):
        raise BadRequest("request.invalid", text="These scores hold no single looks; evaluate anew, into a new folder.")
    fake = np.array([each.row.label == "fake" for each in seen], dtype=bool)
    if min(fake.sum(), (~fake).sum()) < FOLDS:
        raise BadRequest("request.invalid", text=f"To compare takes {FOLDS} real and {FOLDS} fake videos in which a face is found.")
    return Videos(seen, fake, np.array([each.row.unit for each in seen]), folds([each.row.path for each in seen], fake))


def folds(paths: Sequence[str], fake: np.ndarray) -> np.ndarray:
    """A fold for each video: reals and fakes apart dealt round in the order of a hash of their paths."""
    order = np.array([hashlib.sha256(path.encode()).hexdigest() for path in paths])
    fold = np.zeros(len(paths), dtype=int)
    for side in (fake, ~fake):
        fold[np.flatnonzero(side)[np.argsort(order[side])]] = np.arange(side.sum()) % FOLDS
    return fold


def compare(videos: Videos, bands: Bands) -> tuple[Way, ...]:
    """Every pool, with the largest and the mean over people; the way of today comes first."""
    scale, offset = fit_or_unit(figures(videos, *TODAY), videos.fake)
    reference = figures(videos, *TODAY)
    others = [(name, over) for name in POOLS for over in ("largest", "mean") if (name, over) != TODAY]
    ways: list[tuple[str, OverPeople]] = [TODAY, *others]  # type: ignore[list-item]
    return tuple(evaluate_way(videos, way, figures(videos, *way, scale=scale, offset=offset), reference, bands) for way in ways)


def figures(videos: Videos, pool: str, over: OverPeople, scale: float = 1.0, offset: float = 0.0) -> np.ndarray:
    """Each video's logit in one way."""
    return np.array([figure(each.score, POOLS[pool], over, scale, offset) for each in videos.scored])


def fit_or_unit(logits: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """The temperature and offset of a fit; 1 and 0 where there is none."""
    try:
        return fit_temperature(logits, fake)
    except BadModel:
        return 1.0, 0.0


def evaluate_way(videos: Videos, way: tuple[str, OverPeople], logits: np.ndarray, reference: np.ndarray, bands: Bands) -> Way:
    """One way's figures."""
    ranking = rank(videos.fake, logits, videos.unit)
    chances = cross_fit(logits, videos)
    ahead = difference(videos.fake, logits, reference, videos.unit) if way != TODAY else None
    if chances is None:
        return Way(*way, ranking.auc, ranking.tpr_at_fpr_5, ahead, None, None, None)
    odds, at_prior = chances
    error = brier(videos.fake, at_prior, videos.unit)
    return Way(
        *way, ranking.auc, ranking.tpr_at_fpr_5, ahead, error, reliability(videos.fake, at_prior).ece, answers(odds, videos.fake, bands)
    )


def cross_fit(logits: np.ndarray, videos: Videos) -> tuple[np.ndarray, np.ndarray] | None:
    """Probabilities at even odds and at the videos' prior, from fits that did not see the video; None where a fit does not exist."""
    even, at_prior = np.zeros(len(logits)), np.zeros(len(logits))
    for fold in range(FOLDS):
        held, rest = videos.fold == fold, videos.fold != fold
        try:
            scale, offset = fit_temperature(logits[rest], videos.fake[rest])
        except BadModel:
            return None
        prior = np.log(videos.fake[rest].sum() / (~videos.fake[rest]).sum())
        even[held] = probabilities(logits[held], scale, offset)
        at_prior[held] = probabilities(logits[held], scale, offset - scale * prior)
    return even, at_prior


def answers(chances: np.ndarray, fake: np.ndarray, bands: Bands) -> Answers:
    """What the bands would answer."""
    called, cleared = chances >= bands.fake_from, chances <= bands.clear_to
    return Answers(float((called | cleared).mean()), float(called[~fake].mean()), float(cleared[fake].mean()))
