"""Compressed copies: what is drawn, and what comes of a clip's frames."""

import numpy as np
import pytest

from telltale.video.frames import Clip, Frame
from tests.support.media.drawing import draw_face_video
from tests.support.media.portrait import BEN
from trainer.data.manifest import Row
from trainer.data.media import open_media
from trainer.frozen.copies import CRF, SCALES, STREAM, Recompression, draw, recompress


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Twelve frames of a face that moves."""
    path = draw_face_video(tmp_path_factory.mktemp("copies") / "face.mp4", seconds=1, fps=12, size=(192, 192), cast=(BEN,))
    return open_media(Row("face.mp4", path, "real", "video", "drawn", "ben"), STREAM)


def test_a_draw_depends_on_path_and_number_alone() -> None:
    drawn = [draw(f"{number}.mp4", 1) for number in range(400)]
    assert drawn == [draw(f"{number}.mp4", 1) for number in range(400)]
    assert drawn != [draw(f"{number}.mp4", 2) for number in range(400)]
    assert {each.scale for each in drawn} == set(SCALES) and {each.crf for each in drawn} == set(range(CRF[0], CRF[1] + 1))
    assert 0.4 < np.mean([each.scale == 0.5 for each in drawn]) < 0.6


def test_a_copy_is_smaller_and_its_frames_are_spread_evenly(clip: Clip) -> None:
    assert len(clip.frames) == 12
    copy = recompress(clip, Recompression(0.5, 34), 3)
    assert (copy.width, copy.height) == (96, 96)
    assert [frame.time for frame in copy.frames] == [clip.frames[place].time for place in (2, 6, 10)]
    assert [frame.index for frame in copy.frames] == [0, 1, 2]
    assert all(frame.rgb.shape == (96, 96, 3) for frame in copy.frames)


def test_a_harsher_copy_is_farther_from_the_original(clip: Clip) -> None:
    original = np.stack([clip.frames[place].rgb for place in (3, 9)]).astype(float)
    errors = []
    for crf in (1, 23, 36):
        frames = recompress(clip, Recompression(1.0, crf), 2).frames
        errors.append(np.abs(np.stack([frame.rgb for frame in frames]) - original).mean())
    assert errors[0] < errors[1] < errors[2] and errors[0] < 4


def test_frames_are_predicted_from_each_other() -> None:
    """A still scene gets finer from frame to frame as an encoder adds what it left out, or stays as it is; it is not coded anew."""
    chance = np.random.default_rng(0)
    scene = np.kron(chance.integers(0, 256, (24, 24, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    still = Clip("video", 96, 96, 1.0, "h264", [Frame(index, index / 10, scene) for index in range(10)])
    moving = Clip("video", 96, 96, 1.0, "h264", [Frame(index, index / 10, np.roll(scene, 37 * index, axis=1)) for index in range(10)])
    spread = [
        np.ptp([frame.rgb.astype(int) for frame in recompress(clip, Recompression(1.0, 36), 10).frames[2:]], axis=0).mean()
        for clip in (still, moving)
    ]
    assert spread[0] < 2 < spread[1]


def test_full_chroma_is_halved() -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2], stripes[:, 1::2] = (255, 0, 0), (0, 0, 255)
    (frame,) = recompress(Clip("image", 64, 64, None, "png", [Frame(0, 0.0, stripes)]), Recompression(1.0, 1), 1).frames
    colour = frame.rgb[..., 0].astype(int) - frame.rgb[..., 2]
    assert np.abs(colour).mean() < 60, "255 in the original"
