"""What a manipulation leaves on a face besides its edge: other colour statistics, another frequency content.

Applied to one copy of a face before it is blended (``blending.py``); the draws are numbers, so that every frame of a clip gets the same.
See also: what both classes go through (``augment.py``).
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, get_args

import cv2
import numpy as np

from trainer.data.crops import SIDE
from trainer.synthesis.clips import Picture

Trace = Literal["shrunk", "sharpened", "smoothed", "edge_smoothed", "grainy"]
TRACES: tuple[Trace, ...] = get_args(Trace)
TRACE_ODDS = (0.25, 0.25, 0.125, 0.125, 0.25)
ENLARGERS = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
NORMAL = np.array([NormalDist().inv_cdf((rank + 0.5) / 256) for rank in range(256)])
"""The middles of 256 evenly likely parts of the normal distribution."""


@dataclass(frozen=True)
class Style:
    """Other colour statistics: a cast added to R, G, B, contrast about mid-grey, brightness, saturation."""

    cast: tuple[float, float, float]
    contrast: float
    brightness: float
    saturation: float

    def matrix(self, grey: bool) -> np.ndarray:
        """The same as one affine map of colours, float64 (3, 4). On grey footage it keeps grey grey."""
        cast = np.full(3, np.mean(self.cast)) if grey else np.asarray(self.cast)
        mix = np.eye(3) if grey else np.eye(3) * self.saturation + (1 - self.saturation) / 3
        offset = mix @ (self.contrast * (cast - 128) + 128 + self.brightness)
        return np.concatenate([self.contrast * mix, offset[:, None]], axis=1)


@dataclass(frozen=True)
class Resampling:
    """Another frequency content: what generators and editors leave behind. ``amount`` 0..1 is how much of it, ``way`` picks an
    interpolation, ``seed`` the grain."""

    trace: Trace
    amount: float
    way: int
    seed: int


def draw_style(rng: np.random.Generator) -> Style:
    """A slight change of colours; three in ten keep their balance of colours."""
    red, green, blue = rng.uniform(-11, 11, 3) * (rng.random() < 0.7)
    return Style((red, green, blue), rng.uniform(0.87, 1.13), rng.uniform(-10, 10), rng.uniform(0.8, 1.2))


def draw_resampling(rng: np.random.Generator) -> Resampling:
    """One trace, of any strength."""
    trace = TRACES[rng.choice(len(TRACES), p=TRACE_ODDS)]
    return Resampling(trace, rng.random(), int(rng.integers(len(ENLARGERS))), int(rng.integers(2**31)))


def resample(face: Picture, draw: Resampling | None) -> Picture:
    """A copy that went through a smaller size, a sharpening, a smoothing, or that got fresh grain."""
    if draw is None:
        return face
    if draw.trace == "shrunk":
        small = round(SIDE / (1.5 * (4.0 / 1.5) ** draw.amount))
        shrunk = cv2.resize(face, (small, small), interpolation=cv2.INTER_AREA)
        return cv2.resize(shrunk, (SIDE, SIDE), interpolation=ENLARGERS[draw.way])
    if draw.trace == "sharpened":
        share = 0.4 + draw.amount
        return cv2.addWeighted(face, 1 + share, cv2.GaussianBlur(face, (0, 0), 1.0 + 0.5 * draw.way), -share, 0)
    if draw.trace == "smoothed":
        return cv2.GaussianBlur(face, (0, 0), 0.6 + 1.2 * draw.amount)
    if draw.trace == "edge_smoothed":
        return cv2.bilateralFilter(face, 5, 15 + 30 * draw.amount, 5)
    noise = grain(np.random.default_rng(draw.seed), 2 + 6 * draw.amount, (SIDE, SIDE))
    return cv2.add(face, cv2.merge([noise] * 3), dtype=cv2.CV_8U)


def grain(rng: np.random.Generator, sigma: float, shape: tuple[int, ...]) -> np.ndarray:
    """Gaussian noise in whole grey levels, int16: 256 evenly likely values of the normal distribution, ten times as fast as drawing it."""
    ranks = np.frombuffer(rng.bytes(int(np.prod(shape))), np.uint8).reshape(shape)
    return np.rint(NORMAL * sigma).astype(np.int16)[ranks]


def match_color(inside: Picture, face: Picture, mask: np.ndarray, amount: float) -> Picture:
    """``inside`` with the mean and spread of ``face``'s colours under the mask (Reinhard et al., IEEE CG&A 2001), in Lab."""
    under = (mask > 0.5).astype(np.uint8)
    ours, theirs = (cv2.cvtColor(picture, cv2.COLOR_RGB2LAB) for picture in (inside, face))
    (mean, spread), (wanted, wide) = (cv2.meanStdDev(picture, mask=under) for picture in (ours, theirs))
    scale = np.clip((wide + 0.5) / (spread + 0.5), 0.6, 1.6)  # more would turn a donor's faintest tint into paint
    share = 1 + (scale - 1) * amount
    offset = (wanted - mean * scale) * amount
    table = np.clip(np.arange(256)[:, None] * share.T + offset.T, 0, 255).round().astype(np.uint8)
    return cv2.cvtColor(cv2.LUT(ours, table.reshape(1, 256, 3)), cv2.COLOR_LAB2RGB)
