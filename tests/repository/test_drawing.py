"""tests/support/media/drawing.py: drawn people are good enough that the embedded detector is sure of them, and do what they are told."""

from pathlib import Path

import numpy as np
import pytest

from telltale.faces.detectors import Face, FaceDetector, load_face_detector
from telltale.video.frames import read_clip
from tests.support.media.drawing import Pose, draw_face_picture, draw_face_video, draw_frame
from tests.support.media.portrait import CAST


@pytest.fixture(scope="module")
def finder() -> FaceDetector:
    """The embedded detector."""
    return load_face_detector("mtcnn")


def only(finder: FaceDetector, picture: np.ndarray) -> Face:
    """The one face of a picture."""
    (face,) = finder.detect(picture)
    return face


@pytest.mark.parametrize("size", [60, 110, 160, 240])
def test_the_detector_is_sure_at_every_size(finder: FaceDetector, size: float) -> None:
    for number, person in enumerate(CAST):
        face = only(finder, draw_frame([Pose(320, 210, size, mouth=number / 4, tilt=4 - 2 * number)], cast=(person,)))
        assert face.score >= 0.9
        assert np.ptp(face.box[[0, 2]]) == pytest.approx(size, rel=0.2)


def test_landmarks_lie_on_what_was_drawn(finder: FaceDetector) -> None:
    eyes_nose_mouth = np.array([[-0.42, -0.08], [0.42, -0.08], [0, 0.42], [-0.33, 0.78], [0.33, 0.78]])
    landmarks = only(finder, draw_frame([Pose(320, 210, 160)])).landmarks
    assert np.abs(landmarks - ([320, 210] + eyes_nose_mouth * 80)).max() < 16


def test_a_tilted_head_is_tilted(finder: FaceDetector) -> None:
    left, right = only(finder, draw_frame([Pose(320, 210, 160, tilt=12)])).landmarks[:2]
    assert np.degrees(np.arctan2(left[1] - right[1], right[0] - left[0])) == pytest.approx(12, abs=4)


@pytest.mark.parametrize("change", [{"mouth": 1.0}, {"blink": 1.0}, {"gaze": 1.0}])
def test_faces_move(change: dict[str, float]) -> None:
    still, moved = (draw_frame([Pose(320, 210, 160, **more)]).astype(int) for more in ({}, change))
    assert np.abs(still - moved).max() > 60


def test_a_video_holds_who_was_asked_for(finder: FaceDetector, tmp_path: Path) -> None:
    clip = read_clip(draw_face_video(tmp_path / "two.mp4", seconds=1, people=2), 4)
    assert (clip.kind, clip.width, clip.height, clip.codec, clip.duration) == ("video", 640, 480, "h264", pytest.approx(1, abs=0.1))
    for frame in clip.frames:
        assert len([face for face in finder.detect(frame.rgb) if face.score > 0.9]) == 2


def test_a_picture(finder: FaceDetector, tmp_path: Path) -> None:
    for name in ("face.png", "face.jpg"):
        clip = read_clip(draw_face_picture(tmp_path / name))
        assert clip.kind == "image" and only(finder, clip.frames[0].rgb).score > 0.9
