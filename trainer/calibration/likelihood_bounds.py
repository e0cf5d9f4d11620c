"""How strong evidence may be called: bounds of likelihood ratios, and how often fakes show any.

A likelihood ratio says how much more often such a score is met among fakes than among real videos. So few videos were measured that none
above or below some value is warranted. *Empirical bounds* (Vergeer et al., "Numerical likelihood ratios outputted by LR systems are often
based on extrapolation: when to stop extrapolating?", Science & Justice 56, 2016): with one more misleading score on either side, deciding
by ratios of at least t must not cost more than not looking at all, which holds for t up to hits / false alarms.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from telltale.core.model_settings import Power

EVEN = 1.0
"""The ratio that says nothing."""
MODERATE = 10.0
"""From it on evidence is called moderate; ``Power`` counts fakes that reach it."""
FEWEST = 20
"""Fakes without which a share of them is not told."""
FACE_EDGE, COMPRESSION_EDGE = 160.0, 0.45
"""Where faces become large and their pixels heavily compressed: about the middle of the videos and copies at hand."""


@dataclass(frozen=True)
class Measured:
    """Log likelihood ratios of videos, float64 (n,), which of them are fake, and the quality of their faces."""

    log_ratio: np.ndarray
    fake: np.ndarray
    face_px: np.ndarray
    compression: np.ndarray


def bounds(log_ratio: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """The least and the greatest ratio that these scores (n,) warrant, at most 1 and at least 1."""
    fakes, reals = np.sort(log_ratio[fake]), np.sort(log_ratio[~fake])
    steps = np.unique(log_ratio)
    ratio = np.exp(steps)
    hits, alarms = len(fakes) - np.searchsorted(fakes, steps), len(reals) - np.searchsorted(reals, steps)
    misses, cleared = len(fakes) - hits, len(reals) - alarms
    high = ratio <= hits / (len(fakes) + 1) * (len(reals) + 1) / (alarms + 1)
    low = ratio * cleared / (len(reals) + 1) >= (misses + 1) / (len(fakes) + 1)
    return min([EVEN, *ratio[low].tolist()]), max([EVEN, *ratio[high].tolist()])


def power(measured: Measured) -> Iterator[Power]:
    """The share of fakes whose evidence is moderate at least: for large and small faces, each little and heavily compressed."""
    for face_from, face_to in ((0.0, FACE_EDGE), (FACE_EDGE, None)):
        for from_, to in ((0.0, COMPRESSION_EDGE), (COMPRESSION_EDGE, None)):
            large, heavy = measured.face_px >= FACE_EDGE, measured.compression >= COMPRESSION_EDGE
            chosen = measured.fake & (large == (face_from > 0)) & (heavy == (from_ > 0))
            if chosen.sum() >= FEWEST:
                yield Power(
                    face_px_from=face_from,
                    face_px_to=face_to,
                    compression_from=from_,
                    compression_to=to,
                    fakes=int(chosen.sum()),
                    share=round(float((measured.log_ratio[chosen] >= np.log(MODERATE)).mean()), 3),
                )
