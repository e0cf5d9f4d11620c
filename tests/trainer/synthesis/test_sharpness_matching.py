"""Levelling: the sharper clip loses detail until it has no more than the other; the softer one is left as it is."""

import cv2
import numpy as np
import pytest

from trainer.data.crops import SIDE
from trainer.synthesis.clips import CropClip, footage
from trainer.synthesis.sharpness_matching import detail, match_sharpness


def clip(sigma: float, frames: int = 2) -> CropClip:
    """Drawn frames with grain of one size, blurred by ``sigma``."""
    rng, pictures = np.random.default_rng(0), []
    for _ in range(frames):
        picture = np.full((SIDE, SIDE, 3), 120, np.uint8)
        cv2.circle(picture, (140, 150), 90, (180, 150, 130), -1)
        noisy = np.clip(picture + rng.normal(0, 20, picture.shape), 0, 255).astype(np.uint8)
        pictures.append(cv2.GaussianBlur(noisy, (0, 0), sigma) if sigma else noisy)
    return footage(pictures, [None] * frames)


@pytest.mark.parametrize("sharp_first", [True, False])
@pytest.mark.parametrize("sigma", [0.6, 1.0, 1.4])
def test_the_sharper_clip_comes_down_to_the_softer(sigma: float, sharp_first: bool) -> None:
    sharp, soft = clip(0), clip(sigma)
    made = match_sharpness(sharp, soft, np.random.default_rng(0)) if sharp_first else match_sharpness(soft, sharp, np.random.default_rng(0))
    sharper, softer = made if sharp_first else made[::-1]
    assert softer is soft
    assert detail(sharper.pictures) <= detail(soft.pictures) < detail(sharp.pictures)
    assert detail(sharper.pictures) > 0.4 * detail(soft.pictures), "not softer than it need be"
    assert [picture.shape for picture in sharper.pictures] == [(SIDE, SIDE, 3)] * 2


def test_equal_clips_stay_as_they_are() -> None:
    one = clip(1.0)
    for made in match_sharpness(one, clip(1.0), np.random.default_rng(0)):
        assert all(np.array_equal(left, right) for left, right in zip(made.pictures, one.pictures, strict=True))
