"""Scores -> likelihood ratios, by how heavily faces are compressed, and how much may be claimed of so few videos.

A likelihood ratio says how much more often such a score is met among fakes than among real videos. Its log is a logistic fit with both
classes weighing alike, one for little and one for heavily compressed faces, of which scores say less. *Empirical bounds* (Vergeer et al.,
"Numerical likelihood ratios outputted by LR systems are often based on extrapolation: when to stop extrapolating?", Science & Justice 56,
2016): with one more misleading score on either side, deciding by ratios of at least t must not cost more than not looking at all, which
holds for t up to hits / false alarms. See also: probabilities and thresholds (``temperature.py``, ``conformal.py``).
"""

from dataclasses import dataclass

import numpy as np

from telltale.core.model_settings import RatioBin

EVEN = 1.0
"""The ratio that says nothing."""
WEAK, MODERATE = 2.0, 10.0
"""From which ratio on evidence is called weak, and moderate."""
FEWEST = 20
"""Fakes, and reals, without which nothing is fitted."""
COMPRESSION_EDGE = 0.45
"""Where faces become heavily compressed: about the middle of the videos and copies at hand."""
REGULARISATION = 100.0
"""Inverse strength, as scikit-learn counts it."""


@dataclass(frozen=True)
class Measured:
    """Scores of videos and of their copies, float64 (n,), which are fake, how heavily their faces are compressed, and the number of the
    file that each is of; the file as it is comes before its copies."""

    score: np.ndarray
    fake: np.ndarray
    compression: np.ndarray
    file: np.ndarray


def ratio_bins(measured: Measured) -> tuple[RatioBin, ...]:
    """A fit for little and one for heavily compressed faces; none where fakes or reals are too few, or scores do not tell them apart."""
    heavy = measured.compression >= COMPRESSION_EDGE
    edges = ((~heavy, 0.0, COMPRESSION_EDGE), (heavy, COMPRESSION_EDGE, None))
    return tuple(found for chosen, start, end in edges if (found := fit_bin(measured, chosen, start, end)))


def fit_bin(measured: Measured, chosen: np.ndarray, start: float, end: float | None) -> RatioBin | None:
    """The fit on the chosen scores, bool (n,), each file once."""
    from sklearn.linear_model import LogisticRegression

    places = np.flatnonzero(chosen)
    places = places[np.unique(measured.file[places], return_index=True)[1]]
    score, fake = measured.score[places], measured.fake[places]
    if min(fake.sum(), (~fake).sum()) < FEWEST:
        return None
    fit = LogisticRegression(C=REGULARISATION, class_weight="balanced").fit(score[:, None], fake)
    slope, offset = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    if slope <= 0:
        return None
    log_ratio = slope * score + offset
    least, most = bounds(log_ratio, fake)
    some = np.exp(np.minimum(log_ratio, np.log(most))) >= WEAK
    return RatioBin(
        compression_from=start,
        compression_to=end,
        slope=round(slope, 5),
        offset=round(offset, 5),
        least=round(least, 4),
        most=round(most, 4),
        reals=int((~fake).sum()),
        fakes=int(fake.sum()),
        power=round(float(some[fake].mean()), 3),
        alarms=round(float(some[~fake].mean()), 3),
    )


def bounds(log_ratio: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
    """The least and the greatest ratio that these log ratios (n,) warrant, at most 1 and at least 1."""
    fakes, reals = np.sort(log_ratio[fake]), np.sort(log_ratio[~fake])
    steps = np.unique(log_ratio)
    ratio = np.exp(steps)
    hits, alarms = len(fakes) - np.searchsorted(fakes, steps), len(reals) - np.searchsorted(reals, steps)
    misses, cleared = len(fakes) - hits, len(reals) - alarms
    high = ratio <= hits / (len(fakes) + 1) * (len(reals) + 1) / (alarms + 1)
    low = ratio * cleared / (len(reals) + 1) >= (misses + 1) / (len(fakes) + 1)
    return min([EVEN, *ratio[low].tolist()]), max([EVEN, *ratio[high].tolist()])


def log_ratios(score: np.ndarray, compression: np.ndarray, bins: tuple[RatioBin, ...]) -> np.ndarray:
    """Bounded log likelihood ratios of scores (n,), 0 where no bin is."""
    found = np.zeros(len(score))
    for each in bins:
        inside = np.array([each.holds(value) for value in compression], bool)
        found[inside] = np.clip(each.slope * score[inside] + each.offset, np.log(each.least), np.log(each.most))
    return found
