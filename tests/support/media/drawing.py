"""Pictures and videos of drawn people, for tests, screenshots and examples: they talk, blink and move, and the detector finds them.

See also: how one person looks (``portrait.py``).

    python -m tests.support.media.drawing clip.mp4          # or .png, .jpg
"""

import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import av
import cv2
import numpy as np

from tests.support.media.portrait import BUST, CAST, HEAD, Person, bust, hair, head
from tests.support.media.shading import UNIT, Region, grain

NECK = 1.6
"""Where heads turn, in units below the origin of a head."""


@dataclass(frozen=True)
class Pose:
    """Where a head is, in pixels (``size`` is the width of the face), and what it does: openings 0..1, gaze -1..1, tilt in degrees."""

    x: float
    y: float
    size: float
    mouth: float = 0.0
    blink: float = 0.0
    gaze: float = 0.0
    tilt: float = 0.0


@lru_cache(maxsize=4)
def room(width: int, height: int) -> np.ndarray:
    """A wall out of focus behind the people, RGB float32 0..1 (H, W, 3)."""
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    picture = np.array([0.52, 0.56, 0.58], np.float32) * (1.08 - 0.32 * np.hypot(x + 0.35, y + 0.4))[..., None]
    shelf = np.zeros((height, width, 3), np.float32)
    dice = np.random.default_rng(7)
    for edge in np.arange(-0.98, 0.98, 0.075):
        tall, colour = dice.uniform(0.3, 0.46), dice.uniform(0.16, 0.62, 3).astype(np.float32)
        for base in (-0.42, 0.32):
            shelf[(x >= edge) & (x < edge + 0.062) & (y > base - tall) & (y < base)] = colour * dice.uniform(0.7, 1.2)
            shelf[(y >= base) & (y < base + 0.04)] = (0.36, 0.27, 0.2)
    cover = (shelf.max(axis=-1) > 0).astype(np.float32) * np.clip((np.abs(x) - 0.28) * 6, 0, 1)
    blur = max(1.0, width / 60)
    cover = cv2.GaussianBlur(cover, (0, 0), blur)[..., None]
    return picture * (1 - 0.75 * cover) + cv2.GaussianBlur(shelf, (0, 0), blur) * 0.75 * cover


def place(picture: np.ndarray, pixels: np.ndarray, region: Region, pose: Pose, tilt: float = 0.0) -> None:
    """Lay a drawn part of a person over the picture, turned about the neck."""
    scale = pose.size / 2 / UNIT
    down, right = region.shape
    if scale < 0.7:
        pixels = cv2.resize(pixels, (max(1, round(right * scale)), max(1, round(down * scale))), interpolation=cv2.INTER_AREA)
    back = pixels.shape[1] / right
    neck = np.array([-region.left, NECK - region.top]) * UNIT
    turn = cv2.getRotationMatrix2D((neck[0] * back, neck[1] * back), tilt, scale / back)
    turn[:, 2] += np.array([pose.x, pose.y + NECK * UNIT * scale]) - neck * back
    corners = turn @ np.array([[0, pixels.shape[1], 0, pixels.shape[1]], [0, 0, pixels.shape[0], pixels.shape[0]], [1, 1, 1, 1]])
    low = np.clip(np.floor(corners.min(axis=1)), 0, None).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=1)), [picture.shape[1], picture.shape[0]]).astype(int)
    if (high <= low).any():
        return
    turn[:, 2] -= low
    layer = cv2.warpAffine(pixels, turn, tuple(high - low), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    part = picture[low[1] : high[1], low[0] : high[0]]
    part *= 1 - layer[..., 3:]
    part += layer[..., :3]


@lru_cache(maxsize=2)
def camera_noise(height: int, width: int) -> np.ndarray:
    """Noise somewhat larger than a frame; each frame takes another part of it."""
    return grain((height + 64, width + 64, 3), 5)


def draw_frame(
    poses: list[Pose], size: tuple[int, int] = (640, 480), cast: tuple[Person, ...] = CAST, noise: float = 0.008, seed: int = 0
) -> np.ndarray:
    """One frame, RGB uint8 (H, W, 3): a person of the cast at each pose, in a room, with the noise of a camera."""
    width, height = size
    picture = room(width, height).copy()
    for person, pose in zip(cast, poses, strict=False):
        place(picture, hair(person, before=False), HEAD, pose, pose.tilt)
        place(picture, bust(person), BUST, pose)
        place(picture, head(person, pose.mouth, pose.blink, pose.gaze), HEAD, pose, pose.tilt)
    x, y = np.random.default_rng(seed).integers(0, 64, 2)
    picture += noise * camera_noise(height, width)[y : y + height, x : x + width]
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def poses_at(seconds: float, people: int, size: tuple[int, int]) -> list[Pose]:
    """Everybody talking and swaying a little, each in their own rhythm."""
    width, height = size
    poses = []
    for number in range(people):
        t = seconds + 1.7 * number
        face = min(0.36 * height, 0.62 * width / (people + 0.8))
        talk = max(0.0, 0.5 * np.sin(2 * np.pi * 2.9 * t) + 0.5 * np.sin(2 * np.pi * 1.1 * t + 1)) * (
            0.9 if np.sin(0.9 * t) > -0.6 else 0.1
        )
        poses.append(
            Pose(
                x=width * (number + 1) / (people + 1) + 0.05 * face * np.sin(0.9 * t),
                y=0.44 * height + 0.03 * face * np.sin(1.7 * t + 0.5),
                size=face * (1 + 0.015 * np.sin(0.5 * t)),
                mouth=talk,
                blink=max(0.0, 1 - abs((t % 2.6) - 1.3) / 0.12),
                gaze=0.6 * np.sin(0.7 * t) ** 3,
                tilt=4.0 * np.sin(0.8 * t),
            )
        )
    return poses


def draw_face_picture(path: Path, size: tuple[int, int] = (640, 480), people: int = 1, cast: tuple[Person, ...] = CAST) -> Path:
    """A still picture; the kind is the path's ending."""
    frame = draw_frame(poses_at(0.55, people, size), size, cast)
    options = [cv2.IMWRITE_JPEG_QUALITY, 92] if path.suffix in (".jpg", ".jpeg") else []
    if not cv2.imwrite(str(path), frame[:, :, ::-1], options):
        raise OSError(f"{path} could not be written")
    return path


def draw_face_video(
    path: Path, seconds: float = 4, fps: int = 25, size: tuple[int, int] = (640, 480), people: int = 1,
    codec: str = "libx264", options: dict[str, str] | None = None, cast: tuple[Person, ...] = CAST,
) -> Path:  # fmt: skip
    """A video of people talking; the container is the path's ending. Sizes are even; ``options`` go to the encoder."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.thread_type = "AUTO"
        for number in range(round(seconds * fps)):
            drawn = draw_frame(poses_at(number / fps, people, size), size, cast, seed=number)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(drawn, format="rgb24")))
        container.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    wanted = Path(sys.argv[1])
    (draw_face_picture if wanted.suffix in (".png", ".jpg") else draw_face_video)(wanted)
