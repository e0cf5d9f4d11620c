"""Both face detectors, on drawn faces and on real ones: they find the same faces, and the classifier gets the same pixels from either."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telltale.core.errors import BadModel, BadRequest
from telltale.faces.align import align
from telltale.faces.detectors import Face, FaceDetector, insightface_pack, load_face_detector, search_scale
from telltale.faces.mtcnn import suppress_overlaps
from telltale.video.frames import read_clip


@pytest.fixture(scope="module")
def mtcnn() -> FaceDetector:
    return load_face_detector("mtcnn")


@pytest.fixture(scope="module")
def scrfd(shared: Path) -> FaceDetector:
    return load_face_detector("insightface", insightface_root=shared / "models" / "insightface")


@pytest.fixture(scope="module")
def frames(shared: Path) -> list[np.ndarray]:
    """One frame of each of twelve real videos."""
    rows = [json.loads(line) for line in (shared / "data" / "manifest.jsonl").read_text().splitlines()]
    videos = [row["path"] for row in rows if row["kind"] == "video"]
    return [read_clip(shared / "data" / path, 1).frames[0].rgb for path in videos[:: len(videos) // 12][:12]]


def overlap(one: Face, other: Face) -> float:
    corner0, corner1 = np.maximum(one.box[:2], other.box[:2]), np.minimum(one.box[2:], other.box[2:])
    shared = np.clip(corner1 - corner0, 0, None).prod()
    return float(shared / ((one.box[2:] - one.box[:2]).prod() + (other.box[2:] - other.box[:2]).prod() - shared))


def test_a_drawn_face_is_found_where_it_is(mtcnn: FaceDetector, drawn_video: Path) -> None:
    for frame in read_clip(drawn_video, 4).frames:
        faces = mtcnn.detect(frame.rgb)
        assert len(faces) == 1
        eyes, nose, mouth = faces[0].landmarks[:2].mean(axis=0), faces[0].landmarks[2], faces[0].landmarks[3:].mean(axis=0)
        assert eyes[1] < nose[1] < mouth[1]
        assert faces[0].landmarks[0, 0] < faces[0].landmarks[1, 0]


def test_a_small_face_in_a_large_frame_is_found_on_asking_again(mtcnn: FaceDetector, drawn_video: Path) -> None:
    import cv2

    small = cv2.resize(read_clip(drawn_video, 1).frames[0].rgb, (120, 90), interpolation=cv2.INTER_AREA)
    frame = np.full((1080, 1920, 3), 110, np.uint8)
    frame[600:690, 900:1020] = small
    assert mtcnn.detect(frame) == []
    (face,) = mtcnn.detect(frame, min_face=24)
    assert 900 < face.box[0] < face.box[2] < 1020 and 600 < face.box[1] < face.box[3] < 690


def test_nothing_is_found_in_noise(mtcnn: FaceDetector) -> None:
    assert mtcnn.detect(np.random.default_rng(0).integers(0, 255, (360, 640, 3)).astype(np.uint8)) == []


def test_a_face_found_only_on_asking_again_may_be_unsure(mtcnn: FaceDetector, shared: Path) -> None:
    """A real profile: not found at first, found eagerly in some frames, and then marked as unsure."""
    frames = read_clip(shared / "data" / "loopy" / "fake" / "side_2.mp4", 32).frames
    assert not any(mtcnn.detect(frame.rgb) for frame in frames)
    eager = [face for frame in frames for face in mtcnn.detect(frame.rgb, min_face=24)]
    assert eager
    assert not any(face.sure for face in eager)


def test_tiny_frames_are_no_trouble(mtcnn: FaceDetector) -> None:
    for size in ((1, 1), (5, 200), (13, 13)):
        assert mtcnn.detect(np.zeros((*size, 3), np.uint8)) == []


def test_both_detectors_find_the_same_large_faces(mtcnn: FaceDetector, scrfd: FaceDetector, frames: list[np.ndarray]) -> None:
    reference = [(frame, face) for frame in frames for face in scrfd.detect(frame) if face.size >= 60 / search_scale(frame, None)]
    assert len(reference) >= 10
    found = [any(overlap(face, other) >= 0.4 for other in mtcnn.detect(frame)) for frame, face in reference]
    assert np.mean(found) >= 0.9


def test_crops_of_both_detectors_agree(mtcnn: FaceDetector, scrfd: FaceDetector, frames: list[np.ndarray]) -> None:
    """Landmarks, not boxes, define the crop: the same face lies at the same place, to a few hundredths of its width."""
    differences = []
    for frame in frames:
        ours, theirs = mtcnn.detect(frame), scrfd.detect(frame)
        if len(ours) == len(theirs) == 1:
            width = np.linalg.norm(theirs[0].landmarks[1] - theirs[0].landmarks[0])
            differences.append(np.linalg.norm(ours[0].landmarks - theirs[0].landmarks, axis=1).mean() / width)
            assert align(frame, ours[0].landmarks, 96, 0.12).shape == (96, 96, 3)
    assert len(differences) >= 6
    assert np.median(differences) < 0.12


def test_auto_takes_insightface_only_where_its_pack_lies(shared: Path, tmp_path: Path) -> None:
    assert load_face_detector("auto", insightface_root=shared / "models" / "insightface").name == "insightface"
    assert load_face_detector("auto", insightface_root=tmp_path).name == "mtcnn"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadModel) as caught:
        load_face_detector("insightface", insightface_root=tmp_path)
    assert caught.value.code == "model.no_detector"
    with pytest.raises(BadRequest):
        load_face_detector("haar")  # type: ignore[arg-type]
    assert insightface_pack(tmp_path / "nowhere") is None


def test_suppression_in_blocks_is_suppression_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telltale.faces.mtcnn.BLOCK", 32)
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 200, (150, 2))
    boxes = np.concatenate([corner, corner + rng.uniform(5, 90, (150, 2)), rng.integers(0, 40, (150, 1)) / 40], axis=1).astype(np.float32)
    faces = [Face(box[:4], np.zeros((5, 2)), float(box[4])) for box in boxes]
    kept: list[int] = []
    for number in np.argsort(-boxes[:, 4], kind="stable"):
        if not any(overlap(faces[number], faces[other]) > 0.5 for other in kept):
            kept.append(int(number))
    assert suppress_overlaps(boxes, 0.5).tolist() == kept and len(kept) > 20


def test_faces_are_followed_to_where_they_went(mtcnn: FaceDetector, drawn_video: Path) -> None:
    first, second = (frame.rgb for frame in read_clip(drawn_video, 8).frames[2:4])
    faces, expected = mtcnn.detect(first), mtcnn.detect(second)
    followed = mtcnn.track(second, faces)
    assert len(followed) == len(faces) == len(expected) >= 1
    for one, other in zip(followed, expected, strict=True):
        eyes = float(np.linalg.norm(other.landmarks[0] - other.landmarks[1]))
        assert np.linalg.norm(one.landmarks - other.landmarks, axis=1).mean() < 0.1 * eyes
    assert mtcnn.track(np.roll(second, second.shape[1] // 3, axis=1), faces) == []
    assert mtcnn.track(second, []) == []
    assert mtcnn.track(second, [replace(face, sure=False) for face in faces]) == []
