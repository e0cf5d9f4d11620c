"""Alignment: landmarks land on the template whatever the face's place, size and turn; big faces are not aliased."""

import cv2
import numpy as np
import pytest

from detector.align import align, block_of, pre_shrunk, region, similarity, template


@pytest.mark.parametrize("turn", [-40, 0, 25, 170])
@pytest.mark.parametrize("scale", [0.2, 1.0, 7.0])
def test_similarity_is_recovered(turn: float, scale: float) -> None:
    target = template(224, 0.12)
    matrix = cv2.getRotationMatrix2D((100, 80), turn, scale)
    landmarks = target @ matrix[:, :2].T + matrix[:, 2]
    moved = similarity(landmarks, target)
    assert np.abs(landmarks @ moved[:, :2].T + moved[:, 2] - target).max() < 1e-3


def test_a_mirrored_face_is_not_flipped() -> None:
    """A similarity never mirrors, so swapped eyes give a turned crop, not a wrong-handed one."""
    target = template(224, 0.12)
    matrix = similarity(target * [-1, 1] + [224, 0], target)
    assert np.linalg.det(matrix[:, :2]) > 0


def test_a_marked_face_lands_where_it_should() -> None:
    frame = np.zeros((900, 1200, 3), np.uint8)
    landmarks = template(600, 0.1) + np.array([300, 150])
    for point in landmarks:
        cv2.circle(frame, (round(point[0]), round(point[1])), 12, (255, 255, 255), -1)
    crop = align(frame, landmarks, 160, 0.12)
    for x, y in template(160, 0.12):
        assert crop[round(y), round(x)].min() > 200


def test_shrinking_averages() -> None:
    """A one-pixel checkerboard, shrunk eightfold, is grey and not black or white."""
    board = (np.indices((1600, 1600)).sum(axis=0) % 2 * 255).astype(np.uint8)
    crop = align(np.repeat(board[:, :, None], 3, axis=2), template(1280, 0.12) + 100, 160, 0.12)
    assert np.abs(crop[40:120, 40:120].astype(int) - 127).max() < 40


def test_beyond_the_edge_is_mirrored_not_black() -> None:
    frame = np.full((300, 300, 3), 180, np.uint8)
    assert align(frame, template(200, 0.12) - 60, 160, 0.12).min() > 170


@pytest.mark.parametrize(("height", "width"), [(1080, 1920), (720, 1280), (721, 1283)])
@pytest.mark.parametrize("place", [(0.5, 0.5), (0.02, 0.1), (0.97, 0.9)])
def test_a_part_of_the_frame_is_enough(height: int, width: int, place: tuple[float, float]) -> None:
    """The crop is made of the part of the frame that it shows, mirrored edges and all; it is that of the whole frame."""
    coarse = np.random.default_rng(3).integers(0, 255, (height // 16, width // 16, 3), np.uint8)
    frame = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    landmarks = template(500, 0) - 250 + np.array(place) * [width, height]
    matrix = similarity(landmarks, template(160, 0.12))
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    small, moved = pre_shrunk(frame, matrix, scale)
    whole = cv2.warpAffine(small, moved, (160, 160), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    assert np.abs(align(frame, landmarks, 160, 0.12).astype(int) - whole).max() <= 1, "a level, where rounding falls the other way"
    assert (region(frame, matrix, block_of(scale), 160)[0].size < frame.size) == (width % 4 == 0)
