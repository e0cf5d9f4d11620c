"""The measure of compression: it rises with compression, whichever the codec, is not fooled by light or size, and costs little."""

import time

import cv2
import numpy as np
import pytest

from telltale.faces.compression import estimate_compression
from tests.support.media.drawing import draw_frame, poses_at
from trainer.synthesis.codecs import through_jpeg, through_video

SIZE = (640, 480)


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    """Half a second of a drawn person, with the noise of a camera, as never encoded."""
    return [draw_frame(poses_at(number / 25, 1, SIZE), SIZE, noise=0.02, seed=number) for number in range(7)]


@pytest.fixture(scope="module")
def box() -> np.ndarray:
    pose = poses_at(0.2, 1, SIZE)[0]
    return np.array([pose.x - pose.size / 2, pose.y - pose.size / 2, pose.x + pose.size / 2, pose.y + pose.size / 2])


def test_it_rises_with_jpeg(frames: list[np.ndarray], box: np.ndarray) -> None:
    found = [estimate_compression(through_jpeg(frames[5], quality), box) for quality in (95, 75, 50, 30, 10)]
    assert found == sorted(found) and found[0] < 0.35 and found[-1] > 0.8


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_it_rises_with_video(codec: str, frames: list[np.ndarray], box: np.ndarray) -> None:
    found = [estimate_compression(through_video(frames, codec, crf)[5], box) for crf in (18, 28, 34, 40)]  # type: ignore[arg-type]  # literals
    assert found == sorted(found) and found[-1] - found[0] > 0.15


@pytest.mark.shared
def test_it_rises_on_real_faces(shared: "object") -> None:
    """In the median over real pictures, halved first so that little of their own compression is left."""
    from pathlib import Path

    from telltale.faces.detectors import load_face_detector

    finder, ladder = load_face_detector("mtcnn"), (95, 75, 50, 30, 10)
    rows = []
    for path in sorted(Path(str(shared), "data", "zoya", "real").glob("*.jpg"))[:12]:
        whole = cv2.imread(str(path))[:, :, ::-1]
        half = cv2.resize(whole, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        for face in finder.detect(np.ascontiguousarray(whole))[:1]:
            rows.append([estimate_compression(through_jpeg(half, quality), face.box / 2) for quality in ladder])
    median = np.median(rows, axis=0)
    assert len(rows) >= 8 and (np.diff(median) > 0).all() and median[-1] - median[0] > 0.5


def test_a_small_face_alone_is_not_a_compressed_one(frames: list[np.ndarray], box: np.ndarray) -> None:
    small = cv2.resize(frames[5], None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    clean = estimate_compression(small, box * 0.3)
    assert clean < 0.4 < estimate_compression(through_jpeg(small, 10), box * 0.3)


def test_light_hardly_matters(frames: list[np.ndarray], box: np.ndarray) -> None:
    worse = through_jpeg(frames[5], 40)
    darker = (worse * 0.6).astype(np.uint8)
    assert estimate_compression(darker, box) == pytest.approx(estimate_compression(worse, box), abs=0.15)


@pytest.mark.parametrize("wrong", [(-40, -40, 8, 8), (630, 470, 700, 560), (100, 100, 101, 101)])
def test_any_box_gives_a_number(frames: list[np.ndarray], wrong: tuple[float, ...]) -> None:
    assert 0 <= estimate_compression(frames[0], np.array(wrong, float)) <= 1
    assert 0 <= estimate_compression(np.full((12, 9, 3), 90, np.uint8), np.array(wrong, float)) <= 1


def test_it_is_cheap(frames: list[np.ndarray], box: np.ndarray) -> None:
    best = min(timed(frames[0], box) for _ in range(10))
    assert best < 0.003, f"{best * 1e3:.1f} ms a face"


def timed(frame: np.ndarray, box: np.ndarray) -> float:
    started = time.perf_counter()
    estimate_compression(frame, box)
    return time.perf_counter() - started
