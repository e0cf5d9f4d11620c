"""Thresholds that promise an error rate: the promise holds on average, however few the videos, and where it cannot be made it is not."""

import numpy as np
import pytest

from telltale.core.model_settings import NEVER_CLEAR, NEVER_FAKE, Bin
from trainer.calibration.conformal import COMPRESSION, FACE_PX, Promise, Units, bins, fit_thresholds, highest_clear_to, lowest_fake_from

PROMISE = Promise(reals_called_fake=0.05, fakes_cleared=0.15)


def units(
    rng: np.random.Generator, count: int, *, face_px: tuple[float, ...] = (100, 180, 300), compression: tuple[float, ...] = (0.2, 0.5, 0.8)
) -> Units:
    """Videos of every given size and compression, half of them fake; small and compressed ones score higher, so one threshold fits none."""
    fake = np.arange(count) % 2 == 1
    sizes, strengths = rng.choice(face_px, count), rng.choice(compression, count)
    logit = rng.normal(np.where(fake, 1.5, -1.5) + 1.5 * (sizes < 128) + 2 * strengths, 1.0)
    return Units(1 / (1 + np.exp(-logit)), fake, sizes, strengths)


def place(found: list[Bin], face_px: float, compression: float) -> Bin:
    (one,) = [each for each in found if each.holds(face_px, compression)]
    return one


@pytest.mark.parametrize(("count", "alpha"), [(19, 0.05), (40, 0.05), (150, 0.05), (6, 0.15), (57, 0.15)])
def test_the_promise_holds_on_average_and_is_used_up(count: int, alpha: float) -> None:
    """Scores are uniform on 0.5..1, so the true risk of a threshold is known exactly; its mean is floor(alpha (n + 1)) / (n + 1)."""
    rng = np.random.default_rng(count)
    risks = []
    for _ in range(4000):
        threshold = lowest_fake_from(rng.uniform(0.5, 1, count), alpha)
        assert threshold is not None
        risks.append(1 - (threshold - 0.5) / 0.5)
    mean, error = np.mean(risks), np.std(risks) / np.sqrt(len(risks))
    assert mean <= alpha + 3 * error
    assert mean == pytest.approx(np.floor(alpha * (count + 1) + 1e-9) / (count + 1), abs=4 * error)


@pytest.mark.parametrize(
    ("count", "alpha", "enough"), [(18, 0.05, False), (19, 0.05, True), (5, 0.15, False), (6, 0.15, True), (0, 0.9, False)]
)
def test_too_few_promise_nothing(count: int, alpha: float, enough: bool) -> None:
    scores = np.linspace(0.1, 0.9, count)
    assert (lowest_fake_from(scores, alpha) is not None) == enough
    assert (highest_clear_to(scores, alpha) is not None) == enough


def test_a_score_at_the_threshold_of_many_equals_is_not_called() -> None:
    """Ties lie on the safe side: the verdict is given from the threshold on, so it must lie above all of them."""
    threshold = lowest_fake_from(np.full(50, 0.8), 0.05)
    cleared = highest_clear_to(np.full(50, 0.3), 0.15)
    assert threshold is not None and 0.8 < threshold < 0.80001
    assert cleared is not None and 0.29999 < cleared < 0.3


def test_the_bins_cover_every_face_once() -> None:
    found = bins(units(np.random.default_rng(0), 400), PROMISE)
    assert len(found) == (len(FACE_PX) - 1) * (len(COMPRESSION) - 1) == 9
    for face_px in (0, 24, 127.9, 128, 223.9, 224, 4000):
        for compression in (0, 0.349, 0.35, 0.649, 0.65, 1):
            assert place(found, face_px, compression)
    assert sum(each.reals for each in found) == sum(each.fakes for each in found) == 200


def test_the_promise_holds_within_each_bin() -> None:
    """Over many draws, in every bin with a distribution of its own; one threshold for all breaks it in the worst bin."""
    rng = np.random.default_rng(3)
    alone, together = [], []
    for _ in range(300):
        drawn, fresh = units(rng, 900), units(rng, 900)
        found, everywhere = bins(drawn, PROMISE), fit_thresholds(drawn, PROMISE)
        worst = (fresh.face_px == 100) & (fresh.compression == 0.8) & ~fresh.fake
        own = place(found, 100, 0.8)
        assert own.own_fake_from and own.own_clear_to
        alone.append((fresh.probability[worst] >= own.fake_from).mean())
        together.append((fresh.probability[worst] >= everywhere[0]).mean())
    assert np.mean(alone) <= 0.05 + 3 * np.std(alone) / np.sqrt(len(alone)) < 0.07
    assert np.mean(together) > 0.15


def test_a_bin_of_too_few_is_as_strict_as_all_coarser_groups() -> None:
    rng = np.random.default_rng(4)
    many = units(rng, 900, face_px=(180, 300), compression=(0.2, 0.8))
    few = units(rng, 8, face_px=(100,), compression=(0.8,))
    joined = Units(*(np.concatenate(pair) for pair in zip(*(vars(each).values() for each in (many, few)), strict=True)))
    found, everywhere = bins(joined, PROMISE), fit_thresholds(joined, PROMISE)
    thin = place(found, 100, 0.8)
    assert (thin.reals, thin.fakes, thin.own_fake_from, thin.own_clear_to) == (4, 4, False, False)
    same = joined.compression == 0.8
    by_compression = lowest_fake_from(joined.probability[same & ~joined.fake], 0.05)
    assert by_compression is not None and thin.fake_from == max(by_compression, everywhere[0])
    assert thin.clear_to <= everywhere[1]
    assert not place(found, 180, 0.5).own_fake_from, "nothing lies there at all"


def test_where_even_all_are_too_few_the_verdict_is_never_given() -> None:
    few = units(np.random.default_rng(6), 20)
    assert fit_thresholds(few, PROMISE)[0] == NEVER_FAKE and fit_thresholds(few, PROMISE)[1] > NEVER_CLEAR
    assert {each.fake_from for each in bins(few, PROMISE)} == {NEVER_FAKE}
    none = units(np.random.default_rng(6), 8)
    assert fit_thresholds(none, PROMISE) == (NEVER_FAKE, NEVER_CLEAR)
    assert {each.clear_to for each in bins(none, PROMISE)} == {NEVER_CLEAR}
