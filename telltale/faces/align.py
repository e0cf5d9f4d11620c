"""Face crops. A crop is defined by the five landmarks, not by a detector's box, so that every detector gives the classifier
the same pixels.

The landmarks are mapped onto a fixed template by a similarity transform (rotation, one scale, shift; Umeyama, TPAMI 1991). An aligned crop
is the frame under that transform; an upright one is the box of the frame's own pixels that the transform makes as large as the crop, about
the same centre. ``crop_of`` cuts what a model sees.
"""

from collections.abc import Callable

import cv2
import numpy as np

from telltale.core.model_settings import ModelSettings
from telltale.core.rules import RULES
from telltale.video.yuv import Picture, Planes, part_of, rgb_of

TEMPLATE = np.array(RULES.alignment.template, np.float32)
"""Eyes, nose and mouth corners of an upright face in a unit square that it just fills from forehead to chin."""


def template(size: int, margin: float) -> np.ndarray:
    """Where the landmarks come to lie, (5, 2) pixels of a crop; ``margin`` is the border around the face as a share of the crop's side."""
    return (margin + TEMPLATE * (1 - 2 * margin)) * size


def similarity(landmarks: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The least-squares similarity that maps ``landmarks`` onto ``target``: (2, 3), frame pixels -> crop pixels."""
    centre, goal = landmarks.mean(axis=0), target.mean(axis=0)
    source, wanted = (landmarks - centre).astype(np.float64), (target - goal).astype(np.float64)
    left, values, right = np.linalg.svd(wanted.T @ source)
    flip = np.diag([1.0, np.sign(np.linalg.det(left @ right))])
    rotation = left @ flip @ right
    scale = (values * np.diag(flip)).sum() / max((source**2).sum(), 1e-12)
    return np.concatenate([scale * rotation, (goal - scale * rotation @ centre)[:, None]], axis=1)


def crop_of(picture: Picture, landmarks: np.ndarray, size: int, settings: ModelSettings) -> np.ndarray:
    """A face as the model's settings want it cut, uint8 (size, size, 3)."""
    return cut_by(settings)(picture, landmarks, size, settings.margin)


def crops_of(picture: Picture, landmarks: np.ndarray, size: int, settings: ModelSettings) -> np.ndarray:
    """All crops of a face that the model sees together, uint8 (size, size, C): three channels each, the first as ``crop_of`` cuts it."""
    cut = cut_by(settings)
    crops = [cut(picture, landmarks, size, margin) for margin in (settings.margin, *settings.further_margins)]
    return crops[0] if len(crops) == 1 else np.concatenate(crops, axis=2)


def cut_by(settings: ModelSettings) -> Callable[[Picture, np.ndarray, int, float], np.ndarray]:
    """What cuts a crop as the settings want it."""
    return {"aligned": align, "upright": upright, "picture": whole}[settings.crop]


def whole(picture: Picture, landmarks: np.ndarray, size: int, margin: float) -> np.ndarray:
    """The whole frame at another size, uint8 (size, size, 3), whatever its sides: what models for generated pictures look at."""
    rgb = rgb_of(picture)
    return cv2.resize(rgb, (size, size), interpolation=cv2.INTER_AREA if min(rgb.shape[:2]) > size else cv2.INTER_CUBIC)


def align(picture: Picture, landmarks: np.ndarray, size: int, margin: float) -> np.ndarray:
    """The aligned crop, uint8 (size, size, 3), of a frame. Large faces are shrunk with
    anti-aliasing; beyond the frame's edge it is mirrored, so that a black corner cannot become a tell."""
    matrix = similarity(np.asarray(landmarks), template(size, margin))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < RULES.alignment.shrink_below:
        rgb, matrix = pre_shrunk(*region(picture, matrix, block_of(scale), size), scale)
    elif isinstance(picture, Planes):
        rgb, matrix = region(picture, matrix, 1, size)
    else:
        rgb = picture
    return cv2.warpAffine(rgb, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def block_of(scale: float) -> int:
    """How many pixels a side ``pre_shrunk`` makes one of."""
    return round(2.0 ** -np.ceil(np.log2(scale)))


def region(picture: Picture, matrix: np.ndarray, block: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of the frame that the crop is made of, with what is mirrored at its edges, and the transform from there.

    It begins and ends where shrinking the whole frame by ``block`` would have begun and ended a pixel.
    """
    height, width = picture.shape[:2]
    if height % block or width % block:
        return rgb_of(picture), matrix
    corners = (np.array([[0, 0], [size, 0], [0, size], [size, size]]) - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    spans = []
    for axis, length in ((0, width), (1, height)):
        low, high = corners[:, axis].min() - 4 * block, corners[:, axis].max() + 4 * block
        low, high = min(low, 2 * length - high), max(high, -low)  # what lies beyond an edge is mirrored from as far within
        start, end = max(0, int(low // block) * block), min(length, -int(-high // block) * block)
        if start >= end:
            return rgb_of(picture), matrix
        spans.append((start, end))
    (left, right), (top, bottom) = spans
    shift = (matrix[:, 2] + matrix[:, :2] @ [left, top])[:, None]
    return part_of(picture, top, bottom, left, right), np.concatenate([matrix[:, :2], shift], axis=1)


def pre_shrunk(rgb: np.ndarray, matrix: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The frame shrunk by area so that the warp left to do lies between 0.5 and 1, and the transform from there."""
    factor = 2.0 ** np.ceil(np.log2(scale))
    width, height = max(1, round(rgb.shape[1] * factor)), max(1, round(rgb.shape[0] * factor))
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    ratio = np.array([rgb.shape[1] / width, rgb.shape[0] / height])
    return small, np.concatenate([matrix[:, :2] * ratio, matrix[:, 2:]], axis=1)


def upright(picture: Picture, landmarks: np.ndarray, size: int, margin: float) -> np.ndarray:
    """The upright crop, uint8 (size, size, 3), of a frame: a box of its pixels, mirrored beyond its edges, at another size."""
    height, width = picture.shape[:2]
    left, top, right, bottom = limit_box(upright_box(landmarks, size, margin), width, height)
    rows, columns = mirror_indices(top, bottom, height), mirror_indices(left, right, width)
    above, before = int(rows.min()), int(columns.min())
    part = part_of(picture, above, int(rows.max()) + 1, before, int(columns.max()) + 1)
    if min(left, top) < 0 or right > width or bottom > height:
        part = part[rows - above][:, columns - before]
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA if len(part) > size else cv2.INTER_CUBIC)


def upright_box(landmarks: np.ndarray, size: int, margin: float) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the upright crop in frame pixels, which may lie beyond the frame."""
    matrix = similarity(np.asarray(landmarks), template(size, margin))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale > 0:
        half, (x, y) = size / 2 / scale, np.linalg.inv(matrix[:, :2]) @ ([size / 2, size / 2] - matrix[:, 2])
    else:
        half, (x, y) = 0.0, np.mean(landmarks, axis=0)  # all in one place
    left, top, right, bottom = (round(float(edge)) for edge in (x - half, y - half, x + half, y + half))
    return left, top, max(right, left + 2), max(bottom, top + 2)


def limit_box(box: tuple[int, int, int, int], width: int, height: int) -> tuple[int, int, int, int]:
    """The same box; what no face has, more of it beyond an edge than the frame is long, is cut down to the frame."""
    left, top, right, bottom = box
    if max(-left, -top, right - width, bottom - height) <= max(width, height):
        return box
    left, top = min(max(left, 0), max(width - 2, 0)), min(max(top, 0), max(height - 2, 0))
    return left, top, max(min(right, width), min(left + 2, width)), max(min(bottom, height), min(top + 2, height))


def mirror_indices(start: int, end: int, length: int) -> np.ndarray:
    """The rows or columns of a frame that stand at ``start`` to ``end`` where it is mirrored beyond its edges (OpenCV's REFLECT_101)."""
    period = max(1, 2 * (length - 1))
    places = np.arange(start, end) % period
    return np.minimum(places, period - places) if length > 1 else np.zeros_like(places)
