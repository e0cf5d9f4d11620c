"""Masks for forging: which part of a face is exchanged, and how softly. Float32 (SIDE, SIDE) in 0..1.

After Shiohara & Yamasaki, "Detecting Deepfakes with Self-Blended Images" (CVPR 2022), and Li et al., "Face X-ray" (CVPR 2020):
hulls of landmarks, bent by an elastic field, eroded or grown, and softened. What is random about a mask is drawn once
(``MaskDraw``) and then laid on every frame of a clip (``mask_of``). See also: what is blended through a mask (``blending.py``).
"""

from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np

from telltale.faces.align import template
from trainer.data.crops import MARGIN, SIDE

JAW, BROWS, NOSE, EYES, MOUTH = slice(0, 17), slice(17, 27), slice(27, 36), slice(36, 48), slice(48, 68)
Region = Literal["face", "face_and_forehead", "lower_face", "mouth", "eyes", "inner_face"]
REGIONS: tuple[Region, ...] = get_args(Region)
REGION_ODDS = (0.30, 0.22, 0.14, 0.12, 0.08, 0.14)
NODES = 7
"""Nodes of the elastic field along one side of the crop."""
STEP = 4.0
"""Pixels between two points of a contour that is bent."""
SUBPIXEL = 3
"""Bits of a pixel's fraction that OpenCV fills polygons with."""


@dataclass(frozen=True, eq=False)
class MaskDraw:
    """Everything random about a mask. ``reach`` 0..1 is how far the region extends (brow to hair, lips to cheeks); ``bend`` is
    the elastic displacement (2, NODES, NODES) in pixels; ``growth`` is in pixels, negative erodes; ``fade`` is the sigma of the edge."""

    region: Region
    reach: float
    bend: np.ndarray
    growth: int
    fade: float


def draw_mask(rng: np.random.Generator) -> MaskDraw:
    """A random mask, from a narrow edge to a wide fade."""
    region = REGIONS[rng.choice(len(REGIONS), p=REGION_ODDS)]
    bend = rng.normal(0, rng.uniform(1.0, 5.0), (2, NODES, NODES)).astype(np.float32)
    fade = float(np.exp(rng.uniform(np.log(2.0), np.log(11.0))))
    return MaskDraw(region, rng.random(), bend, int(rng.integers(-7, 6)), fade)


def mask_of(draw: MaskDraw, outline: np.ndarray) -> np.ndarray:
    """The mask of a draw on a face with these 68 landmarks (crop pixels). It reaches 1 somewhere."""
    edge = bend(contour(draw.region, draw.reach, outline), draw.bend)
    growth = max(draw.growth, -int(0.15 * np.ptp(edge, axis=0).min()))  # a small region is not eroded away
    return fade(fill(edge, growth), draw.fade)


def contour(region: Region, reach: float, outline: np.ndarray) -> np.ndarray:
    """The convex hull of a region, (n, 2) crop pixels."""
    if region == "face":
        points = outline
    elif region == "face_and_forehead":
        up = outline[EYES].mean(axis=0) - outline[MOUTH].mean(axis=0)
        points = np.concatenate([outline, outline[BROWS] + up * between(0.3, 0.75, reach)])
    elif region == "lower_face":
        points = np.concatenate([outline[2:15], outline[NOSE][round(between(1, 4, reach)) :]])
    elif region == "mouth":
        points = grow(outline[MOUTH], between(1.2, 1.9, reach))
    elif region == "eyes":
        points = grow(np.concatenate([outline[BROWS], outline[EYES]]), between(1.15, 1.4, reach))
    else:
        points = np.concatenate([outline[BROWS], outline[NOSE], outline[EYES], grow(outline[MOUTH], between(1.1, 1.4, reach))])
    return cv2.convexHull(points.astype(np.float32))[:, 0]


def between(low: float, high: float, share: float) -> float:
    """A share of the way from low to high."""
    return low + (high - low) * share


def grow(points: np.ndarray, factor: float) -> np.ndarray:
    """Points moved away from their centre."""
    centre = points.mean(axis=0)
    return centre + (points - centre) * factor


def bend(edge: np.ndarray, field: np.ndarray) -> np.ndarray:
    """A closed contour under a smooth displacement: cheaper than bending the filled mask, and the same."""
    closed = np.concatenate([edge, edge[:1]])
    along = np.concatenate([[0], np.linalg.norm(np.diff(closed, axis=0), axis=1).cumsum()])
    places = np.arange(0, along[-1], STEP)
    points = np.stack([np.interp(places, along, closed[:, axis]) for axis in (0, 1)], axis=1).astype(np.float32)
    nodes = (points + 0.5) * (NODES / SIDE) - 0.5
    shift = [cv2.remap(part, nodes[:, :1], nodes[:, 1:], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE) for part in field]
    return points + np.concatenate(shift, axis=1)


def fill(edge: np.ndarray, growth: int = 0) -> np.ndarray:
    """The inside of a contour as uint8 0 or 255, eroded or grown by a disc's radius: a stroke along the contour is that very disc."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    points = [np.round(edge * (1 << SUBPIXEL)).astype(np.int32)]
    cv2.fillPoly(mask, points, 255, cv2.LINE_AA, SUBPIXEL)
    if growth:
        stroke = max(1, 2 * abs(growth) - 2)  # OpenCV's smooth strokes are two pixels wider than asked for
        cv2.polylines(mask, points, True, 255 if growth > 0 else 0, stroke, cv2.LINE_AA, SUBPIXEL)
    return mask


def fade(mask: np.ndarray, sigma: float) -> np.ndarray:
    """uint8 -> float32 0..1, its edge a Gaussian fade. A wide one is computed on a smaller copy."""
    shrink = 1 if sigma < 2.5 else 2 if sigma < 6 else 4
    if shrink > 1:
        mask = cv2.resize(mask, (SIDE // shrink, SIDE // shrink), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma / shrink)
    if shrink > 1:
        soft = cv2.resize(soft, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return soft * np.float32(1 / max(float(soft.max()), 1e-6))


def outline_of(points: list[float] | None) -> np.ndarray:
    """68 landmarks (68, 2) in crop pixels; where none were stored, or they are wild, an average face drawn around the crop's template."""
    found = check_landmarks(points)
    return average_face() if found is None else found


def check_landmarks(points: list[float] | None) -> np.ndarray | None:
    """Stored landmarks (68, 2), unless their eyes are not where the crop has its eyes."""
    if not points:
        return None
    found = np.asarray(points, np.float32).reshape(68, 2)
    eyes = (found[36:42].mean(axis=0) + found[42:48].mean(axis=0)) / 2
    return found if np.abs(eyes - template(SIDE, MARGIN)[:2].mean(axis=0)).max() < 0.06 * SIDE else None


def average_face() -> np.ndarray:
    """A symmetric 68-point face on the crop's five-point template."""
    left, right, nose, mouth_left, mouth_right = template(SIDE, MARGIN)
    width = right[0] - left[0]
    middle = (left + right) / 2
    angles = np.linspace(np.pi, 0, 17)
    jaw = np.stack([middle[0] + 1.02 * width * np.cos(angles), middle[1] + 1.62 * width * np.sin(angles)], axis=1)
    brow = np.stack([np.linspace(-0.38, 0.38, 5) * width, -0.28 * width - 0.08 * width * np.sin(np.linspace(0, np.pi, 5))], axis=1)
    bridge = np.linspace(middle, nose, 4)
    nostrils = nose + np.stack([np.linspace(-0.22, 0.22, 5) * width, np.full(5, 0.10 * width)], axis=1)
    turn = np.linspace(np.pi, -np.pi, 6, endpoint=False)
    eye = np.stack([0.2 * width * np.cos(turn), -0.09 * width * np.sin(turn)], axis=1)
    around = np.linspace(np.pi, -np.pi, 12, endpoint=False)
    centre, half = (mouth_left + mouth_right) / 2, (mouth_right[0] - mouth_left[0]) / 2
    lips = centre + np.stack([half * np.cos(around), -0.45 * half * np.sin(around)], axis=1)
    inner = centre + np.stack([0.7 * half * np.cos(around[::-1][:8]), 0.15 * half * np.sin(around[::-1][:8])], axis=1)
    return np.concatenate([jaw, left + brow, right + brow, bridge, nostrils, left + eye, right + eye, lips, inner]).astype(np.float32)
