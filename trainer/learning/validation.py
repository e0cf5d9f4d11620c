"""The figures that choose a checkpoint: AUC over files, stills and videos apart, on the validation crops.

Quick and without intervals: the figures that are published come from ``evaluate.py``, which reads whole videos as the service does.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from trainer.synthesis.dataset import ValidationCrops


def validation_figures(logits: Any, singles: "ValidationCrops") -> dict[str, float]:
    """Accuracy over crops; AUC over units (mean logit of a unit's crops), for stills and videos, and the mean of both.

    ``balanced_auc`` chooses the checkpoint. It is 0.5 where the validation crops lack one of the classes in both kinds.
    """
    from sklearn.metrics import roc_auc_score

    scores = np.asarray(logits)[:, 1] - np.asarray(logits)[:, 0]
    units, labels = np.array(singles.units), np.asarray(singles.labels)
    stills = np.array(singles.kinds) == "image"
    figures = {}
    for kind, chosen in (("image", stills), ("video", ~stills)):
        names, first, place = np.unique(units[chosen], return_index=True, return_inverse=True)
        truth = labels[chosen][first]
        if len(set(truth.tolist())) == 2:
            mean = np.bincount(place, scores[chosen]) / np.bincount(place, minlength=len(names))
            figures[f"{kind}_auc"] = float(roc_auc_score(truth, mean))
    figures["balanced_auc"] = float(np.mean(list(figures.values()))) if figures else 0.5
    figures["accuracy"] = float(((scores > 0) == (labels == 1)).mean())
    return figures
