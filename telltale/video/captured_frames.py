"""Captured frames: up to 64 pictures of one video with their times, taken by whoever could see it, in one file that ends in ``.frames``.

The pictures (JPEG, PNG or WebP) lie one after the other as they came; behind them a line of JSON says where each ends and at which second
it was shown, and eight bytes how long that line is. They are looked at as one video. See also: taking them in
(``space.api.frames_upload``).
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

from telltale.core.errors import BadMedia
from telltale.core.progress import Listener, Progress, silent
from telltale.net.limits import MAX_PIXELS
from telltale.video.color import upright
from telltale.video.container import LONGEST_SECONDS, open_container, picture_stream
from telltale.video.frames import Clip, ClipInfo, Frame, clip_of

SUFFIX = ".frames"
MOST_FRAMES = 64
MOST_PIXELS_TOGETHER = 64 * 1920 * 1080
"""Of all frames of a file, so that a few hundred megabytes hold them decoded."""
LONGEST_INDEX = 16_384
FORMATS = frozenset({"jpeg_pipe", "png_pipe", "webp_pipe"})
FIRST = "Frame 1"


@dataclass(frozen=True)
class CapturedPicture:
    """One picture: how many bytes it takes and the second of the video at which it was shown."""

    size: int
    time: float


def is_captured(path: Path) -> bool:
    """Whether a file holds captured frames, by its name."""
    return path.suffix == SUFFIX


def index_of(shots: list[CapturedPicture]) -> bytes:
    """What is written behind the pictures."""
    line = json.dumps([[shot.size, shot.time] for shot in shots]).encode() + b"\n"
    return line + len(line).to_bytes(8, "big")


def read_captured(path: Path, *, listener: Listener = silent, max_pixels: int = MAX_PIXELS) -> Clip:
    """All frames of the file as one video. Raises BadMedia. Decoded in this process; what strangers sent is for
    ``telltale/sandbox/decode.py``.
    """
    with path.open("rb") as file, open_captured(file, listener, max_pixels) as (told, frames):
        return clip_of(told, list(frames))


@contextmanager
def open_captured(file: IO[bytes], listener: Listener = silent, max_pixels: int = MAX_PIXELS) -> Iterator[tuple[ClipInfo, Iterator[Frame]]]:
    """An open file's frames as they are decoded, one after the other, at least one. Raises BadMedia, also from the iterator."""
    shots = read_index(file, file.seek(0, io.SEEK_END))
    with open_picture(file.read(shots[0].size), 1) as container:
        codec = picture_stream(container, FIRST, max_pixels).codec_context.name
    file.seek(0)
    yield ClipInfo("frames", None, codec), each_shot(file, shots, listener, max_pixels)


def each_shot(file: IO[bytes], shots: list[CapturedPicture], listener: Listener, max_pixels: int) -> Iterator[Frame]:
    """The frames of an index, of one size all of them. Raises BadMedia."""
    pixels, shape = 0, None
    for number, shot in enumerate(shots):
        listener(Progress("decode", number, len(shots)))
        called = f"Frame {number + 1}"
        with open_picture(file.read(shot.size), number + 1, max_pixels) as container:
            stream = picture_stream(container, called, max_pixels)
            pixels += stream.codec_context.width * stream.codec_context.height
            if pixels > MOST_PIXELS_TOGETHER:
                raise BadMedia("media.too_large", "frames")
            rgb = first_picture(container, stream, number + 1)
        shape = shape or rgb.shape
        if rgb.shape != shape:
            raise BadMedia("media.not_media", "sizes_differ")
        yield Frame(number, shot.time, rgb)


def read_index(file: IO[bytes], size: int) -> list[CapturedPicture]:
    """Where the pictures lie; ``file`` then stands at the first. Raises BadMedia where that cannot be so."""
    try:
        file.seek(-8, io.SEEK_END)
        length = int.from_bytes(file.read(8), "big")
        if length > min(LONGEST_INDEX, size - 8):
            raise ValueError(length)
        file.seek(-8 - length, io.SEEK_END)
        shots = [CapturedPicture(int(taken), float(time)) for taken, time in json.loads(file.read(length))]
    except (OSError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadMedia("media.not_media", "frame_list") from error
    whole = sum(shot.size for shot in shots) == size - 8 - length and all(shot.size > 0 for shot in shots)
    timed = all(0 <= shot.time <= LONGEST_SECONDS for shot in shots)
    if not (whole and timed and 1 <= len(shots) <= MOST_FRAMES):
        raise BadMedia("media.not_media", "frame_list")
    file.seek(0)
    return shots


@contextmanager
def open_picture(content: bytes, number: int, max_pixels: int = MAX_PIXELS) -> "Iterator[av.container.InputContainer]":
    """The one picture that these bytes are, the ``number``-th frame, opened for as long as it is looked at. Raises BadMedia."""
    with open_container(io.BytesIO(content), f"Frame {number}", max_pixels) as container:
        if container.format.name not in FORMATS:
            raise BadMedia("media.not_media", "frame", n=number)
        yield container


def first_picture(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", number: int) -> np.ndarray:
    """RGB of the picture. Raises BadMedia."""
    try:
        frame = next(container.decode(stream), None)
    except av.error.FFmpegError as error:
        raise BadMedia("media.no_frames", "frame_damaged", n=number) from error
    if frame is None:
        raise BadMedia("media.no_frames", "frame_empty", n=number)
    return upright(frame)
