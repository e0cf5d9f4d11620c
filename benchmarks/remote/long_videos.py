"""Long videos for the benchmark of remote reading: a minute is encoded, and repeated by stream copy into every way that sites serve video.

Two textures, one of them wobbling, with a little grain, at the bit rates at which platforms serve 1080p, so that keyframes weigh what they
weigh in real talking heads of that size (with these encoders: H.264 at 4 Mb/s 110-280 KB, VP9 at 2.5 Mb/s 120-250 KB, AV1 at 2 Mb/s
100-220 KB). What lies in the folder already is not made again. See also: serving and measuring (``run.py``).
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    import numpy as np

RATE = 25
GOP = 4 * RATE
MINUTE = 60.0
LOOP = 6 * RATE
"""Pictures after which the textures come round."""
FULL = 1920 * 1080
ENCODERS = {
    "h264": ("libx264", 4.0, {"preset": "ultrafast", "sc_threshold": "0"}),
    "vp9": ("libvpx-vp9", 2.5, {"deadline": "realtime", "cpu-used": "8", "row-mt": "1"}),
    "av1": ("libsvtav1", 2.0, {"preset": "12"}),
}
"""Encoder, Mb/s at 1080p, options."""


@dataclass(frozen=True)
class Kind:
    """One way to serve a video: its codec, the file that is asked for, the muxer and its options; ``most`` MB may be read of an hour."""

    name: str
    codec: str
    file: str
    muxer: str
    options: dict[str, str]
    most: float


KINDS = (
    Kind("H.264, index in front", "h264", "front.mp4", "mp4", {"movflags": "faststart"}, 10),
    Kind("H.264, index at the end", "h264", "end.mp4", "mp4", {}, 10),
    Kind("H.264, fragmented", "h264", "fragmented.mp4", "mp4", {"movflags": "dash+global_sidx+frag_keyframe"}, 8),
    Kind("H.264, DASH", "h264", "dash/talk.mpd", "dash", {"seg_duration": "4", "use_timeline": "0"}, 8),
    Kind("H.264, HLS", "h264", "hls/talk.m3u8", "hls", {"hls_time": "4", "hls_playlist_type": "vod"}, 8),
    Kind("VP9, WebM", "vp9", "vp9.webm", "webm", {}, 10),
    Kind("AV1, MP4", "av1", "av1.mp4", "mp4", {"movflags": "faststart"}, 10),
)


def make_video(kind: Kind, folder: Path, seconds: float, size: tuple[int, int], told: Callable[[str], None]) -> Path:
    """The file of this kind, ``seconds`` long; a minute of its codec, or less for less, is encoded where none lies there."""
    piece = min(seconds, MINUTE)
    one = folder / f"{kind.codec}-{size[0]}x{size[1]}-{piece:g}s.mkv"
    if not one.exists():
        told(f"encoding {piece:g} s of {kind.codec}")
        folder.mkdir(parents=True, exist_ok=True)
        encode(one.with_suffix(".part.mkv"), kind.codec, size, piece)
        one.with_suffix(".part.mkv").replace(one)
    whole = folder / f"{seconds:g}s-{size[0]}x{size[1]}" / kind.file
    marker = whole.with_name(f".{whole.name}.made")
    if not marker.exists():
        told(f"making {seconds / 60:g} minutes of {kind.name}")
        whole.parent.mkdir(parents=True, exist_ok=True)
        repeat(one, whole, kind, piece, round(seconds / piece))
        marker.touch()
    return whole


def gigabytes(kind: Kind, seconds: float, size: tuple[int, int]) -> float:
    """About how much a source takes on the disk."""
    return ENCODERS[kind.codec][1] * seconds / 8e3 * size[0] * size[1] / FULL


def encode(path: Path, codec: str, size: tuple[int, int], seconds: float) -> None:
    """So many seconds of moving texture, a keyframe every four seconds."""
    import av

    encoder, mbit, options = ENCODERS[codec]
    shown = pictures(size)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoder, rate=RATE, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.bit_rate, stream.gop_size = max(round(mbit * 1e6 * size[0] * size[1] / FULL), 50_000), GOP
        for number in range(round(seconds * RATE)):
            frame = av.VideoFrame.from_ndarray(shown[number % len(shown)], format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    ordinary()


def pictures(size: tuple[int, int]) -> "list[np.ndarray]":
    """Planes (Y, U, V below each other) of a loop: a texture that pans in a circle, before it one that wobbles, over both fresh grain."""
    import cv2
    import numpy as np

    wide, high = size
    rng = np.random.default_rng(5)
    back, front = texture(size, rng), texture(size, rng)
    grain = rng.normal(0, 1, (high + 64, wide + 64)).astype(np.float32)
    x, y = np.meshgrid(np.arange(wide, dtype=np.float32), np.arange(high, dtype=np.float32))
    near = np.exp(-(((x - wide / 2) / (wide / 5)) ** 4) - ((y - high / 2) / (high / 2.6)) ** 4)
    chroma = np.full((high // 2, wide), 128, np.uint8)
    shown = []
    for number in range(LOOP):
        turn = 2 * np.pi * number / LOOP
        panned = cv2.remap(back, x + np.float32(128 + 60 * np.cos(turn)), y + np.float32(128 + 60 * np.sin(turn)), cv2.INTER_LINEAR)
        across = x + 128 + 16 * np.sin(y / 90 + 3 * turn) + 16 * np.sin(x / 70 + 5 * turn)
        down = y + 128 + 16 * np.cos(x / 110 + 4 * turn) + 16 * np.cos(y / 60 - 6 * turn)
        wobbled = cv2.remap(front, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR)
        dx, dy = rng.integers(0, 64, 2)
        luma = panned * (1 - near) + wobbled * near + grain[dy : dy + high, dx : dx + wide]
        shown.append(np.vstack([np.clip(luma, 16, 235).astype(np.uint8), chroma]))
    return shown


def texture(size: tuple[int, int], rng: "np.random.Generator") -> "np.ndarray":
    """Gray with detail at three scales, 128 pixels larger than the picture on every side."""
    import cv2
    import numpy as np

    wide, high = size[0] + 256, size[1] + 256
    layers = np.zeros((high, wide), np.float32)
    for cell in (4, 16, 64):
        noise = rng.normal(0, 1, (high // cell + 8, wide // cell + 8)).astype(np.float32)
        layers += cv2.resize(noise, (wide, high), interpolation=cv2.INTER_CUBIC) * cell**0.8
    return layers / layers.std() * 45 + 128


def repeat(one: Path, path: Path, kind: Kind, seconds: float, times: int) -> None:
    """The packets of so many seconds again and again, each time so much later."""
    import av

    with av.open(str(one)) as source, av.open(str(path), "w", format=kind.muxer, options=kind.options) as target:
        given = source.streams.video[0]
        stream = target.add_stream_from_template(given, opaque=True)
        base = given.time_base or Fraction(1, 1000)
        length = round(seconds / base)
        packets = [(bytes(packet), packet.pts, packet.dts, packet.is_keyframe) for packet in source.demux(given) if packet.pts is not None]
        for number in range(times):
            for held, pts, dts, is_keyframe in packets:
                target.mux(
                    make_packet(held, pts + number * length, (pts if dts is None else dts) + number * length, is_keyframe, base, stream)
                )


def make_packet(held: bytes, pts: int, dts: int, is_keyframe: bool, base: Fraction, stream: "av.stream.Stream") -> "av.Packet":
    """One packet at its time."""
    import av

    packet = av.Packet(held)
    packet.pts, packet.dts, packet.time_base, packet.stream, packet.is_keyframe = pts, dts, base, stream, is_keyframe
    return packet


def ordinary() -> None:
    """Every thread of this process takes its turn like others again.

    SVT-AV1, where it may (as root), makes the process that encodes real-time, and so all that this process starts later: two busy
    browsers of that kind leave nothing of two cores to anybody else.
    """
    threads = Path("/proc/self/task")
    for thread in threads.iterdir() if threads.is_dir() else ():
        with suppress(ProcessLookupError):
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
