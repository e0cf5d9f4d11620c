"""What lies around a face, changed alike in a real and its fake: out of focus, replaced by a plain wall, or the face itself smoothed.

Without it a net learns that a face softer than its surroundings is a fake, that flat light on a plain wall is one, and the surroundings of
the few fakes it knows by heart. The outline is a soft oval about where aligned faces lie. See also: the rest of the chain (``augment.py``).
"""

from dataclasses import dataclass

import cv2
import numpy as np

from trainer.synthesis.artifacts import grain
from trainer.synthesis.clips import Picture

WAYS = ("defocused", "smoothed", "plain")
WAY_ODDS = (0.3, 0.3, 0.4)


@dataclass(frozen=True, eq=False)
class Background:
    """One draw: a soft oval (size, size), 1 on the face, and what becomes of one side of it. ``sigma`` in pixels of the crop."""

    oval: np.ndarray
    way: str
    sigma: float
    wall: Picture

    def apply(self, picture: Picture) -> Picture:
        """A crop (size, size, 3) with the change."""
        if self.way == "plain":
            return cv2.blendLinear(picture, self.wall, self.oval, 1 - self.oval)
        soft = cv2.GaussianBlur(picture, (0, 0), self.sigma)
        inside, outside = (soft, picture) if self.way == "smoothed" else (picture, soft)
        return cv2.blendLinear(inside, outside, self.oval, 1 - self.oval)


def draw_background(size: int, rng: np.random.Generator) -> Background:
    """One draw for crops of ``size`` pixels."""
    way = WAYS[rng.choice(len(WAYS), p=WAY_ODDS)]
    sigma = rng.uniform(0.5, 2.0) if way == "smoothed" else rng.uniform(0.8, 6.0)
    return Background(draw_oval(size, rng), way, sigma * size / 224, draw_wall(size, rng))


def draw_oval(size: int, rng: np.random.Generator) -> np.ndarray:
    """A soft oval about the face of an aligned crop, float32 (size, size) in 0..1."""
    centre = (np.array([0.5, 0.52]) + rng.uniform(-0.04, 0.04, 2)) * size
    radii = np.array([0.40, 0.52]) * rng.uniform(0.85, 1.2, 2) * size
    oval = np.zeros((size, size), np.float32)
    cv2.ellipse(oval, centre.round().astype(int).tolist(), radii.round().astype(int).tolist(), rng.uniform(-10, 10), 0, 360, 1.0, -1)
    return np.clip(cv2.GaussianBlur(oval, (0, 0), rng.uniform(0.02, 0.09) * size), 0, 1)


def draw_wall(size: int, rng: np.random.Generator) -> Picture:
    """A plain wall, uint8 (size, size, 3): one colour, lighter at one end, with a little grain."""
    colour = rng.uniform(20, 235) + rng.normal(0, 18, 3)
    slope = np.linspace(-1, 1, size)[:, None] * rng.uniform(-30, 30) + np.linspace(-1, 1, size)[None] * rng.uniform(-30, 30)
    wall = np.clip(colour + slope[..., None], 0, 255).astype(np.uint8)
    return cv2.add(wall, grain(rng, rng.uniform(0, 4), (size, size, 3)), dtype=cv2.CV_8U)
