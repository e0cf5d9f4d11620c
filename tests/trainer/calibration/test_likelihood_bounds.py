"""Bounds of likelihood ratios and power, on scores whose true ratios are known."""

import numpy as np
import pytest

from trainer.calibration.likelihood_bounds import COMPRESSION_EDGE, FACE_EDGE, FEWEST, Measured, bounds, power

SHIFT = 1.5
"""Reals are normal about -SHIFT, fakes about SHIFT, so the log likelihood ratio of a score x is 2 * SHIFT * x."""


def drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True log likelihood ratios of ``count`` reals and as many fakes."""
    chance = np.random.default_rng(seed)
    fake = np.repeat([False, True], count)
    return 2 * SHIFT * (chance.standard_normal(2 * count) + np.where(fake, SHIFT, -SHIFT)), fake


@pytest.mark.parametrize("count", [30, 300, 3000])
def test_more_videos_warrant_greater_ratios(count: int) -> None:
    least, most = bounds(*drawn(count))
    assert 1 / (4 * count) < least < 1 < most < 4 * count
    few = bounds(*drawn(max(10, count // 10)))
    assert least < few[0] and most > few[1]


def test_ratios_that_claim_too_much_are_bounded_and_scores_that_say_nothing_warrant_none() -> None:
    log_ratio, fake = drawn(100)
    least, most = bounds(5 * log_ratio, fake)
    assert most < 400 and least > 1 / 400, "a hundred videos a side"
    chance = np.random.default_rng(1)
    assert bounds(chance.standard_normal(200) * 3, fake)[1] < 3
    assert bounds(-log_ratio, fake) == (1, 1), "the wrong way round"


def test_one_misleading_real_lowers_the_bound() -> None:
    log_ratio, fake = drawn(200)
    spoilt = log_ratio.copy()
    spoilt[np.flatnonzero(~fake)[:3]] = log_ratio.max()
    assert bounds(spoilt, fake)[1] < 0.5 * bounds(log_ratio, fake)[1]


def test_power_is_counted_for_faces_of_one_quality_and_of_enough_fakes_only() -> None:
    count = 4 * FEWEST
    fake = np.repeat([True, False], count)
    log_ratio = np.where(fake, np.log(20), np.log(20))
    large, heavy = np.tile([True, True, False, False], count // 2), np.tile([True, False], count)
    log_ratio = np.where(large & ~heavy, log_ratio, np.log(5))
    drop = fake & ~large & heavy & (np.cumsum(fake & ~large & heavy) > FEWEST - 1)
    measured = Measured(
        *(each[~drop] for each in (log_ratio, fake, FACE_EDGE + np.where(large, 0, -1), COMPRESSION_EDGE + np.where(heavy, 0, -0.1)))
    )
    found = {(each.face_px_from > 0, each.compression_from > 0): each for each in power(measured)}
    assert {quality: each.share for quality, each in found.items()} == {(True, False): 1, (True, True): 0, (False, False): 0}
    assert all(each.fakes == FEWEST for each in found.values())
    assert (found[False, False].face_px_to, found[True, False].face_px_to) == (FACE_EDGE, None)
