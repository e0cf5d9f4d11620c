"""How well scores tell fake from real: pure functions over arrays, and the frozen results they give.

Everywhere ``fake`` is a boolean array (True = manipulated is the positive class), ``score`` an array of probabilities in 0..1 that the face
is fake (or anything that rises with it, where only the order counts), and ``unit`` names what each entry belongs to; all three have the
same length. A *unit* is what is drawn whole when intervals are made: frames of one video, or stills of one clip, are not independent.
Intervals are 95 % percentile intervals of a bootstrap over units (Efron, 1979), drawn within real and within fake apart so that every draw
has both classes. Rankings are computed for many draws at once, which scikit-learn does not do; tests hold them to scikit-learn's. Not
here: files, models, pictures.

    result = rank(fake, score, unit)
    result.auc.value, result.auc.low, result.auc.high
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

Array = np.ndarray

DRAWS = 1000
SEED = 20250


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Ranking:
    """How well the scores sort fakes above reals, whatever the threshold. EER: where false alarms and misses are equally frequent.

    ``tpr_at_fpr_1`` and ``_5``: the largest share of fakes found by a threshold, chosen on these very entries, that calls at most 1 % (5 %)
    of the reals fake. Nothing is interpolated: with fewer than 100 (20) reals that means none of them.
    """

    auc: Estimate
    average_precision: Estimate
    eer: Estimate
    tpr_at_fpr_1: Estimate
    tpr_at_fpr_5: Estimate


@dataclass(frozen=True)
class Confusion:
    """Counts at one threshold. Rows of the matrix are what is so, columns what was said."""

    true_real: int
    false_fake: int
    false_real: int
    true_fake: int


@dataclass(frozen=True)
class Decisions:
    """How good the answers are at one threshold: fake where score >= threshold. Rates of a class that is absent are None.

    ``recall`` is the true-positive rate, ``false_alarm_rate`` the false-positive and ``miss_rate`` the false-negative rate;
    ``balanced_accuracy`` weighs both classes alike and is None where one is absent.
    """

    threshold: float
    accuracy: float
    balanced_accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    false_alarm_rate: float | None
    miss_rate: float | None
    confusion: Confusion


@dataclass(frozen=True)
class Curve:
    """The ROC: exact points, and a 95 % band of the detection rate on an even grid of false-alarm rates."""

    false_alarm_rate: Array
    detection_rate: Array
    grid: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Reliability:
    """Scores in equal-width bins: how many, their mean, and the share of them that is fake with its 95 % interval (Wilson, 1927).

    ``ece`` weighs the gaps by the counts.
    """

    ece: float
    count: Array
    mean_score: Array
    share_fake: Array
    low: Array
    high: Array


def rank(fake: Array, score: Array, unit: Array, *, draws: int = DRAWS, seed: int = SEED) -> Ranking:
    """What does not depend on a threshold, with intervals. Raises ValueError unless both classes are present."""
    low, high = interval(lambda times: _figures(fake, score, times), fake, unit, draws=draws, seed=seed)
    (values,) = _figures(fake, score, np.ones((1, len(fake))))
    return Ranking(*(Estimate(*map(float, each)) for each in zip(values, low, high, strict=True)))


def average(values: Array, fake: Array, unit: Array, *, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """A mean with its interval: the accuracy, of a boolean array; the Brier score, of squared errors. Either class may be absent."""
    low, high = interval(lambda times: times @ values / times.sum(axis=1), fake, unit, draws=draws, seed=seed)
    return Estimate(float(np.mean(values)), float(low), float(high))


def brier(fake: Array, score: Array, unit: Array, *, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """The mean squared distance of the probabilities from what is so (Brier, 1950): 0 is perfect, 0.25 is always saying one half."""
    return average((score - fake) ** 2, fake, unit, draws=draws, seed=seed)


def difference(fake: Array, one: Array, other: Array, unit: Array, *, draws: int = DRAWS, seed: int = SEED) -> Estimate:
    """AUC of ``one`` less AUC of ``other``, two scores of the same entries. Paired: each draw of units ranks both."""

    def gap(times: Array) -> Array:
        return _figures(fake, one, times)[:, 0] - _figures(fake, other, times)[:, 0]

    low, high = interval(gap, fake, unit, draws=draws, seed=seed)
    (value,) = gap(np.ones((1, len(fake))))
    return Estimate(float(value), float(low), float(high))


def decide(fake: Array, score: Array, threshold: float) -> Decisions:
    """Accuracy, precision, recall, F1, the error rates and the confusion matrix at one threshold."""
    said = score >= threshold
    (true_real, false_fake), (false_real, true_fake) = confusion_matrix(fake, said, labels=[False, True]).tolist()
    precision, recall, f1, _ = precision_recall_fscore_support(fake, said, average="binary", pos_label=True, zero_division=0)
    fakes, reals = false_real + true_fake, true_real + false_fake
    return Decisions(
        threshold=threshold,
        accuracy=(true_real + true_fake) / len(fake),
        balanced_accuracy=(true_real / reals + true_fake / fakes) / 2 if reals and fakes else None,
        precision=float(precision) if true_fake + false_fake else None,
        recall=float(recall) if fakes else None,
        f1=float(f1) if fakes else None,
        false_alarm_rate=false_fake / reals if reals else None,
        miss_rate=false_real / fakes if fakes else None,
        confusion=Confusion(true_real, false_fake, false_real, true_fake),
    )


def curve(fake: Array, score: Array, unit: Array, *, draws: int = DRAWS, seed: int = SEED, points: int = 101) -> Curve:
    """The ROC with a band made of the same draws as the intervals."""
    grid = np.linspace(0, 1, points)

    def on_grid(times: Array) -> Array:
        alarms, hits = _points(fake, score, times)
        rows = zip(alarms / alarms[:, -1:], hits / hits[:, -1:], strict=True)
        return np.array([np.interp(grid, false_alarms, detected) for false_alarms, detected in rows])

    low, high = interval(on_grid, fake, unit, draws=draws, seed=seed)
    (alarms,), (hits,) = _points(fake, score, np.ones((1, len(fake))))
    return Curve(alarms / alarms[-1], hits / hits[-1], grid, low, high)


def _points(fake: Array, score: Array, times: Array) -> tuple[Array, Array]:
    """Real and fake entries with at least each score, highest first, from none to all, where row by row entries count ``times``."""
    if fake.all() or not fake.any():
        raise ValueError("a ranking needs both real and fake entries")
    order = np.argsort(-score)
    last_of_equals = np.flatnonzero(np.diff(score[order], append=-np.inf))
    none = np.zeros((len(times), 1))
    alarms, hits = (np.cumsum((times * chosen)[:, order], axis=1)[:, last_of_equals] for chosen in (~fake, fake))
    return np.hstack([none, alarms]), np.hstack([none, hits])


def _figures(fake: Array, score: Array, times: Array) -> Array:
    """The fields of Ranking, a row for each row of ``times``. EER: the ROC's points are joined by straight lines."""
    alarms, hits = _points(fake, score, times)
    false_alarms, detected = alarms / alarms[:, -1:], hits / hits[:, -1:]
    precision = hits[:, 1:] / np.maximum(hits[:, 1:] + alarms[:, 1:], 1)
    gap = (1 - detected) - false_alarms  # misses less false alarms: falls from 1 to -1
    after = np.argmax(gap <= 0, axis=1)[:, None]
    above, below = np.take_along_axis(gap, after - 1, axis=1), np.take_along_axis(gap, after, axis=1)
    near, far = np.take_along_axis(false_alarms, after - 1, axis=1), np.take_along_axis(false_alarms, after, axis=1)
    eer = near + above / (above - below) * (far - near)
    found = [np.max(detected * (false_alarms <= most + 1e-12), axis=1) for most in (0.01, 0.05)]
    return np.column_stack([np.trapezoid(detected, false_alarms, axis=1), np.sum(np.diff(detected) * precision, axis=1), eer, *found])


def reliability(fake: Array, score: Array, *, bins: int = 15) -> Reliability:
    """Expected calibration error in equal-width bins (Guo et al., ICML 2017, for the probability of fake). Empty bins hold NaN."""
    which = np.minimum((score * bins).astype(int), bins - 1)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_score = np.bincount(which, weights=score, minlength=bins) / count
        share_fake = np.bincount(which, weights=fake.astype(float), minlength=bins) / count
        low, high = wilson(share_fake, count)
    ece = float(np.nansum(np.abs(share_fake - mean_score) * count) / len(score))
    return Reliability(ece, count, mean_score, share_fake, low, high)


def wilson(share: Array, count: Array) -> tuple[Array, Array]:
    """The 95 % interval of shares of ``count`` independent entries each (Wilson, 1927); NaN where there are none."""
    middle = (share + 1.96**2 / (2 * count)) / (1 + 1.96**2 / count)
    reach = 1.96 / (1 + 1.96**2 / count) * np.sqrt(share * (1 - share) / count + 1.96**2 / (4 * count**2))
    return middle - reach, middle + reach


def proportion(happened: Array) -> Estimate:
    """The share of these entries, at least one, in which it happened, with Wilson's interval: for few independent entries of one class."""
    share = np.mean(happened, keepdims=True)
    (low,), (high,) = wilson(share, np.array([len(happened)]))
    return Estimate(float(share[0]), max(0.0, float(low)), min(1.0, float(high)))


def interval(figure: Callable[[Array], Array], fake: Array, unit: Array, *, draws: int = DRAWS, seed: int = SEED) -> Array:
    """The 95 % interval, [low, high], of what ``figure`` gives over resamplings of whole units. A draw for which it is NaN is left out."""
    times = resample(fake, unit, draws=draws, seed=seed)
    return np.nanpercentile(np.concatenate([figure(part) for part in times]), [2.5, 97.5], axis=0)


def resample(fake: Array, unit: Array, *, draws: int, seed: int, at_once: int = 50) -> Iterator[Array]:
    """How often each entry is drawn: integer arrays (up to ``at_once``, entries), ``draws`` rows in all.

    A unit must be all real or all fake: raises ValueError where one is mixed.
    """
    names, where = np.unique(unit, return_inverse=True)
    label = np.zeros(len(names), dtype=bool)
    label[where[fake]] = True
    if np.any(label[where] != fake):
        raise ValueError("a unit holds both real and fake entries")
    rng = np.random.default_rng(seed)
    for start in range(0, draws, at_once):
        times = np.zeros((min(at_once, draws - start), len(names)), dtype=int)
        for chosen in (label, ~label):
            if count := int(chosen.sum()):
                times[:, chosen] = rng.multinomial(count, np.full(count, 1 / count), size=len(times))
        yield times[:, where]
