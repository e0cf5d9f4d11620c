"""Long videos in every container, made at test time: a short one is encoded and repeated by stream copy.

Not here: odd and broken media (``media.py``).
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE, KEYFRAME_EVERY = 10, 40
"""Frames a second, and frames from one keyframe to the next: four seconds."""
CODECS = {"h264": "libx264", "vp9": "libvpx-vp9", "av1": "libsvtav1"}
FASTEST = {"h264": {"preset": "veryfast", "sc_threshold": "0"}, "vp9": {"deadline": "realtime", "cpu-used": "8"}, "av1": {"preset": "12"}}


def short_video(path: Path, codec: str, seconds: int = 20, size: tuple[int, int] = (160, 120)) -> Path:
    """A drifting noise under a brightness that tells the time; hard to compress, so that frames between keyframes weigh something."""
    noise = np.random.default_rng(0).integers(0, 90, (size[1], size[0], 3), np.uint8)
    options = {"g": str(KEYFRAME_EVERY), "svtav1-params": f"keyint={KEYFRAME_EVERY}:lp=1"} if codec == "av1" else {"g": str(KEYFRAME_EVERY)}
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[codec], rate=RATE, options=options | FASTEST[codec])
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = *size, "yuv420p", 1_500_000
        for number in range(seconds * RATE):
            picture = np.roll(noise, (3 * number, 5 * number), (0, 1)) + np.uint8(150 * number / (seconds * RATE))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def repeated(short: Path, path: Path, times: int, *, form: str | None = None, options: dict[str, str] | None = None) -> Path:
    """The same packets again and again, with times that go on; the container is the name's ending, or ``form``."""
    with av.open(str(short)) as source, av.open(str(path), "w", format=form, options=options or {}) as container:
        stream = source.streams.video[0]
        track = container.add_stream_from_template(stream, opaque=True)
        packets = [packet for packet in source.demux(stream) if packet.size]
        frame = round(Fraction(1, RATE) / stream.time_base)
        first = min(packet.dts for packet in packets)
        copies = [(bytes(packet), packet.pts - first, packet.dts - first, packet.is_keyframe) for packet in packets]
        for time in range(times):
            for data, pts, dts, is_keyframe in copies:
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = track, stream.time_base, is_keyframe
                packet.pts, packet.dts, packet.duration = pts + time * len(copies) * frame, dts + time * len(copies) * frame, frame
                container.mux(packet)
    return path
