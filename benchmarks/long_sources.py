"""Long videos for the benchmark of remote reading: a minute is encoded, and repeated by stream copy into every way that sites serve video.

Moving texture with grain, so that the bit rate is that of real material. What lies in the folder already is not made again. Not here:
serving and measuring (``remote.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    import numpy as np

RATE = 25
GOP = 4 * RATE
MINUTE = 60 * RATE
ENCODERS = {
    "h264": ("libx264", {"preset": "ultrafast", "sc_threshold": "0"}),
    "vp9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8", "row-mt": "1"}),
    "av1": ("libsvtav1", {"preset": "12"}),
}


@dataclass(frozen=True)
class Kind:
    """One way to serve a video: its codec, the file that is asked for, the muxer and its options."""

    name: str
    codec: str
    file: str
    muxer: str
    options: dict[str, str]


KINDS = (
    Kind("H.264, index in front", "h264", "front.mp4", "mp4", {"movflags": "faststart"}),
    Kind("H.264, index at the end", "h264", "end.mp4", "mp4", {}),
    Kind("H.264, fragmented", "h264", "fragmented.mp4", "mp4", {"movflags": "dash+global_sidx+frag_keyframe"}),
    Kind("H.264, DASH", "h264", "dash/talk.mpd", "dash", {"seg_duration": "4", "use_timeline": "0"}),
    Kind("H.264, HLS", "h264", "hls/talk.m3u8", "hls", {"hls_time": "4", "hls_playlist_type": "vod"}),
    Kind("VP9, WebM", "vp9", "vp9.webm", "webm", {}),
    Kind("AV1, MP4", "av1", "av1.mp4", "mp4", {"movflags": "faststart"}),
)


def made(kind: Kind, folder: Path, minutes: int, size: tuple[int, int], mbit: float, told: Callable[[str], None]) -> Path:
    """The file of this kind, ``minutes`` long; a minute of its codec is encoded where none lies there."""
    one = folder / f"{kind.codec}-{size[0]}x{size[1]}-{mbit:g}.mkv"
    if not one.exists():
        told(f"encoding a minute of {kind.codec}")
        encode(one.with_suffix(".part.mkv"), kind.codec, size, mbit)
        one.with_suffix(".part.mkv").replace(one)
    whole = folder / f"{minutes}-{one.stem}" / kind.file
    marker = whole.with_name(f".{whole.name}.made")
    if not marker.exists():
        told(f"making {minutes} minutes of {kind.name}")
        whole.parent.mkdir(parents=True, exist_ok=True)
        repeat(one, whole, kind, minutes)
        marker.touch()
    return whole


def encode(path: Path, codec: str, size: tuple[int, int], mbit: float) -> None:
    """A minute of moving texture, a keyframe every four seconds."""
    import av

    encoder, options = ENCODERS[codec]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=RATE, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate, stream.gop_size = int(mbit * 1e6), GOP
        for number, planes in enumerate(pictures(size)):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def pictures(size: tuple[int, int]) -> "list[np.ndarray]":
    """Planes (Y, U, V below each other) of a texture that pans in a circle under fresh grain; a few seconds, in a loop for a minute."""
    import cv2
    import numpy as np

    wide, high = size
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (high // 64 + 8, wide // 64 + 8), np.uint8)
    texture = cv2.resize(coarse, (wide + 256, high + 256), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 3, (high + 64, wide + 64)).astype(np.int16)
    chroma = np.full((high // 2, wide), 128, np.uint8)
    shown = []
    for number in range(6 * RATE):
        turn = 2 * np.pi * number / (6 * RATE)
        x, y = round(128 + 120 * np.cos(turn)), round(128 + 120 * np.sin(turn))
        dx, dy = rng.integers(0, 64, 2)
        luma = texture[y : y + high, x : x + wide].astype(np.int16) + grain[dy : dy + high, dx : dx + wide]
        shown.append(np.vstack([np.clip(luma, 16, 235).astype(np.uint8), chroma]))
    return [shown[number % len(shown)] for number in range(MINUTE)]


def repeat(one: Path, path: Path, kind: Kind, minutes: int) -> None:
    """The packets of a minute again and again, each time a minute later."""
    import av

    with av.open(str(one)) as source, av.open(str(path), "w", format=kind.muxer, options=kind.options) as target:
        given = source.streams.video[0]
        stream = target.add_stream_from_template(given, opaque=True)
        base = given.time_base or Fraction(1, 1000)
        minute = round(60 / base)
        packets = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in source.demux(given) if packet.pts is not None]
        for number in range(minutes):
            for held, pts, dts, is_keyframe in packets:
                target.mux(packed(held, pts + number * minute, (pts if dts is None else dts) + number * minute, is_keyframe, base, stream))


def packed(held: bytes, pts: int, dts: int, is_keyframe: bool, base: Fraction, stream: "av.stream.Stream") -> "av.Packet":
    """One packet at its time."""
    import av

    packet = av.Packet(held)
    packet.pts, packet.dts, packet.time_base, packet.stream, packet.is_keyframe = pts, dts, base, stream, is_keyframe
    return packet
