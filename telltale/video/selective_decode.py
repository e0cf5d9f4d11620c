"""Which pictures of a video are looked at, and decoding few others.

Which picture is shown when is in the packets; so what is asked for is known before anything is decoded. Of the others, those that no
picture is built on (in H.264 and H.265 often half) are left out; what is asked for comes out bit for bit as it would among all. (Where a
file changes its mind about its colours, FFmpeg lends the new ones to a picture or two before, and these may then be others.) See also: when
the pictures are wanted (``frames.py``).
"""

from collections.abc import Container, Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

import av
import av.error

Shown = TypeVar("Shown")
CODECS = frozenset({"h264", "hevc"})
"""Whose decoders leave such pictures out, and say the same of all others."""
MOST_PACKETS = 50_000
"""Of a file with more, each picture is decoded."""


def presentation_times(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream") -> list[int] | None:
    """When each picture is shown, in order, in the stream's time base; None where that is not known of all. The container is used up."""
    times: set[int] = set()
    try:
        for packet in container.demux(stream):
            if packet.is_discard or not packet.size:
                continue
            if packet.pts is None or packet.pts in times or len(times) == MOST_PACKETS:
                return None
            times.add(packet.pts)
    except av.error.FFmpegError:
        return None
    return sorted(times)


def choose_times(
    times: Iterable[int], stream: "av.video.stream.VideoStream", origin: float, wanted: list[float], slack: float
) -> frozenset[int]:
    """The times, in the stream's time base, of the pictures that ``first_after`` chooses."""
    base = stream.time_base or Fraction(1)
    shown = ((max(float(time) * base.numerator / base.denominator - origin, 0.0), time) for time in times)  # exactly as a frame tells it
    return frozenset(time for _, time, _ in first_after(shown, wanted, slack))


def first_after(shown: Iterable[tuple[float, Shown]], wanted: list[float], slack: float) -> Iterator[tuple[float, Shown, int]]:
    """Of what is shown, in order, the first at or after each wanted time, less the slack; with how many of those times are done."""
    done = 0
    for at, what in shown:
        before = done
        while done < len(wanted) and at >= wanted[done] - slack:
            done += 1
        if done > before:
            yield at, what, done
        if done == len(wanted):
            return


def decode_needed(
    container: "av.container.InputContainer", stream: "av.video.stream.VideoStream", needed: Container[int] | None
) -> Iterator["av.video.frame.VideoFrame"]:
    """Pictures in the order in which they are shown: those needed at least, all of them where nobody knows."""
    if needed is None:
        yield from container.decode(stream)
        return
    for packet in container.demux(stream):
        stream.codec_context.skip_frame = "DEFAULT" if packet.pts is None or packet.pts in needed else "NONREF"
        yield from stream.decode(packet)
