"""Packets of keyframes, and of what follows them where runs are wanted -> one small local file of just them. Nothing is decoded here.

They stay as they came, at their true times. The file (Matroska) says of itself how long the video is that it was sampled from and how
many pictures from each keyframe on are meant; ``telltale/video/frames.py`` reads such a file keyframe by keyframe.
See also: which packets (``progressive.py``, ``segment_sampling.py``).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import av.error

from telltale.core.errors import FetchFailed
from telltale.net.limits import MAX_PIXELS
from telltale.video.container import CONTAINERS, RUN_LENGTH, SAMPLED_FROM
from telltale.video.gop import presentation_time
from telltale.video.tracks import shown_tracks

MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True, eq=False)
class Keyframe:
    """Packets of which the first can be decoded by itself, and its time in seconds from the start of the video.

    ``stream`` describes their codec; ``packets`` are in decoding order.
    """

    time: float
    packets: "list[av.Packet]"
    stream: "av.video.stream.VideoStream"

    @property
    def packet_times_ms(self) -> list[int]:
        """When each packet is shown, in milliseconds from the start of the video."""
        base, first = float(self.stream.time_base or 0), presentation_time(self.packets[0])
        return [round((self.time + (presentation_time(packet) - first) * base) * 1000) for packet in self.packets]


def not_media() -> FetchFailed:
    """Whatever it is, it is no video."""
    return FetchFailed("fetch.not_a_video", "unreadable")


def open_demuxer(file: "IO[bytes] | io.RawIOBase", probe: int) -> "av.container.InputContainer":
    """A container of an allowed format, taken apart but never decoded; its tracks are known from ``probe`` bytes. Raises FetchFailed."""
    options = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file", "codec_whitelist": "none", "probesize": str(probe)}
    file.seek(0)
    try:
        return av.open(file, "r", options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise not_media() from error


def pictures(container: "av.container.InputContainer") -> "av.video.stream.VideoStream":
    """The video track that is looked at (``telltale/video/tracks.py``). Raises FetchFailed."""
    stream = next(iter(shown_tracks(container)), None)
    context = stream and stream.codec_context
    if stream is None or context is None:
        raise not_media()
    if context.width * context.height > MAX_PIXELS:
        raise FetchFailed("fetch.too_large", "dimensions", width=context.width, height=context.height)
    return stream


def remux(keyframes: Sequence[Keyframe], duration: float, path: Path, run: int = 1) -> None:
    """Write keyframes, at least one, into a Matroska file at ``path``, of which ``run`` pictures each are meant.

    Raises FetchFailed where the track cannot be kept in one.
    """
    options = {"avoid_negative_ts": "disabled"}
    ordered = distinct(keyframes)
    ahead = max(later - at for one in ordered for later, at in zip(sorted(one.packet_times_ms), one.packet_times_ms, strict=True))
    try:
        with path.open("wb") as file, av.open(file, "w", format="matroska", options=options) as container:
            container.metadata.update({SAMPLED_FROM: f"{duration:.3f}", RUN_LENGTH: str(run)})
            track = container.add_stream_from_template(keyframes[0].stream, opaque=True)
            for keyframe in ordered:
                shown = keyframe.packet_times_ms
                for packet, at, decoded in zip(keyframe.packets, shown, sorted(shown), strict=True):
                    packet.stream, packet.time_base = track, MILLISECOND
                    packet.pts, packet.dts, packet.duration = at, decoded - ahead, 1
                    container.mux_one(packet)
    except (av.error.FFmpegError, ValueError) as error:
        raise not_media() from error


def distinct(keyframes: Sequence[Keyframe]) -> list[Keyframe]:
    """In the order of time, without those that begin before another one ends."""
    kept: list[Keyframe] = []
    for keyframe in sorted(keyframes, key=lambda one: one.time):
        if not kept or min(keyframe.packet_times_ms) > max(kept[-1].packet_times_ms):
            kept.append(keyframe)
    return kept
