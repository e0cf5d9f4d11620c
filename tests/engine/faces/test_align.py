"""Alignment: landmarks land on the template whatever the face's place, size and turn; big faces are not aliased."""

from typing import Literal

import cv2
import numpy as np
import pytest

from telltale.core.model_settings import ModelSettings
from telltale.faces.align import align, block_of, crop_of, crops_of, pre_shrunk, region, similarity, template, upright
from telltale.video.yuv import Picture, Planes, rgb_of


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


def plainly_upright(rgb: np.ndarray, landmarks: np.ndarray, size: int, margin: float) -> np.ndarray:
    """The upright crop as it is defined, by padding all of the picture."""
    m = similarity(landmarks, template(size, margin))
    scale = np.hypot(m[0, 0], m[1, 0])
    x, y = np.linalg.inv(m[:, :2]) @ ([size / 2, size / 2] - m[:, 2])
    half = size / 2 / scale
    a, b, c, d = (int(round(v)) for v in (x - half, y - half, x + half, y + half))  # noqa: RUF046
    c, d = max(c, a + 2), max(d, b + 2)
    height, width = rgb.shape[:2]
    pad = max(0, -a, -b, c - width, d - height)
    if pad > 0:
        rgb = cv2.copyMakeBorder(rgb, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
        a, b, c, d = a + pad, b + pad, c + pad, d + pad
    part = rgb[b:d, a:c]
    return cv2.resize(part, (size, size), interpolation=cv2.INTER_AREA if part.shape[0] > size else cv2.INTER_CUBIC)


def noise(height: int, width: int, *, planes: bool) -> Picture:
    """Noise, as planes or as RGB."""
    chance = np.random.default_rng(5)
    if planes:
        return Planes(chance.integers(0, 256, height * width * 3 // 2).astype(np.uint8), height, width, "yuv420p", 1, 1)
    return chance.integers(0, 256, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("planes", [True, False])
@pytest.mark.parametrize(("height", "width"), [(360, 640), (242, 134)])
@pytest.mark.parametrize("face", [20.0, 90.0, 160.0])
@pytest.mark.parametrize("place", [(0.5, 0.5), (0.03, 0.4), (0.98, 0.97), (0.6, 0.01)])
def test_an_upright_crop_is_the_one_defined(planes: bool, height: int, width: int, face: float, place: tuple[float, float]) -> None:
    """To the pixel, well inside, over one edge, over a corner, larger than the picture, and turned."""
    picture = noise(height, width, planes=planes)
    turn = cv2.getRotationMatrix2D((0, 0), 17, face)
    landmarks = (template(1, 0) - 0.5) @ turn[:, :2].T + np.array(place) * [width, height]
    for size, margin in ((224, 0.3), (112, 0.12)):
        expected = plainly_upright(rgb_of(picture), landmarks, size, margin)
        assert np.array_equal(upright(picture, landmarks, size, margin), expected)
        assert np.array_equal(crop_of(picture, landmarks, size, ModelSettings(crop="upright", margin=margin)), expected)


def test_an_aligned_crop_is_what_it_was() -> None:
    picture, landmarks = noise(242, 134, planes=True), template(100, 0.1) + 10
    assert np.array_equal(crop_of(picture, landmarks, 64, ModelSettings(margin=0.2)), align(picture, landmarks, 64, 0.2))


@pytest.mark.parametrize("crop", ["aligned", "upright"])
@pytest.mark.parametrize("planes", [True, False])
def test_several_crops_of_a_face_are_three_channels_each(crop: Literal["aligned", "upright"], planes: bool) -> None:
    """In the order of the margins, each as it would be cut alone."""
    picture, landmarks = noise(242, 134, planes=planes), template(60, 0.1) + 40
    settings = ModelSettings(crop=crop, margin=0.18, further_margins=(0.0, -0.1))
    crops = crops_of(picture, landmarks, 64, settings)
    assert crops.shape == (64, 64, 9) and crops.dtype == np.uint8
    for number, margin in enumerate((0.18, 0.0, -0.1)):
        alone = (align if crop == "aligned" else upright)(picture, landmarks, 64, margin)
        assert np.array_equal(crops[..., 3 * number : 3 * number + 3], alone)
    single = crops_of(picture, landmarks, 64, ModelSettings(crop=crop, margin=0.18))
    assert np.array_equal(single, crops[..., :3])


@pytest.mark.parametrize("planes", [True, False])
@pytest.mark.parametrize("size", [0.01, 50.0, 1e5])
@pytest.mark.parametrize("place", [0.0, -1e6, 1e6])
def test_absurd_landmarks_take_little_memory(planes: bool, size: float, place: float) -> None:
    """No more than some times the picture is held, and there is a crop all the same."""
    import tracemalloc

    picture = noise(240, 320, planes=planes)
    tracemalloc.start()
    crop = upright(picture, template(1, 0) * size + place, 224, 0.3)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert crop.shape == (224, 224, 3) and most < 16 * 240 * 320 * 3
