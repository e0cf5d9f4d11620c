"""Augmentation with one draw for a real and its fake, so that nothing but the manipulation tells them apart.

Geometry (crop jitter, mirror), light and colour, then the chain a platform puts a picture through: shrinking and enlarging, blur,
noise, JPEG, an H.264 round trip. Training must never see a chain in one class only. Not here: forging (``forge.py``).
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import av
import cv2
import numpy as np

from trainer.crops import MARGIN, SIDE

Picture = np.ndarray
"""RGB uint8 (side, side, 3)."""


@dataclass(frozen=True)
class Chain:
    """How likely each link of the chain is."""

    grey: float = 0.08
    colour: float = 0.6
    rescale: float = 0.4
    blur: float = 0.15
    noise: float = 0.15
    jpeg: float = 0.55
    h264: float = 0.2


def augmented(pictures: list[Picture], size: int, margin: float, rng: np.random.Generator, chain: Chain | None = None) -> list[Picture]:
    """Every picture (SIDE, SIDE, 3) through the same random chain, cut to the net's (size, size, 3)."""
    chain = chain or Chain()
    steps: list[Callable[[Picture], Picture]] = [cut(size, margin, rng)]
    if rng.random() < 0.5:
        steps.append(lambda picture: np.ascontiguousarray(picture[:, ::-1]))
    makers = (
        (chain.colour, coloured),
        (chain.grey, greyed),
        (chain.rescale, rescaled),
        (chain.blur, blurred),
        (chain.noise, noisy),
        (chain.h264, h264),
        (chain.jpeg, jpeg),
    )
    steps += [make(size, rng) for odds, make in makers if rng.random() < odds]
    for step in steps:
        pictures = [step(picture) for picture in pictures]
    return pictures


def cut(size: int, margin: float, rng: np.random.Generator | None = None) -> Callable[[Picture], Picture]:
    """The net's crop out of a stored one; with a generator jittered as a detector's landmarks are."""
    scale = size * (1 - 2 * margin) / (SIDE * (1 - 2 * MARGIN))
    turn, shift = 0.0, np.zeros(2)
    if rng is not None:
        scale, turn, shift = scale * rng.uniform(0.9, 1.12), rng.uniform(-8, 8), rng.uniform(-0.03, 0.03, 2) * size
    matrix = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), turn, scale)
    matrix[:, 2] = matrix[:, 2] + (size - SIDE) / 2 + shift
    return lambda picture: cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def coloured(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """Brightness, contrast, gamma and a colour cast."""
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.93, 1.07, 3)
    bias, gamma = rng.uniform(-20, 20), rng.uniform(0.8, 1.25)
    ramp = np.arange(256, dtype=np.float32)[:, None] / 255
    table = np.clip((ramp**gamma * 255 - 128) * gain + 128 + bias, 0, 255).astype(np.uint8)
    return lambda picture: cv2.LUT(picture, table.reshape(256, 1, 3))


def greyed(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """No colour at all."""
    return lambda picture: cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def rescaled(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """Shrunk and enlarged again, as platforms do."""
    small = max(48, round(size * rng.uniform(0.35, 0.9)))
    down = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(3)]
    up = (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
    return lambda picture: cv2.resize(cv2.resize(picture, (small, small), interpolation=down), (size, size), interpolation=up)


def blurred(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """A slight defocus."""
    sigma = rng.uniform(0.4, 1.6)
    return lambda picture: cv2.GaussianBlur(picture, (0, 0), sigma)


def noisy(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """Sensor noise, the same grain for all."""
    grain = rng.normal(0, rng.uniform(2, 9), (size, size, 3)).astype(np.float32)
    return lambda picture: np.clip(picture + grain, 0, 255).astype(np.uint8)


def jpeg(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """A JPEG round trip at quality 30 to 95."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(30, 96))]
    return lambda picture: through_jpeg(picture, quality)


def through_jpeg(picture: Picture, settings: list[int]) -> Picture:
    """One picture as a JPEG and back."""
    decoded = cv2.imdecode(cv2.imencode(".jpg", picture, settings)[1], cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def h264(size: int, rng: np.random.Generator) -> Callable[[Picture], Picture]:
    """An H.264 round trip at CRF 18 to 38."""
    crf = int(rng.integers(18, 39))
    return lambda picture: through_h264(picture, crf)


def through_h264(picture: Picture, crf: int) -> Picture:
    """One picture as an H.264 keyframe and back."""
    file = io.BytesIO()
    side = picture.shape[0] // 2 * 2
    with av.open(file, "w", format="matroska") as container:
        stream = container.add_stream(
            "libx264", rate=25, options={"crf": str(crf), "preset": "veryfast", "threads": "1", "x264-params": "log=-1"}
        )
        stream.width = stream.height = side
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:side, :side]), format="rgb24")
        container.mux([*stream.encode(frame), *stream.encode(None)])
    file.seek(0)
    with av.open(file, "r") as container:
        decoded = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return decoded if decoded.shape == picture.shape else cv2.resize(decoded, picture.shape[1::-1])
