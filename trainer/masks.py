"""Masks for forging: which part of a face is exchanged, and how softly. Float32 (side, side) in 0..1.

After Shiohara & Yamasaki, "Detecting Deepfakes with Self-Blended Images" (CVPR 2022), and Li et al., "Face X-ray" (CVPR 2020):
hulls of landmarks, bent by an elastic field and softened at random. Not here: what is blended through them (``forge.py``).
"""

import cv2
import numpy as np

from detector.align import template
from trainer.crops import MARGIN, SIDE

JAW, BROWS, NOSE, EYES, MOUTH = slice(0, 17), slice(17, 27), slice(27, 36), slice(36, 48), slice(48, 68)
REGIONS = ("face", "face_and_forehead", "lower_face", "mouth", "eyes", "inner_face")
REGION_ODDS = (0.30, 0.22, 0.14, 0.12, 0.08, 0.14)


def outline_of(points: list[float] | None) -> np.ndarray:
    """68 landmarks (68, 2) in crop pixels; where none were stored, or they are wild, an average face drawn around the crop's template."""
    if points:
        found = np.asarray(points, np.float32).reshape(68, 2)
        eyes = (found[36:42].mean(axis=0) + found[42:48].mean(axis=0)) / 2
        if np.abs(eyes - template(SIDE, MARGIN)[:2].mean(axis=0)).max() < 0.06 * SIDE:
            return found
    return average_face()


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


def hull(points: np.ndarray) -> np.ndarray:
    """The filled convex hull of points."""
    mask = np.zeros((SIDE, SIDE), np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.int32)), 1.0)
    return mask


def region(outline: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random region of the face as a hard mask."""
    name = REGIONS[rng.choice(len(REGIONS), p=REGION_ODDS)]
    eye_line = outline[EYES].mean(axis=0)
    up = eye_line - outline[MOUTH].mean(axis=0)
    if name == "face":
        return hull(outline)
    if name == "face_and_forehead":
        return hull(np.concatenate([outline, outline[BROWS] + up * rng.uniform(0.3, 0.75)]))
    if name == "lower_face":
        return hull(np.concatenate([outline[2:15], outline[NOSE][rng.integers(1, 5) :]]))
    if name == "mouth":
        return hull(grown(outline[MOUTH], rng.uniform(1.2, 1.9)))
    if name == "eyes":
        return hull(grown(np.concatenate([outline[BROWS], outline[EYES]]), rng.uniform(1.0, 1.2)))
    return hull(np.concatenate([outline[BROWS], outline[NOSE], outline[EYES], grown(outline[MOUTH], 1.25)]))


def grown(points: np.ndarray, factor: float) -> np.ndarray:
    """Points moved away from their centre."""
    centre = points.mean(axis=0)
    return centre + (points - centre) * factor


def bent(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mask under a smooth random displacement."""
    coarse = rng.normal(0, rng.uniform(1.0, 5.0), (2, 7, 7)).astype(np.float32)
    shift = [cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for field in coarse]
    xs, ys = np.meshgrid(np.arange(SIDE, dtype=np.float32), np.arange(SIDE, dtype=np.float32))
    return cv2.remap(mask, xs + shift[0], ys + shift[1], cv2.INTER_LINEAR)


def softened(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The mask eroded or grown a little, then blurred: from a hard cut to a wide fade."""
    reach = int(rng.integers(-9, 6))
    if reach:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(reach) * 2 + 1,) * 2)
        mask = cv2.dilate(mask, kernel) if reach > 0 else cv2.erode(mask, kernel)
    sigma = float(np.exp(rng.uniform(np.log(0.6), np.log(11.0))))
    return np.clip(cv2.GaussianBlur(mask, (0, 0), sigma), 0, 1)
