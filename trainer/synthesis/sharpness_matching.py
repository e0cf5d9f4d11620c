"""Two clips brought to one level of detail, so that sharpness does not tell a fake from the real beside it.

Generators that the training knows draw soft faces, and a real beside them is sharp: "soft" would become the rule, and every small or
badly lit real a fake. The sharper clip is shrunk and enlarged until it has no more fine detail than the other. See also: what both then go
through alike (``augment.py``).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from trainer.synthesis.clips import CropClip, Picture

STEP = 0.85
STEPS = 10
"""The sharper one is shrunk by at most STEP ** STEPS, to a fifth of its side."""
ENLARGERS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def match_sharpness(one: CropClip, other: CropClip, rng: np.random.Generator) -> tuple[CropClip, CropClip]:
    """Both clips, the sharper one of them softened."""
    details = detail(one.pictures), detail(other.pictures)
    enlarger = ENLARGERS[rng.integers(len(ENLARGERS))]
    if details[0] > details[1]:
        return CropClip(soften(one.pictures, details[1], enlarger), one.outlines), other
    return one, CropClip(soften(other.pictures, details[0], enlarger), other.outlines)


def detail(pictures: Sequence[Picture]) -> float:
    """Fine detail as a share of the contrast of everything coarser, without unit."""
    shares = []
    for picture in pictures:
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        coarse = cv2.GaussianBlur(grey, (0, 0), 1.5)
        shares.append(float(np.abs(grey - coarse).mean() / (coarse.std() + 1)))
    return float(np.mean(shares))


def soften(pictures: Sequence[Picture], wanted: float, enlarger: int) -> tuple[Picture, ...]:
    """The clip with no more detail than ``wanted``, or as little as the most shrinking leaves."""
    out = tuple(pictures)
    for step in range(1, STEPS + 1):
        if detail(out) <= wanted:
            break
        out = tuple(shrink(picture, STEP**step, enlarger) for picture in pictures)
    return out


def shrink(picture: Picture, scale: float, enlarger: int) -> Picture:
    """A picture that went through a smaller size."""
    side = picture.shape[0]
    small = max(1, round(side * scale))
    return cv2.resize(cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA), (side, side), interpolation=enlarger)
