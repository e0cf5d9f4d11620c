"""Evidence of one kind of manipulation: a linear head whose score tells fakes of that kind from real videos.

The head of all kinds has seen more than a head that was fitted on one kind alone, and mostly ranks that kind better, too. Both are added up
by logistic regression on their leave-one-source-out scores, classes weighing alike; the sum is still one linear head. What its score is
worth is fitted on the same scores (``trainer/calibration/likelihood_bounds.py``). See also: ``heads.py``, which fits the heads.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from telltale.core.model_settings import KindScale
from trainer.calibration.likelihood_bounds import MODERATE, WEAK, Measured, log_ratios, ratio_bins
from trainer.evaluation.kinds import Kind
from trainer.frozen.heads import Linear

REGULARISATION = 1.0
"""Inverse strength, as scikit-learn counts it."""


@dataclass(frozen=True, eq=False)
class KindHead:
    """``weight`` as in ``Linear`` and ``bias`` give the score; ``figures`` say what it did on unseen sources."""

    weight: np.ndarray
    bias: float
    scale: KindScale
    figures: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Videos:
    """Videos and copies that were scored: which are fake, their kinds, which are copies, how heavily their faces are compressed, and the
    number of the file that each is of, all (n,)."""

    fake: np.ndarray
    kind: np.ndarray
    copy: np.ndarray
    compression: np.ndarray
    file: np.ndarray


def scale_kind(kind: Kind, head: Linear, own: Linear, scores: np.ndarray, own_scores: np.ndarray, videos: Videos) -> KindHead:
    """The head of a kind from that of all kinds and its own, and the leave-one-source-out scores (n,) of both."""
    from sklearn.linear_model import LogisticRegression

    chosen = ~videos.fake | (videos.kind == kind)
    both, fake = np.column_stack([scores, own_scores])[chosen], videos.fake[chosen]
    regression = LogisticRegression(C=REGULARISATION, class_weight="balanced").fit(both, fake)
    share, own_share = map(float, regression.coef_[0])
    if min(share, own_share) < 0:  # the weaker of the two only corrects the other's noise
        regression.fit(both * (np.array([share, own_share]) > 0), fake)
        share, own_share = (max(0.0, float(each)) for each in regression.coef_[0])
    intercept = float(regression.intercept_[0])
    measured = Measured(both @ [share, own_share] + intercept, fake, videos.compression[chosen], videos.file[chosen])
    scale = KindScale(kind=kind, bins=ratio_bins(measured))
    shares = {"kind": kind, "head of all kinds": round(share, 4), "own head": round(own_share, 4)}
    return KindHead(
        share * head.weight + own_share * own.weight,
        share * head.bias + own_share * own.bias + intercept,
        scale,
        shares | figures_of(measured, ~videos.copy[chosen], scale) | {"compressed": figures_of(measured, videos.copy[chosen], scale)},
    )


def figures_of(measured: Measured, chosen: np.ndarray, scale: KindScale) -> dict[str, Any]:
    """Of some videos, bool (n,): ranking, cost of the ratios in bits, and how often evidence is weak or more. Empty for one class alone."""
    from sklearn.metrics import roc_auc_score

    fake, score = measured.fake[chosen], measured.score[chosen]
    if fake.all() or not fake.any():
        return {}
    ratio = log_ratios(score, measured.compression[chosen], scale.bins)
    cost = (np.log2(1 + np.exp(-ratio[fake])).mean() + np.log2(1 + np.exp(ratio[~fake])).mean()) / 2
    weak, moderate = (ratio >= np.log(step) - 1e-9 for step in (WEAK, MODERATE))
    return {
        "fakes": int(fake.sum()),
        "auc": round(float(roc_auc_score(fake, score)), 4),
        "cllr": round(float(cost), 4),
        "weak in fakes": round(float(weak[fake].mean()), 4),
        "weak in reals": round(float(weak[~fake].mean()), 4),
        "moderate in fakes": round(float(moderate[fake].mean()), 4),
        "moderate in reals": round(float(moderate[~fake].mean()), 4),
    }
