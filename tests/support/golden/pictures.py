"""Golden vectors of what is measured and drawn: pictures resized, crops cut, boxes thinned out, quality, sheets, heat maps."""

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from telltale.faces import align, mtcnn, quality
from telltale.faces.compression import estimate_compression
from telltale.faces.detectors import Face
from telltale.model.scoring import quarters, runs_of
from telltale.verdict.evidence import draw_heat
from tests.support.golden.vectors import Vector, bytes_of, face_object, floats, picture, plane


def textured(chance: np.random.Generator, height: int, width: int) -> np.ndarray:
    """RGB noise, blurred and block-wise flattened by chance, as compression leaves it."""
    noise = cv2.GaussianBlur(chance.integers(0, 256, (height, width, 3), np.uint8), (0, 0), chance.uniform(0.4, 2.5))
    return cv2.imdecode(cv2.imencode(".jpg", noise, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(5, 95))])[1], cv2.IMREAD_COLOR)


def face_at(chance: np.random.Generator, x: float, y: float, size: float) -> Face:
    """A face of about this size, around here, turned somehow."""
    box = np.array([x, y, x + size * chance.uniform(0.7, 1), y + size], np.float32)
    points = np.array([[0.3, 0.35], [0.7, 0.35], [chance.uniform(0.2, 0.8), 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
    return Face(box, box[:2] + points * np.float32(size), 0.9, sure=bool(chance.random() < 0.8))


def resizing() -> Iterator[Vector]:
    """As OpenCV does it, byte for byte."""
    noise = textured(np.random.default_rng(0), 90, 130)
    for width, height in [(130, 90), (65, 45), (26, 18), (130, 45), (100, 70), (61, 30), (10, 9), (1, 1), (160, 100), (140, 60), (47, 301)]:
        smaller = cv2.resize(noise, (width, height), interpolation=cv2.INTER_AREA)
        yield Vector("local/image/resize", "resized", [picture(noise), width, height], picture(smaller))


def alignment() -> Iterator[Vector]:
    """The template, the transform and the crop: upright, beyond the edge, tilted, large, mirrored."""
    noise = textured(np.random.default_rng(1), 90, 130)
    upright = np.array([[40, 30], [80, 35], [60, 55], [45, 70], [75, 74]], np.float32)
    tilted, mirrored = upright @ np.array([[0.6, -0.8], [0.8, 0.6]], np.float32), (upright * [-1, 1] + [130, 0]).astype(np.float32)
    for size, margin in ((112, 0.1), (20, 0.1), (224, 0.2)):
        target = align.template(size, margin)
        yield Vector("local/faces/align", "templateOf", [size, margin], target.tolist(), 1e-4)
        for points in (upright, upright * 0.5 - 12, tilted, (upright - 60) * 6 + 60, mirrored):
            yield Vector(
                "local/faces/align", "similarity", [points.tolist(), target.tolist()], flat(align.similarity(points, target)), 1e-3
            )
            crop = align.align(noise, points, size, margin)
            yield Vector("local/faces/align", "alignedCrop", [picture(noise), points.tolist(), size, margin], bytes_of(crop), 1, 0.01)


def flat(matrix: np.ndarray) -> list[float]:
    """Row by row."""
    values: list[float] = matrix.ravel().tolist()
    return values


def suppression() -> Iterator[Vector]:
    """Boxes moved, made square and thinned out, and what the nets are given of them."""
    chance = np.random.default_rng(2)
    frame = textured(chance, 120, 160)
    for count in (1, 2, 40, 300):
        corner = chance.uniform(-20, 140, (count, 2))
        scores = chance.uniform(0.5, 1, (count, 1)).round(2)  # some are equal
        boxes = np.concatenate([corner, corner + chance.uniform(8, 90, (count, 2)), scores], axis=1).astype(np.float32)
        offsets, better = chance.normal(0, 0.1, (count, 4)).astype(np.float32), chance.random(count).astype(np.float32)
        moved = mtcnn.correct_boxes(boxes[:, :4], offsets, better)
        yield Vector("local/faces/nms", "corrected", [floats(boxes), floats(offsets), floats(better)], floats(moved), 1e-4)
        yield Vector("local/faces/nms", "squared", [floats(boxes)], floats(mtcnn.square_boxes(boxes)), 1e-4)
        for overlap, over_smaller in ((0.5, False), (0.7, False), (0.7, True)):
            left = mtcnn.suppress_overlaps(boxes, overlap, over_smaller=over_smaller).tolist()
            yield Vector("local/faces/nms", "suppressed", [floats(boxes), overlap, over_smaller], left)
    patches = mtcnn.patches(frame, mtcnn.square_boxes(boxes[:20]), 24)
    yield Vector("local/image/tensors", "patches", [picture(frame), floats(mtcnn.square_boxes(boxes[:20])), 24], floats(patches), 1e-6)


def measuring() -> Iterator[Vector]:
    """Compression of a face's surroundings, and the quality of its crop."""
    chance = np.random.default_rng(3)
    for height, width in ((300, 420), (97, 61), (20, 30)):
        frame, crop = textured(chance, height, width), textured(chance, 112, 112)
        for _ in range(12):
            face = face_at(chance, chance.uniform(-20, width), chance.uniform(-20, height), chance.uniform(8, 260))
            compression = estimate_compression(frame, face.box)
            yield Vector("local/faces/compression", "compressionOf", [picture(frame), face.box.tolist()], compression, 2e-3)
            measured = quality.quality_of(face, crop, compression).model_dump()
            yield Vector("local/faces/quality", "qualityOf", [face_object(face), bytes_of(crop), compression], measured, 0.11, 0.03)


def sheets() -> Iterator[Vector]:
    """Which crops share a picture, and how its evidence map is cut apart."""
    for count in (0, 1, 3, 4, 5, 8, 11, 16):
        for sheet in (1, 2, 3):
            yield Vector("local/verdict/crop-grid", "runsOf", [count, sheet], runs_of(count, sheet))
    heat = np.random.default_rng(4).normal(size=(7, 7)).astype(np.float32)
    yield Vector("local/verdict/crop-grid", "quarters", [plane(heat), 2], [plane(part) for part in quarters(heat, 2)], 1e-5)


def heat_maps() -> Iterator[Vector]:
    """Colours over a face."""
    chance = np.random.default_rng(5)
    face = textured(chance, 320, 320)
    for full in (6.0, 2.5):
        heat: Any = chance.normal(2, 3, (7, 7)).astype(np.float32)
        yield Vector("local/verdict/evidence", "heated", [picture(face), plane(heat), full], picture(draw_heat(face, heat, full)), 3, 0.3)
