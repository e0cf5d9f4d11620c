"""Forging: masks lie on the face, fakes differ from their reals only under the mask or only outside it, and draws repeat."""

import numpy as np
import pytest

from trainer.augment import augmented, cut, through_h264
from trainer.crops import SIDE
from trainer.forge import blended, cross_blended, is_grey, self_blended
from trainer.masks import average_face, hull, outline_of, region, softened


@pytest.fixture(scope="module")
def face() -> np.ndarray:
    """A smooth coloured picture with some grain."""
    ys, xs = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    smooth = np.stack([140 + 60 * xs, 120 + 50 * ys, 100 + 40 * xs * ys], axis=2)
    return np.clip(smooth + np.random.default_rng(0).normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)


def test_the_average_face_is_symmetric_and_inside() -> None:
    points = average_face()
    assert points.shape == (68, 2)
    assert points.min() > 0 and points.max() < SIDE
    assert np.abs(points[:17, 0] + points[16::-1, 0] - SIDE).max() < 1e-3


def test_wild_landmarks_are_not_used() -> None:
    assert np.array_equal(outline_of([5.0] * 136), average_face())
    kept = (average_face() + 2).ravel().tolist()
    assert np.allclose(outline_of(kept), average_face() + 2)


def test_masks_cover_part_of_the_face() -> None:
    rng = np.random.default_rng(3)
    whole = hull(average_face() + 0)
    for _ in range(60):
        mask = region(average_face(), rng)
        assert 0.004 < mask.mean() < 0.6
        soft = softened(mask, rng)
        assert soft.min() >= 0 and soft.max() <= 1
    assert whole.mean() > 0.1


@pytest.mark.parametrize("seed", range(6))
def test_a_self_blend_changes_only_one_side_of_the_mask(face: np.ndarray, seed: int) -> None:
    made = self_blended(face, None, np.random.default_rng(seed))
    assert np.array_equal(made.real, face)
    changed = np.abs(made.fake.astype(int) - face).max(axis=2)
    untouched_outside = changed[made.mask == 0].max(initial=0) == 0
    untouched_inside = changed[made.mask > 0.999].mean() < changed[made.mask == 0].mean() if (made.mask > 0.999).any() else True
    assert changed.max() > 0
    assert untouched_outside or untouched_inside


def test_one_seed_one_fake(face: np.ndarray) -> None:
    first, second = (self_blended(face, None, np.random.default_rng(7)).fake for _ in range(2))
    assert np.array_equal(first, second)


def test_a_grey_face_gets_no_colour(face: np.ndarray) -> None:
    """A coloured patch on a grey picture would be a shortcut."""
    grey = np.repeat(face.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)
    assert is_grey(grey) and not is_grey(face)
    for seed in range(8):
        rng = np.random.default_rng(seed)
        for made in (self_blended(grey, None, rng), cross_blended(grey, None, face, None, rng)):
            assert np.ptp(made.fake.astype(int), axis=2).max() <= 12


def test_blending_is_linear() -> None:
    inside, outside = np.full((4, 4, 3), 200, np.uint8), np.full((4, 4, 3), 100, np.uint8)
    assert blended(inside, outside, np.full((4, 4), 0.25, np.float32)).max() == 125


@pytest.mark.parametrize("seed", range(8))
def test_real_and_fake_share_every_draw(face: np.ndarray, seed: int) -> None:
    """The same picture twice stays the same twice, whatever the chain."""
    one, two = augmented([face, face], 160, 0.12, np.random.default_rng(seed))
    assert one.shape == (160, 160, 3) and one.dtype == np.uint8
    assert np.array_equal(one, two)


def test_the_service_cut_is_the_training_cut_without_jitter(face: np.ndarray) -> None:
    """What validation cuts out of a stored crop is what ``align`` cuts out of a frame."""
    from detector.align import align, template
    from trainer.crops import MARGIN

    direct = align(face, template(SIDE, MARGIN), 160, 0.12).astype(int)
    assert np.abs(cut(160, 0.12)(face).astype(int) - direct).mean() < 6


def test_h264_round_trip_keeps_the_picture(face: np.ndarray) -> None:
    out = through_h264(face[:161, :161], 23)
    assert out.shape == (161, 161, 3)
    assert 0 < np.abs(out.astype(int) - face[:161, :161]).mean() < 12
