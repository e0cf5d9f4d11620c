"""Evidence of one kind of manipulation: a linear head whose score is the log likelihood ratio of that kind against real videos.

The head of all kinds has seen more than a head that was fitted on one kind alone, and mostly ranks that kind better, too. Both are added up
by logistic regression on their leave-one-source-out scores, classes weighing alike; the sum is still one linear head. Bounds and power come
from the same scores (``trainer/calibration/likelihood_bounds.py``). See also: ``heads.py``, which fits the heads.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from telltale.core.model_settings import KindScale
from trainer.calibration.likelihood_bounds import MODERATE, Measured, bounds, power
from trainer.evaluation.kinds import Kind
from trainer.frozen.heads import Linear

REGULARISATION = 1.0
"""Inverse strength, as scikit-learn counts it."""


@dataclass(frozen=True, eq=False)
class KindHead:
    """``weight`` as in ``Linear`` and ``bias`` give log likelihood ratios; ``figures`` say what they did on unseen sources."""

    weight: np.ndarray
    bias: float
    scale: KindScale
    figures: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Videos:
    """Videos and copies that were scored: which are fake, their kinds, which are copies, and the quality of their faces, all (n,)."""

    fake: np.ndarray
    kind: np.ndarray
    copy: np.ndarray
    face_px: np.ndarray
    compression: np.ndarray


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
    log_ratio = share * scores + own_share * own_scores + intercept
    measured = Measured(log_ratio[chosen], fake, videos.face_px[chosen], videos.compression[chosen])
    least, most = strictest(measured, videos.copy[chosen])
    scale = KindScale(
        kind=kind,
        least=round(least, 4),
        most=round(most, 4),
        reals=int((~fake & ~videos.copy[chosen]).sum()),
        fakes=int((fake & ~videos.copy[chosen]).sum()),
        power=tuple(power(measured)),
    )
    weight = share * head.weight + own_share * own.weight
    shares = {"kind": kind, "head of all kinds": round(share, 4), "own head": round(own_share, 4)}
    return KindHead(
        weight, share * head.bias + own_share * own.bias + intercept, scale, shares | figures_of(measured, videos.copy[chosen], scale)
    )


def figures_of(measured: Measured, copy: np.ndarray, scale: KindScale) -> dict[str, Any]:
    """Of the videos as they are, not of their copies: ranking, cost of the bounded ratios in bits, and how often evidence is moderate."""
    from sklearn.metrics import roc_auc_score

    fake = measured.fake[~copy]
    ratio = np.clip(measured.log_ratio[~copy], np.log(scale.least), np.log(scale.most))
    cost = (np.log2(1 + np.exp(-ratio[fake])).mean() + np.log2(1 + np.exp(ratio[~fake])).mean()) / 2
    moderate = ratio >= np.log(MODERATE) - 1e-9
    return {
        "auc": round(float(roc_auc_score(fake, measured.log_ratio[~copy])), 4),
        "cllr": round(float(cost), 4),
        "moderate in fakes": round(float(moderate[fake].mean()), 4),
        "moderate in reals": round(float(moderate[~fake].mean()), 4),
    }


def strictest(measured: Measured, copy: np.ndarray) -> tuple[float, float]:
    """The bounds that hold for the videos as they are and for their copies, bool (n,), apart: copies of a video are no further evidence."""
    found = [bounds(measured.log_ratio[part], measured.fake[part]) for part in (~copy, copy) if part.any()]
    return max(least for least, _ in found), min(most for _, most in found)
