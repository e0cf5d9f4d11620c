"""Whether the pictures of a source carry a mark in a corner: the same fine drawing at the same place of different pictures.

Corners are cut out as shares of the picture, brought to one size and freed of slow changes; then the pictures of a source are compared.
What is drawn alike in all of them is a mark, or the same room behind all, which this cannot tell apart: look at what it finds. Not here:
drawing one (``transforms.py``).
"""

from collections.abc import Sequence
from typing import Literal, get_args

import cv2
import numpy as np

Corner = Literal["top left", "top right", "bottom left", "bottom right"]
CORNERS: tuple[Corner, ...] = get_args(Corner)
SHARE = 0.25
"""Of a picture's sides that are looked at."""
PATCH = (96, 96)
"""Pixels that a corner is brought to."""
FEWEST = 4
"""Pictures, below which nothing is said."""
ALIKE = 0.22
"""Mean correlation between the pictures' corners from which on there is a mark."""


def mark_in(pictures: Sequence[np.ndarray]) -> Corner | None:
    """The corner with a mark, of RGB uint8 pictures of different clips; None where no corner has one."""
    found = {corner: likeness([fine(cut_corner(picture, corner)) for picture in pictures]) for corner in CORNERS}
    best = max(CORNERS, key=lambda corner: found[corner])
    return best if found[best] >= ALIKE else None


def cut_corner(picture: np.ndarray, corner: Corner) -> np.ndarray:
    """One corner."""
    height, width = (max(1, round(side * SHARE)) for side in picture.shape[:2])
    rows = slice(None, height) if corner.startswith("top") else slice(-height, None)
    columns = slice(None, width) if corner.endswith("left") else slice(-width, None)
    return picture[rows, columns]


def fine(corner: np.ndarray) -> np.ndarray:
    """Fine drawing as float32 (h, w), its parts alike strong wherever something is drawn."""
    grey = cv2.cvtColor(cv2.resize(corner, PATCH, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.clip(grey - cv2.GaussianBlur(grey, (0, 0), 4), -30, 30)


def likeness(patches: Sequence[np.ndarray]) -> float:
    """The mean correlation between all pairs, of what is finely drawn; 0 for too few pictures."""
    if len(patches) < FEWEST:
        return 0.0
    flat = np.stack([patch.ravel() - patch.mean() for patch in patches])
    flat /= np.linalg.norm(flat, axis=1, keepdims=True) + 20  # flat corners are alike by their codec's noise alone
    pairs = flat @ flat.T
    return float((pairs.sum() - np.trace(pairs)) / (len(flat) * (len(flat) - 1)))
