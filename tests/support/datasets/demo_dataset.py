"""A FaceForensics++ in little, drawn when a test asks for it: originals of drawn people, and "swaps" that a small net can learn to see.

A drawn swap is the target's video with another drawn face in it that went through a coarse grid and back: softer than what is around it,
as early face swaps were.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from tests.support.media.drawing import Pose, draw_frame
from tests.support.media.portrait import Person

SIZE = (320, 320)
FACE = 128.0


def somebody(number: int) -> Person:
    """Person ``number``: the same every time, and unlike the others."""
    dice = np.random.default_rng([11, number])
    skin = np.array([228, 180, 152]) * dice.uniform(0.5, 1.05) + dice.uniform(-8, 8, 3)
    tones = [
        tuple(int(value) for value in np.clip(colour, 12, 250)) for colour in (skin, dice.uniform(20, 130, 3), dice.uniform(20, 220, 3))
    ]
    return Person(skin=tones[0], hair=tones[1], shirt=tones[2], haircut=("short", "long")[int(dice.integers(2))])


def frames_of(target: int, face: int, count: int) -> list[np.ndarray]:
    """``count`` frames (H, W, 3) of a target, with the softened head of another person where ``face`` is not the target."""
    dice = np.random.default_rng([13, target])
    start = dice.uniform(-12, 12, 2)
    drawn = []
    for number in range(count):
        x, y = np.array([SIZE[0] / 2, SIZE[1] * 0.42]) + start + dice.uniform(-3, 3, 2)
        pose = Pose(x, y, FACE, mouth=float(dice.uniform(0, 0.8)), gaze=float(dice.uniform(-0.6, 0.6)), tilt=float(dice.uniform(-6, 6)))
        frame = draw_frame([pose], SIZE, (somebody(target),), seed=number)
        if face != target:
            other = draw_frame([pose], SIZE, (somebody(face),), seed=number)
            frame = swapped(frame, other, pose)
        drawn.append(frame)
    return drawn


def swapped(frame: np.ndarray, other: np.ndarray, pose: Pose) -> np.ndarray:
    """The inner face of ``other``, coarse, on ``frame``."""
    small = cv2.resize(other, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(small, SIZE, interpolation=cv2.INTER_CUBIC)
    mask = np.zeros(SIZE[::-1], np.float32)
    cv2.ellipse(
        mask,
        (round(pose.x), round(pose.y + 0.1 * pose.size)),
        (round(0.44 * pose.size), round(0.58 * pose.size)),
        pose.tilt,
        0,
        360,
        1.0,
        -1,
    )
    mask = cv2.GaussianBlur(mask, (0, 0), 4)[..., None]
    return (frame * (1 - mask) + coarse * mask).astype(np.uint8)


def write_video(path: Path, frames: Sequence[np.ndarray]) -> None:
    """H.264 at CRF 23, as the set's c23."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "23", "preset": "veryfast", "x264-params": "log-level=none"})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def draw_demo_set(root: Path, *, train: int = 4, validation: int = 3, test: int = 2, frames: int = 5) -> Path:
    """The tree with so many pairs of people a split. Every pair has two originals and two swaps."""
    names = iter(range(1000))
    for split, count in (("train", train), ("val", validation), ("test", test)):
        pairs = [(next(names), next(names)) for _ in range(count)]
        (root / f"{split}.json").parent.mkdir(parents=True, exist_ok=True)
        (root / f"{split}.json").write_text(json.dumps([[f"{one:03}", f"{other:03}"] for one, other in pairs]))
        for one, other in pairs:
            for target, face in ((one, other), (other, one)):
                write_video(root / f"original_sequences/youtube/c23/videos/{target:03}.mp4", frames_of(target, target, frames))
                swap = root / f"manipulated_sequences/Deepfakes/c23/videos/{target:03}_{face:03}.mp4"
                write_video(swap, frames_of(target, face, frames))
    return root
