"""Captured frames: up to 64 pictures of one video with their times, taken by whoever could see it, in one file that ends in ``.frames``.

The pictures (JPEG, PNG or WebP) lie one after the other as they came; behind them a line of JSON says where each ends and at which second
it was shown, and eight bytes how long that line is. They are looked at as one video. Not here: taking them in (``space.frames``).
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import av
import av.error
import numpy as np

from detector.container import LONGEST_SECONDS, opened, picture_stream
from detector.errors import BadMedia
from detector.frames import Clip, Frame, upright
from detector.limits import MAX_PIXELS
from detector.progress import Listener, Progress, silent

SUFFIX = ".frames"
MOST_FRAMES = 64
MOST_PIXELS_TOGETHER = 64 * 1920 * 1080
"""Of all frames of a file, so that a few hundred megabytes hold them decoded."""
LONGEST_INDEX = 16_384
FORMATS = frozenset({"jpeg_pipe", "png_pipe", "webp_pipe"})
BROKEN = "These captured frames are damaged: their list cannot be read."


@dataclass(frozen=True)
class Shot:
    """One picture: how many bytes it takes and the second of the video at which it was shown."""

    size: int
    time: float


def is_captured(path: Path) -> bool:
    """Whether a file holds captured frames, by its name."""
    return path.suffix == SUFFIX


def index_of(shots: list[Shot]) -> bytes:
    """What is written behind the pictures."""
    line = json.dumps([[shot.size, shot.time] for shot in shots]).encode() + b"\n"
    return line + len(line).to_bytes(8, "big")


def read_captured(path: Path, *, listener: Listener = silent, max_pixels: int = MAX_PIXELS) -> Clip:
    """All frames of the file as one video. Raises BadMedia."""
    with path.open("rb") as file:
        shots = read_index(file, path.stat().st_size)
        frames, codec, pixels = [], "", 0
        for number, shot in enumerate(shots):
            listener(Progress("read", number, len(shots)))
            called = f"Frame {number + 1}"
            with opened_alone(file.read(shot.size), called) as container:
                stream = picture_stream(container, called, max_pixels)
                pixels += stream.codec_context.width * stream.codec_context.height
                if pixels > MOST_PIXELS_TOGETHER:
                    raise BadMedia("media.too_large", "The captured frames are too large together: send fewer, or smaller ones.")
                frames.append(Frame(number, shot.time, first_picture(container, stream, called)))
                codec = codec or stream.codec_context.name
    if len({frame.rgb.shape for frame in frames}) > 1:
        raise BadMedia("media.not_media", "The captured frames must all have the same width and height.")
    height, width = frames[0].rgb.shape[:2]
    return Clip("frames", width, height, None, codec, frames)


def read_index(file: IO[bytes], size: int) -> list[Shot]:
    """Where the pictures lie; ``file`` then stands at the first. Raises BadMedia where that cannot be so."""
    try:
        file.seek(-8, io.SEEK_END)
        length = int.from_bytes(file.read(8), "big")
        if length > min(LONGEST_INDEX, size - 8):
            raise ValueError(length)
        file.seek(-8 - length, io.SEEK_END)
        shots = [Shot(int(taken), float(time)) for taken, time in json.loads(file.read(length))]
    except (OSError, ValueError, TypeError) as error:
        raise BadMedia("media.not_media", BROKEN) from error
    whole = sum(shot.size for shot in shots) == size - 8 - length and all(shot.size > 0 for shot in shots)
    timed = all(0 <= shot.time <= LONGEST_SECONDS for shot in shots)
    if not (whole and timed and 1 <= len(shots) <= MOST_FRAMES):
        raise BadMedia("media.not_media", BROKEN)
    file.seek(0)
    return shots


@contextmanager
def opened_alone(content: bytes, called: str) -> "Iterator[av.container.InputContainer]":
    """The one picture that these bytes are, opened for as long as it is looked at. Raises BadMedia."""
    with opened(io.BytesIO(content), called) as container:
        if container.format.name not in FORMATS:
            raise BadMedia("media.not_media", f"{called} is not a JPEG, PNG or WebP picture.")
        yield container


def first_picture(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", called: str) -> np.ndarray:
    """RGB of the picture. Raises BadMedia."""
    try:
        frame = next(container.decode(stream), None)
    except av.error.FFmpegError as error:
        raise BadMedia("media.no_frames", f"{called} is damaged: it cannot be decoded.") from error
    if frame is None:
        raise BadMedia("media.no_frames", f"{called} holds no picture.")
    return upright(frame)
