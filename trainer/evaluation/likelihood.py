"""The log-likelihood-ratio cost (Cllr) of calibrated probabilities, and how much of it calibration is to blame for.

A probability p is taken as the posterior at even odds, so the likelihood ratio of fake to real is LR = p / (1 - p), and

    Cllr = 1/2 (mean over fakes of log2(1 + 1 / LR) + mean over reals of log2(1 + LR))

in bits (Brümmer and du Preez, 2006): 0 is perfect, 1 is what always saying one half costs, more is worse than saying nothing. *Minimum* is
the cost after the best monotonic recalibration on these very entries, by pool-adjacent-violators (PAV) with both classes weighing alike:
what is left is lack of discrimination. *Loss* = Cllr - minimum is lack of calibration. See also: other calibration errors (``metrics.py``).
"""

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import isotonic_regression

from trainer.evaluation.metrics import Array, Estimate, interval

CLIP = 1e-6
"""Probabilities are kept so far from 0 and 1: a single one would otherwise cost without bound."""


@dataclass(frozen=True)
class LikelihoodCost:
    """Bits, with 95 % bootstrap intervals; ``loss`` is ``cllr`` less ``minimum``."""

    cllr: Estimate
    minimum: Estimate
    loss: Estimate


def likelihood_cost(fake: Array, score: Array, unit: Array) -> LikelihoodCost:
    """Cllr and its parts of probabilities (N,) in 0..1. Raises ValueError unless both classes are present."""
    if fake.all() or not fake.any():
        raise ValueError("a likelihood-ratio cost needs both real and fake entries")
    low, high = interval(lambda times: costs(fake, score, times), fake, unit)
    (values,) = costs(fake, score, np.ones((1, len(fake))))
    return LikelihoodCost(*(Estimate(*map(float, each)) for each in zip(values, low, high, strict=True)))


def costs(fake: Array, score: Array, times: Array) -> Array:
    """Cllr, its minimum and the loss (draws, 3), a row for each row of ``times`` (draws, N): how often each entry counts."""
    certain = np.clip(score, CLIP, 1 - CLIP)
    weights = times * np.where(fake, 1, 0) / (times @ fake)[:, None] + times * np.where(fake, 0, 1) / (times @ ~fake)[:, None]
    cllr = weights @ bits(fake, certain) / 2
    levels, place = np.unique(score, return_inverse=True)
    minimum = np.array([least(fake, place, len(levels), row) for row in weights])
    return np.column_stack([cllr, minimum, cllr - minimum])


def bits(fake: Array, probability: Array) -> Array:
    """The cost of each entry: log2(1 + 1 / LR) is -log2(p), log2(1 + LR) is -log2(1 - p)."""
    return -np.log2(np.where(fake, probability, 1 - probability))


def least(fake: Array, place: Array, levels: int, weights: Array) -> float:
    """The minimum under one weighting. Entries of one score (``place`` numbers the ``levels`` from the lowest) stay together."""
    total, fakes = np.bincount(place, weights, levels), np.bincount(place, weights * fake, levels)
    there = total > 0
    fitted = np.zeros(levels)
    fitted[there] = isotonic_regression(fakes[there] / total[there], sample_weight=total[there], y_min=0, y_max=1)
    counted = weights > 0
    return float(weights[counted] @ bits(fake[counted], fitted[place[counted]]) / 2)
