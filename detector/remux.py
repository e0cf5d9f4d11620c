"""Keyframe packets -> one small local file that holds just them, as they came, at their true times. Nothing is decoded here.

The file (Matroska) says of itself how long the video is that it was sampled from; ``frames.py`` reads such a file packet by packet.
Not here: which packets (``progressive.py``, ``fragments.py``).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import av.error

from detector.errors import FetchFailed
from detector.frames import CONTAINERS, MAX_PIXELS, SAMPLED_FROM

MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, eq=False)
class Keyframe:
    """A packet that can be decoded by itself, and its time in seconds from the start of the video. ``stream`` describes its codec."""

    time: float
    packet: "av.Packet"
    stream: "av.video.stream.VideoStream"


def not_media() -> FetchFailed:
    """Whatever it is, it is no video."""
    return FetchFailed("fetch.not_a_video", "What lies at this address is not a video that Telltale can read.")


def demuxed(file: "IO[bytes] | io.RawIOBase", probe: int) -> "av.container.InputContainer":
    """A container of an allowed format, taken apart but never decoded; its tracks are known from ``probe`` bytes. Raises FetchFailed."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file", "codec_whitelist": "none", "probesize": str(probe)}
    file.seek(0)
    try:
        return av.open(file, "r", options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise not_media() from error


def pictures(container: "av.container.InputContainer") -> "av.video.stream.VideoStream":
    """Its first video track that is not a cover. Raises FetchFailed."""
    for stream in container.streams.video:
        context = stream.codec_context
        if context is not None and not stream.disposition & av.stream.Disposition.attached_pic:
            if context.width * context.height > MAX_PIXELS:
                raise FetchFailed(
                    "fetch.too_large", f"The video is {context.width} x {context.height} pixels: more than Telltale will decode."
                )
            return stream
    raise not_media()


def remux(keyframes: Sequence[Keyframe], duration: float, path: Path) -> None:
    """Write keyframes, at least one, into a Matroska file at ``path``. Raises FetchFailed where the track cannot be kept in one."""
    try:
        with path.open("wb") as file, av.open(file, "w", format="matroska") as container:
            container.metadata[SAMPLED_FROM] = f"{duration:.3f}"
            track = container.add_stream_from_template(keyframes[0].stream, opaque=True)
            last = -1
            for keyframe in sorted(keyframes, key=lambda one: one.time):
                last = max(round(keyframe.time * 1000), last + 1)
                keyframe.packet.stream = track
                keyframe.packet.time_base = MILLISECOND
                keyframe.packet.pts = keyframe.packet.dts = last
                keyframe.packet.duration = 1
                container.mux_one(keyframe.packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise not_media() from error
