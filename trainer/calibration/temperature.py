"""Logits -> probabilities: a temperature and an offset, and how far they would move on other videos.

Platt's logistic fit (1999), both classes weighing the same however many there are of each, so that 0.5 means even odds and not how many
fakes there happened to be. One temperature for all qualities. See also: where a probability becomes a verdict (``conformal.py``).
"""

import numpy as np

from telltale.core.errors import BadModel, BadRequest

RESAMPLES = 200


def fit_temperature(logits: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """Temperature and offset of the logistic fit. Raises BadRequest for one class alone, BadModel where higher logits do not mean fake."""
    from sklearn.linear_model import LogisticRegression

    if fake.all() or not fake.any():
        raise BadRequest(
            "request.invalid", text="Calibration needs real and fake videos in which a face is found; here is only one of the two."
        )
    fit = LogisticRegression(C=100.0, class_weight="balanced").fit(logits[:, None], fake)
    slope, shift = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    if slope <= 1e-3:
        raise BadModel(
            "model.broken", text="On these files the model's logits do not rise from real to fake: there is nothing to calibrate."
        )
    return 1 / slope, -shift / slope


def spread_of_fit(logits: np.ndarray, fake: np.ndarray, temperature: float, seed: int = 0) -> float:
    """How far the fit itself would move on another draw of these videos, as a standard deviation in logits."""
    rng = np.random.default_rng(seed)
    grid = np.quantile(logits, np.linspace(0.1, 0.9, 9))
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([rng.choice(np.flatnonzero(fake == side), (fake == side).sum()) for side in (False, True)])
        try:
            other, offset = fit_temperature(logits[rows], fake[rows])
        except BadModel:
            continue
        drawn.append((grid - offset) / other)
    return float(np.median(np.std(drawn, axis=0)) * temperature) if drawn else 0.0


def probabilities(logits: np.ndarray, temperature: float, offset: float) -> np.ndarray:
    """As ``telltale.verdict.verdict.probability``, of many."""
    return 1 / (1 + np.exp(-np.clip((logits - offset) / temperature, -30, 30)))
