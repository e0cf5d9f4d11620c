"""Keyframes of a video, each decoded by itself or with the frames that follow it, and nothing before them.

The decoder is given the packets, then a flush, so that it hands its pictures over at once. See also: which keyframes are wanted
(``frames.py``); reading them from a distant file (``telltale/streaming/sample.py``).
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from typing import TYPE_CHECKING

import av.error

from telltale.core.progress import Listener, Progress
from telltale.video.color import to_picture
from telltale.video.container import RUN_LENGTH, start_of
from telltale.video.geometry import stretch_of
from telltale.video.yuv import Picture

if TYPE_CHECKING:
    import av

LONGEST_RUN = 64


def keyframes_near(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", times: list[float], listener: Listener
) -> Iterator[tuple[float, Picture]]:
    """The keyframe at or before each of these seconds, each once: (seconds, picture)."""
    base = float(stream.time_base or 1)
    origin, seen, stretch = start_of(stream), set[int](), stretch_of(stream)
    for number, wanted in enumerate(times):
        listener(Progress("decode", number, len(times)))
        container.seek(round((origin + wanted) / base), stream=stream)
        usable = (packet for packet in container.demux(stream) if packet.is_keyframe and not packet.is_discard and packet.pts is not None)
        packet = next(usable, None)
        if packet is None or packet.pts is None or packet.pts in seen:
            continue
        seen.add(packet.pts)
        for frame in together(stream, [packet])[:1]:
            yield packet.pts * base - origin, to_picture(frame, stretch)


def runs_of_keyframes(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", count: int, listener: Listener
) -> Iterator[tuple[float, Picture]]:
    """``count`` keyframes and what follows each, as many frames as the file says: (seconds, picture). One that is damaged is left out."""
    base, stretch = float(stream.time_base or 1), stretch_of(stream)
    said = container.metadata.get(RUN_LENGTH, "1")
    length = min(max(int(said), 1), LONGEST_RUN) if said.isdecimal() else 1
    packets = (packet for packet in container.demux(stream) if packet.pts is not None and packet.size)
    for number, (_, run) in enumerate(islice(groupby(packets, key=keyframe_number()), count)):
        listener(Progress("decode", number, count))
        for frame in together(stream, run)[:length]:
            yield (frame.pts or 0) * base, to_picture(frame, stretch)


def keyframe_number() -> "Callable[[av.Packet], int]":
    """Tells packets, given one after the other, how many keyframes there were up to each."""
    seen = 0

    def number(packet: "av.Packet") -> int:
        nonlocal seen
        seen += packet.is_keyframe
        return seen

    return number


def together(stream: "av.video.stream.VideoStream", packets: "Iterable[av.Packet]") -> "list[av.video.frame.VideoFrame]":
    """The pictures of a keyframe and of the packets that follow it, as they are shown; after damage the first alone, if there are more."""
    given = list(packets)
    decoded: list[av.video.frame.VideoFrame] = []
    try:
        for packet in [*given, None]:
            decoded += stream.decode(packet)
    except av.error.FFmpegError:
        decoded = decoded[:1] if len(given) > 1 else []
    stream.codec_context.flush_buffers()
    return decoded
