"""Metrics: against scikit-learn, against sums done by hand, and intervals against a distribution that is known."""

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    precision_score,
    recall_score,
    roc_auc_score,
    roc_curve,
)

from trainer.evaluation.metrics import average, brier, curve, decide, difference, rank, reliability

FAKE = np.array([False, False, False, False, True, True, True, True])
SCORE = np.array([0.1, 0.2, 0.3, 0.7, 0.4, 0.6, 0.8, 0.9])
"""By hand: all but two of the 16 pairs of a fake and a real are in order, (0.4, 0.7) and (0.6, 0.7)."""
UNIT = np.arange(8)
EXACT = 1e-9


def drawn(count: int, seed: int, gap: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Labels and scores in 0..1, two normal distributions ``gap`` apart, as many fakes as reals."""
    rng = np.random.default_rng(seed)
    fake = np.arange(count) % 2 == 0
    return fake, norm.cdf(rng.normal(size=count) + gap * fake)


def test_a_score_at_the_threshold_is_called_fake() -> None:
    assert decide(FAKE, SCORE, 0.7).confusion.false_fake == 1


@pytest.mark.parametrize("seed", range(3))
def test_same_as_scikit_learn(seed: int) -> None:
    fake, score = drawn(201, seed)
    score = score.round(2)  # ties
    ranking, decisions = rank(fake, score, np.arange(201), draws=5), decide(fake, score, 0.6)
    said = score >= 0.6
    assert ranking.auc.value == pytest.approx(roc_auc_score(fake, score), abs=EXACT)
    assert ranking.average_precision.value == pytest.approx(average_precision_score(fake, score), abs=EXACT)
    assert decisions.accuracy == pytest.approx(accuracy_score(fake, said), abs=EXACT)
    assert decisions.precision == pytest.approx(precision_score(fake, said), abs=EXACT)
    assert decisions.recall == pytest.approx(recall_score(fake, said), abs=EXACT)
    assert decisions.f1 == pytest.approx(f1_score(fake, said), abs=EXACT)
    assert decisions.balanced_accuracy == pytest.approx(balanced_accuracy_score(fake, said), abs=EXACT)
    assert brier(fake, score, np.arange(201), draws=5).value == pytest.approx(brier_score_loss(fake, score), abs=EXACT)
    false_alarms, found, _ = roc_curve(fake, score)
    assert ranking.tpr_at_fpr_1.value == pytest.approx(found[false_alarms <= 0.01].max(), abs=EXACT)
    assert ranking.tpr_at_fpr_5.value == pytest.approx(found[false_alarms <= 0.05].max(), abs=EXACT)
    unlike = rank(fake, 1 - score, np.arange(201), draws=5).auc.value
    assert difference(fake, score, 1 - score, np.arange(201), draws=5).value == pytest.approx(ranking.auc.value - unlike, abs=EXACT)


def test_a_missing_class_has_no_rates() -> None:
    reals = decide(FAKE[:4], SCORE[:4], 0.5)
    assert (reals.recall, reals.f1, reals.accuracy, reals.false_alarm_rate) == (None, None, 3 / 4, 1 / 4)
    assert (reals.miss_rate, reals.balanced_accuracy) == (None, None)
    fakes = decide(FAKE[4:], SCORE[4:], 0.95)
    assert (fakes.recall, fakes.precision, fakes.false_alarm_rate) == (0.0, None, None)


def equal_error_rate(fake: np.ndarray, score: np.ndarray) -> float:
    """The point value alone."""
    return rank(fake, score, np.arange(len(fake)), draws=2).eer.value


def test_error_rate_of_two_normal_distributions() -> None:
    fake, score = drawn(40_000, seed=0, gap=2.0)
    assert equal_error_rate(fake, score) == pytest.approx(norm.cdf(-1.0), abs=0.01)


def test_reliability_by_hand() -> None:
    fake = np.array([False, True, True, True, False])
    score = np.array([0.1, 0.3, 0.9, 1.0, 0.8])
    result = reliability(fake, score, bins=2)  # 0.1 and 0.3 below, mean 0.2, half of them fake; the rest mean 0.9, two thirds fake
    assert result.count.tolist() == [2, 3]
    assert result.mean_score == pytest.approx([0.2, 0.9], abs=EXACT)
    assert result.share_fake == pytest.approx([1 / 2, 2 / 3], abs=EXACT)
    assert (result.low[0], result.high[0]) == pytest.approx((0.0945, 0.9055), abs=1e-4)  # Wilson's, of 1 in 2
    assert result.ece == pytest.approx((2 * 0.3 + 3 * (0.9 - 2 / 3)) / 5, abs=EXACT)


def test_interval_covers_the_true_auc_about_95_times_in_100() -> None:
    truth, covered, trials = norm.cdf(1 / np.sqrt(2)), 0, 300
    for seed in range(trials):
        fake, score = drawn(160, seed)
        auc = rank(fake, score, np.arange(160), draws=400, seed=seed).auc
        assert auc.low < auc.value < auc.high
        covered += auc.low <= truth <= auc.high
    assert 0.91 <= covered / trials <= 0.98


def two_models(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels and two scores of the same videos that err alike: AUC 0.76 and, with more noise, 0.72."""
    rng = np.random.default_rng(seed)
    fake = np.arange(count) % 2 == 0
    shown = rng.normal(size=count) + fake
    return fake, shown, shown + rng.normal(size=count) * 0.7


def test_interval_of_a_difference_covers_the_truth_about_95_times_in_100() -> None:
    truth = norm.cdf(1 / np.sqrt(2)) - norm.cdf(1 / np.sqrt(2 * 1.49))
    covered, trials = 0, 200
    for seed in range(trials):
        fake, one, other = two_models(160, seed)
        gap = difference(fake, one, other, np.arange(160), draws=300, seed=seed)
        covered += gap.low <= truth <= gap.high
    assert 0.90 <= covered / trials <= 0.99


def test_interval_of_a_share_is_the_binomial_one() -> None:
    right = np.arange(400) % 4 != 0
    result = average(right, np.zeros(400, dtype=bool), np.arange(400))
    assert result.value == 0.75
    half = 1.96 * np.sqrt(0.75 * 0.25 / 400)
    assert (result.low, result.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.01)


def test_frames_of_a_video_are_drawn_together() -> None:
    """Ten copies of every score, as frames of one video, tell no more than the score itself; as videos of their own they seem to."""
    fake, score = drawn(60, seed=3)
    once = rank(fake, score, np.arange(60), draws=300).auc
    together = rank(fake.repeat(10), score.repeat(10), np.arange(60).repeat(10), draws=300).auc
    apart = rank(fake.repeat(10), score.repeat(10), np.arange(600), draws=300).auc
    assert (together.low, together.high) == pytest.approx((once.low, once.high), abs=EXACT)
    assert apart.high - apart.low < 0.6 * (once.high - once.low)


def test_draws_are_seeded() -> None:
    fake, score = drawn(80, seed=4)
    first, again, other = (rank(fake, score, np.arange(80), draws=50, seed=seed).auc for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_ranking_needs_both_classes() -> None:
    with pytest.raises(ValueError, match="both real and fake"):
        rank(FAKE[:4], SCORE[:4], UNIT[:4], draws=2)


def test_a_unit_with_both_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="both real and fake"):
        rank(FAKE, SCORE, np.zeros(8), draws=2)


def test_the_band_holds_the_curve() -> None:
    fake, score = drawn(300, seed=5)
    result = curve(fake, score, np.arange(300), draws=100)
    there = np.interp(result.grid, result.false_alarm_rate, result.detection_rate)
    assert (result.low <= result.high).all()
    false_alarms, detected, _ = roc_curve(fake, score, drop_intermediate=False)
    assert result.false_alarm_rate == pytest.approx(false_alarms, abs=EXACT) and result.detection_rate == pytest.approx(detected, abs=EXACT)
    assert np.mean((result.low <= there) & (there <= result.high)) > 0.95
    assert np.mean(result.high - result.low) > 0.03
