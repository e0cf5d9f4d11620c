"""Shapes, height fields and light: what drawn people (``portrait.py``) are made with."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from scipy.interpolate import splev, splprep

Colour = tuple[int, int, int]
Points = list[tuple[float, float]]

UNIT = 120
"""Pixels per unit of length, while drawing."""
LAMP = np.array([-0.42, -0.52, 0.74], np.float32)
"""Towards the light: from the upper left, from the viewer's side."""


@dataclass(frozen=True)
class Region:
    """A rectangle in units; its edges lie on whole pixels."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return round((self.bottom - self.top) * UNIT), round((self.right - self.left) * UNIT)

    def within(self, other: Self) -> tuple[slice, slice]:
        """Where its pixels lie in those of a larger region."""
        down, right = round((self.top - other.top) * UNIT), round((self.left - other.left) * UNIT)
        return slice(down, down + self.shape[0]), slice(right, right + self.shape[1])


class Canvas:
    """A picture under way: RGB times cover, and cover, both float32 in 0..1, with coordinates in units."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.corner = (region.left, region.top)
        self.rgb: np.ndarray = np.zeros((*region.shape, 3), np.float32)
        self.cover: np.ndarray = np.zeros(region.shape, np.float32)
        down, right = region.shape
        self.x, self.y = np.meshgrid(
            (np.arange(right, dtype=np.float32) + 0.5) / UNIT + region.left, (np.arange(down, dtype=np.float32) + 0.5) / UNIT + region.top
        )

    @property
    def pixels(self) -> np.ndarray:
        """RGB times cover, and cover, float32 (H, W, 4)."""
        return np.dstack([self.rgb, self.cover]).astype(np.float32)

    def part(self, region: Region) -> "Canvas":
        """A copy of a smaller region, to draw on."""
        canvas, where = Canvas(region), region.within(self.region)
        canvas.rgb, canvas.cover = self.rgb[where].copy(), self.cover[where].copy()
        return canvas

    def mask(self, points: Points, soft: float = 0.008, smooth: bool = True) -> np.ndarray:
        """The inside of a closed (smooth) curve; ``soft`` is the blur of its edge in units."""
        outline = np.array(points, np.float64)
        if smooth:
            knots, _ = splprep([*np.vstack([outline, outline[:1]]).T], s=0, per=True)
            outline = np.stack(splev(np.linspace(0, 1, 160), knots), axis=1)
        mask = np.zeros(self.cover.shape, np.uint8)
        cv2.fillPoly(mask, [np.round((outline - self.corner) * UNIT * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
        return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.3, soft * UNIT))

    def bump(self, x: float, y: float, wide: float, high: float) -> np.ndarray:
        """A Gaussian hill of height 1."""
        return np.exp(-(((self.x - x) / wide) ** 2 + ((self.y - y) / high) ** 2) / 2)

    def paint(self, mask: np.ndarray, colour: np.ndarray | Colour, strength: float = 1.0) -> None:
        """Lay a colour (8-bit) or a picture (0..1) over what is there."""
        layer = np.array(colour, np.float32) / 255 if isinstance(colour, tuple) else colour
        amount = (mask * strength)[..., None]
        self.rgb = self.rgb * (1 - amount) + layer * amount
        self.cover = self.cover * (1 - amount[..., 0]) + amount[..., 0]

    def tint(self, mask: np.ndarray, colour: Colour, strength: float) -> None:
        """Colour what is already there, without covering more."""
        amount = (mask * strength)[..., None]
        self.rgb = self.rgb * (1 - amount) + self.rgb * (np.array(colour, np.float32) / 255) * amount


def mirrored(points: Points) -> Points:
    """The right half of an outline, top to bottom -> the whole outline."""
    return points + [(-x, y) for x, y in reversed(points) if x > 0]


def inflated(mask: np.ndarray, depth: float) -> np.ndarray:
    """A flat shape as a pillow: its height in units; ``depth`` is how far in from the edge it still rises."""
    inside = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / (depth * UNIT)
    height = depth * np.sqrt(1 - (1 - np.clip(inside, 0, 1)) ** 2)
    return cv2.GaussianBlur(height.astype(np.float32), (0, 0), depth * UNIT * 0.16)


def lit(height: np.ndarray, colour: np.ndarray | Colour, gloss: float = 0.1) -> np.ndarray:
    """A surface under the lamp: RGB 0..1. Shades turn warm, as skin and cloth do."""
    albedo = np.array(colour, np.float32) / 255 if isinstance(colour, tuple) else colour
    down, right = np.gradient(height * UNIT)
    normal = np.stack([-right, -down, np.ones_like(height)], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    light = np.clip((normal @ (LAMP / np.linalg.norm(LAMP)) + 0.28) / 1.28, 0, 1)[..., None]
    half = LAMP / np.linalg.norm(LAMP) + np.array([0, 0, 1], np.float32)
    shine = np.clip(normal @ (half / np.linalg.norm(half)), 0, 1)[..., None] ** 24
    return np.clip(albedo ** (1.25 - 0.25 * light) * (0.3 + 0.84 * light) + gloss * shine, 0, 1)


def grain(shape: tuple[int, ...], seed: int, blur_x: float = 0, blur_y: float = 0) -> np.ndarray:
    """Normal noise, blurred in pixels and brought back to unit deviation."""
    noise: np.ndarray = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    if blur_x or blur_y:
        noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=blur_x or 0.1, sigmaY=blur_y or 0.1)
    return noise / noise.std()
