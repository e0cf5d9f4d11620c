"""Likelihood ratios on scores whose true ratios are known: slope, bounds, power, and bins by compression."""

import numpy as np
import pytest

from trainer.calibration.likelihood_bounds import COMPRESSION_EDGE, FEWEST, WEAK, Measured, bounds, log_ratios, ratio_bins

SHIFT = 1.5
"""Reals are normal about -SHIFT, fakes about SHIFT, so the log likelihood ratio of a score x is 2 * SHIFT * x."""


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Scores of ``count`` reals and as many fakes."""
    chance = np.random.default_rng(seed)
    fake = np.repeat([False, True], count)
    return chance.standard_normal(2 * count) + np.where(fake, SHIFT, -SHIFT), fake


def measured(score: np.ndarray, fake: np.ndarray, compression: float = 0.2) -> Measured:
    """Of one compression, a file each."""
    return Measured(score, fake, np.full(len(score), compression), np.arange(len(score)))


@pytest.mark.parametrize("count", [30, 300, 3000])
def test_more_videos_warrant_greater_ratios(count: int) -> None:
    score, fake = drawn(count)
    least, most = bounds(2 * SHIFT * score, fake)
    assert 1 / (4 * count) < least < 1 < most < 4 * count
    less, other = drawn(max(10, count // 10))
    few = bounds(2 * SHIFT * less, other)
    assert least < few[0] and most > few[1]


def test_ratios_that_claim_too_much_are_bounded_and_scores_that_say_nothing_warrant_none() -> None:
    score, fake = drawn(100)
    least, most = bounds(15 * score, fake)
    assert most < 400 and least > 1 / 400, "a hundred videos a side"
    chance = np.random.default_rng(1)
    assert bounds(chance.standard_normal(200) * 3, fake)[1] < 3
    assert bounds(-score, fake) == (1, 1), "the wrong way round"


def test_a_few_misleading_reals_lower_the_bound() -> None:
    score, fake = drawn(200)
    spoilt = score.copy()
    spoilt[np.flatnonzero(~fake)[:3]] = score.max()
    assert bounds(15 * spoilt, fake)[1] < 0.5 * bounds(15 * score, fake)[1]


def test_the_fit_finds_the_true_ratio_for_each_compression() -> None:
    """Where faces are heavily compressed the scores here say half as much."""
    score, fake = drawn(4000)
    other, _ = drawn(4000, seed=1)
    both = Measured(
        np.concatenate([score, 2 * other]), np.tile(fake, 2), np.repeat([0.1, COMPRESSION_EDGE], len(score)), np.arange(2 * len(score))
    )
    clear, heavy = ratio_bins(both)
    assert clear.slope == pytest.approx(2 * SHIFT, rel=0.1) and heavy.slope == pytest.approx(SHIFT, rel=0.1)
    assert abs(clear.offset) < 0.2 and (clear.reals, clear.fakes) == (4000, 4000)
    assert (clear.compression_to, heavy.compression_from, heavy.compression_to) == (COMPRESSION_EDGE, COMPRESSION_EDGE, None)
    true = np.exp(2 * SHIFT * score) >= WEAK
    assert (clear.power, clear.alarms) == pytest.approx((true[fake].mean(), true[~fake].mean()), abs=0.03)
    told = log_ratios(np.array([0.5, 0.5]), np.array([0.2, 0.9]), (clear, heavy))
    assert told == pytest.approx([2 * SHIFT * 0.5, SHIFT * 0.5], rel=0.15)
    assert log_ratios(np.array([99.0]), np.array([0.2]), (clear,)) == pytest.approx(np.log(clear.most))
    assert log_ratios(np.array([2.0]), np.array([0.9]), (clear,)) == [0], "no bin, no evidence"


def test_copies_of_a_file_count_once_and_few_or_useless_scores_not_at_all() -> None:
    score, fake = drawn(2 * FEWEST)
    twice = Measured(np.tile(score, 2), np.tile(fake, 2), np.full(2 * len(score), 0.2), np.tile(np.arange(len(score)), 2))
    assert ratio_bins(twice) == ratio_bins(measured(score, fake))
    few, other = drawn(FEWEST - 1)
    assert ratio_bins(measured(few, other)) == ()
    assert ratio_bins(measured(-score, fake)) == ()
