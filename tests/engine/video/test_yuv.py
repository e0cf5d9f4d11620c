"""telltale/video/yuv.py: what is made of a part of the planes is what would have been made of the whole."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from telltale.faces.align import align
from telltale.faces.detectors import MtcnnDetector
from telltale.sandbox.decode import read_sandboxed
from telltale.video.frames import read_clip
from telltale.video.yuv import MATRICES, SPANS, Picture, Planes, are_planes, part_of, planes_of, rgb_of, shrink

LANDMARKS = np.array([[40, 30], [80, 35], [60, 55], [45, 70], [75, 74]], np.float32)


def noise(height: int, width: int, *, soft: bool = True, matrix: int = 1, span: int = 1, kind: str = "yuv420p") -> Planes:
    """A picture of noise."""
    packed = np.random.default_rng(height * width).integers(0, 256, (height * 3 // 2, width), np.uint8)
    return Planes((cv2.GaussianBlur(packed, (0, 0), 2) if soft else packed).ravel(), height, width, kind, matrix, span)


@pytest.mark.parametrize("kind", ["yuv420p", "yuvj420p"])
@pytest.mark.parametrize("matrix", sorted(MATRICES))
@pytest.mark.parametrize("span", sorted(SPANS))
def test_a_part_is_that_of_the_whole_to_the_bit(kind: str, matrix: int, span: int) -> None:
    chosen = np.random.default_rng(matrix * 10 + span)
    for height, width in ((62, 90), (120, 176), (242, 130), (16, 2)):
        planes = noise(height, width, soft=bool(chosen.integers(2)), matrix=matrix, span=span, kind=kind)
        whole = planes.whole()
        assert whole.shape == planes.shape
        for _ in range(12):
            top, bottom = sorted(chosen.integers(-4, height + 5, 2).tolist())
            left, right = sorted(chosen.integers(-4, width + 5, 2).tolist())
            if min(bottom, height) <= max(top, 0) or min(right, width) <= max(left, 0):
                continue
            np.testing.assert_array_equal(part_of(planes, top, bottom, left, right), part_of(whole, top, bottom, left, right))


def test_the_whole_is_what_libswscale_makes_of_the_frame() -> None:
    planes = noise(96, 128, matrix=5, span=2)
    frame = av.VideoFrame.from_ndarray(planes.packed.reshape(-1, 128), format="yuv420p")
    frame.colorspace, frame.color_range = 5, 2
    np.testing.assert_array_equal(planes.whole(), frame.to_ndarray(format="rgb24"))
    again = planes_of(frame)
    assert again and (again.matrix, again.span) == (5, 2)
    np.testing.assert_array_equal(again.packed, planes.packed)


@pytest.mark.parametrize("size", [(640, 360), (500, 300), (100, 61)])
def test_a_smaller_picture_is_the_mean_of_areas(size: tuple[int, int]) -> None:
    planes = noise(720, 1280)
    expected = cv2.resize(planes.whole(), size, interpolation=cv2.INTER_AREA).astype(int)
    apart = planes.smaller(*size).astype(int) - expected
    assert np.abs(apart).mean() <= 5 and np.abs(apart.mean()) <= 1.5, "colours are shared by two pixels, and this is noise"


def test_a_crop_is_the_same_from_planes() -> None:
    planes = noise(300, 420)
    for points in (LANDMARKS, LANDMARKS * 2.5, LANDMARKS * 4 - 60, LANDMARKS * 0.4 - 12, LANDMARKS + np.float32([350, 220])):
        for size in (20, 112, 224):
            apart = np.abs(align(planes, points, size, 0.1).astype(int) - align(planes.whole(), points, size, 0.1))
            assert apart.max() <= 1 and apart.mean() < 0.01


def test_videos_are_kept_as_planes_and_faces_found_there(drawn_video: Path) -> None:
    clip = read_sandboxed(drawn_video, 4)
    assert all(isinstance(frame.picture, Planes) for frame in clip.frames)
    for frame, other in zip(clip.frames, read_clip(drawn_video, 4).frames, strict=True):
        np.testing.assert_array_equal(frame.rgb, other.rgb)
    finder, picture = MtcnnDetector(), clip.frames[1].picture
    large = Planes(enlarged(picture), 1080, 1440, "yuv420p", 2, 0)
    for one, other in zip(finder.detect(large), finder.detect(large.whole()), strict=True):
        assert np.abs(one.landmarks - other.landmarks).max() < 0.02 * one.size


def enlarged(picture: Picture) -> np.ndarray:
    """Packed planes of the picture at 1440 x 1080."""
    large = cv2.resize(rgb_of(picture), (1440, 1080), interpolation=cv2.INTER_CUBIC)
    return av.VideoFrame.from_ndarray(large, format="rgb24").reformat(format="yuv420p").to_ndarray().ravel()


def test_what_is_no_such_picture_is_rgb() -> None:
    for kind, size in (("yuv444p", (64, 48)), ("rgb24", (64, 48)), ("yuv420p", (63, 48)), ("yuv420p10le", (64, 48))):
        assert planes_of(av.VideoFrame(*size, kind)) is None
    frame = av.VideoFrame(64, 48, "yuv420p")
    assert planes_of(frame)
    frame.colorspace = 8  # YCgCo, which libswscale does not know
    assert planes_of(frame) is None
    assert not are_planes(48, 64, "yuv420p", 1, 3)
    rgb = np.zeros((20, 40, 3), np.uint8)
    assert rgb_of(rgb) is rgb and shrink(rgb, 0.5).shape == (10, 20, 3)
